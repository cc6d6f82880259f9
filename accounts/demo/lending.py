"""Loans of the demo bank, day by day, by the same pure functions as the live ones. Amounts in minor units.

Most borrowers pay on time, some late, some stop paying: so every stage of a loan and every bucket is there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from accounts import numbers
from accounts.bulk.events import LoanMove, LoanNow, NewLoan
from accounts.demo.actions import Purse
from accounts.demo.cast import Customer
from accounts.ledger import (
    CHARGE_OFF,
    DISBURSEMENT,
    FEE,
    FEE_INCOME,
    INTEREST,
    INTEREST_INCOME,
    LOAN_LOSS,
    LOAN_RECOVERY,
    RECOVERY,
    REPAYMENT,
    SYSTEM,
    Actor,
    Instruction,
)
from accounts.loans import remedies, servicing
from accounts.loans.products import PRODUCTS
from accounts.loans.schedule import equal_instalment
from accounts.loans.state import ACTIVE, CHARGED_OFF, NON_ACCRUAL, LoanState, Terms, applied
from cloudbank.clock import BusinessCalendar

SERVICER = Actor("command:loans", "system", "command")
PUNCTUAL, SLOW, FAILING, EARLY = "punctual", "slow", "failing", "early"
HABITS = (PUNCTUAL,) * 13 + (SLOW,) * 3 + (FAILING,) * 3 + (EARLY,)
PURPOSES = {
    "personal": ("Wedding", "Moving house", "Dental treatment", "Paying off cards", "Furniture"),
    "auto": ("A used car", "A family car", "A van for work", "A motorcycle"),
    "home": ("New kitchen", "New roof", "Solar panels", "Bathroom"),
}
LATE_FEE, LATE_FEE_GRACE = 2_500, 15
"""As the parameters have it by default: minor units, days after the due date."""
DECLINED_PER_LOAN = 0.12
LOANS_PER_CUSTOMER = 0.25
"""At the usual size of the demo about 120 loans."""


@dataclass(slots=True)
class Life:
    """One borrower's loan: when it starts, how it is paid."""

    who: Customer
    loan_id: str
    starts: date
    habit: str
    state: LoanState
    offer: str
    fails_after: int
    """Instalments a failing borrower pays."""
    patience: int
    """Days a slow borrower pays late; of a failing one, the days past due at which the bank acts."""
    moves: int = 0
    purpose: str = field(default="")


