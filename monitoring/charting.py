"""The charts of `/analytics`, from day totals (the bank) or from one account's lines (a customer). Pure.

`link(**filters)` gives the address of the rows behind a point; "" where there are none.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.ledger import TYPES
from accounts.totals import DayTotals
from cloudbank.charts import ChartData, Dataset
from cloudbank.wording import day as day_in_words

Link = Callable[..., str]
TYPE_NAMES = {
    "opening": "Opening balances",
    "deposit": "Deposits",
    "withdrawal": "Withdrawals",
    "transfer": "Transfers",
    "payroll": "Payrolls",
    "capture": "Captured holds",
    "fee": "Fees",
    "interest": "Interest",
    "disbursement": "Loans paid out",
    "repayment": "Loan repayments",
    "charge_off": "Charge-offs",
    "recovery": "Recoveries",
    "reversal": "Reversals",
}
MOVEMENTS = "movements"


def period_text(first: date, last: date) -> str:
    """ "1 Mar 2026 - 30 Mar 2026"."""
    return f"{day_in_words(first)} \N{EN DASH} {day_in_words(last)}"


def _labels(days: Sequence[date]) -> list[str]:
    return [f"{day.day} {day:%b}" for day in days]


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
    days, dates, text = period.days, period.dates, period_text(period.first, period.last)
    labels, first, last = _labels(dates), period.first.isoformat(), period.last.isoformat()

    def daily(name: str, values: list[int], **filters: str) -> Dataset:
        return Dataset(name, values, [link(day=one.day, **filters) for one in days])

    averages = [round(one.sum() / one.count()) if one.count() else 0 for one in days]
    return {
        "by_type": ChartData(
            "Movements by type",
            "doughnut",
            [TYPE_NAMES[name] for name in period.types],
            [
                Dataset(
                    "Movements",
                    [sum(one.count(name) for one in days) for name in period.types],
                    [link(first=first, last=last, type=name) for name in period.types],
                )
            ],
            unit=MOVEMENTS,
            period=text,
            category="Type",
        ),
        "activity": ChartData(
            "Daily activity",
            "stacked",
            labels,
            [daily(TYPE_NAMES[name], [one.count(name) for one in days], type=name) for name in period.types],
            unit=MOVEMENTS,
            period=text,
            category="Business day",
        ),
        "volume": ChartData(
            "30-day volume",
            "line",
            labels,
            [daily("Volume", [one.sum() for one in days])],
            period=text,
            currency=period.currency,
            category="Business day",
        ),
        "average": ChartData(
            "Average value of a movement",
            "line",
            labels,
            [daily("Average", averages)],
            period=text,
            currency=period.currency,
            category="Business day",
        ),
        "hours": _hours(period.hours, period.last, lambda hour: link(day=last, hour=hour)),
        "suspicious": ChartData(
            "Suspicious movements",
            "bar",
            labels,
            [daily("Suspicious", [one.numbers["suspicious"] for one in days], badge="suspicious")],
            unit=MOVEMENTS,
            period=text,
            category="Business day",
        ),
    }


def _hours(counts: dict[int, int], day: date, link: Callable[[int], str]) -> ChartData:
    hours = range(24) if counts else []
    return ChartData(
        "Hours of the day",
        "bar",
        [f"{hour:02d}:00" for hour in hours],
        [
            Dataset(
                "Movements",
                [counts.get(hour, 0) for hour in hours],
                [link(hour) if counts.get(hour) else "" for hour in hours],
            )
        ],
        unit=MOVEMENTS,
        period=f"business day {day_in_words(day)}, by the bank's clock",
        category="Hour",
    )


@dataclass(frozen=True)
class OwnLine:
    """A line of a customer's account: business day, hour on the bank's clock, type, signed amount, balance after it."""

    day: date
    hour: int
    type: str
    amount: int
    balance: int


def own_charts(lines: Iterable[OwnLine], first: date, last: date, currency: str, link: Link) -> dict[str, ChartData]:
    """The charts of one account; `lines` oldest first. A point leads to the account's history of its day or type."""
    lines = list(lines)
    days = sorted({line.day for line in lines})
    text, labels = period_text(first, last), _labels(days)
    into: Counter[date] = Counter()
    out: Counter[date] = Counter()
    counts: Counter[date] = Counter()
    by_type: Counter[str] = Counter()
    hours: Counter[int] = Counter()
    balances: dict[date, int] = {}
    for line in lines:
        (into if line.amount > 0 else out)[line.day] += abs(line.amount)
        counts[line.day] += 1
        by_type[line.type] += 1
        balances[line.day] = line.balance
        if line.day == last:
            hours[line.hour] += 1
    links = [link(first=day, last=day) for day in days]
    types = [name for name in TYPES if by_type[name]]
    averages = [round((into[day] + out[day]) / counts[day]) for day in days]
    return {
        "by_type": ChartData(
            "Movements by type",
            "doughnut",
            [TYPE_NAMES[name] for name in types],
            [
                Dataset(
                    "Movements",
                    [by_type[name] for name in types],
                    [link(first=first, last=last, type=name) for name in types],
                )
            ],
            unit=MOVEMENTS,
            period=text,
            category="Type",
        ),
        "activity": ChartData(
            "Daily activity",
            "bar",
            labels,
            [Dataset("Movements", [counts[day] for day in days], links)],
            unit=MOVEMENTS,
            period=text,
            category="Business day",
        ),
        "volume": ChartData(
            "Money in and out",
            "bar",
            labels,
            [
                Dataset("In", [into[day] for day in days], links),
                Dataset("Out", [out[day] for day in days], links),
            ],
            period=text,
            currency=currency,
            category="Business day",
        ),
        "average": ChartData(
            "Average value of a movement",
            "line",
            labels,
            [Dataset("Average", averages, links)],
            period=text,
            currency=currency,
            category="Business day",
        ),
        "balance": ChartData(
            "Balance at the end of the day",
            "line",
            labels,
            [Dataset("Balance", [balances[day] for day in days], links)],
            period=text,
            currency=currency,
            category="Business day",
        ),
        "hours": _hours(dict(hours), last, lambda hour: link(first=last, last=last)),
    }
