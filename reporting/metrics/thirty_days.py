"""The last thirty days of the period: where the bank stands now, whatever the quarter began with."""

from dataclasses import replace
from datetime import timedelta

from accounts.totals import DayTotals
from reporting.behind import Behind, Rows, Spec
from reporting.cuts import CELL_CUTS
from reporting.figures import COUNT, average, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Section
from reporting.periods import Numbers, Period, add_up, transactions_of
from reporting.specs import MONEY, Term, cells, computed, number

WINDOW = 30
VOLUME, NUMBER, AVERAGE = "Volume of the last 30 days", "Transactions of the last 30 days", "Volume a day, last 30 days"
FORMULAS = {
    VOLUME: "Sum of the amounts of all transactions of the last 30 calendar days of the period; n/a in a shorter one.",
    NUMBER: "Count of transactions of these days.",
    AVERAGE: "Their volume / 30.",
}


def in_words(section: Section, quarter: str) -> list[str]:
    """The window's volume."""
    volume, count = section.figure(VOLUME), section.figure(NUMBER)
    if volume.value is None:
        return []
    moved = f"{shown(volume.value, volume.unit)} {volume.unit}"
    return [f"In its last 30 days {moved} moved in {shown(count.value, COUNT)} transactions."]


def window(period: Period) -> Numbers | None:
    """Count and volume of the last 30 calendar days; None when the period has fewer."""
    if period.calendar_days < WINDOW or not period.days:
        return None
    found: Numbers = {}
    for day in period.days:
        if in_window(period, day):
            add_up(found, transactions_of(day, period.cut))
    return found


def in_window(period: Period, day: DayTotals, dimension: str = "") -> bool:
    """Whether it is one of the last 30 calendar days."""
    return day.day >= (period.as_of - timedelta(days=WINDOW - 1)).isoformat()


def _long_enough(name: str) -> Spec:
    def spec(period: Period, dimension: str) -> Behind:
        found = cells(name, days=in_window)(period, dimension)
        return replace(found, known=period.calendar_days >= WINDOW) if isinstance(found, Rows) else found

    return spec


ROWS = {
    VOLUME: _long_enough("s"),
    NUMBER: _long_enough("n"),
    AVERAGE: computed(
        "{0} / {1}", average, Term(VOLUME, MONEY, _long_enough("s")), Term("Days", COUNT, number(WINDOW))
    ),
}


@metric("thirty_days", title="Last 30 days", order=32, words=in_words, cuts=CELL_CUTS, rows=ROWS)
def thirty_days(period: Period) -> Measured:
    """Transactions of the 30 calendar days that end with the period, by business date.

    Formula: as for all transactions, over the last 30 calendar days of the period.
    Unit: the report's currency; count.
    Source: cube cells of the closed business days.
    """
    found = window(period)
    volume, count = (None, None) if found is None else (found.get("s", 0), found.get("n", 0))
    values = [
        (VOLUME, volume, period.currency),
        (NUMBER, count, COUNT),
        (AVERAGE, average(volume, WINDOW), period.currency),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values))
