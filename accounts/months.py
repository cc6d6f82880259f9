"""A closed month in one piece: its sealed days without their cells, and the cells of all of them added up. Pure.

What is asked of many months (trends, comparisons) needs each day's numbers and the cube over the month; the cube of
each day by itself is most of what a closed day weighs. It is a fold of sealed days, so it is proven like them.
"""

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from accounts.ledger import OPENING
from accounts.totals import CellName, DayTotals, cell_name

MOVED = ("n", "s", "suspicious")
"""What of a day's cells is kept by day: over all movements but opening balances."""
ALL_COUNT, ALL_SUM = "all_n", "all_s"
"""Count and sum over all cells, opening balances too: what the day's own numbers are proven against."""


def month_of(day: date) -> str:
    """The month that a day belongs to, as it is named: "2026-07"."""
    return f"{day:%Y-%m}"


def moved_of(cells: Mapping[CellName, Mapping[str, int]]) -> dict[str, int]:
    """A day's cells added up."""
    found: Counter[str] = Counter()
    for name, numbers in cells.items():
        found[ALL_COUNT] += numbers.get("n", 0)
        found[ALL_SUM] += numbers.get("s", 0)
        if name.type != OPENING:
            found.update({key: numbers[key] for key in MOVED if key in numbers})
    return {name: number for name, number in sorted(found.items()) if number}


def folded(days: Sequence[DayTotals]) -> dict[str, Any]:
    """A month's sealed days, in order, as they are stored in one piece."""
    cells: dict[str, Counter[str]] = {}
    for day in days:
        for name, numbers in day.cells.items():
            cells.setdefault(name.text, Counter()).update(numbers)
    light = [[day.day, dict(day.numbers), dict(day.end), moved_of(day.cells)] for day in days]
    return {"days": light, "cells": {name: dict(cells[name]) for name in sorted(cells)}}


def unfolded(content: Mapping[str, Any]) -> list[DayTotals]:
    """The days again: without cells, but the last one carries those of the whole month."""
    days = [
        DayTotals(day, True, Counter(numbers), end=end, moved=moved) for day, numbers, end, moved in content["days"]
    ]
    if days:
        days[-1].month_cells = {cell_name(text): Counter(numbers) for text, numbers in content["cells"].items()}
    return days


def packed(content: Mapping[str, Any]) -> bytes:
    """As it is stored: compressed JSON with sorted keys."""
    return zlib.compress(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


def unpacked(data: bytes) -> dict[str, Any]:
    """The inverse of `packed`."""
    content: dict[str, Any] = json.loads(zlib.decompress(data))
    return content


def hash_of(month: str, currency: str, content: Mapping[str, Any], seals: Iterable[str]) -> str:
    """SHA-256 (hex) over a month's content and the seals of its days."""
    text = json.dumps([month, currency, content, list(seals)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
