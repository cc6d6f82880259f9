"""A small book of loans by hand, for worked examples: seven loans over the third quarter of 2026. Pure; cents.

At the start A 10,000.00 and E 1,000.00 current, B 5,000.00 1-30, C 3,000.00 31-60, D 2,000.00 91-180 days late: 21,000.00.
F 4,000.00 is disbursed on 15 July; on 20 August G 6,000.00 is disbursed, C repaid in full, D charged off; on 30
September A repays 1,000.00 and G 500.00. At the end B is 31-60 and E 1-30 days late, with new terms: 24,500.00.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from functools import partial

from accounts import closing
from accounts.loans import sheet
from accounts.loans.rows import LoanRow
from accounts.loans.state import BUCKET_NAMES
from accounts.month_ends import SheetNumbers
from accounts.parameters import PROVISION
from accounts.totals import CellName, DayTotals
from cloudbank.quarters import Quarter
from reporting.periods import Period, period_of
from reporting.tests.days import CALENDAR, Q3

START, END = date(2026, 6, 30), date(2026, 9, 30)
RATES = {f"rate_{name}": int(PROVISION[name].default) for name in BUCKET_NAMES}


def a_row(id: str, principal: int, bucket: str = "current", **more: object) -> LoanRow:
    """A row that runs unless told otherwise; amounts in whole dollars."""
    values: dict[str, object] = {
        "borrower": f"usr_{id}", "product": "personal", "branch": "main", "segment": "retail",
        "asked_on": "2026-01-05", "disbursed_on": "2026-01-12", "disbursed": 1_200_000, "stage": "active",
        "days": {"current": 0, "1-30": 20, "31-60": 40, "91-180": 100}.get(bucket, 0), "overdue": 0, "restructured": 0,
        "charged_off": 0, "recovered": 0, "ended_on": "", "late_in": "",
    }  # fmt: skip
    return LoanRow(id=id, bucket=bucket, principal=principal * 100, **(values | more))


def was(bucket: str, principal: int) -> dict[str, object]:
    """Where a loan stood three month ends ago."""
    return {"bucket_3": bucket, "principal_3": principal * 100}


def rows_at_start() -> list[LoanRow]:
    """The book of 30 June."""
    return [
        a_row("A", 10_000),
        a_row("B", 5_000, "1-30", borrower="usr_A", overdue=40_000),
        a_row("C", 3_000, "31-60", overdue=60_000, late_in="2026-06"),
        a_row("D", 2_000, "91-180", stage="non_accrual", overdue=90_000, late_in="2026-04"),
        a_row("E", 1_000),
    ]


def rows_at_end() -> list[LoanRow]:
    """The book of 30 September; A pays its 300.00 a month, B missed two of its 200.00."""
    paid = {"due": 30_000, "due_1": 30_000, "due_2": 30_000}
    missed = {"due": 20_000, "due_1": 20_000, "due_2": 20_000, "unpaid": 20_000, "unpaid_1": 20_000}
    ended = {"ended_on": "2026-08-20"}
    new = {"disbursed_on": "2026-08-20", "asked_on": "2026-08-11", "disbursed": 600_000, "branch": "harbor"}
    july = {"disbursed_on": "2026-07-15", "asked_on": "2026-07-10", "disbursed": 400_000, "product": "auto"}
    return [
        a_row("A", 9_000, **was("current", 10_000), **paid),
        a_row("B", 5_000, "31-60", borrower="usr_A", overdue=80_000, late_in="2026-09", **was("1-30", 5_000), **missed),
        a_row("C", 0, "closed", stage="closed", late_in="2026-06", **was("31-60", 3_000), **ended),
        a_row("D", 0, "charged_off", stage="charged_off", charged_off=200_000, late_in="2026-04",
              **was("91-180", 2_000), **ended),
        a_row("E", 1_000, "1-30", overdue=10_000, restructured=1, **was("current", 1_000)),
        a_row("F", 4_000, **july),
        a_row("G", 5_500, **new),
    ]  # fmt: skip


def a_sheet(day: date, rows: Sequence[LoanRow]) -> SheetNumbers:
    """The sheet that the rows make."""
    numbers = sheet.fold(rows, day)
    return SheetNumbers("loans", day.isoformat(), "USD", len(rows), "h", numbers, Counter(RATES), partial(iter, rows))


def flow(day: date, **numbers: int) -> DayTotals:
    """A business day on which loans moved against the clearing house account; whole dollars."""
    found = Counter({name: number * 100 for name, number in numbers.items()})
    owed = found["loan_disbursed"] - found["loan_repaid"] - found["loan_interest_paid"] - found["loan_fees_paid"]
    owed += found["interest"] + found["fees"] - found["loan_charged_off"]
    found["net_loan"] -= owed
    found["house_interest_income"] += found.pop("interest", 0)
    found["house_fee_income"] += found.pop("fees", 0)
    found["house_loan_loss"] -= found["loan_charged_off"]
    found["house_loan_recovery"] += found["s_recovery"]
    found["house_clearing"] -= -owed + sum(
        found[name] for name in ("house_interest_income", "house_fee_income", "house_loan_loss", "house_loan_recovery")
    )
    return DayTotals(day.isoformat(), True, found)


def loan_days() -> list[DayTotals]:
    """The last day of June and the three days of the quarter on which loans moved, as close_day seals them."""
    days = [
        flow(START, loan_disbursed=21_000),
        flow(date(2026, 7, 15), loan_disbursed=4_000),
        flow(date(2026, 8, 20), loan_disbursed=6_000, loan_repaid=3_000, loan_charged_off=2_000),
        flow(END, loan_repaid=1_500, interest=500, fees=20, loan_interest_paid=500, loan_fees_paid=20),
    ]
    days[1].numbers.update({"loans_approved": 2})
    days[2].numbers.update({"loans_approved": 1, "loans_declined": 1})
    for day in days[1:3]:
        day.numbers.update({"n_disbursement": 1, "s_disbursement": day.numbers["loan_disbursed"]})
        day.add_cell(CellName(9, "disbursement", "system", "main"), {"n": 1, "s": day.numbers["loan_disbursed"]})
    days[3].numbers.update({"s_recovery": 10_000, "house_loan_recovery": 10_000, "house_clearing": -10_000})
    days[3].numbers.update({"n_recovery": 1})
    days[3].add_cell(CellName(9, "recovery", "system", "main"), {"n": 1, "s": 10_000})
    end: dict[str, int] = {}
    for day in days:
        end = dict(closing.carry(end, day.numbers)) | {"active_90": 0}
        glp = end["book_principal"]
        day.end = end | {"loan_glp": glp, "loan_glp_current": glp, "loan_on_books": end["book_loan"]}
    for day, rows in ((days[0], rows_at_start()), (days[3], rows_at_end())):
        numbers = sheet.fold(rows, date.fromisoformat(day.day))
        known = {f"loan_{name}": number for name, number in numbers.items() if "@" not in name}
        day.end = {**day.end, **known}
        day.sheets = {"loans": a_sheet(date.fromisoformat(day.day), rows)}
    return days


def loan_period(quarter: Quarter = Q3, days: Sequence[DayTotals] = ()) -> Period:
    """The third quarter."""
    return period_of(quarter, "USD", list(days) or loan_days(), CALENDAR)
