"""Tables of a PDF: figures beside their comparisons, and the pack's own tables.

Columns are as wide as their longest cell. What is too wide gets smaller type, and what is still too wide is cut into
parts that repeat the first column: no cell ever runs over its neighbour.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, Table, TableStyle

from cloudbank.fonts import BOLD
from reporting.figures import is_money, shown, shown_change
from reporting.pack import Cell, Column, Figure, Pack, Section
from reporting.pack import Table as PackTable
from reporting.paper.looks import Looks, style
from reporting.paper.texts import CELL, WIDTH, cut, text
from reporting.rows import grouped

CHUNK = 400
"""Rows a platypus table: one of 20,000 rows takes ten times as long as fifty of 400."""
SIZE, LEAST = 7.6, 5.6
"""Points of a table's type, and of the smallest that is still read."""
PADDING, INDENT = 9.0, 8.0
TEXT_LEAST, TEXT_MOST = 96.0, 230.0
"""What a column of words may be narrowed to, and the most it asks for; words wrap."""


@dataclass(frozen=True)
class Grid:
    """A table in words: head, rows, which columns are numbers, which rows are headings or the total."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    headings: frozenset[int] = frozenset()
    total: bool = False


def figures_table(pack: Pack, section: Section) -> list[Flowable]:
    """Each figure beside those of the periods beside it, with the changes."""
    if not section.figures:
        return []
    head = ["Figure", pack.period] + [title for period in pack.beside for title in (period, "Change")]
    rows: list[tuple[str, ...]] = []
    headings = set()
    for group in grouped(section.figures):
        if group.heading:
            headings.add(len(rows))
            rows.append((cut(group.heading), *[""] * (len(head) - 1)))
        rows += [_figure_row(row.label, row.figure, pack) for row in group.rows]
    numeric = (False, *[True] * (len(head) - 1))
    return _drawn(Grid(tuple(head), tuple(rows), numeric, frozenset(headings)))


def _figure_row(label: str, figure: Figure, pack: Pack) -> tuple[str, ...]:
    row = [cut(label), shown(figure.value, figure.unit)]
    for _, value, moved in pack.comparisons(figure):
        row += [shown(value, figure.unit), shown_change(moved, figure.change_unit)]
    return tuple(row)


def table(found: PackTable) -> list[Flowable]:
    """A table of the pack, without its title."""
    head = tuple(cut(_column_title(column)) for column in found.columns)
    rows = tuple(
        tuple(cell_text(column, cell) for column, cell in zip(found.columns, cells, strict=True))
        for cells in (*found.rows, *([found.total] if found.total else []))
    )
    return _drawn(Grid(head, rows, tuple(column.is_number for column in found.columns), total=bool(found.total)))


def cell_text(column: Column, cell: Cell) -> str:
    """A table's cell in words; a missing one says n/a and stays in its column."""
    if column.is_number:
        return shown(cell if isinstance(cell, int) else None, column.unit)
    return "n/a" if cell is None else cut(str(cell))


def _column_title(column: Column) -> str:
    return f"{column.title} ({column.unit})" if column.is_number and is_money(column.unit) else column.title


def _drawn(grid: Grid) -> list[Flowable]:
    needs = _needs(grid)
    name, *others = [
        need if number else min(need, TEXT_LEAST) for need, number in zip(needs, grid.numeric, strict=True)
    ]
    room = WIDTH - name
    if sum(others) * LEAST / SIZE <= room or len(others) < 2:
        return list(_platypus(grid, needs))
    here, width = 0, 0.0
    while here < len(others) and (here == 0 or width + others[here] <= room):
        width, here = width + others[here], here + 1
    return [*_drawn(_columns(grid, range(1, here + 1))), *_drawn(_columns(grid, range(here + 1, len(needs))))]


def _columns(grid: Grid, places: Iterable[int]) -> Grid:
    """The grid with its first column and these."""
    kept = [0, *places]
    return replace(
        grid,
        head=tuple(grid.head[place] for place in kept),
        rows=tuple(tuple(row[place] for place in kept) for row in grid.rows),
        numeric=tuple(grid.numeric[place] for place in kept),
    )


