"""What was asked for, approved and paid out."""

from collections import Counter
from collections.abc import Sequence

from accounts.ledger import DISBURSEMENT
from accounts.loans.sheet import waited
from accounts.month_ends import by_part
from accounts.totals import LOANS_APPROVED, LOANS_DECLINED
from reporting.behind import Behind, Row, Rows
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, DAYS, PERCENT, Value, average, percent, shown
from reporting.lending import SHEET, lent_behind, lent_in, months_of, part_title, quarter_sheet
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import Period
from reporting.specs import MONEY, Term, either, flows, of_type, ratio, signed

COUNTED, AMOUNT, SIZE = "Loans disbursed", "Amount disbursed", "Average loan disbursed"
APPROVED, DECLINED, RATE = "Applications approved", "Applications declined", "Approval rate"
WAIT = "Median days from application to disbursement"
FORMULAS = {
    COUNTED: "Loans that were paid out in the period.",
    AMOUNT: "Principal paid out.",
    SIZE: "Amount disbursed / loans disbursed.",
    APPROVED: "Applications that a second person approved in the period, paid out or not.",
    DECLINED: "Applications that were declined; who takes an application back is not among them.",
    RATE: "Approved / (approved + declined).",
    WAIT: "The median of the days from application to disbursement of the loans paid out in the period; of an even "
    "number of loans the lower of the two in the middle.",
}
_PAID_OUT = of_type(DISBURSEMENT)
_COUNTED = Term(
    COUNTED, COUNT, either(flows("n_disbursement", unit=COUNT, link=_PAID_OUT), lent_behind("lent_n", COUNT))
)
_AMOUNT = Term(AMOUNT, MONEY, either(flows("loan_disbursed", link=_PAID_OUT), lent_behind("lent")))
_APPROVED = Term(APPROVED, COUNT, flows(LOANS_APPROVED, unit=COUNT))
_DECLINED = Term(DECLINED, COUNT, flows(LOANS_DECLINED, unit=COUNT))


def _waits(period: Period, dimension: str) -> Behind:
    found, months = quarter_sheet(period), months_of(period)

    def read() -> Sequence[Row]:
        days = waited(found.numbers, months) if found else Counter[int]()
        return [Row(f"Loan {place}", one) for place, one in enumerate(sorted(days.elements()), 1)]

    return Rows("Loan, quickest first", DAYS, read, median, "The figure is the middle row.", known=found is not None)


def median(values: Sequence[int]) -> Value:
    """The middle value; of an even number the lower of the two; n/a of none."""
    return sorted(values)[(len(values) - 1) // 2] if values else None


ROWS = {
    COUNTED: _COUNTED.spec,
    AMOUNT: _AMOUNT.spec,
    SIZE: ratio(_AMOUNT, _COUNTED, 1),
    APPROVED: _APPROVED.spec,
    DECLINED: _DECLINED.spec,
    RATE: ratio(_APPROVED, Term("Applications decided", COUNT, signed(_APPROVED, _DECLINED)), 10_000),
    WAIT: _waits,
}


def in_words(section: Section, quarter: str) -> list[str]:
    """How much was lent, how it was decided."""
    count, amount, rate, wait = (section.figure(name) for name in (COUNTED, AMOUNT, RATE, WAIT))
    if not count.value:
        return []
    loans = "1 loan" if count.value == 1 else f"{shown(count.value, COUNT)} loans"
    was = "was" if count.value == 1 else "were"
    sentence = f"{loans} of {shown(amount.value, amount.unit)} {amount.unit} {was} disbursed"
    sentence += f"; {shown(rate.value, PERCENT)} of the decided applications were approved" if rate.value else ""
    sentence += (
        f", and half of the loans were paid out within {wait.value} days of the application" if wait.value else ""
    )
    return [f"{sentence}."]


@metric(
    "loan_origination",
    title="New loans",
    order=51,
    trend=(AMOUNT,),
    words=in_words,
    icon="plus-circle",
    cuts=SHEET_CUTS,
    rows=ROWS,
    sheet=SHEET,
    whole_only=(APPROVED, DECLINED, RATE),
)
def loan_origination(period: Period) -> Measured:
    """Loans paid out and applications decided in the period.

    Formula: average size = amount / count; approval rate = approved / (approved + declined); median days = middle of
    the days from application to disbursement.
    Unit: loans; applications; the report's currency; percent; days.
    Source: flows and counts of the day shards; days from the loans sheet of the month end, n/a for periods that are not
    one to three whole months.
    """
    if period.cut:
        count, amount = lent_in(period, "lent_n"), lent_in(period, "lent")
    else:
        count, amount = period.total("n_disbursement"), period.total("loan_disbursed")
    approved, declined = period.total(LOANS_APPROVED), period.total(LOANS_DECLINED)
    found, months = quarter_sheet(period), months_of(period)
    days = median(list(waited(found.numbers, months).elements())) if found else None
    values = [
        (COUNTED, count, COUNT),
        (AMOUNT, amount, period.currency),
        (SIZE, average(amount, count), period.currency),
        (APPROVED, approved, COUNT),
        (DECLINED, declined, COUNT),
        (RATE, percent(approved, approved + declined), PERCENT),
        (WAIT, days, DAYS),
    ]
    measures = tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values)
    return Measured(measures, _charts(period) if len(months) == 3 else ())


def _charts(period: Period) -> tuple[Chart, ...]:
    found = period.sheet(SHEET)
    parts = by_part(found.numbers, "lent", "product") if found else {}
    if not parts:
        return ()
    labels = tuple(part_title("product", code) for code in parts)
    bars = (Series("Disbursed", tuple(parts.values())),)
    return (Chart("by_product", "Disbursed by product", "bar", "Product", labels, bars, period.currency),)
