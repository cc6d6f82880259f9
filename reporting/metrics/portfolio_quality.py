"""How late the loans are: buckets, portfolio at risk, non-performing loans, restructured ones apart."""

from accounts.loans.book import AT_RISK
from accounts.loans.state import BUCKET_NAMES
from accounts.month_ends import by_part
from reporting.behind import Behind, Spec
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, Value, percent, shown
from reporting.lending import DIMENSIONS, SHEET, bucket_title, loans_behind, of_day, of_part_behind, prove_book
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Column, Section, Series, Table
from reporting.periods import Period
from reporting.specs import MONEY, Term, named, ratio, signed

BY_BUCKET, COUNTED = "Gross loans by days past due", "Loans by days past due"
PAR = {days: f"PAR {days}" for days in AT_RISK}
LATE, ARREARS, NPL = "Loans in arrears", "Arrears rate", "NPL ratio"
RESTRUCTURED, RESTRUCTURED_SHARE = "Restructured loans", "Restructured share"
PAR_30 = PAR[30]
FORMULAS = {
    BY_BUCKET: "Whole outstanding principal of the loans whose oldest unpaid instalment is so many days past due; the "
    "buckets are disjoint and sum to GLP.",
    COUNTED: "Loans by the days that their oldest unpaid instalment is past due.",
    **{
        name: f"Outstanding principal (the whole balance) of loans more than {days} days past due / GLP; restructured "
        "loans included."
        for days, name in PAR.items()
    },
    LATE: "Loans with an instalment past due, not all loans that run.",
    ARREARS: "Principal that fell due and is unpaid / GLP; this is not PAR, which counts whole balances.",
    NPL: "Outstanding principal of loans more than 90 days past due or not accruing interest / GLP.",
    RESTRUCTURED: "Outstanding principal of loans with new terms; it stays in its bucket and in PAR.",
    RESTRUCTURED_SHARE: "Outstanding principal of loans with new terms / GLP.",
}
_GLP = Term("Gross loans", MONEY, loans_behind("glp"))


def _at_risk(days: int) -> Spec:
    def part(period: Period, dimension: str) -> Behind:
        return (of_part_behind if dimension else loans_behind)(f"par_{days}")(period, dimension)

    def book(period: Period, dimension: str) -> Behind:
        return (of_part_behind if dimension else loans_behind)("glp")(period, dimension)

    return ratio(Term(f"More than {days} days past due", MONEY, part), Term("Gross loans", MONEY, book), 10_000)


ROWS = {
    BY_BUCKET: named(lambda name: loans_behind(f"glp_{name}")),
    COUNTED: named(lambda name: loans_behind(f"loans_{name}", COUNT)),
    **{name: _at_risk(days) for days, name in PAR.items()},
    LATE: signed(
        Term("Loans", COUNT, loans_behind("loans", COUNT)),
        Term("Current loans", COUNT, loans_behind("loans_current", COUNT)),
        minus=["Current loans"],
    ),
    ARREARS: ratio(Term("Principal due and unpaid", MONEY, loans_behind("overdue")), _GLP, 10_000),
    NPL: ratio(Term("Non-performing loans", MONEY, loans_behind("npl")), _GLP, 10_000),
    RESTRUCTURED: loans_behind("restructured"),
    RESTRUCTURED_SHARE: ratio(Term(RESTRUCTURED, MONEY, loans_behind("restructured")), _GLP, 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """PAR 30 and where it went, the NPL ratio, what is restructured."""
    risk, npl, late = section.figure(PAR_30), section.figure(NPL), section.figure(LATE)
    if risk.value is None:
        return []
    moved = ""
    if risk.previous is not None:
        moved = f" after {shown(risk.previous, PERCENT)} at the end of the period before"
    return [
        f"{shown(risk.value, PERCENT)} of the portfolio was more than 30 days past due (PAR 30){moved}; the NPL ratio "
        f"was {shown(npl.value, PERCENT)}, {shown(late.value, COUNT)} loans were in arrears, and "
        f"{shown(section.figure(RESTRUCTURED_SHARE).value, PERCENT)} of the portfolio had new terms."
    ]


def _difference(whole: Value, part: Value) -> Value:
    return None if whole is None or part is None else whole - part


@metric(
    "portfolio_quality",
    title="Portfolio at risk",
    order=53,
    trend=(PAR_30, NPL),
    headline=(PAR_30,),
    words=in_words,
    icon="exclamation-triangle",
    cuts=SHEET_CUTS,
    rows=ROWS,
    sheet=SHEET,
)
def portfolio_quality(period: Period) -> Measured:
    """Days past due in disjoint buckets, PAR, arrears, non-performing and restructured loans, at the end of the period.

    Formula: PAR_x = whole balance of loans more than x days past due / GLP; arrears rate = overdue principal / GLP;
    NPL ratio = (more than 90 days past due or non-accrual) / GLP.
    Unit: percent; the report's currency; loans.
    Source: the loan book that the last sealed business day of the period ended with; by part from the loans sheet.
    """
    prove_book(period)
    glp, loans = of_day(period, "glp"), of_day(period, "loans")
    measures = [
        Measure(PAR[days], percent(of_day(period, f"par_{days}"), glp), PERCENT, FORMULAS[PAR[days]]) for days in PAR
    ]
    values = [
        (LATE, _difference(loans, of_day(period, "loans_current")), COUNT),
        (ARREARS, percent(of_day(period, "overdue"), glp), PERCENT),
        (NPL, percent(of_day(period, "npl"), glp), PERCENT),
        (RESTRUCTURED, of_day(period, "restructured"), period.currency),
        (RESTRUCTURED_SHARE, percent(of_day(period, "restructured"), glp), PERCENT),
    ]
    measures += [Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values]
    for name in BUCKET_NAMES:
        of = f"bucket: {name}"
        measures.append(Measure(BY_BUCKET, of_day(period, f"glp_{name}"), period.currency, FORMULAS[BY_BUCKET], of))
        measures.append(Measure(COUNTED, of_day(period, f"loans_{name}"), COUNT, FORMULAS[COUNTED], of))
    measures += _by_part(period)
    return Measured(tuple(measures), (_chart(period),), (_table(period, glp),) if glp else ())


def _by_part(period: Period) -> list[Measure]:
    found = period.sheet(SHEET)
    if found is None:
        return []
    measures = []
    for dimension in DIMENSIONS:
        for code, glp in by_part(found.numbers, "glp", dimension).items():
            part = by_part(found.numbers, "par_30", dimension).get(code, 0)
            measures.append(Measure(PAR_30, percent(part, glp), PERCENT, FORMULAS[PAR_30], f"{dimension}: {code}"))
    return measures


def _chart(period: Period) -> Chart:
    late = BUCKET_NAMES[1:]
    bars = (Series("Gross loans", tuple(of_day(period, f"glp_{name}") for name in late)),)
    labels = tuple(bucket_title(name) for name in late)
    return Chart("late_buckets", "Loans past due, by days", "bar", "Days past due", labels, bars, period.currency)


def _table(period: Period, glp: Value) -> Table:
    columns = (
        Column("Days past due"),
        Column("Loans", COUNT),
        Column("Gross loans", period.currency),
        Column("Share of gross loans", PERCENT),
    )

    def row(title: str, after: str) -> tuple[str, Value, Value, Value]:
        held = of_day(period, f"glp{after}")
        return title, of_day(period, f"loans{after}"), held, percent(held, glp)

    rows = tuple(row(bucket_title(name), f"_{name}") for name in BUCKET_NAMES)
    return Table("buckets", "Loans by days past due", columns, rows, row("All", ""), by_period=False)
