"""Cuts: a report of one branch, segment or product. A metric declares what it can be cut by. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from accounts.ledger import DEPOSIT_PRODUCTS
from accounts.loans.products import PRODUCTS as LOANS
from accounts.month_ends import SHEETS, SheetNumbers
from accounts.names import branch_name, product_name, segment_name
from accounts.totals import CellName, DayTotals

BRANCH, SEGMENT, PRODUCT = "branch", "segment", "product"


def product_title(code: str) -> str:
    """What a deposit product or a loan on offer is called."""
    return LOANS[code].label if code in LOANS else product_name(code)


DIMENSIONS = {BRANCH: branch_name, SEGMENT: segment_name, PRODUCT: product_title}
"""What a report can be cut by, each with what its codes are called."""
CELL_CUTS = tuple(one for one in DIMENSIONS if one in {part.name for part in fields(CellName)})
"""By what the cube of movements can be cut."""
SHEET_CUTS, PEOPLE_CUTS = tuple(DIMENSIONS), (BRANCH, SEGMENT)
"""By what the sheets of loans and deposits, and the sheet of customers, can be cut."""
PRODUCTS: Mapping[str, tuple[str, ...]] = {"deposits": tuple(DEPOSIT_PRODUCTS), "loans": tuple(LOANS)}
"""By the month-end sheet that knows them: the products that a cut can name."""
Cut = tuple[tuple[str, str], ...]
"""Pairs of dimension and code, in the order of DIMENSIONS; empty for the whole bank."""
WHOLE: Cut = ()


class CutError(ValueError):
    """There is no such cut; the message says what to write."""


def cut_of(chosen: Mapping[str, str]) -> Cut:
    """The cut from dimension -> code; an empty code cuts nothing. Raises CutError for an unknown dimension."""
    unknown = [one for one in chosen if one not in DIMENSIONS]
    if unknown:
        raise CutError(f"A report cannot be cut by '{unknown[0]}'; choose from {', '.join(DIMENSIONS)}.")
    return tuple((one, chosen[one]) for one in DIMENSIONS if chosen.get(one))


def parse_cut(texts: Iterable[str]) -> Cut:
    """The cut from `branch=main`, `segment=retail`. Raises CutError."""
    chosen: dict[str, str] = {}
    for text in texts:
        name, equals, code = text.partition("=")
        if not equals or not code.strip():
            raise CutError(f"'{text}' is no cut; write for example branch=main.")
        chosen[name.strip()] = code.strip()
    return cut_of(chosen)


def check_codes(cut: Cut, known: Mapping[str, Iterable[str]]) -> None:
    """Raise CutError for a branch, segment or product that is not among those known (none known: all pass)."""
    for dimension, code in cut:
        codes = list(known.get(dimension, ()))
        if codes and code not in codes:
            raise CutError(f"There is no {dimension} '{code}'; choose from {', '.join(codes)}.")


def holds(cut: Cut, of: object) -> bool:
    """Whether a row or cell is inside the cut. What has no such dimension (a movement no product) is outside."""
    return all(getattr(of, dimension, None) == code for dimension, code in cut)


def in_words(cut: Cut) -> str:
    """ "Branch: Main branch, Product: Auto loan"; "Whole bank" without a cut."""
    return ", ".join(f"{one.capitalize()}: {DIMENSIONS[one](code)}" for one, code in cut) or "Whole bank"


# Month-end sheets of a part of the bank.


class CutSheets(Mapping[str, SheetNumbers]):
    """A day's month-end sheets of a part of the bank: each folded from its rows when it is first asked for."""

    def __init__(self, whole: Mapping[str, SheetNumbers], cut: Cut) -> None:
        self.whole, self._cut, self._found = whole, cut, dict[str, SheetNumbers]()

    def __getitem__(self, code: str) -> SheetNumbers:
        if code not in self._found:
            self._found[code] = part_of_sheet(self.whole[code], self._cut)
        return self._found[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self.whole)

    def __len__(self) -> int:
        return len(self.whole)


def part_of_sheet(whole: SheetNumbers, cut: Cut) -> SheetNumbers:
    """The sheet as if the bank had only the rows inside the cut: the same fold over fewer rows, the same policy."""
    count = Counter[str]()

    def inside() -> Iterator[Any]:
        return (row for row in whole.tape() if holds(cut, row))

    def counted() -> Iterator[Any]:
        for row in inside():
            count["rows"] += 1
            yield row

    numbers = Counter(SHEETS[whole.code].fold(counted(), whole.ended))
    return replace(whole, numbers=numbers, rows=count["rows"], tape=inside)


def cut_days(days: Sequence[DayTotals], cut: Cut) -> list[DayTotals]:
    """The days with their sheets cut; their other numbers stay the whole bank's."""
    if not cut:
        return list(days)
    return [
        replace(day, sheets=CutSheets(day.sheets, cut)) if day.sheets and not isinstance(day.sheets, CutSheets) else day
        for day in days
    ]


def whole_of(sheets: Mapping[str, SheetNumbers]) -> Mapping[str, SheetNumbers]:
    """The whole bank's sheets again."""
    return sheets.whole if isinstance(sheets, CutSheets) else sheets
