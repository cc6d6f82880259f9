"""Lists and snoozes as they were at an earlier moment: what a replay of history must know beside the parameters. Pure.

Moments are ISO instants (UTC), which sort as text; days are ISO dates or, where said, `date.toordinal()`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitoring.listing import Book, Listed, Match, Party

FOR_EVER = "9999"
VERSION = "history"
"""Of the lists, on what a replay finds."""


@dataclass(frozen=True, slots=True)
class Stood:
    """An entry stood on its list, with its last day, from one moment to another (not included)."""

    entry: Listed
    begins: str
    ends: str = FOR_EVER


class PastBook:
    """All entries that ever stood on a list."""

    def __init__(self, times: Iterable[Stood] = ()) -> None:
        self._found: dict[tuple[str, str], list[Stood]] = defaultdict(list)
        for one in times:
            self._found[one.entry.kind, one.entry.value].append(one)

    def __bool__(self) -> bool:
        return bool(self._found)

    def at(self, moment: str) -> "Then":
        """The lists at a moment, to be asked as a Book is."""
        return Then(self, moment)

    def entries(self, kind: str, value: str, moment: str) -> Iterator[Listed]:
        """What stood there then of this value, whether or not its last day had passed."""
        for one in self._found.get((kind, value), ()):
            if one.begins <= moment < one.ends:
                yield one.entry


@dataclass(frozen=True, slots=True)
class Then:
    """The lists at one moment."""

    book: PastBook
    moment: str

    def __bool__(self) -> bool:
        return bool(self.book)

    def holds(self, kind: str, value: str, day: str) -> bool:
        """Whether this stood on a list on a business date."""
        return any(entry.counts_on(day) for entry in self.book.entries(kind, value, self.moment))

    def matches(self, parties: Iterable[Party], day: str) -> tuple[Match, ...]:
        """The parties that stood on a list on a business date, each entry once."""
        parties = list(parties)
        entries = (entry for one in parties for entry in self.book.entries(one.kind, one.value, self.moment))
        return Book(entries, VERSION).matches(parties, day)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A rule was snoozed for a customer up to a last day (ordinal), from one moment to another (not included)."""

    customer_id: str
    number: int
    last_day: int
    begins: str
    ends: str = FOR_EVER


class PastSnoozes:
    """All snoozes that ever ran."""

    def __init__(self, times: Iterable[Quiet] = ()) -> None:
        self._found: dict[str, list[Quiet]] = defaultdict(list)
        for one in times:
            self._found[one.customer_id].append(one)

    def __contains__(self, customer_id: str) -> bool:
        return customer_id in self._found

    def at(self, moment: str, customer_id: str) -> dict[int, list[int]]:
        """As an activity holds them (Activity.snoozed)."""
        found = self._found.get(customer_id, ())
        return {one.number: [one.last_day, 0] for one in found if one.begins <= moment < one.ends}
