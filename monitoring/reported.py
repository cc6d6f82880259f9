"""Which cases led to a report to the authorities. Compliance knows, and lies above: it declares how to learn it.

That such a report exists is a secret (31 CFR 1020.320(e)): it is never written on an alert or a case, and asked for
only on behalf of somebody who holds the declared permission.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Report:
    """A case's first report. Days are of the bank's calendar."""

    determined_on: date
    due_on: date
    filed_on: date | None
    """None while it is on its way."""
    is_due: bool = True
    """False when two people decided that none is due."""


Reports = Mapping[str, Report]
"""By case; a case for which none was begun is not in it."""
Read = Callable[[Collection[str]], Reports]
_declared: list[tuple[str, Read]] = []


def declare(permission: str, read: Read) -> None:
    """Say who may know of reports, and how those of some cases are read (in batches)."""
    _declared[:] = [(permission, read)]


def may_know(reader: Any) -> bool:
    """Whether this person (has_perm) may know of reports at all."""
    return any(reader.has_perm(permission) for permission, _ in _declared)


def reports_of(cases: Collection[str], reader: Any) -> Reports:
    """The reports of these cases; none at all to who may not know."""
    if not cases or not may_know(reader):
        return {}
    ((_, read),) = _declared
    return read(cases)
