"""Reads of corrective actions, each by a key or an index."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from pynamodb.expressions.condition import Condition

from accounts.models import User
from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.lists import Page
from cloudbank.roles import Role, allows
from cloudbank.tables import TransactionsItem
from compliance.controls import secrets
from compliance.models import PRIORITIES, CorrectiveAction, actions_group, control_subject, opened_group
from compliance.queries.selections import Counted, Selected, Selection

OWNER_ROLES = [role for role in Role if allows(role, "compliance.view_action") and role is not Role.AUDITOR]
"""Who can answer for an action: whoever may see it, but not the auditor, who changes nothing."""


def action(action_id: str) -> CorrectiveAction | None:
    """The action, read strongly, or None."""
    return store.get(CorrectiveAction, action_id)


May = Callable[[str], bool]
"""Whether somebody holds a permission."""


def nobody(permission: str) -> bool:
    """Holds none: who asks so sees what everybody may see."""
    return False


def known_to(may: May) -> list[str]:
    """Of which actions this person may know: "" all that are no secret, then the permissions they hold."""
    return ["", *(one for one in secrets() if may(one))]


def not_closed(*, may: May = nobody, priority: int | None = None, overdue_on: date | None = None) -> Selected:
    """Actions that are not closed, by priority and due date; `overdue_on`: only those due before that day.

    Those that are secret are among them for who `may` know of them, after the others of their priority.
    """
    order, groups = TransactionsItem.worklist_order, [actions_group(one) for one in known_to(may)]
    ranges: list[Condition | None]
    if overdue_on is not None:
        ranks = [priority] if priority else list(PRIORITIES)
        ranges = [order.between(f"{rank}#", f"{rank}#{overdue_on.isoformat()}") for rank in ranks]
    elif priority or len(groups) > 1:
        ranges = [order.startswith(f"{rank}#") for rank in ([priority] if priority else PRIORITIES)]
    else:
        ranges = [None]
    return Selected(
        [Selection(TransactionsItem, "worklist", group, one, keys_only=True) for one in ranges for group in groups]
    )


def most_urgent(limit: int, *, may: May = nobody) -> list[CorrectiveAction]:
    """The actions to do first, by priority and due date: one query of keys for each group, one read of the items."""
    groups = [actions_group(one) for one in known_to(may)]
    keys = sorted(one for group in groups for one in store.index_keys(TransactionsItem, "worklist", group, limit=limit))
    found = store.load(TransactionsItem, [key for _, key in keys[:limit]])
    return [item for _, key in keys[:limit] if isinstance(item := found.get(key), CorrectiveAction)]


def counts(today: date, *, may: May = nobody) -> dict[str, Counted]:
    """How many are not closed, and how many of them are overdue: counted by DynamoDB in the keys of the worklist."""
    return {"": not_closed(may=may).count(), "overdue": not_closed(may=may, overdue_on=today).count()}


def of_control(code: str) -> Selected:
    """All actions that were opened from a control, oldest first."""
    return Selected([Selection(CorrectiveAction, "by_subject", str(control_subject(code)))])


def opened_in(month: str, *, may: May = nobody) -> Selected:
    """All actions opened in a month ("2026-11", UTC), oldest first; those that are secret last."""
    return Selected([Selection(CorrectiveAction, "by_day", opened_group(month, one)) for one in known_to(may)])


def narrowed(found: Selected, cursor: Any, limit: int, **fields: Any) -> Page:
    """A page of those whose fields have these values; reads on until the page is full."""
    wanted = {name: value for name, value in fields.items() if value not in (None, "")}
    rows: list[CorrectiveAction] = []
    while len(rows) < limit:
        page = found.page(cursor, limit - len(rows))
        rows += [item for item in page.rows if all(getattr(item, name) == value for name, value in wanted.items())]
        cursor = page.next_cursor
        if cursor is None:
            break
    return Page(rows, cursor)


def of_control_newest(code: str, limit: int = 100) -> list[CorrectiveAction]:
    """The actions of a control that were opened last, newest first."""
    newest = Selection(CorrectiveAction, "by_subject", str(control_subject(code)), newest_first=True)
    return list(Selected([newest]).page(None, limit).rows)


def open_of_control(code: str) -> list[CorrectiveAction]:
    """The actions of a control that are not closed."""
    return [item for item in of_control(code).page(None, 100).rows if not item.is_closed]


def records(item: CorrectiveAction) -> list[AuditRecord]:
    """The history of an action, newest first."""
    return list(AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False, limit=200))


def can_answer(role: str, secret: str) -> bool:
    """Whether somebody of this role can answer for an action that needs this permission to know of it."""
    return role in OWNER_ROLES and (not secret or allows(role, secret))


def owners(secret: str = "") -> Iterator[User]:
    """Who can answer for an action, by name."""
    roles = [role for role in OWNER_ROLES if can_answer(role, secret)]
    people = [person for role in roles for person in User.by_name.query(str(role)) if not person.disabled]
    yield from sorted(people, key=lambda person: (person.name, person.user_id))
