"""How a table looks: white on navy above, a thin line below each row, headings tinted, the total sunken and bold."""

from dataclasses import dataclass
from typing import Any

from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.paper.ink import colour

KEEP = 3
"""Rows that stay with the first and the last one when a table breaks over pages."""


@dataclass(frozen=True)
class Looks:
    """What the style depends on: numbers' columns, rows that are headings, from which row on names are indented,
    whether the last row is a total, the size of type."""

    numeric: tuple[bool, ...]
    headings: frozenset[int]
    indented_from: int
    total: bool
    size: float


def style(looks: Looks, rows: int) -> list[Any]:
    """The commands for a table of so many rows below its head."""
    commands: list[Any] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, looks.size, looks.size * 1.26),
        ("TEXTCOLOR", (0, 0), (-1, -1), colour(palette.INK)),
        ("FONT", (0, 0), (-1, 0), BOLD, looks.size, looks.size * 1.26),
        ("BACKGROUND", (0, 0), (-1, 0), colour(palette.NAVY)),
        ("TEXTCOLOR", (0, 0), (-1, 0), colour(palette.WHITE)),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.35, colour(palette.LINE)),
        ("TOPPADDING", (0, 0), (-1, -1), 2.4),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("NOSPLIT", (0, 0), (0, min(KEEP, rows))),
        ("NOSPLIT", (0, max(rows - KEEP, 0)), (0, rows)),
    ]
    commands += [("ALIGN", (at, 0), (at, -1), "RIGHT") for at, number in enumerate(looks.numeric) if number]
    if looks.indented_from < rows:
        commands += [("LEFTPADDING", (0, looks.indented_from + 1), (0, -1), 12)]
    for place in sorted(looks.headings):
        row = place + 1
        commands += [
            ("FONT", (0, row), (-1, row), BOLD, looks.size, looks.size * 1.26),
            ("BACKGROUND", (0, row), (-1, row), colour(palette.TEAL_TINT)),
            ("SPAN", (0, row), (-1, row)),
            ("LEFTPADDING", (0, row), (0, row), 4),
            ("NOSPLIT", (0, row), (0, min(row + 1, rows))),  # a heading with its first row,
            ("NOSPLIT", (0, max(row - 2, 0)), (0, row - 1)),  # and the two last rows of the group before
        ]
    if looks.total:
        commands += [
            ("FONT", (0, -1), (-1, -1), BOLD, looks.size, looks.size * 1.26),
            ("BACKGROUND", (0, -1), (-1, -1), colour(palette.SUNKEN)),
            ("LINEABOVE", (0, -1), (-1, -1), 0.9, colour(palette.NAVY)),
        ]
    return commands
