"""A period's days as metrics see them: opening, days, closing, and the proofs that they hang together. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import chain

from accounts.closing import carry, house_total
from accounts.ledger import OPENING
from accounts.month_ends import SheetNumbers
from accounts.months import MOVED
from accounts.totals import CellName, DayTotals, net_flow
from cloudbank.clock import ONE_DAY, BusinessCalendar
from cloudbank.stretches import Stretch
from reporting.cuts import WHOLE, Cut, cut_days, holds, whole_of
from reporting.figures import Value, average

Numbers = dict[str, int]
Kind = tuple[str, str, int]
"""Type, channel and hour of a movement."""
NO_NUMBERS: Mapping[str, int] = {}
CLOSURE = timedelta(days=10)
"""Longer than any run of days on which a bank is shut."""


class FootingError(ArithmeticError):
    """Parts do not sum to their whole; `residual` is what is left over, in minor units or in pieces."""

    def __init__(self, what: str, residual: int) -> None:
        super().__init__(f"{what} does not foot: residual {residual}")
        self.what, self.residual = what, residual


def foot(what: str, whole: int, parts: int) -> None:
    """Raise FootingError unless the parts sum to the whole."""
    if whole != parts:
        raise FootingError(what, whole - parts)


def add_up(target: Numbers, numbers: Mapping[str, int]) -> None:
    """Add numbers by name."""
    for name, number in numbers.items():
        target[name] = target.get(name, 0) + number


def transactions_of(day: DayTotals, cut: Cut = WHOLE) -> Numbers:
    """A day's count (n), volume (s) and suspicious count over all its movements but opening balances."""
    if day.moved is not None and not cut:
        return {name: day.moved[name] for name in MOVED if name in day.moved}
    found: Numbers = {}
    for name, cell in day.cells.items():
        if name.type != OPENING and holds(cut, name):
            add_up(found, {key: cell[key] for key in ("n", "s", "suspicious") if key in cell})
    return found


def deposits_change(day: DayTotals) -> int:
    """By how much the sum of credit balances grew on a day: net flow, and what overdrafts took in of it."""
    return net_flow(day.numbers) + day.numbers["overdrawn"]


@dataclass(frozen=True)
class Period:
    """A quarter, month, day or any days in one currency. `opening` is what the business day before it closed with.

    `opening` and `year_ago` (the end of the same period a year before) are empty when the books begin later.
    `cells`, `cube` and the sheets are cut as `cut` says; days, opening and closing are the whole bank's, so a metric
    that uses them does not declare cuts, or has another source under a cut.
    """

    stretch: Stretch
    currency: str
    days: tuple[DayTotals, ...]
    opening: Mapping[str, int]
    year_ago: Mapping[str, int]
    complete: bool
    """Every business day of the period is sealed."""
    cut: Cut = WHOLE
    began_with: Mapping[str, SheetNumbers] = field(default_factory=dict)
    """The month-end sheets of the business day before it."""

    def sheet(self, code: str) -> SheetNumbers | None:
        """The month-end sheet that the period ended with; None while it is not over, or ends within a month."""
        return self.days[-1].sheets.get(code) if self.complete else None

    def sheet_before(self, code: str) -> SheetNumbers | None:
        """The month-end sheet that the period began with; None when the books, or the period, begin within a month."""
        return self.began_with.get(code)

    def uncut(self) -> "Period":
        """The same period of the whole bank: what footing checks compare."""
        if not self.cut:
            return self
        days = tuple(replace(day, sheets=whole_of(day.sheets)) if day.sheets else day for day in self.days)
        return replace(self, cut=WHOLE, days=days, began_with=whole_of(self.began_with))

    @property
    def quarter(self) -> Stretch:
        """Its calendar days: a quarter, or whatever else was asked for."""
        return self.stretch

    @property
    def as_of(self) -> date:
        """The last calendar day that the figures cover."""
        return self.stretch.last if self.complete or not self.days else date.fromisoformat(self.days[-1].day)

    @property
    def begins(self) -> date:
        """The first calendar day that the figures cover: of the books' first period the first business day."""
        return self.stretch.first if self.opening or not self.days else date.fromisoformat(self.days[0].day)

    @property
    def calendar_days(self) -> int:
        """How many calendar days the figures cover."""
        return (self.as_of - self.begins).days + 1

    @property
    def label(self) -> str:
        """The token of its stretch."""
        return self.stretch.label

    @cached_property
    def closed(self) -> tuple[DayTotals, ...]:
        """The sealed days."""
        return tuple(day for day in self.days if day.closed)

    @cached_property
    def open(self) -> tuple[DayTotals, ...]:
        """The days that are not sealed yet."""
        return tuple(day for day in self.days if not day.closed)

    def total(self, name: str) -> int:
        """Sum of one of the days' numbers."""
        return sum(day.numbers[name] for day in self.days)

    @cached_property
    def cube(self) -> dict[Kind, Numbers]:
        """Counts, sums and log buckets by type, channel and hour; opening balances are no transactions."""
        cube: dict[Kind, Numbers] = {}
        for name, numbers in self._cells():
            add_up(cube.setdefault((name.type, name.channel, name.hour), {}), numbers)
        return cube

    def _cells(self) -> Iterator[tuple[CellName, Mapping[str, int]]]:
        for day in self.days:
            for name, numbers in chain(day.cells.items(), day.month_cells.items()):
                if name.type != OPENING and holds(self.cut, name):
                    yield name, numbers

    def cells(self, *, type: str = "", channel: str = "", hour: int | None = None) -> Numbers:
        """The cube's numbers of a type, channel or hour; of all when none is named."""
        found: Numbers = {}
        for (one_type, one_channel, one_hour), numbers in self.cube.items():
            if type in ("", one_type) and channel in ("", one_channel) and hour in (None, one_hour):
                add_up(found, numbers)
        return found

    @cached_property
    def closing(self) -> Mapping[str, int]:
        """What the period ended with; open days are carried forward from the last sealed one."""
        end = dict(self.closed[-1].end if self.closed else self.opening)
        for day in self.open:
            end |= carry(end, day.numbers)
        return end

    def daily_deposits(self) -> list[tuple[DayTotals, int]]:
        """Each business day with the deposits it ended with."""
        deposits, found = self.opening.get("deposits", 0), []
        for day in self.days:
            deposits = day.end["deposits"] if day.closed else deposits + deposits_change(day)
            found.append((day, deposits))
        return found

    def average_deposits(self) -> Value:
        """Average over calendar days: a weekend or holiday counts what the business day before it ended with."""
        if not self.days:
            return None
        balances = {date.fromisoformat(day.day): deposits for day, deposits in self.daily_deposits()}
        total, deposits, day = 0, self.opening.get("deposits", 0), self.begins
        while day <= self.as_of:
            deposits = balances.get(day, deposits)
            total += deposits
            day += ONE_DAY
        return average(total, self.calendar_days)

    def prove(self) -> None:
        """Raise FootingError when a sealed day does not follow from the day before it and its own flows."""
        before = self.opening
        for day in self.closed:
            _prove_day(day, before)
            before = day.end


