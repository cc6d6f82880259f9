"""Sets of items behind a control: counted with a bound, read page by page, in the same order and never by Scan."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from pynamodb.expressions.condition import Condition

from cloudbank import store
from cloudbank.lists import Page
from cloudbank.tables import Item

CAP = 500
"""A reading counts so far; beyond, it says "500+"."""
CAP_OF_PEOPLE = 100
"""The same where an index holds whole people: counting one reads one, a seventh of a unit."""
FILTERED_PAGE = 50
"""Items asked for at once where a filter leaves some out."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A count; with `more` there are more than these."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


class Offenders(Protocol):
    """The items behind a reading. What `count` counts is what the pages list."""

    def count(self) -> Counted:
        """How many there are, up to CAP."""

    def page(self, cursor: Any, limit: int) -> Page:
        """At most `limit` of them from the cursor on."""


@dataclass(frozen=True)
class Listed:
    """A small set that is in memory."""

    rows: Sequence[Any] = field(default_factory=tuple)

    def count(self) -> Counted:
        """How many."""
        return Counted(len(self.rows))

    def page(self, cursor: Any, limit: int) -> Page:
        """The cursor is the number of rows before the page."""
        start = int(cursor or 0)
        end = start + limit
        return Page(self.rows[start:end], end if end < len(self.rows) else None)


@dataclass(frozen=True)
class Selection:
    """A range of one index's group. `keys_only`: the index holds keys, the items are loaded fresh."""

    model: type[Item]
    index: str
    group: str
    order: Condition | None = None
    only: Condition | None = None
    keys_only: bool = False
    newest_first: bool = False

    def count(self, cap: int) -> int:
        """How many items, counted by DynamoDB and no further than one above `cap`."""
        number, start = 0, None
        while number <= cap:
            answer = self._query(cap + 1 - number, start, select="COUNT")
            number += answer["Count"]
            start = answer.get("LastEvaluatedKey")
            if start is None:
                break
        return number

    def read(self, limit: int, start: dict[str, Any] | None) -> tuple[list[Any], dict[str, Any] | None]:
        """At most `limit` items in the index's order, and DynamoDB's place behind them."""
        if self.keys_only:
            answer = self._query(limit, start)
            return self._fresh(answer["Items"]), answer.get("LastEvaluatedKey")
        found = getattr(self.model, self.index).query(
            self.group,
            self.order,
            filter_condition=self.only,
            scan_index_forward=not self.newest_first,
            limit=limit,
            page_size=limit if self.only is None else max(limit, FILTERED_PAGE),
            last_evaluated_key=start,
        )
        return list(found), found.last_evaluated_key

    def _query(self, limit: int, start: dict[str, Any] | None, **options: Any) -> dict[str, Any]:
        """One request, without PynamoDB's filter by kind: the rows of a KEYS_ONLY index carry none."""
        answer: dict[str, Any] = self.model._get_connection().query(
            self.group,
            range_key_condition=self.order,
            filter_condition=self.only,
            index_name=self.index,
            exclusive_start_key=start,
            scan_index_forward=not self.newest_first,
            limit=limit,
            **options,
        )
        return answer

    def _fresh(self, raw: list[dict[str, Any]]) -> list[Any]:
        keys = [one[self.model._hash_keyname or ""]["S"] for one in raw]
        loaded = store.load(self.model, keys)
        return [loaded[key] for key in keys if key in loaded]


@dataclass(frozen=True)
class Selected:
    """One or more selections, one after the other. `row` makes an item what the drill-down shows."""

    selections: Sequence[Selection]
    row: Callable[[Any], Any] = lambda item: item
    cap: int = CAP

    def count(self) -> Counted:
        """Counted by DynamoDB, item by item no further than the cap."""
        number = 0
        for selection in self.selections:
            number += selection.count(self.cap - number)
            if number > self.cap:
                return Counted(self.cap, more=True)
        return Counted(number)

    def page(self, cursor: Any, limit: int) -> Page:
        """The cursor names the selection and DynamoDB's own place in it."""
        rows, following = self._read(cursor or [0, None], limit)
        if following and not self._read(following, 1)[0]:
            following = None
        return Page([self.row(item) for item in rows], following)

    def first(self) -> Any | None:
        """The item that stands first, as it is; None when there is none."""
        rows, _ = self._read([0, None], 1)
        return rows[0] if rows else None

    def _read(self, cursor: list[Any], limit: int) -> tuple[list[Any], list[Any] | None]:
        """Up to `limit` items, and the cursor behind them (None when there is surely nothing)."""
        place, start = cursor
        rows: list[Any] = []
        while place < len(self.selections) and len(rows) < limit:
            selection = self.selections[place]
            found, start = selection.read(limit - len(rows), start)
            rows += found
            place += start is None
        return rows, [place, start] if place < len(self.selections) else None
