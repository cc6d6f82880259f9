"""Several streams of rows as one list in order: of each no more is read than a page."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from cloudbank.lists import Page


class Entry(NamedTuple):
    """A row of a stream: by what it is ordered, and the place from which its stream goes on behind it."""

    order: Any
    place: Any
    row: Any


Stream = Callable[[Any, int], Sequence[Entry]]
"""(place, limit) -> at most `limit` entries behind a place (None: from the beginning), in the order of the list."""


def merged(streams: Mapping[str, Stream], cursor: Any, limit: int, *, highest_first: bool = True) -> Page:
    """A page over all streams in their order; the cursor holds each stream's place. One read a stream."""
    places: dict[str, Any] = dict(cursor or {})
    runs = [[(one.order, name, one) for one in stream(places.get(name), limit + 1)] for name, stream in streams.items()]
    in_order = heapq.merge(*runs, key=lambda one: one[:2], reverse=highest_first)
    taken = list(islice(in_order, limit + 1))
    for _, name, entry in taken[:limit]:
        places[name] = entry.place
    return Page([entry.row for _, _, entry in taken[:limit]], places if len(taken) > limit else None)
