"""What follows by itself: actions reopened when their control regresses, overdue ones taken up. By jobs."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from accounts.ledger import Actor
from cloudbank import audit, jobs, parameters, store
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Parameter
from cloudbank.roles import allows
from compliance.models import CorrectiveAction
from compliance.notices import overdue_notices
from compliance.queries import actions, standing
from compliance.queries.people import enabled_with
from compliance.services.actions import mark_reopened, save_action
from compliance.services.saving import save_audited

JOB = "escalate_actions"
COMMAND = Actor(user_id=f"job:{JOB}", role="job", source="command")
WINDOW = parameters.declare(
    Parameter(
        "action.regress_days",
        "Days after its closing in which an action is reopened when its control regresses",
        "days",
        90,
        "Bank policy; FFIEC manual, BSA/AML Independent Testing (corrective action that lasts)",
        1,
        730,
    )
)
AGAIN = parameters.declare(
    Parameter(
        "action.reopened_days",
        "Days in which an action that was reopened by its control is due again",
        "days",
        14,
        "Bank policy",
        1,
        180,
    )
)
ABOVE = parameters.declare(
    Parameter(
        "action.escalate_days",
        "Days past its due date after which an action is taken to compliance and the managers",
        "days",
        7,
        "Bank policy; 12 CFR 21.21(d)(2)",
        1,
        90,
    )
)
OWNER_TOLD, ABOVE_TOLD = 1, 2


def reopen_regressed(code: str, *, why: str, actor: Actor, now: datetime) -> CorrectiveAction | None:
    """Reopen the action of a control that was closed last, when the control has crossed a threshold again.

    None when one is open anyway, or none was closed within the days that the bank's policy names.
    """
    found = actions.of_control_newest(code)
    if any(not item.is_closed for item in found):
        return None
    days = timedelta(days=parameters.snapshot(now).number(WINDOW.code))
    recent = [item for item in found if item.closed_at and from_iso(item.closed_at) > now - days]
    if not recent:
        return None
    item = max(recent, key=lambda one: (one.closed_at, one.transaction_id))
    before = {"status": str(item.status), "due_on": item.due_on}
    mark_reopened(item)
    again = parameters.snapshot(now).number(AGAIN.code)
    item.due_on = (bank_calendar().local(now).date() + timedelta(days=again)).isoformat()
    after = {"status": item.status, "due_on": item.due_on}
    return save_action(item, "reopen_action", before, after, why, actor, now)


def level_of(item: CorrectiveAction, today: date, above: int) -> int:
    """How far an action is to be taken up on a day."""
    if not item.is_overdue(today):
        return 0
    return ABOVE_TOLD if (today - item.due).days >= above else OWNER_TOLD


def escalate_actions(*, now: datetime, actor: Actor = COMMAND) -> int:
    """Tell the owners of overdue actions, and after some days those above; each once for a due date.

    Returns how many were taken up. Raises jobs.Held when another host does it now.
    """
    today = bank_calendar().local(now).date()
    with jobs.run(JOB, key=today.isoformat(), now=now) as run:
        above = parameters.snapshot(now).number(ABOVE.code)
        done = [item for item in _overdue(today) if _escalated(item, level_of(item, today, above), actor, now)]
        run.counts["escalated"] = sum(not item.secret for item in done)
    if done:
        standing.forget()
    return len(done)


def _overdue(today: date) -> Iterable[CorrectiveAction]:
    found, cursor = actions.not_closed(may=lambda permission: True, overdue_on=today), None
    while True:
        page = found.page(cursor, 100)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _escalated(item: CorrectiveAction, level: int, actor: Actor, now: datetime) -> bool:
    """Take one up, with its messages in the same transaction; False when that is done already."""
    if level <= item.escalated:
        return False
    before, item.escalated = {"escalated": item.escalated}, level
    people = {item.owner_id}
    if level >= ABOVE_TOLD:
        above = enabled_with("compliance.work_action", "compliance.approve_threshold")
        people |= {one.user_id for one in above if not item.secret or allows(one.role, item.secret)}
    item.file()
    after = {"escalated": level, "mailed_to": sorted(people)}
    entry = audit.record(item, "escalate_action", actor=actor, now=now, before=before, after=after)
    try:
        save_audited(item, entry, *overdue_notices(item, sorted(people), level, now))
    except store.ConditionFailed:
        return False  # somebody is working on it right now: the next run looks again
    return True
