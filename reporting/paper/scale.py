"""Axes: round steps, and numbers short enough for a tick. Pure."""

import math
from collections.abc import Sequence

from cloudbank.money import MINUS
from reporting.figures import Value, decimals

_UNITS = ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def step_of(span: float, wanted: int = 5) -> float:
    """A round step (1, 2, 2.5 or 5 times a power of ten) that cuts the span into about `wanted` pieces.

    Values are whole numbers, and so are steps.
    """
    rough = max(span / max(wanted, 1), 1.0)
    power = 10.0 ** math.floor(math.log10(rough))
    sizes = (size * power for size in (1, 2, 2.5, 5, 10))
    return next(size for size in sizes if size >= rough * 0.999 and size == int(size))


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Round ticks that hold low and high."""
    if high <= low:
        high = low + 1
    step = step_of(high - low, wanted)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, last + 1)]


def lowest(levels: Sequence[int], *, from_zero: bool) -> float:
    """Where the axis begins: zero, unless a level chart's movement would be too small to see from there."""
    low, high = min(levels, default=0), max(levels, default=0)
    if from_zero or low <= 0 or high - low > 0.25 * high:
        return min(0, low)
    return max(0.0, low - 0.6 * (high - low))


def short(value: float, unit: str) -> str:
    """A tick: "1.2M", "350k", "75", in the unit's major steps."""
    number = value / 10 ** decimals(unit)
    size, letter = next(((size, letter) for size, letter in _UNITS if abs(number) >= size), (1, ""))
    text = f"{abs(number) / size:.2f}".rstrip("0").rstrip(".")
    return f"{MINUS if number < 0 else ''}{text}{letter}"


def spread(count: int, room: int) -> list[int]:
    """Which of `count` labels to write when only `room` fit: evenly, the first among them."""
    every = max(1, math.ceil(count / max(room, 1)))
    return list(range(0, count, every))


def known(values: Sequence[Value]) -> list[int]:
    """The values that are there."""
    return [value for value in values if value is not None]
