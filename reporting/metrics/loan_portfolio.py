"""How much is lent, to how many, and in which parts of the bank."""

from accounts.month_ends import by_part
from reporting.behind import Behind, Spec
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, average, growth, percent, shown, shown_change
from reporting.lending import (
    AVERAGE,
    DIMENSIONS,
    GLP,
    SHEET,
    average_glp,
    gross_at_end,
    gross_at_start,
    loans_behind,
    of_day,
    of_part_behind,
    part_title,
    prove_book,
)
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import Period
from reporting.specs import MONEY, Term, computed, either, level, ratio, start, tape

END, MEAN, GROWTH = "Gross loans, end of period", "Gross loans, daily average", "Growth of gross loans"
LOANS, A_LOAN, SHARE = "Loans, end of period", "Principal a loan", "Share of gross loans"
FORMULAS = {
    END: "GLP(T) = outstanding principal of loans that were disbursed, not closed and not charged off.",
    MEAN: "Average of GLP over calendar days; days without business count the business day before them.",
    GROWTH: "GLP(end) / GLP(start) - 1.",
    LOANS: "Loans with principal outstanding at the end of the last sealed business day.",
    A_LOAN: "GLP / loans, both at the end of the last sealed business day.",
    SHARE: "GLP of the product, branch or segment / GLP, by the month-end sheet.",
}


_WHOLE: Spec = either(level(GLP), tape(SHEET, "glp"))
_START: Spec = either(start(GLP), tape(SHEET, "glp", before=True))


def _end(period: Period, dimension: str) -> Behind:
    return (of_part_behind("glp") if dimension else _WHOLE)(period, dimension)


ROWS = {
    END: _end,
    MEAN: AVERAGE,
    GROWTH: computed("{0} / {1} - 1", growth, Term(END, MONEY, _WHOLE), Term("Gross loans at start", MONEY, _START)),
    LOANS: loans_behind("loans", COUNT),
    A_LOAN: ratio(Term("Gross loans", MONEY, loans_behind("glp")), Term(LOANS, COUNT, loans_behind("loans", COUNT)), 1),
    SHARE: ratio(
        Term("Gross loans of the part", MONEY, of_part_behind("glp")), Term("All", MONEY, tape(SHEET, "glp")), 10_000
    ),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """What is lent, and where most of it is."""
    end, loans, grown = section.figure(END), section.figure(LOANS), section.figure(GROWTH)
    if not end.value:
        return []
    sentence = f"Gross loans stood at {shown(end.value, end.unit)} {end.unit} in {shown(loans.value, COUNT)} loans"
    sentence += f", {shown_change(grown.value, PERCENT)} against the start" if grown.value is not None else ""
    largest = max(
        (one for one in section.figures if one.metric == SHARE and one.dimension.startswith("product")),
        key=lambda one: one.value or 0,
        default=None,
    )
    if largest is None:
        return [f"{sentence}."]
    product = part_title("product", largest.dimension.partition(": ")[2]).lower()
    return [f"{sentence}; {shown(largest.value, PERCENT)} of it is in {product}s."]


@metric(
    "loan_portfolio", title="Loan portfolio", order=52, trend=(END,), headline=(END,), words=in_words, icon="bank2",
    cuts=SHEET_CUTS, rows=ROWS, sheet=SHEET, whole_only=(MEAN,),
)  # fmt: skip
def loan_portfolio(period: Period) -> Measured:
    """Gross loans at the end, on average, by product, branch and segment; they tie to the books or nothing is built.

    Formula: GLP(T) = outstanding principal of disbursed, not closed, not charged-off loans; average = the mean of GLP
    over calendar days.
    Unit: the report's currency; loans; percent.
    Source: what each closed business day ended with; parts of the bank from the loans sheet of the month end.
    """
    prove_book(period)
    end, loans = gross_at_end(period), of_day(period, "loans")
    values = [
        (END, end, period.currency),
        (MEAN, average_glp(period), period.currency),
        (GROWTH, growth(end, gross_at_start(period)), PERCENT),
        (LOANS, loans, COUNT),
        (A_LOAN, average(of_day(period, "glp"), loans), period.currency),
    ]
    measures = [Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values]
    found = period.sheet(SHEET)
    charts = []
    for dimension in DIMENSIONS if found else ():
        parts = by_part(found.numbers, "glp", dimension) if found else {}
        for code, principal in parts.items():
            of = f"{dimension}: {code}"
            measures.append(Measure(END, principal, period.currency, FORMULAS[END], of))
            measures.append(Measure(SHARE, percent(principal, sum(parts.values())), PERCENT, FORMULAS[SHARE], of))
        labels = tuple(part_title(dimension, code) for code in parts)
        bars = (Series("Gross loans", tuple(parts.values())),)
        title = f"Gross loans by {dimension}"
        charts.append(Chart(f"by_{dimension}", title, "bar", dimension.capitalize(), labels, bars, period.currency))
    return Measured(tuple(measures), tuple(charts))
