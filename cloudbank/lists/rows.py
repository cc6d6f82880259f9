"""The rows of a page as the templates want them: head, cells, "51-100 of 100+"."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString

from cloudbank.lists.columns import Column, read
from cloudbank.lists.query import ListQuery, query_string


@dataclass(frozen=True)
class Head:
    """A column's header: where a click sorts to, and how it is sorted now."""

    column: Column
    url: str = ""
    sorted: str = ""


@dataclass(frozen=True)
class Line:
    """A row: its cells, and its id when it can be ticked."""

    cells: Sequence[tuple[Column, SafeString]]
    id: str = ""
    name: str = ""


@dataclass(frozen=True)
class Totals:
    """What rows of money come to: `of` says which rows ("This page"), parts are (label, value)."""

    of: str
    parts: Sequence[tuple[str, SafeString | str]]


def _head(column: Column, query: ListQuery, params: QueryDict) -> Head:
    if not column.sort:
        return Head(column)
    is_sorted = column.sort == query.sort
    turned = column.sort if is_sorted and query.descending else f"-{column.sort}"
    direction = "descending" if query.descending else "ascending"
    return Head(column, query_string(params, sort=turned), direction if is_sorted else "")


def head(columns: Iterable[Column], query: ListQuery, params: QueryDict) -> list[Head]:
    """The table's header cells."""
    return [_head(column, query, params) for column in columns]


def lines(columns: Sequence[Column], rows: Iterable[Any], row_id: str) -> Iterator[Line]:
    """The rows with their cells."""
    main = next((column for column in columns if column.main), columns[0] if columns else None)
    for row in rows:
        cells = [(column, column.show(row)) for column in columns]
        yield Line(cells, str(read(row, row_id) or "") if row_id else "", str(main.raw(row)) if row_id and main else "")


def span(offset: int, shown: int, has_next: bool) -> str:
    """ "51-100 of 100+", "51-87 of 87", "" when there is nothing: never a total that nobody counted."""
    if not shown:
        return ""
    last = offset + shown
    return f"{offset + 1:,}\N{EN DASH}{last:,} of {last:,}{'+' if has_next else ''}"
