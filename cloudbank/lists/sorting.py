"""Orders that no index has: among the first MOST_SORTED rows, and the page says when those are not all."""

from collections.abc import Callable, Mapping
from typing import Any

from cloudbank.lists.query import ListQuery, Page
from cloudbank.lists.rows import Totals

MOST_SORTED, AT_ONCE = 500, 100
Read = Callable[[Any, int], Page]
Keys = Mapping[str, Callable[[Any], Any]]
"""Sort key of the address -> what a row is sorted by."""


class Sorting:
    """Pages of one list in the order that is asked for; `is_cut` once there were more rows than are sorted."""

    def __init__(self, keys: Keys) -> None:
        self._keys, self.is_cut = keys, False

    def page(self, read: Read, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The source's own pages while nothing is asked for; else a page of the sorted rows."""
        if query.sort not in self._keys:
            return read(cursor, limit)
        rows, place = list[Any](), None
        while len(rows) <= MOST_SORTED:
            found = read(place, AT_ONCE)
            rows, place = [*rows, *found.rows], found.next_cursor
            if place is None:
                break
        self.is_cut = len(rows) > MOST_SORTED or place is not None
        rows = sorted(rows[:MOST_SORTED], key=self._keys[query.sort], reverse=query.descending)
        start = int(cursor or 0)
        return Page(rows[start : start + limit], start + limit if start + limit < len(rows) else None)

    @property
    def totals(self) -> Totals | None:
        """What the page says of the rows that were left out; None when none was."""
        if not self.is_cut:
            return None
        return Totals("More rows than are sorted", [("sorted are the first", f"{MOST_SORTED:,} of the usual order")])
