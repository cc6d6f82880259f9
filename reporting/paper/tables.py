"""Tables of a PDF: figures beside their comparisons, and the pack's own tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Table, TableStyle

from cloudbank.fonts import BOLD, REGULAR
from reporting import palette
from reporting.figures import is_money, shown, shown_change
from reporting.pack import Cell, Column, Figure, Pack, Section
from reporting.pack import Table as PackTable
from reporting.paper.blocks import CELL, CHUNK, H2, WIDTH, cell_text, cut, text
from reporting.paper.charts import colour
from reporting.rows import grouped


def figures_table(pack: Pack, section: Section) -> list[Flowable]:
    """Each figure beside the previous quarter's and last year's, with the changes."""
    beside = [period for period in (pack.previous, pack.year_ago) if period]
    head = ["Figure", pack.period] + [title for period in beside for title in (period, "Change")]
    rows, headings = [head], []
    for group in grouped(section.figures):
        if group.heading:
            headings.append(len(rows))
            rows.append([cut(group.heading)] + [""] * (len(head) - 1))
        for row in group.rows:
            rows.append(_figure_row(row.label, row.figure, pack, indent=bool(group.heading)))
    widths = [WIDTH - 29 * mm - len(beside) * 46 * mm, 29 * mm] + [29 * mm, 17 * mm] * len(beside)
    return list(_tables(rows, widths, numeric_from=1, headings=headings))


def _figure_row(label: str, figure: Figure, pack: Pack, *, indent: bool) -> list[str]:
    row = [("   " if indent else "") + cut(label), shown(figure.value, figure.unit)]
    for period, value, moved in (
        (pack.previous, figure.previous, figure.change_previous),
        (pack.year_ago, figure.year_ago, figure.change_year_ago),
    ):
        if period:
            row += [shown(value, figure.unit), shown_change(moved, figure.change_unit)]
    return row


def table(found: PackTable, *, titled: bool = True) -> list[Flowable]:
    """A table of the pack, under its title unless the page has it already."""
    rows: list[list[object]] = [[_column_title(column) for column in found.columns]]
    for cells in (*found.rows, *([found.total] if found.total else [])):
        rows.append([_flow(column, cell) for column, cell in zip(found.columns, cells, strict=True)])
    numeric = [place for place, column in enumerate(found.columns) if column.is_number]
    widths = _widths(found.columns)
    parts = _tables(rows, widths, numeric_from=min(numeric, default=len(widths)), total=bool(found.total))
    title = [CondPageBreak(35 * mm), text(found.title, H2)] if titled else []
    return [*title, *parts]


def _flow(column: Column, cell: Cell) -> object:
    """Long words wrap; everything else is a plain string, which is quicker and never markup."""
    words = cell_text(column, cell)
    return text(words, CELL) if column.unit == "text" and len(words) > 26 else words


def _column_title(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.is_number and is_money(column.unit) else column.title


def _widths(columns: Sequence[Column]) -> list[float]:
    shares = [1.0 if column.is_number else 0.85 if column.unit != "text" else 1.5 for column in columns]
    if len(columns) <= 5:
        shares = [1.0] * len(columns)
    return [WIDTH * share / sum(shares) for share in shares]


def _tables(
    rows: Sequence[Sequence[object]],
    widths: Sequence[float],
    *,
    numeric_from: int,
    headings: Sequence[int] = (),
    total: bool = False,
) -> Iterable[Table]:
    head, body = rows[0], rows[1:]
    for start in range(0, max(len(body), 1), CHUNK):
        part = [list(row) for row in (head, *body[start : start + CHUNK])]
        made = Table(part, colWidths=list(widths), repeatRows=1)
        last = total and start + CHUNK >= len(body)
        made.setStyle(_style(numeric_from, [row - start for row in headings if 0 < row - start <= CHUNK], last))
        yield made


def _style(numeric_from: int, headings: Sequence[int], total: bool) -> TableStyle:
    line, sunken = colour(palette.LINE), colour(palette.SUNKEN)
    commands: list[Any] = [
        ("FONT", (0, 0), (-1, -1), REGULAR, 7.2),
        ("TEXTCOLOR", (0, 0), (-1, -1), colour(palette.INK)),
        ("FONT", (0, 0), (-1, 0), BOLD, 7),
        ("BACKGROUND", (0, 0), (-1, 0), colour(palette.NAVY)),
        ("TEXTCOLOR", (0, 0), (-1, 0), colour(palette.WHITE)),
        ("ALIGN", (numeric_from, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.35, line),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ]
    for row in headings:
        commands += [
            ("FONT", (0, row), (-1, row), BOLD, 7.2),
            ("BACKGROUND", (0, row), (-1, row), colour(palette.TEAL_TINT)),
            ("SPAN", (0, row), (-1, row)),
            ("NOSPLIT", (0, row), (0, row + 1)),
        ]
    if total:
        commands += [("FONT", (0, -1), (-1, -1), BOLD, 7.2), ("BACKGROUND", (0, -1), (-1, -1), sunken)]
    return TableStyle(commands)
