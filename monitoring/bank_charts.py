"""The bank's charts of `/analytics`, from the days of a slice of the cube. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter

from accounts.ledger import TYPES
from accounts.names import MANY, branch_name, channel_name, segment_name
from cloudbank.charts import ChartData, Dataset
from cloudbank.money import exponent, format_amount
from monitoring.charting import MOVEMENTS, Link, by_type_chart, counted, labels, period_text, valued
from monitoring.cube import DayFigures, Period, decades

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_BARS = 10
"""Branches that have a bar of their own."""
MOST_LINKED = 92
"""Days that the list of movements takes at once."""


def bank_charts(now: Period, before: Period, link: Link) -> dict[str, ChartData]:
    """All charts of the bank's page, by name. `before`: as many days, up to the day before."""

    def narrowed(**filters: object) -> str:
        return link(**(now.slice.filters | filters))

    return {
        "volume": _compared("Volume", now, before, narrowed, attrgetter("volume"), money=True),
        "counts": _compared("Movements", now, before, narrowed, attrgetter("count")),
        "activity": _activity(now, narrowed),
        "by_type": by_type_chart(now.over("by_type"), _text(now), lambda name: _range(now, narrowed, type=name)),
        "average": _average(now, narrowed),
        "amounts": _amounts(now),
        "channels": _bars("Channels", now, now.over("by_channel"), channel_name, narrowed, "channel"),
        "branches": _bars("Branches", now, now.over("by_branch"), branch_name, narrowed, "branch"),
        "segments": _bars("Segments", now, now.over("by_segment"), segment_name, narrowed, "segment"),
        "hours": _hours(now, narrowed),
        "weekdays": _weekdays(now),
        "suspicious": _suspicious(now, narrowed),
    }


def _text(period: Period) -> str:
    return period_text(period.first, period.last)


def _range(period: Period, link: Link, **filters: object) -> str:
    """The rows of the whole period; "" when the list does not take so many days."""
    if (period.last - period.first).days >= MOST_LINKED:
        return ""
    return link(first=period.first.isoformat(), last=period.last.isoformat(), **filters)


def _daily(period: Period, link: Link, name: str, value: Callable[[DayFigures], int], **filters: str) -> Dataset:
    """A value of each day, which leads to the day's rows."""
    days = period.days
    return Dataset(name, [value(one) for one in days], [link(day=one.day.isoformat(), **filters) for one in days])


def _labels(period: Period) -> list[str]:
    return labels([one.day for one in period.days])


def _compared(
    title: str, now: Period, before: Period, link: Link, value: Callable[[DayFigures], int], money: bool = False
) -> ChartData:
    """Day by day beside the period before: its first business day below the first one, and so on."""
    earlier = [value(one) for one in before.days][: len(now.days)]
    series = [_daily(now, link, "This period", value)]
    if any(earlier):
        series.append(Dataset("Period before", earlier + [0] * (len(now.days) - len(earlier))))
    make = valued if money else counted
    return make(title, "line", _labels(now), series, period=_text(now), **({"currency": now.currency} if money else {}))


def _activity(period: Period, link: Link) -> ChartData:
    types = [name for name in TYPES if period.over("by_type").get(name)]
    series = [_daily(period, link, MANY[name], partial(_of_type, name), type=name) for name in types]
    return counted("Daily activity by type", "stacked", _labels(period), series, period=_text(period))


def _of_type(name: str, one: DayFigures) -> int:
    return one.by_type[name]


def _average(period: Period, link: Link) -> ChartData:
    series = [_daily(period, link, "Average", attrgetter("average"))]
    title = "Average value of a movement"
    return valued(title, "line", _labels(period), series, period=_text(period), currency=period.currency)


def _amounts(period: Period) -> ChartData:
    steps = decades(period.buckets, exponent(period.currency))
    names = [f"{_short(low, period.currency)} to {_short(high, period.currency)}" for low, high, _ in steps]
    series = [Dataset("Movements", [number for _, _, number in steps])]
    title = "Distribution of amounts"
    return ChartData(title, "bar", names, series, unit=MOVEMENTS, period=_text(period), category=period.currency)


def _short(minor: int, currency: str) -> str:
    """ "500", "20,000": steps are whole."""
    return format_amount(minor, currency).partition(".")[0]


def _bars(
    title: str, period: Period, counts: Mapping[str, int], named: Callable[[str], str], link: Link, key: str
) -> ChartData:
    """The most used ones, the most used first, and the others together."""
    most = Counter(counts).most_common()
    shown, others = most[:MOST_BARS], sum(number for _, number in most[MOST_BARS:])
    names = [named(code) for code, _ in shown] + (["Others"] if others else [])
    values = [number for _, number in shown] + ([others] if others else [])
    links = [_range(period, link, **{key: code}) for code, _ in shown] + ([""] if others else [])
    series = [Dataset("Movements", values, links)]
    return ChartData(title, "bar", names, series, unit=MOVEMENTS, period=_text(period), category=title)


def _hours(period: Period, link: Link) -> ChartData:
    counts = period.over("by_hour")
    hours: Sequence[int] = range(24) if counts else []
    series = [Dataset("Movements", [counts.get(hour, 0) for hour in hours], [_hour(period, link, h) for h in hours])]
    text = f"{_text(period)}, by the bank's clock"
    names = [f"{hour:02d}:00" for hour in hours]
    return ChartData("Hours of the day", "bar", names, series, unit=MOVEMENTS, period=text, category="Hour")


def _hour(period: Period, link: Link, hour: int) -> str:
    return _range(period, link, hour=hour) if period.over("by_hour").get(hour) else ""


def _weekdays(period: Period) -> ChartData:
    means = period.by_weekday
    series = [Dataset("Movements on an average day", [round(mean) for mean in means.values()])]
    names = [WEEKDAYS[weekday] for weekday in means]
    return ChartData("Days of the week", "bar", names, series, unit=MOVEMENTS, period=_text(period), category="Day")


def _suspicious(period: Period, link: Link) -> ChartData:
    series = [_daily(period, link, "Suspicious", attrgetter("suspicious"), badge="suspicious")]
    return counted("Suspicious movements", "bar", _labels(period), series, period=_text(period))
