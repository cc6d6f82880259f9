"""Waivers: two people accept for some time that a control stands beyond its threshold, and say why.

A waiver changes no reading and no point of the score, and none is given where a hard cap stands: the deadlines of the
law are nobody's to waive. Until its day the control does not ask for somebody; when it gets worse, recovers, or the
day has passed, the waiver is over.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor
from accounts.queries.people import user
from cloudbank import approvals, audit, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Parameter
from cloudbank.roles import allows
from cloudbank.wording import day as day_in_words
from cloudbank.wording import day_of
from compliance.control import Control
from compliance.controls import find_control
from compliance.models import ControlNotice
from compliance.queries import standing
from compliance.queries.notices import notices_of
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

CODE, ASKS, DECIDES = "waive_control", "compliance.ask_waiver", "compliance.approve_waiver"
MOST_DAYS = parameters.declare(
    Parameter(
        "waiver.most_days",
        "Days for which it may be accepted at most that a control stands beyond its threshold",
        "days",
        90,
        "Bank policy; FFIEC IT Handbook, Management III.C.4 (exceptions to policy: approved, with an end)",
        1,
        366,
    )
)


def ask_waiver(*, code: str, until: date, reason: str, key: str, actor: Actor, name: str, now: datetime) -> Approval:
    """Ask that a second person accepts, too, how a control stands. Raises NotAllowed or approvals.NotAllowed."""
    item = _beyond(code)[1]
    _checked(code, until, now)
    return approvals.ask(
        code=CODE,
        content={"control": code, "until": until.isoformat(), "level": item.level, "since": item.audit_head},
        about=subject_of(item),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def why_no_waiver(control: Control) -> str:
    """Why nobody can waive this control, whatever it reads; "" when two people can."""
    if control.hard_cap or control.permission:
        return "The law sets this deadline; nobody can waive it."
    return ""


def end_waiver(*, code: str, reason: str, actor: Actor, now: datetime) -> ControlNotice:
    """Take a waiver back before its day; one person is enough. Raises NotAllowed."""
    if not allows(actor.role, ASKS):
        raise NotAllowed("Your role may look at waivers, but not end them.")
    if not reason.strip():
        raise NotAllowed("Say why it is not accepted any more.", "reason")
    item = notices_of([code]).get(code)
    if item is None or not item.waived_until:
        raise NotAllowed("There is no waiver.")
    before = {"waived_until": item.waived_until}
    item.end_waiver()
    item.file()
    entry = audit.record(item, "end_waiver", actor=actor, now=now, before=before, after={}, reason=reason.strip())
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("It changed at this moment. Look again.") from error
    standing.forget()
    return item


@approvals.effect(CODE, label="Accept for a time how a control stands", icon="shield-x", asks=ASKS, permission=DECIDES)
class WaiveControl(approvals.Effect):
    """As long as the control stands as it did when it was asked."""

    refusals = (NotAllowed,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Which control, how it stands, until when."""
        control, item = _beyond(content["control"])
        return Shown(
            f"Accept until {day_of(content['until'])}: {control.title}",
            facts=[
                ("Control", control.title, control.source),
                ("Reading", item.said, f"{item.level} since {day_of(item.crossed_at[:10])}"),
                ("Accepted until", day_of(content["until"]), "or until it gets worse"),
                ("Score", "stays as it is", "a waiver adds no point"),
            ],
            changes=[("Control", item.level.capitalize(), f"{item.level.capitalize()}, accepted")],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Still the same crossing, and the day is ahead."""
        _same(request, now)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Keep it with the control's notice, in the transaction of the decision."""
        item, content = _same(request, now), request.content
        second = user(actor.user_id)
        item.waived_until, item.waived_level, item.waived_why = content["until"], item.level, request.reason
        item.waived_by = [request.maker_name, second.name if second else actor.user_id]
        item.file()
        after = {"waived_until": item.waived_until, "asked_by": request.maker_id, "approval": request.approval_id}
        entry = audit.record(item, CODE, actor=actor, now=now, before={}, after=after, reason=request.reason)
        said = f"Accepted until {day_of(item.waived_until)}."
        return Outcome(said, self.link(content)[1], [store.changed(item), entry])

    def afterwards(self, request: Approval) -> None:
        """The page shows it at once."""
        standing.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The control's page."""
        return "Open the control", reverse("control", args=[content["control"]])


def _beyond(code: str) -> tuple[Control, ControlNotice]:
    """The control and the notice that it stands beyond a threshold. Raises NotAllowed."""
    control = find_control(code)
    if control is None:
        raise NotAllowed("There is no such control.")
    if why := why_no_waiver(control):
        raise NotAllowed(why)
    item = notices_of([code]).get(code)
    if item is None or not item.level:
        raise NotAllowed("Nothing to accept: the hourly look has not found this control beyond a threshold.")
    return control, item


def _checked(code: str, until: date, now: datetime) -> None:
    today = bank_calendar().local(now).date()
    last = today + timedelta(days=parameters.snapshot(now).number(MOST_DAYS.code))
    if not today < until <= last:
        raise NotAllowed(f"Choose a day after today, {day_in_words(last)} at the latest.", "until")


def _same(request: Approval, now: datetime) -> ControlNotice:
    content = request.content
    item = _beyond(content["control"])[1]
    if item.audit_head != content["since"]:
        raise NotAllowed("The control has moved since this was asked. Look at it and ask again.")
    _checked(content["control"], date.fromisoformat(content["until"]), now)
    return item
