"""How people change an alert: loaded, checked, changed and saved with its audit record, until nobody was faster.

A person decides on what they saw: the form carries the alert's `revision`, which only people move.
Whoever comes second is told who did what, and when. New findings that join meanwhile do not get in the way.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from accounts.ledger import Actor, Refused
from accounts.queries.people import user
from accounts.services.posting import Busy
from accounts.states import BLOCK_DEBITS, FREEZE
from cloudbank import store
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.store import Write
from cloudbank.wording import absolute
from monitoring.models import Alert
from monitoring.queries import size

ATTEMPTS = 8
PROTECTED = {FREEZE.code: "froze an account", BLOCK_DEBITS.code: "blocked the debits of an account"}
"""What protects an account at once, done by one person: in words that follow a name."""
NOTED = {FREEZE.code: "freeze_account", BLOCK_DEBITS.code: "block_debits"}
"""The same as an action on the trail of an alert or a case."""
Change = Callable[[Alert], Sequence[Write]]


class TakenOver(Refused):
    """A colleague changed the alert or works on it; the message says who, what and when."""


def change_alert(
    alert_id: str, revision: int, change: Change, *, actor: Actor, now: datetime, over_lease: bool = False
) -> Alert:
    """Load the alert, check that no person changed it since `revision`, change and save it, until nobody was faster.

    While a colleague holds the alert only what is done `over_lease` goes through. Raises Refused, TakenOver, Busy.
    """
    doubtful = ""
    for attempt in range(ATTEMPTS):
        alert = loaded(alert_id)
        if doubtful and alert.audit_head == doubtful:
            return alert  # the answer to our save was lost, but it was saved
        refuse_changed(alert, revision)
        if not over_lease:
            refuse_held(alert, actor, now)
        writes = change(alert)
        try:
            store.save([store.changed(alert), *writes])
        except store.OutcomeUnknown:
            doubtful = alert.audit_head
        except (store.ConditionFailed, store.Conflict):
            pass  # a finding joined, or a colleague was faster: the next load tells
        else:
            size.changed()
            return alert
        store.pause(attempt)
    raise Busy("Many movements touch this alert just now. Try again.")


def loaded(alert_id: str) -> Alert:
    """The alert, read strongly. Raises Refused."""
    alert = store.get(Alert, alert_id)
    if alert is None:
        raise Refused("unknown_alert", "There is no such alert.")
    return alert


def signed(alert: Alert, actor: Actor, what: str, now: datetime) -> None:
    """Note who did what (in words that follow a name), so that whoever comes second can be told."""
    alert.changed_by, alert.change, alert.changed_at = actor.user_id, what, iso(now)
    alert.pending_approval = alert.pending_until = ""
    alert.revision += 1


def only_open(alert: Alert) -> None:
    """Refuse what nobody has to decide any more."""
    if not alert.is_open:
        where = "in a case" if alert.case_id and not alert.closed_at else "closed already"
        raise Refused("closed", f"This alert is {where}.")


def refuse_changed(alert: Alert, revision: int) -> None:
    """Raise TakenOver when a person changed it since."""
    if alert.revision != revision:
        raise TakenOver("taken_over", f"{last_change(alert)} Nothing of yours was changed.")


def refuse_held(alert: Alert, actor: Actor, now: datetime) -> None:
    """Raise TakenOver while a colleague holds it."""
    if alert.lease_until > iso(now) and alert.lease_by != actor.user_id:
        since = clock(alert.lease_since)
        raise TakenOver("held", f"{name_of(alert.lease_by)} has been working on this alert since {since}.")


def last_change(alert: Alert) -> str:
    """Who changed it last, what they did, and when."""
    when = f" at {clock(alert.changed_at)}" if alert.changed_at else ""
    return f"{name_of(alert.changed_by)} {alert.change or 'changed this alert'}{when}, after you opened this page."


def name_of(user_id: str) -> str:
    """A colleague's name."""
    colleague = user(user_id) if user_id else None
    return colleague.name if colleague else "Somebody else"


def clock(moment: str) -> str:
    """An instant as people at the bank say it."""
    return absolute(from_iso(moment), bank_calendar().zone)
