"""Packs: named sets of metrics. Those that the bank declares stand here; managers save their own. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from reporting.beside import BOTH
from reporting.cuts import Cut, cut_of
from reporting.metrics import METRICS, Metric, in_order


class NoSuchPack(ValueError):
    """There is no pack of this name; the message says which there are."""


@dataclass(frozen=True)
class SavedPack:
    """A set of metrics under a name, with what stands beside them and the part of the bank.

    `codes`: codes of metrics, where `*` stands for any ending, so that a family's new metric is in it.
    """

    code: str
    title: str
    codes: tuple[str, ...]
    about: str = ""
    compare: str = BOTH
    cut: Mapping[str, str] = field(default_factory=dict)
    by: str = ""
    by_name: str = ""
    shared: bool = True
    audience: str = ""
    """Who it is for, on the title page of its PDF; "" when nobody in particular."""

    @property
    def is_declared(self) -> bool:
        """Whether the bank declares it, so that nobody can delete it."""
        return not self.by

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Its metrics in the report's order; those that this program does not have any more are left out."""
        matching = [one for one in METRICS.codes() if any(fnmatchcase(one, code) for code in self.codes)]
        return tuple(in_order(tuple(matching))) if matching else ()

    @property
    def part(self) -> Cut:
        """The part of the bank."""
        return cut_of(dict(self.cut))

    def as_data(self) -> dict[str, Any]:
        """What is stored of a saved one."""
        return {
            "code": self.code,
            "title": self.title,
            "codes": list(self.codes),
            "compare": self.compare,
            "cut": dict(self.cut),
            "by": self.by,
            "by_name": self.by_name,
            "shared": self.shared,
        }


def pack_from(data: Mapping[str, Any]) -> SavedPack:
    """The inverse of `as_data`."""
    return SavedPack(**{**data, "codes": tuple(data["codes"])})


DECLARED = (
    SavedPack(
        "board",
        "Board quarter",
        ("*",),
        "Every metric: what the board sees each quarter.",
        audience="the board of directors",
    ),
    SavedPack(
        "loans",
        "Loan committee",
        ("loan*", "portfolio*", "roll_rates", "vintages", "borrower*"),
        "The loan book: size, quality, losses, new business.",
        audience="the loan committee",
    ),
    SavedPack("deposits", "Deposits", ("deposit*",), "How much customers keep with the bank, and why it moved."),
    SavedPack(
        "risk",
        "Risk and compliance",
        ("transactions", "activity_pattern", "portfolio_quality", "alert*", "compliance*", "restatements"),
        "What screening found and how fast it was decided, loans past due, corrections, the compliance score.",
        audience="the risk and compliance committee",
    ),
    SavedPack(
        "transactions",
        "Transactions",
        ("transaction*", "activity_pattern", "thirty_days"),
        "What customers moved, by type, channel, day and hour.",
    ),
)
"""What every bank starts with."""


def audience_of(code: str) -> str:
    """Who the declared pack with this code is for; "" for any other."""
    pack = declared(code)
    return pack.audience if pack else ""


def declared(code: str) -> SavedPack | None:
    """The declared pack with this code."""
    return next((one for one in DECLARED if one.code == code), None)
