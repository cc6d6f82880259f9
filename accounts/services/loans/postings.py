"""One posting on a loan: the movement and what it makes of the loan, in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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
    SYSTEM,
    Actor,
    Instruction,
    Plan,
    Refused,
)
from accounts.loans import remedies, servicing
from accounts.loans.state import CHARGED_OFF, LoanState
from accounts.models.loans import Loan, shown_change
from accounts.services.posting import Accounts, Receipt, post
from cloudbank import audit, store
from cloudbank.store import Write

SERVICER = Actor("command:loans", "system", "command")
"""Who posts what a loan's terms say. Always the same, so that a key means the same movement whoever sets it off."""
CHANGED = "changed"
"""The refusal of a movement that was made up for another state of the loan: load it and think again."""
Change = Callable[[LoanState], tuple[LoanState, int]]
"""What a movement makes of a loan, and the amount that must be posted for it."""


def existing(loan_id: str) -> Loan:
    """The loan, read strongly; refused when there is none."""
    loan = store.get(Loan, loan_id)
    if loan is None:
        raise Refused("unknown_loan", "There is no such loan.")
    return loan


@dataclass
class LoanChange:
    """The companion of a movement on a loan (accounts.services.posting.Companion)."""

    loan_id: str
    amount: int
    change: Change
    action: str
    actor: Actor
    now: datetime
    reason: str = ""
    request: str = ""
    """The approval that is carried out, if any."""
    expects: LoanState | None = None
    """The state for which the movement was made up; in any other one it is refused."""

    def before(self, accounts: Accounts) -> None:
        """Decide what the loan is afterwards, from the state that this try has read."""
        loan = accounts.get(self.loan_id)
        if not isinstance(loan, Loan):
            raise Refused("unknown_loan", "There is no such loan.")
        self._loan, self._before = loan, loan.loan()
        if self.expects not in (None, self._before):
            raise Refused(CHANGED, "This loan was changed meanwhile. Look at it again.")
        loan.prepared, amount = self.change(self._before)
        if amount != self.amount:
            raise Refused(CHANGED, "This loan was changed meanwhile. Look at it again.")

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """Its audit record."""
        before, after = shown_change(self._before, self._loan.loan())
        after |= {"movement": final.movement.movement_id, "day": final.movement.business_date.isoformat()}
        if self.request:
            self._loan.carried_out = [*self._loan.carried_out, self.request]
            after["approval"] = self.request
        entry = audit.record(
            self._loan, self.action, actor=self.actor, now=self.now, before=before, after=after, reason=self.reason
        )
        return [entry]


def posted(instruction: Instruction, companion: LoanChange, *, now: datetime, day: date) -> Receipt:
    """Post it together with the loan. Raises as `post` does."""
    return post(instruction, now=now, companion=companion, day=day)


def instruct(loan: Loan, type_: str, key: str, amount: int, debit: str, credit: str, **more: Any) -> Instruction:
    """A movement on a loan by the bank itself, unless `more` says otherwise."""
    values: dict[str, Any] = {"channel": SYSTEM, "actor": SERVICER, "branch": loan.branch} | more
    return Instruction(type=type_, key=key, amount=amount, currency=loan.currency, debit=debit, credit=credit, **values)


def saved(loan: Loan, change: Change, action: str, *, day: date, actor: Any, now: datetime, reason: str = "") -> bool:
    """Store a change that posts nothing; False when somebody was faster: load again."""
    before = loan.loan()
    after, amount = change(before)
    if amount:
        raise AssertionError(f"{action} of {loan.loan_id} must be posted")
    try:
        store.save(change_writes(loan, after, action, day=day, actor=actor, now=now, reason=reason))
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
        return False
    return True


def change_writes(
    loan: Loan,
    after: LoanState,
    action: str,
    *,
    day: date,
    actor: Any,
    now: datetime,
    reason: str = "",
    request: str = "",
) -> list[Write]:
    """The loan in its new state with its audit record: what a change without a posting saves."""
    before, changed = shown_change(loan.loan(), after)
    changed["day"] = day.isoformat()
    if request:
        loan.carried_out = [*loan.carried_out, request]
        changed["approval"] = request
    loan.put(after, day)
    entry = audit.record(loan, action, actor=actor, now=now, before=before, after=changed, reason=reason)
    return [store.changed(loan), entry]


# The movements that follow from a loan's terms. Each key names the event, so that it is posted once.


