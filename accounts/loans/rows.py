"""A loan's row on the month-end sheet: what it was on that day, and what of the months before goes on with it. Pure.

Amounts in minor units of the sheet's currency. A loan that was repaid or charged off keeps its row for five years from
its disbursement, for the vintages; its bucket is then "closed" or "charged_off" and its principal 0.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from accounts.loans.state import CHARGED_OFF, CLOSED, LIVE, LoanState, bucket

EVER_LATE = 30
"""Vintages count a loan from the first month end at which it had ever been more days past due than this."""
MONTHS_KEPT = 60
MONTHS_BACK = 3
"""A quarter: the roll-rate matrix goes from the sheet of three month ends ago to this one."""


class LoanRow(NamedTuple):
    """Names end in _1, _2, _3 where they speak of the sheets one, two, three month ends ago; "" and 0: not on it."""

    id: str
    borrower: str
    product: str
    branch: str
    segment: str
    asked_on: str
    disbursed_on: str
    disbursed: int
    stage: str
    bucket: str
    days: int
    """Days past due."""
    principal: int
    """Outstanding, whether due or not."""
    overdue: int
    """Principal that fell due unpaid."""
    restructured: int
    """How often."""
    charged_off: int
    recovered: int
    ended_on: str
    late_in: str
    """YYYY-MM of the first sheet on which it had ever been more than 30 days past due; "" when never."""
    due: int = 0
    """Interest and principal of the instalments that fell due in this month; `unpaid`: what of them is not paid."""
    unpaid: int = 0
    due_1: int = 0
    unpaid_1: int = 0
    due_2: int = 0
    unpaid_2: int = 0
    bucket_1: str = ""
    principal_1: int = 0
    bucket_2: str = ""
    principal_2: int = 0
    bucket_3: str = ""
    principal_3: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it is in the gross loan portfolio."""
        return self.stage in LIVE


class Place(NamedTuple):
    """Where a loan is in the bank."""

    loan_id: str
    borrower: str
    product: str
    branch: str
    segment: str
    asked_on: str
    disbursed_on: str
    ended_on: str


def row_of(place: Place, loan: LoanState, ends: Sequence[date]) -> LoanRow:
    """The row at the end of `ends[0]`; `ends`: this month end and the three before it, newest first.

    What of `due_1` and before is to be known comes from the sheet before (`carried`).
    """
    today = ends[0]
    late = loan.days_past_due(today)
    dues = _fallen_due(loan, ends[1], today)
    unpaid = [_unpaid(loan, first, last) for last, first in zip(ends, ends[1:], strict=False)]
    return LoanRow(
        id=place.loan_id,
        borrower=place.borrower,
        product=place.product,
        branch=place.branch,
        segment=place.segment,
        asked_on=place.asked_on,
        disbursed_on=place.disbursed_on,
        disbursed=loan.disbursed,
        stage=loan.stage,
        bucket=bucket(late) if loan.is_live else loan.stage,
        days=late,
        principal=loan.principal if loan.is_live else 0,
        overdue=loan.principal_due,
        restructured=loan.restructured,
        charged_off=loan.charged_off,
        recovered=loan.recovered,
        ended_on=place.ended_on,
        late_in=month_of(today) if max(late, loan.worst) > EVER_LATE else "",
        due=dues,
        unpaid=dues if loan.stage == CHARGED_OFF else min(dues, unpaid[0]),
        unpaid_1=unpaid[1],
        unpaid_2=unpaid[2],
    )


def _fallen_due(loan: LoanState, after: date, last: date) -> int:
    if loan.terms.starts_on is None:
        return 0
    numbered = enumerate(loan.made, 1)
    return sum(interest + principal for n, (interest, principal) in numbered if after < loan.terms.due(n) <= last)


def _unpaid(loan: LoanState, after: date, last: date) -> int:
    """What is left of the instalments that fell due then; arrears that new terms made due at once are none."""
    start = loan.terms.starts_on or date.min
    return sum(one.left for one in loan.demands if after < one.due <= last and one.due > start)


def carried(now: LoanRow | None, before: LoanRow | None, today: date) -> LoanRow | None:
    """The row to keep: what the months before said goes on; a loan that ended earlier stays as it ended.

    None: the loan is gone from the sheet. An instalment under terms that were replaced, or of a loan that was charged
    off, stays as unpaid as the month end before saw it: new terms and charge-offs pay nothing.
    """
    if before is None:
        return now
    if now is None:
        if before.is_live or _months(before.disbursed_on, today) >= MONTHS_KEPT:
            return None
        now = before._replace(due=0, unpaid=0)
    broken = now.restructured > before.restructured or now.stage == CHARGED_OFF or not now.is_live
    settled = now.stage == CLOSED and before.is_live
    keep = broken and not settled
    return now._replace(
        late_in=before.late_in or now.late_in,
        due_1=before.due,
        unpaid_1=before.unpaid if keep else min(before.due, now.unpaid_1),
        due_2=before.due_1,
        unpaid_2=before.unpaid_1 if keep else min(before.due_1, now.unpaid_2),
        bucket_1=before.bucket if before.is_live else "",
        principal_1=before.principal,
        bucket_2=before.bucket_1,
        principal_2=before.principal_1,
        bucket_3=before.bucket_2,
        principal_3=before.principal_2,
    )


def month_of(day: date) -> str:
    """YYYY-MM."""
    return day.isoformat()[:7]


def _months(first: str, last: date) -> int:
    """Months on book: from the month of disbursement to that of `last`."""
    return months_between(first[:7], month_of(last))


def months_between(first: str, last: str) -> int:
    """Months from one YYYY-MM to another."""
    (year, month), (then, later) = ((int(part) for part in text.split("-")) for text in (first, last))
    return (then - year) * 12 + later - month


def months_back(today: date, count: int = MONTHS_BACK) -> list[str]:
    """The month of `today` and those before it, `count` in all, as YYYY-MM."""
    index = today.year * 12 + today.month - 1
    return [f"{(index - back) // 12:04d}-{(index - back) % 12 + 1:02d}" for back in range(count)]
