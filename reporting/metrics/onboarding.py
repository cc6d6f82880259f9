"""How people become customers: how long it takes, who still waits, and who brings money."""

from collections.abc import Sequence
from decimal import Decimal
from statistics import median

from accounts.customer_sheet import FUNDED_WITHIN, WAITING, CustomerRow, bucket_of, onboarded
from cloudbank.money import round_half_even
from reporting.behind import Behind
from reporting.cuts import PEOPLE_CUTS
from reporting.figures import COUNT, DAYS, PERCENT, Value, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.customers import GROSS
from reporting.pack import Chart, Section, Series
from reporting.people import PEOPLE, SHEET, days_between
from reporting.periods import Period, foot
from reporting.sheet_rows import months_of, of_months, sheet_of_months
from reporting.specs import Term, ratio

WAIT, OLDEST = "Identity waits for a decision", "Longest wait, days"
MEDIAN = "Median onboarding, days"
FUNDED, ACTIVATION = "New customers funded within 30 days", "Activation"
FORMULAS = {
    WAIT: "People who registered and whose identity nobody has decided on, at the end of the period; by calendar days "
    "since they registered.",
    OLDEST: "Calendar days since the first of them registered.",
    MEDIAN: "Median of the calendar days from registering to activation, over the people activated in the period.",
    FUNDED: f"People activated in the period to whose accounts money came by the {FUNDED_WITHIN}th day after, as known "
    "at the end of the period: of those who came last, some still have days left.",
    ACTIVATION: "Funded within 30 days / gross new.",
}


def middle(values: Sequence[int]) -> Value:
    """The median, half to even; n/a of none."""
    return round_half_even(Decimal(median(values))) if values else None


def _is_new(row: CustomerRow, period: Period) -> bool:
    return bool(row.activated_on) and row.activated_on[:7] in months_of(period)


def _took(row: CustomerRow, period: Period) -> int | None:
    if not _is_new(row, period):
        return None
    return max(0, days_between(row.registered_on, row.activated_on)) if row.registered_on else 0


def _new(row: CustomerRow, period: Period) -> int | None:
    return 1 if _is_new(row, period) else None


def _funded(row: CustomerRow, period: Period) -> int | None:
    if not _is_new(row, period) or not row.funded_on:
        return None
    return 1 if days_between(row.activated_on, row.funded_on) <= FUNDED_WITHIN else None


def _waits(row: CustomerRow, period: Period) -> int | None:
    return days_between(row.registered_on, _day(period)) if row.waiting else None


def _day(period: Period) -> str:
    found = period.sheet(SHEET)
    return found.day if found else ""


def _behind_wait(period: Period, dimension: str) -> Behind:
    bucket = dimension.partition(": ")[2].removesuffix(" days")

    def one(row: CustomerRow, inside: Period) -> int | None:
        days = _waits(row, inside)
        return 1 if days is not None and bucket in ("", bucket_of(days)) else None

    return PEOPLE.spec(one, COUNT)(period, "")


_FUNDED = Term(FUNDED, COUNT, PEOPLE.spec(_funded, COUNT, months=True))
_NEW = Term(GROSS, COUNT, PEOPLE.spec(_new, COUNT, months=True))
ROWS = {
    WAIT: _behind_wait,
    OLDEST: PEOPLE.spec(_waits, DAYS, fold=lambda values: max(values, default=0), says="the largest"),
    MEDIAN: PEOPLE.spec(_took, DAYS, months=True, fold=middle, says="the median"),
    FUNDED: _FUNDED.spec,
    ACTIVATION: ratio(_FUNDED, _NEW, 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Who waits, how long it takes, who brings money."""
    waits, took, won = (section.figure(name) for name in (WAIT, MEDIAN, ACTIVATION))
    if waits.value is None:
        return []
    said = [f"{shown(waits.value, COUNT)} people wait for their identity to be decided on."]
    if took.value is not None:
        when = f"within {shown(took.value, DAYS)} days" if took.value else "on the day they registered"
        said.append(
            f"Half of the new customers were on board {when}; {shown(won.value, PERCENT)} brought money within 30 days."
        )
    return said


@metric("onboarding", title="Onboarding", order=64, words=in_words, rows=ROWS, cuts=PEOPLE_CUTS, sheet=SHEET)
def onboarding(period: Period) -> Measured:
    """From registering to the first money: ageing of who waits, median days, activation.

    Formula: activation = funded within 30 days / gross new; median over the people activated in the period; who waits
    stands in one bucket of days since registering, and the buckets sum to all who wait.
    Unit: people; calendar days; percent.
    Source: the customers sheet that was sealed with the last business day of the month.
    """
    found, fresh = period.sheet(SHEET), sheet_of_months(period, SHEET)
    waits: Value = None
    ages: dict[str, Value] = dict.fromkeys(WAITING)
    oldest, took = None, None
    if found:
        waits, oldest = found.numbers["waiting"], found.numbers["waiting_oldest"]
        ages = {name: found.numbers[f"waiting_{name}"] for name in WAITING}
        foot(f"who waits on {found.day} by days", waits, sum(count or 0 for count in ages.values()))
    if fresh:
        took = middle(sorted(onboarded(fresh.numbers, range(len(months_of(period)))).elements()))
    new, funded = of_months(fresh, period, "new"), of_months(fresh, period, "funded")
    values = [
        (WAIT, waits, COUNT, ""),
        *((WAIT, count, COUNT, f"waiting: {name} days") for name, count in ages.items()),
        (OLDEST, oldest, DAYS, ""),
        (MEDIAN, took, DAYS, ""),
        (FUNDED, funded, COUNT, ""),
        (ACTIVATION, percent(funded, new), PERCENT, ""),
    ]
    bars = (Series("People", tuple(ages.values())),)
    chart = Chart("kyc_waiting", WAIT, "bar", "Days", tuple(ages), bars, COUNT)
    return Measured(
        tuple(Measure(name, value, unit, FORMULAS[name], part) for name, value, unit, part in values), (chart,)
    )