def _needs(grid: Grid) -> list[float]:
    """How wide each column wants to be; only its longest texts are measured, for digits are all of one width."""
    needs = []
    for place, number in enumerate(grid.numeric):
        cells = [row[place] for at, row in enumerate(grid.rows) if at not in grid.headings]
        longest = sorted(cells, key=len)[-3:]
        font = CELL.fontName if not grid.total else BOLD
        width = max((stringWidth(text, font, SIZE) for text in longest), default=0.0) + PADDING
        words = [stringWidth(word, BOLD, SIZE) for word in grid.head[place].split()]
        width = max([width, *(word + PADDING for word in words)])
        limit = width if number else TEXT_MOST
        needs.append(min(width + (INDENT if grid.headings and place == 0 else 0), limit))
    return needs


def _widths(needs: Sequence[float], numeric: Sequence[bool]) -> tuple[list[float], float]:
    """The columns' widths, and the size of type in which all of them fit."""
    spare = WIDTH - sum(needs)
    if spare >= 0:
        if len(needs) <= 5 and needs[0] < WIDTH / len(needs) and max(needs) <= WIDTH / len(needs):
            return [WIDTH / len(needs)] * len(needs), SIZE
        texts = [place for place, number in enumerate(numeric) if not number] or [0]
        return [need + (spare / len(texts) if place in texts else 0) for place, need in enumerate(needs)], SIZE
    widths = [need if number else min(need, TEXT_LEAST) for need, number in zip(needs, numeric, strict=True)]
    if sum(widths) <= WIDTH:
        return [w + (WIDTH - sum(widths)) * (n - w) / (sum(needs) - sum(widths)) if n > w else w
                for w, n in zip(widths, needs, strict=True)], SIZE  # fmt: skip
    fixed = sum(width for width, number in zip(widths, numeric, strict=True) if not number)
    shrink = max((WIDTH - fixed) / (sum(widths) - fixed), 0.3)
    return [w * shrink if number else w for w, number in zip(widths, numeric, strict=True)], SIZE * shrink


def _platypus(grid: Grid, needs: Sequence[float]) -> Iterable[Table]:
    widths, size = _widths(needs, grid.numeric)
    words = ParagraphStyle("wrapped", parent=CELL, fontSize=size, leading=size * 1.26)
    bold = ParagraphStyle("total", parent=words, fontName=BOLD)
    head = [_broken(title, width, size) for title, width in zip(grid.head, widths, strict=True)]
    for start in range(0, max(len(grid.rows), 1), CHUNK):
        part = grid.rows[start : start + CHUNK]
        end = start + len(part) == len(grid.rows)
        headings = frozenset(row - start for row in grid.headings if start <= row < start + len(part))
        cells = [
            _cells(
                row, widths, size, grid, bold if grid.total and end and at == len(part) - 1 else words, at in headings
            )
            for at, row in enumerate(part)
        ]
        made = Table([head, *cells], colWidths=widths, repeatRows=1)
        below = min(headings, default=len(part)) if start == 0 else 0 if grid.headings else len(part)
        looks = Looks(grid.numeric, headings, below, grid.total and end, size)
        made.setStyle(TableStyle(style(looks, len(part))))
        yield made


def _cells(
    row: Sequence[str], widths: Sequence[float], size: float, grid: Grid, words: ParagraphStyle, heading: bool
) -> list[object]:
    """Long words wrap; everything else is a plain string, which is quicker and never markup."""
    if heading:
        return list(row)
    indent = INDENT if grid.headings else 0
    room = [width - PADDING + 1 - (indent if place == 0 else 0) for place, width in enumerate(widths)]

    def fits(cell: str, place: int) -> bool:
        return len(cell) * size < room[place] or stringWidth(cell, words.fontName, size) <= room[place]

    return [
        cell if number or fits(cell, place) else text(cell, words)
        for place, (cell, number) in enumerate(zip(row, grid.numeric, strict=True))
    ]


def _broken(title: str, width: float, size: float) -> str:
    """A column's title in as many lines as its width asks for."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and stringWidth(longer, BOLD, size) > width - PADDING + 1:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)
