"""What nobody decided in time: marked by the end of the day; the clock alone decides that it is over."""

from datetime import datetime

from cloudbank import store
from cloudbank.approvals.changing import change_request
from cloudbank.approvals.effects import NotAllowed, Outcome
from cloudbank.approvals.request import EXPIRED, FIRST_DATE, PENDING, WAITING, Approval, behind
from cloudbank.audit import Actor
from cloudbank.clock import from_iso
from cloudbank.store import Write


def expire_due(*, actor: Actor, now: datetime) -> int:
    """Mark what nobody decided in time; how many that are no secret. For close_day: twice changes nothing."""
    count = 0
    for _, key in list(store.index_keys(Approval, "worklist", WAITING, after=FIRST_DATE, upto=behind(now))):
        try:
            item = change_request(key, lambda item: _expiring(item, actor, now), "expire", actor, now)
        except NotAllowed:
            continue  # decided, or expired by another host, since the index was read
        count += not (item.effect and item.effect.secret)
    return count


def _expiring(item: Approval, actor: Actor, now: datetime) -> list[Write]:
    if item.state != PENDING or item.state_at(now) != EXPIRED:
        raise NotAllowed("state", "It is not due.")
    item.decide(EXPIRED, by=actor, name="", note="", now=from_iso(item.due_at))
    item.settle(Outcome("Nobody decided in time; not done."), now)
    return list(item.effect.run_out(item, actor=actor, now=now)) if item.effect else []
