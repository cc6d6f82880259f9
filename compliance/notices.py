"""The events of compliance that its people are written to about: a control that crossed, an action that is overdue.

One message a person, so that nobody subscribes to them from outside; codes and ids only.
"""

from collections.abc import Iterable
from datetime import datetime

from cloudbank import outbox
from cloudbank.store import Put
from compliance.controls import needed_for
from compliance.models import ControlNotice, CorrectiveAction

CROSSED = outbox.declare("control.crossed", "A control crossed a threshold", personal=True)
OVERDUE = outbox.declare("action.overdue", "A corrective action is overdue", personal=True)
SECRET_CROSSED = outbox.declare("control.crossed.secret", "A control crossed a threshold", secret=True)
SECRET_OVERDUE = outbox.declare("action.overdue.secret", "A corrective action is overdue", secret=True)
"""The same of controls that not everybody may know of: these messages stand in no list."""
DESK = "desk"
"""The receiver that writes to those who answer for controls and actions; an address is a person's id."""


def crossed_notices(item: ControlNotice, people: Iterable[str], now: datetime) -> list[Put]:
    """The messages that a control stands beyond a threshold: once for each level it comes to."""
    facts = {"control": item.code, "level": item.level}
    key = f"{item.code}#{item.times}#{item.level}"
    event = SECRET_CROSSED if needed_for(item.code) else CROSSED
    return [outbox.message(event, f"{key}#{one}", facts, now=now, to=f"{DESK}|{one}") for one in people]


def overdue_notices(item: CorrectiveAction, people: Iterable[str], level: int, now: datetime) -> list[Put]:
    """The messages that an action is overdue: once for each due date and level."""
    facts = {"action": item.transaction_id, "level": level}
    key = f"{item.transaction_id}#{item.due_on}#{item.reopened}#{level}"
    event = SECRET_OVERDUE if item.secret else OVERDUE
    return [outbox.message(event, f"{key}#{one}", facts, now=now, to=f"{DESK}|{one}") for one in people]