class Lending:
    """All loans of one run. `morning` gives what happens on a business day before anything else."""

    def __init__(
        self, seed: int, cast: Sequence[Customer], first: date, last: date, calendar: BusinessCalendar, currency: str
    ) -> None:
        self._random = Random(f"loans {seed}")
        self._calendar, self._currency, self._first, self._last = calendar, currency, first, last
        people = [one for one in cast if not one.leaves and one.verified_after == 0 and (one.salary or one.is_business)]
        wanted = min(len(people), round(len(cast) * LOANS_PER_CUSTOMER))
        self._lives = [self._life(who) for who in self._random.sample(people, wanted)]
        self._declined = self._turned_down(seed, people)

    def _life(self, who: Customer) -> Life:
        random = self._random
        product = PRODUCTS[random.choices(("personal", "auto", "home"), (5, 3, 2))[0]]
        earliest = max(who.joins, self._first) + timedelta(days=random.randint(12, 40))
        latest = max(earliest, self._last - timedelta(days=10))
        starts = self._calendar.on_or_after(earliest + timedelta(days=int((latest - earliest).days * random.random())))
        months = random.choice([n for n in (12, 24, 36, 48, 60, 120) if product.shortest <= n <= product.longest])
        bearable = round((who.salary or who.revenue // 4 or 300_000) * random.uniform(0.05, 0.14))
        factor = equal_instalment(1_000_000, product.rate, months)
        amount = min(max(bearable * 1_000_000 // factor // 10_000 * 10_000, product.minimum), product.maximum)
        habit = PUNCTUAL if who.is_guest else random.choice(HABITS)
        return Life(
            who=who,
            loan_id=numbers.derive(who.customer_id, "loan", "demo"),
            starts=starts,
            habit=habit,
            state=servicing.approve(applied(Terms(amount, product.rate, months), self._currency)),
            offer=product.code,
            fails_after=random.randint(0, 5),
            patience=random.randint(3, 55) if habit == SLOW else random.choice((70, 130, 130, 150, 1_000)),
            purpose=random.choice(PURPOSES[product.code]),
        )

    def _turned_down(self, seed: int, people: Sequence[Customer]) -> list[tuple[date, NewLoan]]:
        """Applications that the bank declined; with dice of their own, so that all loans stay as they are."""
        dice, found = Random(f"declined {seed}"), []
        borrowers = {life.who.customer_id for life in self._lives}
        others = [one for one in people if one.customer_id not in borrowers and not one.is_guest]
        for who in dice.sample(others, min(len(others), round(len(self._lives) * DECLINED_PER_LOAN))):
            earliest = max(who.joins, self._first) + timedelta(days=20)
            span = max(0, (self._last - earliest).days - 10)
            day = self._calendar.on_or_after(earliest + timedelta(days=dice.randint(0, span)))
            product = PRODUCTS[dice.choices(("personal", "auto", "home"), (5, 3, 2))[0]]
            terms = Terms(product.maximum, product.rate, product.shortest * 2)
            at = datetime.combine(day, time(0, 5), self._calendar.zone)
            refused = servicing.decline(applied(terms, self._currency))
            loan_id = numbers.derive(who.customer_id, "loan", "declined")
            purpose = dice.choice(PURPOSES[product.code])
            found.append((day, self._asked(who, loan_id, at, 3, refused, product.code, purpose)))
        return found

    def _asked(
        self,
        who: Customer,
        loan_id: str,
        at: datetime,
        days: int,
        state: LoanState,
        offer: str,
        purpose: str,
        collects: str = "",
    ) -> NewLoan:
        """What a customer asked for so many days ago and the bank has decided now."""
        return NewLoan(
            loan_id=loan_id,
            owner_id=who.customer_id,
            currency=self._currency,
            branch=who.branch,
            at=at,
            asked_at=at - timedelta(days=days, hours=-10),
            state=state,
            offer=offer,
            purpose=purpose,
            monthly_income=who.salary,
            pays_to=who.checking,
            collects=collects,
        )

    def morning(self, day: date, purse: Purse) -> Iterator[NewLoan | LoanMove | LoanNow]:
        """Everything that the loans do on a business day; nothing on other days."""
        if not self._calendar.is_business_day(day):
            return
        at = datetime.combine(day, time(0, 5), self._calendar.zone)
        yield from (application for on, application in self._declined if on == day)
        for life in self._lives:
            if life.starts == day:
                yield from self._start(life, day, at, purse)
            elif life.starts < day:
                yield from self._run(life, day, at, purse)

    def _start(self, life: Life, day: date, at: datetime, purse: Purse) -> Iterator[NewLoan | LoanMove]:
        who, days = life.who, self._random.randint(1, 9)
        collects = "" if life.habit in (SLOW, EARLY) else "yes"
        yield self._asked(who, life.loan_id, at, days, life.state, life.offer, life.purpose, collects)
        life.state = servicing.disburse(life.state, day)
        amount = life.state.principal
        purse.balances[who.checking] += amount
        memo = f"Loan {life.loan_id[-4:]} paid out"
        yield self._move(life, DISBURSEMENT, amount, life.loan_id, who.checking, memo, at, "disburse")

    def _run(self, life: Life, day: date, at: datetime, purse: Purse) -> Iterator[LoanMove | LoanNow]:
        while (due := life.state.next_due) and due <= day:
            life.state, interest = servicing.demand(life.state)
            memo = f"Interest, instalment {len(life.state.made)} due {due}"
            yield self._posted(life, INTEREST, interest, life.loan_id, INTEREST_INCOME, memo, at, "demand")
        yield from self._pay(life, day, at, purse)
        while late := servicing.missed(life.state, day, LATE_FEE_GRACE):
            life.state = servicing.charge_late_fee(life.state, LATE_FEE, day, LATE_FEE_GRACE)
            memo = f"Late fee, instalment due {late.due}"
            yield self._move(life, FEE, LATE_FEE, life.loan_id, FEE_INCOME, memo, at, "late_fee")
        if servicing.must_stop_accruing(life.state, day):
            life.state, reversed_ = servicing.stop_accruing(life.state)
            memo = "Unpaid interest reversed: non-accrual"
            yield self._posted(life, INTEREST, reversed_, INTEREST_INCOME, life.loan_id, memo, at, "stop_accruing")
        yield from self._remedy(life, day, at, purse)

    def _pay(self, life: Life, day: date, at: datetime, purse: Purse) -> Iterator[LoanMove]:
        state = life.state
        if state.is_live and self._wants_to_pay(life, day):
            early = life.habit == EARLY and len(state.made) >= life.fails_after + 2
            amount = state.payoff(day) if early or not state.not_due else state.due_now
            if 0 < amount <= purse.balances[life.who.checking]:
                yield from self._repaid(life, amount, day, at, purse)

    def _wants_to_pay(self, life: Life, day: date) -> bool:
        if not life.state.due_now:
            return life.habit == EARLY and len(life.state.made) >= life.fails_after + 2
        if life.habit == FAILING and not life.state.restructured:
            return len(life.state.made) <= life.fails_after
        return life.habit != SLOW or life.state.days_past_due(day) >= life.patience

    def _repaid(self, life: Life, amount: int, day: date, at: datetime, purse: Purse) -> Iterator[LoanMove]:
        life.state, _ = servicing.repay(life.state, amount, day)
        purse.balances[life.who.checking] -= amount
        own = life.habit in (SLOW, EARLY)
        actor = Actor(life.who.customer_id, "customer", "203.0.113.20") if own else SERVICER
        memo = f"Loan {life.loan_id[-4:]}"
        yield self._move(
            life,
            REPAYMENT,
            amount,
            life.who.checking,
            life.loan_id,
            memo,
            at,
            "repay",
            actor,
            "online" if own else SYSTEM,
        )
        if life.state.unposted:
            life.state, income = servicing.post_income(life.state)
            yield self._move(
                life, INTEREST, income, life.loan_id, INTEREST_INCOME, "Interest received", at, "post_income"
            )

    def _remedy(self, life: Life, day: date, at: datetime, purse: Purse) -> Iterator[LoanMove | LoanNow]:
        state = life.state
        if state.stage == ACTIVE and life.habit == FAILING and not state.restructured:
            if life.patience == 70 <= state.days_past_due(day):
                life.state, interest = remedies.restructure(
                    state, day, rate=state.terms.rate // 2, instalments=state.terms.instalments, capitalise=True
                )
                memo = "Interest up to the new terms"
                yield self._posted(life, INTEREST, interest, life.loan_id, INTEREST_INCOME, memo, at, "restructure")
        elif state.stage == NON_ACCRUAL and state.days_past_due(day) >= max(life.patience, remedies.CHARGE_OFF_DAYS):
            life.state, gone = remedies.charge_off(state)
            yield self._move(
                life, CHARGE_OFF, gone.total, LOAN_LOSS, life.loan_id, "Loan charged off", at, "charge_off"
            )
        elif state.stage == CHARGED_OFF and day.day <= 3 and self._random.random() < 0.3:
            amount = min(state.claim, purse.balances[life.who.checking] // 10)
            if amount > 0:
                life.state = remedies.recover(state, amount)
                purse.balances[life.who.checking] -= amount
                memo = f"Recovery, loan {life.loan_id[-4:]}"
                yield self._move(life, RECOVERY, amount, life.who.checking, LOAN_RECOVERY, memo, at, "recover")

    def _posted(
        self, life: Life, type_: str, amount: int, debit: str, credit: str, memo: str, at: datetime, action: str
    ) -> LoanMove | LoanNow:
        """The movement, or only the new state when there is nothing to post."""
        if not amount:
            return LoanNow(life.loan_id, life.state, at, action)
        return self._move(life, type_, amount, debit, credit, memo, at, action)

    def _move(
        self,
        life: Life,
        type_: str,
        amount: int,
        debit: str,
        credit: str,
        memo: str,
        at: datetime,
        action: str,
        actor: Actor = SERVICER,
        channel: str = SYSTEM,
    ) -> LoanMove:
        life.moves += 1
        instruction = Instruction(
            type=type_,
            key=f"{action}#{life.loan_id}#{life.moves}",
            amount=amount,
            currency=self._currency,
            debit=debit,
            credit=credit,
            channel=channel,
            branch=life.who.branch,
            actor=actor,
            memo=memo,
        )
        return LoanMove(instruction, at, life.loan_id, life.state, action)
