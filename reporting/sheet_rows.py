"""The rows of a month-end sheet behind figures that are not one of its numbers: months of a period, medians. Pure."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from accounts.month_ends import SheetNumbers, of_part
from cloudbank.clock import ONE_DAY
from reporting.behind import Link, Row, Spec, added
from reporting.figures import Value
from reporting.periods import Period
from reporting.specs import listed, tape

MOST_MONTHS = 3
"""A sheet tells what happened in its own month and the two before."""
InRow = Callable[[Any, Period], int | None]
"""What a row is of a figure; None: no part of it."""


def months_of(period: Period) -> list[str]:
    """The calendar months (YYYY-MM) that the period is made of; none unless they are whole, and at most three."""
    first, last = period.stretch.first, period.stretch.last
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day != 1 or (last + ONE_DAY).day != 1 or count > MOST_MONTHS:
        return []
    return month_names(first.year * 12 + first.month - 1, count)


def month_names(index: int, count: int) -> list[str]:
    """So many months from the one of this index (12 x year + month - 1) on."""
    return [f"{(index + place) // 12:04d}-{(index + place) % 12 + 1:02d}" for place in range(count)]


def sheet_of_months(period: Period, code: str) -> SheetNumbers | None:
    """The sheet, if it tells what happened in all months of the period."""
    return period.sheet(code) if months_of(period) else None


def of_months(found: SheetNumbers | None, period: Period, name: str, part: str = "") -> Value:
    """A number that the sheet keeps by month back (new_0, new_1 ...), over the months of the period."""
    if found is None:
        return None
    return sum(found.numbers[f"{name}_{place}{part}"] for place in range(len(months_of(period))))


def part_of(dimension: str) -> str:
    """The end of a number's name for a measure's dimension: "branch: main" -> "@branch:main"; "" of the whole."""
    kind, _, code = dimension.partition(": ")
    return of_part("", kind, code) if kind else ""


class SheetRows:
    """Makes specs over one sheet. `holds(row, kind, code)` says whether a row is of a part of the bank."""

    def __init__(self, code: str, what: str, view: str, holds: Callable[[Any, str, str], bool] | None = None) -> None:
        self._code, self._what, self._view = code, what, view
        self._holds = holds or (lambda row, kind, code: str(getattr(row, kind)) == code)

    def spec(
        self,
        in_row: InRow,
        unit: str,
        *,
        months: bool = False,
        fold: Callable[[Sequence[int]], Value] = added,
        says: str = "",
    ) -> Spec:
        """The rows of the figure, each with its part. `months`: n/a unless the period is made of whole months."""
        there = listed(self._what, unit, lambda period, dimension: self._rows(in_row, period, dimension), fold, says)
        nothing = tape(f"{self._code}", "nothing", unit)

        def spec(period: Period, dimension: str) -> Any:
            found = sheet_of_months(period, self._code) if months else period.sheet(self._code)
            return there(period, dimension) if found else nothing(_without(period), dimension)

        return spec

    def _rows(self, in_row: InRow, period: Period, dimension: str) -> Iterable[Row]:
        found, (kind, _, code) = period.sheet(self._code), dimension.partition(": ")
        for row in found.tape() if found else ():
            if not kind or self._holds(row, kind, code):
                value = in_row(row, period)
                if value is not None:
                    yield Row(row.id, value, Link(self._view, (row.id,)) if self._view else None)


def _without(period: Period) -> Period:
    """The period as one that ended with no sheet: what it cannot tell is n/a, not 0."""
    return Period(period.stretch, period.currency, period.days, period.opening, period.year_ago, False)
