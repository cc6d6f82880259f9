"""What is done in a transaction of its own, after the decision: carried out once, carried on by whoever comes."""

from datetime import datetime, timedelta

from cloudbank import store
from cloudbank.approvals.changing import change_request, existing, known
from cloudbank.approvals.effects import Effect, NotAllowed, Outcome, objection_to
from cloudbank.approvals.request import APPROVED, FAILED, FIRST_DATE, WAITING, Approval, Unfinished
from cloudbank.clock import iso
from cloudbank.store import Write

LEASE = timedelta(seconds=90)
"""Longer than a posting may take (20 s of patience and one request's time-outs)."""


def resume(*, approval_id: str, now: datetime) -> Approval:
    """Carry on what was approved and not finished, when nobody else is at it. Raises NotAllowed or Unfinished."""
    item = existing(approval_id)
    if not item.is_unfinished:
        return item
    if item.carrying_until > iso(now):
        raise NotAllowed("carrying", "It is being carried out at this moment. Look again in a minute.")
    item.carrying_until = iso(now + LEASE)
    try:
        store.save([store.changed(item)])
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown) as error:
        raise NotAllowed("carrying", "Somebody else carries it on at this moment.") from error
    return carry_out(item, known(item.code), now)


def resume_due(*, now: datetime) -> tuple[int, int]:
    """Carry on all that was approved and not finished: (settled, still open). For close_day."""
    settled = left = 0
    for _, key in list(store.index_keys(Approval, "worklist", WAITING, upto=FIRST_DATE)):
        try:
            resume(approval_id=key, now=now)
            settled += 1
        except (NotAllowed, Unfinished):
            left += 1
    return settled, left


def carry_out(item: Approval, effect: Effect, now: datetime) -> Approval:
    """Do it and mark it. The effect does its work once, however often this is called.

    What has not begun is not done when something speaks against it by now.
    """
    if (why := objection_to(item, effect)) and not effect.begun(item):
        return _marked(item, FAILED, Outcome(f"Not done. {why}"), now)
    try:
        outcome = effect.carry_out(item, actor=item.checker, now=now)
    except effect.refusals as refused:
        return _marked(item, FAILED, Outcome(str(refused)), now)
    except effect.uncertain as doubt:
        raise Unfinished(item) from doubt
    done = _marked(item, APPROVED, outcome, now)
    effect.afterwards(done)
    return done


def _marked(carried: Approval, state: str, outcome: Outcome, now: datetime) -> Approval:
    """Take down what became of it.

    A refusal counts only while nobody took over; what is in the books counts always.
    """

    def change(item: Approval) -> list[Write]:
        item.state = state
        item.settle(outcome, now)
        return []

    current = existing(carried.approval_id)
    stale = state == FAILED and current.carrying_until != carried.carrying_until
    if stale or (current.done_at and current.state == state):
        return current
    action = "fail" if state == FAILED else "carry_out"
    try:
        return change_request(carried.approval_id, change, action, carried.checker, now)
    except (store.StoreError, NotAllowed) as error:
        raise Unfinished(carried) from error
