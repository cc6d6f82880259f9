"""What was lost on loans, and what is put aside for losses to come."""

from accounts.ledger import CHARGE_OFF, RECOVERY
from accounts.loans.state import BUCKET_NAMES
from reporting.behind import Behind, Spec
from reporting.cuts import SHEET_CUTS
from reporting.figures import PERCENT, Value, percent, ratio, shown
from reporting.lending import SHEET, a_year, a_year_of, bucket_title, loans_behind, months_of, of_day, of_sheet, unknown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Column, Section, Series, Table
from reporting.periods import Period
from reporting.specs import MONEY, Term, computed, either, flows, named, number, of_type, signed, tape
from reporting.specs import ratio as ratio_of

LOST, RECOVERED, NET = "Charged off", "Recovered", "Charged off, net"
GROSS_RATIO, NET_RATIO = "Charge-off ratio", "Charge-off ratio, net"
PROVISION, ALLOWANCE, COVERAGE, RESERVE = "Provision", "Loss allowance", "Coverage", "Allowance of gross loans"
QUARTER = 3
FORMULAS = {
    LOST: "Principal written off in the period.",
    RECOVERED: "Money that came in on loans after they were charged off.",
    NET: "Charged off - recovered.",
    GROSS_RATIO: "Charged off / average GLP, a year (x 365 / days).",
    NET_RATIO: "(Charged off - recovered) / average GLP, a year (x 365 / days).",
    PROVISION: "GLP of the bucket x the policy rate in force on the last day, as it was sealed with the month end.",
    ALLOWANCE: "The provisions of all buckets.",
    COVERAGE: "Loss allowance / non-performing loans.",
    RESERVE: "Loss allowance / GLP.",
}


def _in_quarter(period: Period, dimension: str) -> Behind:
    """The charge-offs of a part of the bank: its sheet tells those of the three months that end with it."""
    return (tape(SHEET, "lost") if len(months_of(period)) == QUARTER else unknown(MONEY))(period, dimension)


_LOST = Term(LOST, MONEY, either(flows("loan_charged_off", link=of_type(CHARGE_OFF)), _in_quarter))
_RECOVERED = Term(RECOVERED, MONEY, flows("s_recovery", link=of_type(RECOVERY)))
_NET = Term(NET, MONEY, signed(_LOST, _RECOVERED, minus=[RECOVERED]))


def _made(balance: Value, rate: Value) -> Value:
    return None if balance is None or rate is None else ratio(balance * rate, 10_000, scale=1)


def _rate(period: Period, bucket: str) -> Value:
    found = period.sheet(SHEET)
    return found.policy[f"rate_{bucket}"] if found else None


def provision(period: Period, bucket: str) -> Value:
    """What is put aside for the loans of a bucket, rounded half to even; n/a without a month-end sheet."""
    found = period.sheet(SHEET)
    return _made(found.numbers[f"glp_{bucket}"], _rate(period, bucket)) if found else None


def _allowance(period: Period) -> Value:
    values = [provision(period, bucket) for bucket in BUCKET_NAMES]
    return None if None in values else sum(value or 0 for value in values)


def _provision_behind(bucket: str) -> Spec:
    def spec(period: Period, dimension: str) -> Behind:
        rate = Term("Policy rate, hundredths of a percent", "count", number(lambda one: _rate(one, bucket)))
        held = Term("Gross loans of the bucket", MONEY, tape(SHEET, f"glp_{bucket}"))
        return computed("{0} x {1} / 10,000", _made, held, rate)(period, dimension)

    return spec


