"""What the charts of the bank and of one account share. Pure.

`link(**filters)` gives the address of the rows behind a point; "" where there are none.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from accounts.ledger import TYPES
from accounts.names import MANY
from cloudbank.charts import ChartData, Dataset
from cloudbank.wording import day as day_in_words

Link = Callable[..., str]
MOVEMENTS = "movements"
DAILY = "Business day"
counted = partial(ChartData, unit=MOVEMENTS, category=DAILY)
"""A chart of numbers of movements by business day."""
valued = partial(ChartData, category=DAILY)
"""A chart of amounts by business day; give its currency."""


def period_text(first: date, last: date) -> str:
    """ "1 Mar 2026 - 30 Mar 2026"."""
    return f"{day_in_words(first)} \N{EN DASH} {day_in_words(last)}"


def labels(days: Sequence[date]) -> list[str]:
    """Business days below a chart."""
    return [f"{day.day} {day:%b}" for day in days]


def by_type_chart(counts: Mapping[str, int], text: str, link: Callable[[str], str]) -> ChartData:
    """How many movements of each type that occurs, in the ledger's order."""
    types = [name for name in TYPES if counts.get(name)]
    series = Dataset("Movements", [counts[name] for name in types], [link(name) for name in types])
    names = [MANY[name] for name in types]
    return ChartData("Movements by type", "doughnut", names, [series], unit=MOVEMENTS, period=text, category="Type")


def hours_chart(counts: Mapping[int, int], day: date, link: Callable[[int], str]) -> ChartData:
    """How many movements in each hour of one business day, on the bank's clock."""
    hours = range(24) if counts else []
    links = [link(hour) if counts.get(hour) else "" for hour in hours]
    series = Dataset("Movements", [counts.get(hour, 0) for hour in hours], links)
    period = f"business day {day_in_words(day)}, by the bank's clock"
    names = [f"{hour:02d}:00" for hour in hours]
    return ChartData("Hours of the day", "bar", names, [series], unit=MOVEMENTS, period=period, category="Hour")
