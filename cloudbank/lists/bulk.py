"""Bulk actions: one declaration, one button in the sticky bar, one answer a row."""

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


def allowed(actions: Sequence[BulkAction], user: Any) -> list[BulkAction]:
    """The actions this person may take."""
    return [action for action in actions if user.has_perm(action.permission)]