_ALLOWANCE = Term(
    ALLOWANCE, MONEY, signed(*(Term(bucket_title(one), MONEY, _provision_behind(one)) for one in BUCKET_NAMES))
)
ROWS = {
    LOST: _LOST.spec,
    RECOVERED: _RECOVERED.spec,
    NET: _NET.spec,
    GROSS_RATIO: a_year_of(_LOST),
    NET_RATIO: a_year_of(_NET),
    PROVISION: named(_provision_behind),
    ALLOWANCE: _ALLOWANCE.spec,
    COVERAGE: ratio_of(_ALLOWANCE, Term("Non-performing loans", MONEY, loans_behind("npl")), 10_000),
    RESERVE: ratio_of(_ALLOWANCE, Term("Gross loans", MONEY, loans_behind("glp")), 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """What was lost, what is covered."""
    lost, net, ratio_ = (section.figure(name) for name in (LOST, NET, NET_RATIO))
    allowance, coverage = section.figure(ALLOWANCE), section.figure(COVERAGE)
    if ratio_.value is None and allowance.value is None:
        return []
    sentences = [
        f"{shown(lost.value, lost.unit)} {lost.unit} was charged off, {shown(net.value, net.unit)} {net.unit} net of "
        f"recoveries: {shown(ratio_.value, PERCENT)} of average gross loans a year."
    ]
    if not lost.value and not net.value:
        sentences = ["No loan was charged off."] if lost.value == 0 else []
    elif ratio_.value is None:
        sentences = [f"{shown(lost.value, lost.unit)} {lost.unit} was charged off."]
    if allowance.value is not None:
        covered = f", {shown(coverage.value, PERCENT)} of non-performing loans" if coverage.value is not None else ""
        sentences.append(f"The loss allowance is {shown(allowance.value, allowance.unit)} {allowance.unit}{covered}.")
    return sentences


@metric(
    "loan_losses", title="Loan losses and allowance", order=54, words=in_words, icon="shield", rows=ROWS,
    cuts=SHEET_CUTS, sheet=SHEET, whole_only=(RECOVERED, NET, GROSS_RATIO, NET_RATIO),
)  # fmt: skip
def loan_losses(period: Period) -> Measured:
    """Charge-offs, recoveries and the loss allowance by the bank's policy.

    Formula: charge-off ratio = charged off / average GLP x 365 / days, and net of recoveries; provision = bucket
    balance x policy rate; coverage = allowance / NPL.
    Unit: the report's currency; percent (a year for the charge-off ratios).
    Source: the split that postings on loans carry; the loans sheet of the month end with the policy rates of its day.
    """
    lost, recovered = _lost(period), period.total("s_recovery")
    provisions = {bucket: provision(period, bucket) for bucket in BUCKET_NAMES}
    allowance = _allowance(period)
    values = [
        (LOST, lost, period.currency),
        (RECOVERED, recovered, period.currency),
        (NET, _less(lost, recovered), period.currency),
        (GROSS_RATIO, a_year(lost, period), PERCENT),
        (NET_RATIO, a_year(_less(lost, recovered), period), PERCENT),
        (ALLOWANCE, allowance, period.currency),
        (COVERAGE, percent(allowance, of_day(period, "npl")), PERCENT),
        (RESERVE, percent(allowance, of_day(period, "glp")), PERCENT),
    ]
    measures = [Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values]
    for bucket, value in provisions.items():
        measures.append(Measure(PROVISION, value, period.currency, FORMULAS[PROVISION], f"bucket: {bucket}"))
    bars = (Series("Charged off", (lost,)), Series("Recovered", (recovered,)))
    chart = Chart("losses", "Charged off and recovered", "bar", "Period", (period.label,), bars, period.currency)
    charts = () if period.cut else (chart,)
    return Measured(tuple(measures), charts, (_table(period, allowance),) if allowance is not None else ())


def _lost(period: Period) -> Value:
    if not period.cut:
        return period.total("loan_charged_off")
    return of_sheet(period.sheet(SHEET), "lost") if len(months_of(period)) == QUARTER else None


def _less(lost: Value, recovered: int) -> Value:
    return None if lost is None else lost - recovered


def _table(period: Period, allowance: Value) -> Table:
    columns = (
        Column("Days past due"),
        Column("Gross loans", period.currency),
        Column("Policy rate", PERCENT),
        Column("Provision", period.currency),
    )
    rows = tuple(
        (bucket_title(one), of_day(period, f"glp_{one}"), _rate(period, one), provision(period, one))
        for one in BUCKET_NAMES
    )
    total = ("All", of_day(period, "glp"), None, allowance)
    return Table("provisions", "Provisions by days past due", columns, rows, total, by_period=False)
