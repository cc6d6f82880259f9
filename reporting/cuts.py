"""Cuts: a report of one branch, segment or product. A metric declares what it can be cut by. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import fields

from accounts.names import branch_name, product_name, segment_name
from accounts.totals import CellName

BRANCH, SEGMENT, PRODUCT = "branch", "segment", "product"
DIMENSIONS = {BRANCH: branch_name, SEGMENT: segment_name, PRODUCT: product_name}
"""What a report can be cut by, each with what its codes are called."""
CELL_CUTS = tuple(one for one in DIMENSIONS if one in {part.name for part in fields(CellName)})
"""By what the cube of movements can be cut."""
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


def holds(cut: Cut, of: object) -> bool:
    """Whether a row or cell, with the dimensions as attributes, is inside the cut."""
    return all(getattr(of, dimension) == code for dimension, code in cut)


def in_words(cut: Cut) -> str:
    """ "Branch: Main branch, Product: Loan"; "Whole bank" without a cut."""
    return ", ".join(f"{one.capitalize()}: {DIMENSIONS[one](code)}" for one, code in cut) or "Whole bank"
