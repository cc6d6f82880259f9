"""When money moves: by business day, by weekday and by hour on the bank's clock."""

from datetime import date

from accounts.totals import DayTotals
from reporting.behind import Row
from reporting.cuts import CELL_CUTS
from reporting.figures import COUNT, HOUR, RATE, percent, ratio, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Column, Section, Series, Table
from reporting.periods import Numbers, Period, transactions_of
from reporting.specs import Term, by_day, cells, listed
from reporting.specs import ratio as ratio_of

A_DAY, BUSIEST_HOUR, BUSIEST_SHARE, LARGEST = (
    "Transactions a business day",
    "Busiest hour",
    "Share of the busiest hour",
    "Busiest day",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FORMULAS = {
    A_DAY: "Count of transactions / number of business days with totals.",
    BUSIEST_HOUR: "The hour of posting, on the bank's clock, with most transactions; the earliest of several.",
    BUSIEST_SHARE: "Transactions posted in the busiest hour / all transactions.",
    LARGEST: "The largest count of transactions on one business day.",
}


def day_table(period: Period) -> Table:
    """Each business day; the rows that the period's figures sum up. Deposits are known for the whole bank only."""
    columns = [
        Column("Business day", "day"),
        Column("Count", COUNT),
        Column("Volume", period.currency),
        Column("Suspicious", COUNT),
    ]
    rows: list[tuple[str | int | None, ...]] = [
        (day.day, *_counts(transactions_of(day, period.cut))) for day in period.days
    ]
    total: tuple[str | int | None, ...] = ("Sum", *_counts(period.cells()))
    if not period.cut:
        columns.append(Column("Deposits at end", period.currency))
        rows = [(*row, deposits) for row, (_, deposits) in zip(rows, period.daily_deposits(), strict=True)]
        total = (*total, period.closing.get("deposits"))
    return Table("by_day", "By business day", tuple(columns), tuple(rows), total)


def _counts(numbers: Numbers) -> tuple[int | None, ...]:
    return numbers.get("n", 0), numbers.get("s", 0), numbers.get("suspicious", 0)


def hours(period: Period) -> list[int]:
    """Counts by hour, 0 to 23."""
    counts = [0] * 24
    for (_, _, hour), numbers in period.cube.items():
        counts[hour] += numbers.get("n", 0)
    return counts


def weekday_rates(period: Period) -> list[tuple[str, int | None]]:
    """Average count by weekday, for the weekdays that had a business day."""
    counts: dict[int, list[int]] = {}
    for day in period.days:
        counts.setdefault(date.fromisoformat(day.day).weekday(), []).append(
            transactions_of(day, period.cut).get("n", 0)
        )
    return [(WEEKDAYS[place], ratio(sum(found), len(found), scale=100)) for place, found in sorted(counts.items())]


def on_weekday(period: Period, day: DayTotals, dimension: str) -> bool:
    """Whether the day is one of the measure's weekday; all are when it has none."""
    _, _, name = dimension.partition(": ")
    return name in ("", WEEKDAYS[date.fromisoformat(day.day).weekday()])


def busiest(period: Period) -> int | None:
    """The hour with most transactions."""
    counts = hours(period)
    return counts.index(max(counts)) if any(counts) else None


def by_hour(period: Period, dimension: str) -> list[Row]:
    """Each hour's count."""
    return [Row(shown(hour, HOUR), count) for hour, count in enumerate(hours(period))]


_COUNT = Term("Transactions", COUNT, cells("n", days=on_weekday))
ROWS = {
    A_DAY: ratio_of(_COUNT, Term("Business days", COUNT, by_day(lambda day: 1, COUNT, days=on_weekday)), 100),
    BUSIEST_HOUR: listed(
        "Hour",
        COUNT,
        by_hour,
        lambda counts: counts.index(max(counts)) if any(counts) else None,
        "The figure is the hour with most transactions, the earliest of several.",
    ),
    BUSIEST_SHARE: ratio_of(Term("In the busiest hour", COUNT, cells("n", hour=busiest)), _COUNT, 10_000),
    LARGEST: cells("n", fold=lambda counts: max(counts, default=0), says="The figure is the largest of these."),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """The busiest hour and day."""
    hour, share, rate = section.figure(BUSIEST_HOUR), section.figure(BUSIEST_SHARE), section.figure(A_DAY)
    if hour.value is None:
        return []
    return [
        f"On average {shown(rate.value, RATE)} transactions a business day; the busiest hour was "
        f"{shown(hour.value, HOUR)} with {shown(share.value, share.unit)} of them."
    ]


@metric("activity_pattern", title="Daily pattern", order=30, words=in_words, cuts=CELL_CUTS, rows=ROWS)
def activity_pattern(period: Period) -> Measured:
    """How transactions spread over business days, weekdays and hours.

    Formula: transactions a business day = count / business days; busiest hour = the hour with the largest count.
    Unit: transactions, transactions a day, hour of the bank's clock.
    Source: cube cells of the closed business days; a movement's business date follows the bank's cut-off.
    """
    counts, daily = hours(period), day_table(period)
    whole = sum(counts)
    top = busiest(period)
    most = max((int(row[1] or 0) for row in daily.rows), default=None)
    measures = [
        Measure(A_DAY, ratio(whole, len(period.days), scale=100), RATE, FORMULAS[A_DAY]),
        Measure(BUSIEST_HOUR, top, HOUR, FORMULAS[BUSIEST_HOUR]),
        Measure(BUSIEST_SHARE, percent(max(counts), whole), "%", FORMULAS[BUSIEST_SHARE]),
        Measure(LARGEST, most, COUNT, FORMULAS[LARGEST]),
        *(Measure(A_DAY, rate, RATE, FORMULAS[A_DAY], f"weekday: {name}") for name, rate in weekday_rates(period)),
    ]
    days = tuple(str(row[0]) for row in daily.rows)
    daily_counts = Series("Transactions", tuple(int(row[1] or 0) for row in daily.rows))
    hour_labels = tuple(f"{hour:02d}" for hour in range(24))
    charts = (
        Chart("daily_count", "Transactions by business day", "bar", "Day", days, (daily_counts,), COUNT),
        Chart(
            "by_hour",
            "Transactions by hour",
            "bar",
            "Hour",
            hour_labels,
            (Series("Transactions", tuple(counts)),),
            COUNT,
        ),
    )
    return Measured(tuple(measures), charts, (daily,))
