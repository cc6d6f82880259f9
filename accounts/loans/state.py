"""What a loan is: its terms, what is owed in which part, and what of it is late. Pure.

A loan is an account of the ledger whose balance is minus what stands on the bank's books:
fees + interest due + outstanding principal, less interest that was paid before its income is posted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from accounts.ledger import Refused
from accounts.loans.schedule import (
    YEAR_OF_BASIS_POINTS,
    Instalment,
    equal_instalment,
    half_even,
    month_interest,
    months_after,
    principal_part,
    remaining_rows,
)

APPLIED, APPROVED, DECLINED, WITHDRAWN = "applied", "approved", "declined", "withdrawn"
ACTIVE, NON_ACCRUAL, CHARGED_OFF, CLOSED = "active", "non_accrual", "charged_off", "closed"
STAGES = (APPLIED, APPROVED, ACTIVE, NON_ACCRUAL, CHARGED_OFF, CLOSED, DECLINED, WITHDRAWN)
LIVE = (ACTIVE, NON_ACCRUAL)
"""The stages in which principal is outstanding: the gross loan portfolio."""

CURRENT = "current"
BUCKETS = ((30, "1-30"), (60, "31-60"), (90, "61-90"), (180, "91-180"), (365, "181-365"))
OVER_A_YEAR = "over-365"
BUCKET_NAMES = (CURRENT, *(name for _, name in BUCKETS), OVER_A_YEAR)


def bucket(days_past_due: int) -> str:
    """The past-due bucket; they are disjoint and sum to the portfolio (domain/reporting.md)."""
    if days_past_due <= 0:
        return CURRENT
    return next((name for last, name in BUCKETS if days_past_due <= last), OVER_A_YEAR)


@dataclass(frozen=True, slots=True)
class Terms:
    """What was agreed. `rate` in basis points a year; `starts_on` is None until the money is paid out.

    Due dates are anchored on the day it starts: paid out on 31 January, due on 28 February, 31 March.
    """

    principal: int
    rate: int
    instalments: int
    starts_on: date | None = None

    @property
    def instalment(self) -> int:
        """The equal monthly payment."""
        return equal_instalment(self.principal, self.rate, self.instalments)

    def due(self, number: int) -> date:
        """When instalment `number` (from 1; 0 is the start) is due."""
        if self.starts_on is None:
            raise Refused("not_disbursed", "The loan has not been paid out.")
        return months_after(self.starts_on, number)


@dataclass(frozen=True, slots=True)
class Demand:
    """What is left of an instalment that fell due.

    `interest` stands on the books; `suspended` is interest the borrower owes that is not (non-accrual).
    """

    due: date
    interest: int
    principal: int
    suspended: int = 0
    fined: bool = False
    """Whether its late fee was charged: once, whatever became of that fee."""

    @property
    def left(self) -> int:
        """What the borrower has still to pay of it."""
        return self.interest + self.principal + self.suspended


@dataclass(frozen=True, slots=True)
class LoanState:
    """A loan at one moment. All amounts in minor units, never negative."""

    stage: str
    terms: Terms
    currency: str = "USD"
    principal: int = 0
    """Outstanding, whether due or not."""
    fees: int = 0
    demands: tuple[Demand, ...] = ()
    """Instalments that fell due and are not fully paid, oldest first."""
    made: tuple[tuple[int, int], ...] = ()
    """(interest, principal) of each instalment demanded under these terms, paid or not."""
    unposted: int = 0
    """Interest, or after a charge-off cash, that was paid and whose income is still to be posted (see servicing)."""
    disbursed: int = 0
    capitalised: int = 0
    repaid: int = 0
    """Principal repaid."""
    interest_paid: int = 0
    fees_paid: int = 0
    charged_off: int = 0
    """Principal written off."""
    fees_charged_off: int = 0
    claim: int = 0
    """What a borrower still owes after the charge-off; off the books."""
    recovered: int = 0
    worst: int = 0
    """The most days past due this loan ever had; a restructuring does not clear it."""
    restructured: int = 0
    """How often."""
    probation: int = 0
    """Instalments still to be paid before a restructured non-accrual loan accrues again."""

    @property
    def is_live(self) -> bool:
        """Paid out, not repaid, not charged off."""
        return self.stage in LIVE

    @property
    def interest_due(self) -> int:
        """Interest on the books that fell due and is unpaid."""
        return sum(demand.interest for demand in self.demands)

    @property
    def suspended(self) -> int:
        """Interest that fell due, is unpaid, and does not stand on the books."""
        return sum(demand.suspended for demand in self.demands)

    @property
    def due_interest(self) -> int:
        """All interest that fell due and is unpaid, on the books or not."""
        return self.interest_due + self.suspended

    @property
    def principal_due(self) -> int:
        """Principal that fell due and is unpaid."""
        return sum(demand.principal for demand in self.demands)

    @property
    def due_now(self) -> int:
        """What the borrower has to pay now: fees and all demands."""
        return self.fees + sum(demand.left for demand in self.demands)

    @property
    def not_due(self) -> int:
        """Principal that has not fallen due."""
        return self.principal - self.principal_due

    @property
    def on_books(self) -> int:
        """What the account in the ledger must say, with the sign turned: minus its balance."""
        return self.fees + self.interest_due + self.principal - self.unposted

    @property
    def owed(self) -> int:
        """Everything but interest since the last due date."""
        return self.due_now + self.not_due

    @property
    def last_due(self) -> date:
        """The latest due date that was demanded; before the first, the day the money was paid out."""
        return self.terms.due(len(self.made))

    @property
    def next_due(self) -> date | None:
        """The next due date to be demanded; None when nothing more falls due.

        When all principal fell due and some is unpaid, the contract's rate goes on: its interest falls due monthly.
        """
        runs = self.is_live and (self.not_due or month_interest(self.principal, self.terms.rate))
        return self.terms.due(len(self.made) + 1) if runs else None

    @property
    def needs_attention_on(self) -> date | None:
        """The oldest unpaid due date, else the next one: the order of a loan book."""
        return self.demands[0].due if self.demands else self.next_due

    def next_parts(self) -> tuple[int, int]:
        """(interest, principal) of the next instalment as things stand.

        Interest runs on the whole outstanding principal, overdue parts included, and never on interest or fees.
        """
        interest = month_interest(self.principal, self.terms.rate)
        is_last = len(self.made) + 1 >= self.terms.instalments
        return interest, principal_part(self.terms.instalment, interest, self.not_due, is_last=is_last)

    def days_past_due(self, today: date) -> int:
        """Today minus the due date of the oldest instalment not fully paid; 0 when none is late."""
        return max(0, (today - self.demands[0].due).days) if self.is_live and self.demands else 0

    def accrued(self, today: date) -> int:
        """Interest since the last due date, by days of the running month, rounded half to even; not demanded yet."""
        upcoming = self.next_due
        if upcoming is None:
            return 0
        days = max(0, (min(today, upcoming) - self.last_due).days)
        numerator = self.principal * self.terms.rate * days
        return half_even(numerator, YEAR_OF_BASIS_POINTS * (upcoming - self.last_due).days)

    def payoff(self, today: date) -> int:
        """What ends the loan today: all that is owed and the interest since the last due date."""
        return self.owed + self.accrued(today)

    def to_come(self) -> tuple[Instalment, ...]:
        """The instalments that have not fallen due, if everything due is paid and nothing ahead of time."""
        if not self.not_due:
            return ()
        numbers = range(len(self.made) + 1, self.terms.instalments + 1)
        dues = [(number, self.terms.due(number)) for number in numbers]
        return remaining_rows(self.not_due, self.terms.rate, self.terms.instalment, dues)


def applied(terms: Terms, currency: str = "USD") -> LoanState:
    """A loan somebody asks for."""
    return LoanState(APPLIED, terms, currency)


_PLAIN = tuple(field.name for field in fields(LoanState) if field.type in (int, "int"))


PACKED = frozenset({*_PLAIN, "terms", "demands", "made"})
"""The names under which `packed` may keep something."""


def packed(state: LoanState) -> dict[str, Any]:
    """The state as JSON values, small: numbers that are zero are left out."""
    terms = state.terms
    known: dict[str, Any] = {name: getattr(state, name) for name in _PLAIN if getattr(state, name)}
    known["terms"] = [terms.principal, terms.rate, terms.instalments, terms.starts_on and terms.starts_on.isoformat()]
    if state.demands:
        known["demands"] = [_packed_demand(one) for one in state.demands]
    if state.made:
        known["made"] = [list(parts) for parts in state.made]
    return known


def _packed_demand(one: Demand) -> list[str | int]:
    parts: list[str | int] = [one.due.isoformat(), one.interest, one.principal, one.suspended]
    return [*parts, 1] if one.fined else parts


def _unpacked_demand(due: str, interest: int, principal: int, suspended: int, fined: int = 0) -> Demand:
    return Demand(date.fromisoformat(due), interest, principal, suspended, bool(fined))


def unpacked(stage: str, currency: str, known: Mapping[str, Any]) -> LoanState:
    """The inverse of `packed`."""
    principal, rate, instalments, starts_on = known["terms"]
    return LoanState(
        stage=stage,
        currency=currency,
        terms=Terms(principal, rate, instalments, date.fromisoformat(starts_on) if starts_on else None),
        demands=tuple(_unpacked_demand(*parts) for parts in known.get("demands", ())),
        made=tuple((interest, part) for interest, part in known.get("made", ())),
        **{name: known[name] for name in _PLAIN if name in known},
    )


def broken_rule(state: LoanState) -> str:
    """The first rule that the state breaks, or "": for verification and tests, true of every state ever stored."""
    numbers = [getattr(state, name) for name in _PLAIN]
    parts = [part for one in state.demands for part in (one.interest, one.principal, one.suspended)]
    if any(number < 0 for number in (*numbers, *parts)):
        return "an amount is negative"
    if state.disbursed + state.capitalised != state.principal + state.repaid + state.charged_off:
        return "disbursed and capitalised is not outstanding, repaid and charged off"
    if state.principal_due > state.principal:
        return "more principal is due than outstanding"
    if any(not one.left for one in state.demands):
        return "a demand is fully paid and still there"
    if any(first.due > second.due for first, second in zip(state.demands, state.demands[1:], strict=False)):
        return "demands are not in the order of their due dates"
    if not state.is_live and (state.on_books + state.unposted or state.demands):
        return f"a loan that is {state.stage} stands on the books"
    if state.unposted and state.stage not in (*LIVE, CHARGED_OFF):
        return f"income of a loan that is {state.stage} waits to be posted"
    if state.is_live and not (state.principal or state.unposted):
        return "a running loan owes no principal: it would stay open for ever"
    if state.stage == NON_ACCRUAL and state.interest_due:
        return "interest of a non-accrual loan stands on the books"
    return ""


def moved(state: LoanState, stage: str) -> LoanState:
    """The state in another stage."""
    return replace(state, stage=stage)