def post_disbursement(*, loan: Loan, actor: Actor, channel: str, day: date, now: datetime) -> Receipt:
    """Pay the principal out to the borrower's account."""
    amount = loan.loan().terms.principal
    instruction = instruct(
        loan,
        DISBURSEMENT,
        f"disburse#{loan.loan_id}",
        amount,
        loan.loan_id,
        loan.pays_to,
        memo=f"Loan {loan.loan_id[-4:]} paid out",
        actor=actor,
        channel=channel,
    )

    def change(state: LoanState) -> tuple[LoanState, int]:
        return servicing.disburse(state, day), state.terms.principal

    companion = LoanChange(loan.loan_id, amount, change, "disburse", actor, now)
    return posted(instruction, companion, now=now, day=day)


def post_demand(*, loan: Loan, day: date, now: datetime) -> bool:
    """The next instalment falls due: its interest is posted. False when somebody was faster and nothing was posted."""
    state = loan.loan()
    after, interest = servicing.demand(state)
    if not interest:
        return saved(loan, servicing.demand, "demand", day=day, actor=SERVICER, now=now)
    number = len(after.made)
    instruction = instruct(
        loan,
        INTEREST,
        f"demand#{loan.loan_id}#{state.restructured}#{number}",
        interest,
        loan.loan_id,
        INTEREST_INCOME,
        memo=f"Interest, instalment {number} due {state.next_due}",
    )
    companion = LoanChange(loan.loan_id, interest, servicing.demand, "demand", SERVICER, now, expects=state)
    posted(instruction, companion, now=now, day=day)
    return True


def post_income(*, loan: Loan, day: date, now: datetime) -> None:
    """Interest that was paid before it stood on the books, or cash after a charge-off, becomes income."""
    amount, recovered = loan.loan().unposted, loan.stage == CHARGED_OFF
    type_, income = (RECOVERY, LOAN_RECOVERY) if recovered else (INTEREST, INTEREST_INCOME)
    key, memo = f"income#{loan.loan_id}#{loan.sequence}", "Recovery in cash" if recovered else "Interest received"
    instruction = instruct(loan, type_, key, amount, loan.loan_id, income, memo=memo)
    companion = LoanChange(
        loan.loan_id, amount, servicing.post_income, "post_income", SERVICER, now, expects=loan.loan()
    )
    posted(instruction, companion, now=now, day=day)


def post_stop(*, loan: Loan, day: date, now: datetime, actor: Actor = SERVICER, reason: str = "") -> bool:
    """The loan stops accruing: interest nobody paid is taken back. False when somebody was faster."""
    amount = loan.loan().interest_due
    if not amount:
        return saved(loan, servicing.stop_accruing, "stop_accruing", day=day, actor=actor, now=now, reason=reason)
    key = f"stop#{loan.loan_id}#{loan.sequence}"
    instruction = instruct(
        loan, INTEREST, key, amount, INTEREST_INCOME, loan.loan_id, memo="Unpaid interest reversed: non-accrual"
    )
    companion = LoanChange(
        loan.loan_id, amount, servicing.stop_accruing, "stop_accruing", actor, now, reason, expects=loan.loan()
    )
    posted(instruction, companion, now=now, day=day)
    return True


def post_fee(
    *, loan: Loan, most: int, amount: int, key: str, reason: str, memo: str, actor: Actor, day: date, now: datetime
) -> Receipt:
    """A fee that the borrower owes from now on; they read the memo, the reason is for the staff.

    `most`: what the loan may bear in fees in all, minor units.
    """
    instruction = instruct(loan, FEE, key, amount, loan.loan_id, FEE_INCOME, actor=actor, channel="branch", memo=memo)

    def change(state: LoanState) -> tuple[LoanState, int]:
        servicing.refuse_more_fees(state, amount, most)
        return servicing.charge_fee(state, amount), amount

    companion = LoanChange(loan.loan_id, amount, change, "charge_fee", actor, now, reason)
    return posted(instruction, companion, now=now, day=day)


def fee_taken_back(*, loan_id: str, amount: int, reason: str, actor: Actor, day: date, now: datetime) -> LoanChange:
    """What the reversal of a fee makes of the loan: the companion of that reversal."""

    def change(state: LoanState) -> tuple[LoanState, int]:
        return servicing.take_back_fee(state, amount, day)[0], amount

    return LoanChange(loan_id, amount, change, "take_back_fee", actor, now, reason)


def post_charge_off(*, loan: Loan, request: str, reason: str, actor: Actor, day: date, now: datetime) -> Receipt:
    """The loan leaves the books at a loss."""
    amount = remedies.charge_off(loan.loan())[1].total
    instruction = instruct(
        loan, CHARGE_OFF, f"charge_off#{loan.loan_id}", amount, LOAN_LOSS, loan.loan_id, memo="Loan charged off"
    )

    def change(state: LoanState) -> tuple[LoanState, int]:
        after, gone = remedies.charge_off(state)
        return after, gone.total

    companion = LoanChange(loan.loan_id, amount, change, "charge_off", actor, now, reason, request)
    return posted(instruction, companion, now=now, day=day)
