"""Month-end sheets: what the bank held on the last business day of a month, row by row, and the numbers they give.

A sheet is one file here: what a row is, how the rows of the end of a day are read, and a pure fold of rows to
numbers. Its rows (the tape) and its numbers are stored when the day is sealed, under the day's seal; a quarter end
of years ago is read, never made again. `tape` is how rows are stored; pages, commands and checks loop over SHEETS.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cloudbank.clock import ONE_DAY, BusinessCalendar
from cloudbank.registry import Registry

SHEETS: "Registry[Sheet]" = Registry("accounts.month_ends")
AT = "@"
"""Between a number's name and the part of the bank that it is of: "glp@branch:main"."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a month. `since`: the month end whose sheet this one carries on from; None for the first."""

    day: date
    currency: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class InMemory:
    """What a bulk run (accounts.bulk) holds at the end of one of its days, by id."""

    users: Mapping[str, Any]
    """Customers (models.User)."""
    accounts: Mapping[str, Any]
    """Deposit accounts (models.DepositAccount); what they hold stands in `states`."""
    states: Mapping[str, Any]
    """Of every account and loan what the ledger sees (ledger.AccountState)."""
    loans: Mapping[str, Any]
    """Loans (models.Loan)."""
    funded: Mapping[str, str] = field(default_factory=dict)
    """By customer the business date on which money first came to a deposit account of theirs."""
    papers: Mapping[str, Any] = field(default_factory=dict)
    """What screening and the run wrote beside: alerts, findings, audit records."""


def _no_rows() -> Iterable[Any]:
    return ()


@dataclass(frozen=True)
class SheetNumbers:
    """A sheet as figures need it. `numbers` has 0 for a name it does not hold; `policy` the parameters of its day."""

    code: str
    day: str
    currency: str
    rows: int
    hash: str
    numbers: Counter[str] = field(default_factory=Counter)
    policy: Counter[str] = field(default_factory=Counter)
    tape: Callable[[], Iterable[Any]] = field(default=_no_rows, compare=False, repr=False)
    """Reads the rows that the numbers are folded from."""

    @property
    def ended(self) -> "Ended":
        """Its day, as folds take it."""
        return Ended(date.fromisoformat(self.day), self.currency)


Live = Callable[[Ended], Iterable[Any]]
Told = Callable[[InMemory, Ended], Iterable[Any]]
Fold = Callable[[Iterable[Any], Ended], Mapping[str, int]]
OfRow = Callable[[Any, Ended], Mapping[str, int]]
Carried = Callable[[Any, Any, Ended], Any]
Ties = Callable[[Mapping[str, int], Mapping[str, int]], Mapping[str, int]]
Policy = Callable[[date, str], Mapping[str, int]]


def _as_it_is(now: Any, before: Any, ended: Ended) -> Any:
    """A row carries nothing on from the month before; what is not there any more has none."""
    return now


def _nothing_to_tie(numbers: Mapping[str, int], end: Mapping[str, int]) -> Mapping[str, int]:
    return {}


def _nothing_of_row(row: Any, ended: Ended) -> Mapping[str, int]:
    return {}


def _no_policy(day: date, currency: str) -> Mapping[str, int]:
    return {}


@dataclass(frozen=True)
class Sheet:
    """A kind of sheet. `row` is a NamedTuple of texts and whole numbers, its first field the id it has once a sheet.

    `live` reads the rows as of the end of `ended.day` from the tables, however late it is asked; `told` takes them
    from a bulk run that stands at that moment. `carried(now, before, ended)` is pure: the row to keep, given the one
    of now (None: it is gone) and the one of the month end before (None: it is new); None keeps nothing. `fold` is
    pure. `ties` gives what the numbers miss of the closed day's `end`, by name; all must be 0. `policy` are the
    parameters of that day that figures need later: they are sealed beside the numbers. `of_row` is what one row adds to
    each of the numbers (of those that are sums over rows): the rows behind a figure; `view` names a row's page.
    """

    code: str
    title: str
    row: type[Any]
    live: Live
    told: Told
    fold: Fold
    carried: Carried = _as_it_is
    ties: Ties = _nothing_to_tie
    policy: Policy = _no_policy
    of_row: OfRow = _nothing_of_row
    view: str = ""

    def __post_init__(self) -> None:
        if self.row._fields[0] != "id":
            raise ValueError(f"sheet {self.code}: the first field of a row is its id")


def sheet(one: Sheet) -> Sheet:
    """Register a sheet."""
    return SHEETS.add(one.code, one)


def is_month_end(day: date, calendar: BusinessCalendar) -> bool:
    """Whether it is the last business day of its calendar month."""
    return calendar.is_business_day(day) and calendar.after(day).month != day.month


def month_end_before(day: date, calendar: BusinessCalendar) -> date:
    """The last business day of the calendar month before the one of `day`."""
    return calendar.on_or_before(day.replace(day=1) - ONE_DAY)


def of_part(name: str, dimension: str, value: str) -> str:
    """The name of a number of one part of the bank: of_part("glp", "branch", "main") is "glp@branch:main"."""
    return f"{name}{AT}{dimension}:{value}"


def by_part(numbers: Mapping[str, int], name: str, dimension: str) -> dict[str, int]:
    """A number by the values of a dimension, in their order: {"harbor": 120, "main": 300}."""
    start = of_part(name, dimension, "")
    return {key[len(start) :]: numbers[key] for key in sorted(numbers) if key.startswith(start)}


def of_parts(numbers: Mapping[str, int], dimension: str, value: str) -> Counter[str]:
    """All numbers of one part, by their plain names."""
    end = of_part("", dimension, value)
    return Counter({key.removesuffix(end): number for key, number in numbers.items() if key.endswith(end)})
