"""Bulk actions: one declaration, one button in the sticky bar, one answer a row."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True)
class BulkResult:
    """What became of one row: done, or refused and why."""

    id: str
    ok: bool
    message: str = ""
    label: str = ""


Run = Callable[[HttpRequest, Sequence[str], str], Sequence[BulkResult]]


@dataclass(frozen=True)
class BulkAction:
    """An action on ticked rows. `run(request, ids, reason)` answers for each id; `reason_label` asks for a reason.

    The permission is checked here; object rights are the domain's, in `run`.
    """

    code: str
    label: str
    icon: str
    permission: str
    run: Run
    reason_label: str = ""
    danger: bool = False
    key: str = ""
    """A single key that presses it."""


MOST_REASON = 500
"""Signs in a reason for many rows."""


def objection(action: BulkAction, ids: Sequence[str], reason: str) -> str:
    """What is wrong with what was sent, in words that say what to do; "" when nothing is."""
    if not ids:
        return "Tick at least one row."
    if not action.reason_label:
        return ""
    if not reason:
        return f"Write a reason: {action.reason_label}."
    if len(reason) > MOST_REASON:
        return f"Shorten the reason to {MOST_REASON} signs; it has {len(reason):,}."
    hidden = any(unicodedata.category(sign)[0] == "C" for sign in reason)
    return "Use visible characters only." if hidden else ""


def allowed(actions: Sequence[BulkAction], user: Any) -> list[BulkAction]:
    """The actions this person may take."""
    return [action for action in actions if user.has_perm(action.permission)]
