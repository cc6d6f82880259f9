"""Refuting a critical alert: one person asks, a second one closes it (cloudbank.approvals)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor, Refused
from accounts.queries.people import user
from accounts.services.posting import Busy
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.store import Write
from monitoring.models import Alert
from monitoring.services.changing import loaded, only_open, refuse_changed, refuse_held, signed
from monitoring.services.closing import Ending, closing_writes, refuse_other_customer

REFUTE = "refute_alert"


def ask_to_refute(
    *, alert_id: str, ending: Ending, revision: int, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask a second person to close a critical alert that was none. The alert says so until they decide.

    Raises Refused, TakenOver, approvals.NotAllowed.
    """
    alert = loaded(alert_id)
    _may_ask(alert, ending, revision, actor, now)

    def marked(request: Approval) -> Sequence[Write]:
        """The alert that waits, in the transaction of the request."""
        alert = loaded(alert_id)
        _may_ask(alert, ending, revision, actor, now)
        alert.let_go()
        signed(alert, actor, f"asked a second person to close this alert as {ending.words}", now)
        alert.pending_approval, alert.pending_until = request.approval_id, request.due_at
        after = {"approval": request.approval_id, "outcome": ending.outcome, "reason_code": ending.reason_code}
        entry = audit.record(alert, "ask_to_close", actor=actor, now=now, after=after, reason=ending.note)
        return [store.changed(alert), entry]

    content = {
        "alert_id": alert_id,
        "reason_code": ending.reason_code,
        "duplicate_of": ending.duplicate_of,
        "revision": revision + 1,
        "findings": alert.finding_count,
    }
    return approvals.ask(
        code=REFUTE,
        content=content,
        about=audit.subject_of(alert),
        key=key,
        reason=ending.note,
        actor=actor,
        name=name,
        now=now,
        also=marked,
    )


def _may_ask(alert: Alert, ending: Ending, revision: int, actor: Actor, now: datetime) -> None:
    refuse_changed(alert, revision)
    only_open(alert)
    refuse_held(alert, actor, now)
    refuse_other_customer(alert, ending)


@approvals.effect(
    REFUTE,
    label="Refute a critical alert",
    icon="bell-slash",
    asks="monitoring.work_alert",
    permission="monitoring.approve_closing",
)
class RefuteAlert(approvals.Effect):
    """Close a critical alert that was none, as long as it is the alert that was judged."""

    refusals = (Refused, Busy)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose alert, what it says, and how it would end."""
        alert, ending = loaded(content["alert_id"]), _ending(content, "")
        customer = user(alert.customer_id)
        return Shown(
            f"Close a critical alert as {ending.words}",
            facts=[
                ("Customer", customer.name if customer else alert.customer_id, ""),
                ("Alert", alert.headline, alert.alert_id),
                ("Findings", str(alert.finding_count), "when it was asked"),
            ],
            changes=[("Status", "Open", f"Closed as {ending.words}")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Only while nobody touched it and nothing more was found."""
        _unchanged(request)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Closed, in the transaction of the decision."""
        alert = _unchanged(request)
        approved = {"approval": request.approval_id, "asked_by": request.maker_id}
        ending = _ending(request.content, request.reason)
        writes = closing_writes(alert, ending, actor=actor, now=now, approved=approved)
        return Outcome("The alert is closed.", self.link(request.content)[1], [store.changed(alert), *writes])

    def turn_down(self, request: Approval, *, state: str, actor: Any, now: datetime) -> Sequence[Write]:
        """It does not wait any more."""
        alert = loaded(request.content["alert_id"])
        if alert.pending_approval != request.approval_id:
            return []
        signed(alert, actor, f"did not close this alert: the request is {state}", now)
        entry = audit.record(alert, "not_closed", actor=actor, now=now, after={"request": state}, reason=request.note)
        return [store.changed(alert), entry]

    def link(self, content: Any) -> tuple[str, str]:
        """The alert's page."""
        return "Open the alert", reverse("alert", args=[content["alert_id"]])


def _ending(content: Any, note: str) -> Ending:
    return Ending(content["reason_code"], note, content["duplicate_of"])


def _unchanged(request: Approval) -> Alert:
    alert = loaded(request.content["alert_id"])
    only_open(alert)
    if alert.revision != request.content["revision"]:
        raise Refused("changed", "Somebody worked on the alert since this was asked. It has to be asked again.")
    if alert.finding_count != request.content["findings"]:
        raise Refused("changed", "More was found since this was asked. The alert has to be judged again.")
    return alert