def _prove_day(day: DayTotals, before: Mapping[str, int]) -> None:
    numbers, end = day.numbers, day.end
    foot(f"the deposit bridge on {day.day}", end["deposits"], before.get("deposits", 0) + deposits_change(day))
    foot(f"deposits against balances on {day.day}", end["deposits"], end["balance"] + end["overdrawn"])
    books = end["balance"] - end.get("book_loan", 0)
    foot(f"balances against the house accounts on {day.day}", books, -house_total(end))
    customers = before.get("customers", 0) + numbers["customers_activated"] - numbers["customers_exited"]
    foot(f"the count of customers on {day.day}", end["customers"], customers)
    foot(f"movements by cell on {day.day}", day.count(), day.in_cells("n"))
    foot(f"amounts by cell on {day.day}", day.sum(), day.in_cells("s"))


def period_of(
    stretch: Stretch, currency: str, days: Sequence[DayTotals], calendar: BusinessCalendar, cut: Cut = WHOLE
) -> Period:
    """The stretch cut out of a longer run of days in order."""
    days = cut_days(days, cut)
    inside = tuple(day for day in days if stretch.first.isoformat() <= day.day <= stretch.last.isoformat())
    last = calendar.on_or_before(stretch.last).isoformat()
    complete = bool(inside) and inside[-1].day >= last and all(day.closed for day in inside)
    opening, year_ago = end_before(days, stretch.first), end_before(days, stretch.year_ago().last + ONE_DAY)
    earlier = [day for day in days if day.day < stretch.first.isoformat()]
    began_with = earlier[-1].sheets if earlier and opening else {}
    return Period(stretch, currency, inside, opening, year_ago, complete, cut, began_with)


def end_before(days: Sequence[DayTotals], first: date) -> Mapping[str, int]:
    """What the last business day before a date ended with; empty when none is near (the books begin later).

    Days before it that are still open are carried forward from the last sealed one.
    """
    earlier = [day for day in days if day.day < first.isoformat()]
    opened: list[DayTotals] = []
    while earlier and not earlier[-1].closed:
        opened.insert(0, earlier.pop())
    near = bool(earlier) and (bool(opened) or earlier[-1].day >= (first - CLOSURE).isoformat())
    end: Mapping[str, int] = earlier[-1].end if near else NO_NUMBERS
    for day in opened:
        end = {**end, **carry(end, day.numbers)}
    return end
