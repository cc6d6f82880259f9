"""The bank's charts of `/analytics`, from day totals. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import methodcaller

from accounts.ledger import TYPES
from accounts.names import MANY
from accounts.totals import DayTotals
from cloudbank.charts import ChartData, Dataset
from monitoring.charting import Link, by_type_chart, counted, hours_chart, labels, period_text, valued


@dataclass(frozen=True)
class BankPeriod:
    """The bank's day totals from `first` to `last`; `hours`: the last day's movements by the bank's hour."""

    first: date
    last: date
    currency: str
    days: Sequence[DayTotals]
    hours: dict[int, int]

    @property
    def dates(self) -> list[date]:
        """The days that have movements."""
        return [date.fromisoformat(one.day) for one in self.days]

    @property
    def text(self) -> str:
        """The period in words."""
        return period_text(self.first, self.last)

    @property
    def types(self) -> list[str]:
        """The types that occur, in the ledger's order."""
        return [name for name in TYPES if any(one.count(name) for one in self.days)]

    @property
    def count(self) -> int:
        """Movements."""
        return sum(one.count() for one in self.days)

    @property
    def volume(self) -> int:
        """Their amounts together, minor units."""
        return sum(one.sum() for one in self.days)

    @property
    def average(self) -> int:
        """The average amount, minor units; 0 without movements."""
        return round(self.volume / self.count) if self.count else 0

    @property
    def suspicious(self) -> int:
        """Movements with an alert."""
        return sum(one.numbers["suspicious"] for one in self.days)


def bank_charts(period: BankPeriod, link: Link) -> dict[str, ChartData]:
    """All charts of the bank's page, by name."""
    return {
        "by_type": _by_type(period, link),
        "activity": _activity(period, link),
        "volume": _volume(period, link),
        "average": _average(period, link),
        "hours": hours_chart(period.hours, period.last, lambda hour: link(day=period.last.isoformat(), hour=hour)),
        "suspicious": _suspicious(period, link),
    }


def _daily(period: BankPeriod, link: Link, name: str, value: Callable[[DayTotals], int], **filters: str) -> Dataset:
    """A value of each day, which leads to the day's rows."""
    return Dataset(name, [value(one) for one in period.days], [link(day=one.day, **filters) for one in period.days])


def _by_type(period: BankPeriod, link: Link) -> ChartData:
    first, last = period.first.isoformat(), period.last.isoformat()
    counts = {name: sum(one.count(name) for one in period.days) for name in period.types}
    return by_type_chart(counts, period.text, lambda name: link(first=first, last=last, type=name))


def _activity(period: BankPeriod, link: Link) -> ChartData:
    series = [_daily(period, link, MANY[name], methodcaller("count", name), type=name) for name in period.types]
    return counted("Daily activity", "stacked", labels(period.dates), series, period=period.text)


def _volume(period: BankPeriod, link: Link) -> ChartData:
    series = [_daily(period, link, "Volume", lambda one: one.sum())]
    return valued("30-day volume", "line", labels(period.dates), series, period=period.text, currency=period.currency)


def _average(period: BankPeriod, link: Link) -> ChartData:
    series = [_daily(period, link, "Average", lambda one: round(one.sum() / one.count()) if one.count() else 0)]
    title, below = "Average value of a movement", labels(period.dates)
    return valued(title, "line", below, series, period=period.text, currency=period.currency)


def _suspicious(period: BankPeriod, link: Link) -> ChartData:
    series = [_daily(period, link, "Suspicious", lambda one: one.numbers["suspicious"], badge="suspicious")]
    return counted("Suspicious movements", "bar", labels(period.dates), series, period=period.text)
