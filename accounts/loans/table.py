"""The schedule as a borrower reads it: what fell due with what is still to be paid, then what is to come. Pure."""

from dataclasses import dataclass
from datetime import date

from accounts.loans.state import CHARGED_OFF, LoanState

PAID, PART, OVERDUE, DUE, TO_COME = "paid", "part paid", "overdue", "due", "to come"
ARREARS = 0
"""The number of the row that holds what was in arrears when the terms were changed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `left` is what is still to be paid of it; `outstanding` the principal after it, None in the past."""

    number: int
    due: date
    interest: int
    principal: int
    left: int
    status: str
    outstanding: int | None = None

    @property
    def total(self) -> int:
        """What was or will be to be paid."""
        return self.interest + self.principal

    @property
    def paid(self) -> int:
        """What was paid of it."""
        return 0 if self.status == TO_COME else self.total - self.left


def rows(loan: LoanState, today: date) -> tuple[Row, ...]:
    """All instalments under the present terms; none before the money is paid out, nor once it is charged off.

    What was unpaid then is one claim: no instalment says any more what is left of it.
    """
    if loan.terms.starts_on is None or loan.stage == CHARGED_OFF:
        return ()
    left = {one.due: one.left for one in loan.demands}
    found = []
    start = loan.terms.due(0)
    if start in left and loan.restructured:
        found.append(Row(ARREARS, start, left[start], 0, left[start], OVERDUE if start < today else DUE))
    for number, (interest, principal) in enumerate(loan.made, 1):
        due = loan.terms.due(number)
        open_ = left.get(due, 0)
        found.append(Row(number, due, interest, principal, open_, _status(due, interest + principal, open_, today)))
    found += [
        Row(one.number, one.due, one.interest, one.principal, one.total, TO_COME, one.left) for one in loan.to_come()
    ]
    return tuple(found)


def _status(due: date, whole: int, left: int, today: date) -> str:
    if not left:
        return PAID
    if due < today:
        return OVERDUE
    return PART if left < whole else DUE
