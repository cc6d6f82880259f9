"""How much of what fell due was paid."""

from accounts.month_ends import of_part
from reporting.cuts import SHEET_CUTS
from reporting.figures import PERCENT, Value, percent, shown
from reporting.lending import SHEET, month_behind, months_of, of_months, quarter_sheet
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import Period
from reporting.specs import MONEY, Term, ratio, signed

DUE, UNPAID, PAID, EFFICIENCY = "Instalments that fell due", "Of these unpaid", "Of these paid", "Collection efficiency"
FORMULAS = {
    DUE: "Interest and principal of the instalments with a due date in the period.",
    UNPAID: "What of these instalments is unpaid at its end; new terms and charge-offs pay nothing: there it is what "
    "the month end before saw.",
    PAID: "Instalments that fell due - what of them is unpaid: the cash applied to them.",
    EFFICIENCY: "Cash applied to instalments that fell due in the period / instalments that fell due in it.",
}


_DUE, _UNPAID = Term(DUE, MONEY, month_behind("due")), Term(UNPAID, MONEY, month_behind("unpaid"))
_PAID = Term(PAID, MONEY, signed(_DUE, _UNPAID, minus=[UNPAID]))
ROWS = {DUE: _DUE.spec, UNPAID: _UNPAID.spec, PAID: _PAID.spec, EFFICIENCY: ratio(_PAID, _DUE, 10_000)}


def in_words(section: Section, quarter: str) -> list[str]:
    """How much came in of what was due."""
    rate, due = section.figure(EFFICIENCY), section.figure(DUE)
    if rate.value is None:
        return []
    return [
        f"Of {shown(due.value, due.unit)} {due.unit} of instalments that fell due, {shown(rate.value, PERCENT)} was "
        "paid."
    ]


@metric(
    "loan_collections", title="Collections", order=57, trend=(EFFICIENCY,), words=in_words, icon="calendar-check",
    cuts=SHEET_CUTS, rows=ROWS, sheet=SHEET,
)  # fmt: skip
def loan_collections(period: Period) -> Measured:
    """How much of the instalments that fell due in the period was paid in it.

    Formula: collection efficiency = (instalments that fell due - what of them is unpaid) / instalments that fell due.
    Unit: the report's currency; percent.
    Source: the loans sheet of the month end, which keeps each loan's instalments of the last three months; n/a for
    periods that are not one to three whole months.
    """
    due, unpaid = of_months(period, "due"), of_months(period, "unpaid")
    paid = None if due is None or unpaid is None else due - unpaid
    values: list[tuple[str, Value, str]] = [
        (DUE, due, period.currency),
        (UNPAID, unpaid, period.currency),
        (PAID, paid, period.currency),
        (EFFICIENCY, percent(paid, due), PERCENT),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values), _charts(period))


def _charts(period: Period) -> tuple[Chart, ...]:
    found, months = quarter_sheet(period), months_of(period)
    if found is None or len(months) < 2:
        return ()

    def by_month(name: str) -> list[int]:
        return [found.numbers[of_part(name, "month", month)] for month in months]

    unpaid = by_month("unpaid")
    paid = tuple(due - left for due, left in zip(by_month("due"), unpaid, strict=True))
    bars = (Series("Paid", paid), Series("Unpaid", tuple(unpaid)))
    return (Chart("dues", "Instalments by month", "stacked", "Month", tuple(months), bars, period.currency),)
