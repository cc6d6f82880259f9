"""The numbers of a loans sheet, folded from its rows. Pure; minor units and counts.

By name: `glp loans overdue borrowers top_10`; of each bucket `glp_<bucket> loans_<bucket>`; `par_<days>`: the whole
balance of loans more days past due; `npl non_accrual restructured` with their `loans_`; `lent lent_n lost lost_n`:
disbursed and charged off in the three months that end with the day. All of these also by part of the bank
("glp@branch:main"), the borrowers' only in all. Of each of the three months (`@month:<YYYY-MM>`): `due unpaid` of the
instalments that fell due in it, `waited_<days>` (loans disbursed, by days from application to disbursement).
`rolled rolled_n @roll:<bucket then>><bucket now>`: principal of three month ends ago, and loans, by where they went.
`lent lent_n late_<months> lost_<months> @vintage:<YYYY-MM>`: what was disbursed in a month, and what of it was first
seen more than 30 days late, or was charged off, so many months after it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from accounts.loans.book import AT_RISK
from accounts.loans.rows import LoanRow, months_back, months_between
from accounts.loans.state import CHARGED_OFF, NON_ACCRUAL

DIMENSIONS = ("product", "branch", "segment")
LARGEST = 10
NPL_AFTER = 90


def fold(rows: Iterable[LoanRow], today: date) -> Counter[str]:
    """The numbers of a whole sheet. Memory: one number a borrower."""
    whole: Counter[str] = Counter()
    borrowers: Counter[str] = Counter()
    for row in rows:
        for name, number in of_row(row, today).items():
            whole[name] += number
        if row.principal:
            borrowers[row.borrower] += row.principal
    whole["borrowers"] = len(borrowers)
    whole[f"top_{LARGEST}"] = sum(principal for _, principal in largest(borrowers))
    return Counter({name: number for name, number in sorted(whole.items()) if number})


def largest(borrowers: Mapping[str, int]) -> list[tuple[str, int]]:
    """Those who owe most, most first."""
    return sorted(borrowers.items(), key=lambda one: (-one[1], one[0]))[:LARGEST]


def of_row(row: LoanRow, today: date) -> Counter[str]:
    """What one loan adds to each number but the borrowers'."""
    months = months_back(today)
    own = _outstanding(row) + _of_the_quarter(row, set(months))
    numbers = own + _by_month(row, months)
    for dimension in DIMENSIONS:
        part = f"@{dimension}:{getattr(row, dimension)}"
        numbers.update({f"{name}{part}": number for name, number in own.items()})
    numbers.update(_rolled(row))
    numbers.update(_vintage(row))
    return numbers


def _outstanding(row: LoanRow) -> Counter[str]:
    """What one loan is of the portfolio: its whole principal, wherever it counts."""
    numbers: Counter[str] = Counter()
    if not row.is_live:
        return numbers
    principal = row.principal
    numbers.update({"loans": 1, f"loans_{row.bucket}": 1, "glp": principal, f"glp_{row.bucket}": principal})
    numbers["overdue"] += row.overdue
    numbers.update({f"par_{days}": principal for days in AT_RISK if row.days > days})
    if row.days > NPL_AFTER or row.stage == NON_ACCRUAL:
        numbers.update({"npl": principal, "loans_npl": 1})
    if row.stage == NON_ACCRUAL:
        numbers.update({"non_accrual": principal, "loans_non_accrual": 1})
    if row.restructured:
        numbers.update({"restructured": principal, "loans_restructured": 1})
    return numbers


def _of_the_quarter(row: LoanRow, months: set[str]) -> Counter[str]:
    numbers: Counter[str] = Counter()
    if row.disbursed_on[:7] in months:
        numbers.update({"lent": row.disbursed, "lent_n": 1})
    if row.stage == CHARGED_OFF and row.ended_on[:7] in months:
        numbers.update({"lost": row.charged_off, "lost_n": 1})
    return numbers


def _by_month(row: LoanRow, months: list[str]) -> Counter[str]:
    """`months`: this one and the two before it."""
    numbers: Counter[str] = Counter()
    if row.disbursed_on[:7] in months:
        waited = (date.fromisoformat(row.disbursed_on) - date.fromisoformat(row.asked_on)).days
        numbers[f"waited_{max(0, waited)}@month:{row.disbursed_on[:7]}"] += 1
    dues = ((row.due, row.unpaid), (row.due_1, row.unpaid_1), (row.due_2, row.unpaid_2))
    for month, (due, unpaid) in zip(months, dues, strict=True):
        numbers.update({f"due@month:{month}": due, f"unpaid@month:{month}": unpaid})
    return numbers


def _rolled(row: LoanRow) -> dict[str, int]:
    if not row.bucket_3:
        return {}
    way = f"@roll:{row.bucket_3}>{row.bucket}"
    return {f"rolled{way}": row.principal_3, f"rolled_n{way}": 1}


def _vintage(row: LoanRow) -> dict[str, int]:
    born = row.disbursed_on[:7]
    part = f"@vintage:{born}"
    numbers = {f"lent{part}": row.disbursed, f"lent_n{part}": 1}
    if row.late_in:
        numbers[f"late_{months_between(born, row.late_in)}{part}"] = row.disbursed
    if row.stage == CHARGED_OFF:
        numbers[f"lost_{months_between(born, row.ended_on[:7] or row.late_in or born)}{part}"] = row.charged_off
    return numbers


def waited(numbers: Mapping[str, int], months: Collection[str]) -> Counter[int]:
    """Loans disbursed in these months by days from application to disbursement."""
    found: Counter[int] = Counter()
    for name, number in numbers.items():
        days, _, month = name.removeprefix("waited_").partition("@month:")
        if name.startswith("waited_") and month in months:
            found[int(days)] += number
    return found
