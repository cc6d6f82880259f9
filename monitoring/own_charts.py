"""The charts of one account, which its owner sees at `/analytics`, from its lines. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cloudbank.charts import ChartData, Dataset
from monitoring.charting import Link, by_type_chart, counted, hours_chart, labels, period_text, valued


@dataclass(frozen=True)
class OwnLine:
    """A line of a customer's account: business day, hour on the bank's clock, type, signed amount, balance after it."""

    day: date
    hour: int
    type: str
    amount: int
    balance: int


@dataclass(frozen=True)
class OwnTotals:
    """The lines of a period, added up by business day."""

    into: Counter[date]
    out: Counter[date]
    counts: Counter[date]
    balances: Mapping[date, int]
    """At the end of the day."""

    @property
    def days(self) -> list[date]:
        """The days with lines, in order."""
        return sorted(self.counts)


def totals_of(lines: Iterable[OwnLine]) -> OwnTotals:
    """Add up lines, oldest first."""
    balances: dict[date, int] = {}
    into: Counter[date] = Counter()
    out: Counter[date] = Counter()
    counts: Counter[date] = Counter()
    for line in lines:
        (into if line.amount > 0 else out)[line.day] += abs(line.amount)
        counts[line.day] += 1
        balances[line.day] = line.balance
    return OwnTotals(into, out, counts, balances)


def own_charts(lines: Iterable[OwnLine], first: date, last: date, currency: str, link: Link) -> dict[str, ChartData]:
    """The charts of one account; `lines` oldest first. A point leads to the account's history of its day or type."""
    lines = list(lines)
    totals, text = totals_of(lines), period_text(first, last)
    links = [link(first=day, last=day) for day in totals.days]
    hours = Counter(line.hour for line in lines if line.day == last)
    types = Counter(line.type for line in lines)
    return {
        "by_type": by_type_chart(types, text, lambda name: link(first=first, last=last, type=name)),
        "activity": _activity(totals, text, links),
        "volume": _volume(totals, text, currency, links),
        "average": _average(totals, text, currency, links),
        "balance": _balance(totals, text, currency, links),
        "hours": hours_chart(hours, last, lambda hour: link(first=last, last=last)),
    }


def _activity(totals: OwnTotals, text: str, links: list[str]) -> ChartData:
    series = [Dataset("Movements", [totals.counts[day] for day in totals.days], links)]
    return counted("Daily activity", "bar", labels(totals.days), series, period=text)


def _volume(totals: OwnTotals, text: str, currency: str, links: list[str]) -> ChartData:
    series = [
        Dataset("In", [totals.into[day] for day in totals.days], links),
        Dataset("Out", [totals.out[day] for day in totals.days], links),
    ]
    return valued("Money in and out", "bar", labels(totals.days), series, period=text, currency=currency)


def _average(totals: OwnTotals, text: str, currency: str, links: list[str]) -> ChartData:
    averages = [round((totals.into[day] + totals.out[day]) / totals.counts[day]) for day in totals.days]
    series = [Dataset("Average", averages, links)]
    return valued("Average value of a movement", "line", labels(totals.days), series, period=text, currency=currency)


def _balance(totals: OwnTotals, text: str, currency: str, links: list[str]) -> ChartData:
    series = [Dataset("Balance", [totals.balances[day] for day in totals.days], links)]
    return valued("Balance at the end of the day", "line", labels(totals.days), series, period=text, currency=currency)
