"""Privacy requests: a customer asks, officers take the steps and answer. Each change with its audit record."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from accounts.ledger import Actor
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.parameters import Parameter
from cloudbank.roles import allows
from cloudbank.store import Write
from compliance.models import PrivacyRequest
from compliance.privacy import queries
from compliance.privacy.terms import IDENTITY, OUTCOMES, REFUSED, months_after, next_step, step_of
from compliance.queries import standing
from compliance.retention import RIGHTS
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

OWN, WORK = "compliance.view_own_standing", "compliance.work_privacy"
LAW = "GDPR art. 12(3)"
ANSWER, EXTENSION = "privacy.answer", "privacy.extension"
for _code, _label, _months in (
    (ANSWER, "Privacy requests: answered within", 1),
    (EXTENSION, "Privacy requests: extended by at most", 2),
):
    parameters.declare(Parameter(_code, _label, "int", _months, LAW, minimum=1, maximum=12, unit="months"))

Change = Callable[[PrivacyRequest], tuple[dict[str, Any], dict[str, Any], str, Sequence[Write]]]
"""Changes the request; answers what was, what is, the reason, and what else is written with it."""


def ask_about_own_data(*, about: str, details: str, actor: Actor, now: datetime) -> PrivacyRequest:
    """Note a customer's request. The same right asked for twice a day is one request. Raises NotAllowed."""
    if not allows(actor.role, OWN):
        raise NotAllowed("Only customers ask here.")
    if about not in RIGHTS:
        raise NotAllowed("Choose what you would like us to do.", "about")
    if about == "rectification" and not details.strip():
        raise NotAllowed("Tell us what is wrong, and what is right.", "details")
    if any(one.is_open and one.about == about for one in queries.requests_of(actor.user_id)):
        raise NotAllowed("You have asked for this already; we are working on it.", "about")
    today = bank_calendar().local(now).date()
    request_id = derived_id("prv", actor.user_id, about, today.isoformat())
    item = PrivacyRequest(
        user_id=request_id,
        owner_id=actor.user_id,
        about=about,
        details=details.strip(),
        received_at=iso(now),
        received_on=today.isoformat(),
        due_on=months_after(today, parameters.snapshot(now).number(ANSWER)).isoformat(),
    )
    item.file()
    entry = audit.record(item, "ask", actor=actor, now=now, after={"about": about})
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("You asked for this today already.", "about") from error
    standing.forget()
    return item


def change_request(
    request_id: str, version: int, action: str, change: Change, *, actor: Actor, now: datetime
) -> PrivacyRequest:
    """One change of an open request as the officer saw it (`version`), with its record. Raises NotAllowed."""
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may look at requests, but not work on them.")
    item = queries.request(request_id)
    if item is None:
        raise NotAllowed("There is no such request.")
    if not item.is_open or item.version != version:
        raise NotAllowed("Somebody else has changed this request meanwhile. Look at it again.")
    if item.owner_id == actor.user_id:
        raise NotAllowed("You cannot work on your own request.")
    before, after, reason, also = change(item)
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    try:
        save_audited(item, entry, *also)
    except store.ConditionFailed as error:
        raise NotAllowed("Somebody else has changed this request meanwhile. Look at it again.") from error
    standing.forget()
    return item


def step_taken(item: PrivacyRequest, code: str, note: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Mark a step as done on the item; what the record says of it. Raises NotAllowed when it is not its turn."""
    step = step_of(item.about, code)
    if step is None:
        raise NotAllowed("This request has no such step.")
    due = next_step(item.about, item.steps)
    if code not in item.steps and due is not None and due.code != code:
        raise NotAllowed(f"First: {due.title.lower()}.")
    if step.ask and not note.strip():
        raise NotAllowed(step.ask, "note")
    item.steps = {**item.steps, code: [iso(now), actor.user_id, note.strip()]}
    return {"step": code}


def check_identity(*, request_id: str, note: str, version: int, actor: Actor, now: datetime) -> PrivacyRequest:
    """Keep how it was made sure that the customer asks, and nobody else."""

    def change(item: PrivacyRequest) -> tuple[dict[str, Any], dict[str, Any], str, Sequence[Write]]:
        return {}, step_taken(item, IDENTITY.code, note, actor, now), note.strip(), ()

    return change_request(request_id, version, "check_identity", change, actor=actor, now=now)


def extend_request(*, request_id: str, reason: str, version: int, actor: Actor, now: datetime) -> PrivacyRequest:
    """Two further months for a complex request, once, told to the customer with the reason within the first month."""
    today = bank_calendar().local(now).date()
    further = parameters.snapshot(now).number(EXTENSION)

    def change(item: PrivacyRequest) -> tuple[dict[str, Any], dict[str, Any], str, Sequence[Write]]:
        if item.is_extended:
            raise NotAllowed("It was extended once; no law allows more.")
        if today > item.due:
            raise NotAllowed("The month has passed; an extension has to be told within it.")
        if not reason.strip():
            raise NotAllowed("Say why it takes longer; the customer reads it.", "reason")
        before = {"due_on": item.due_on}
        item.first_due_on, item.due_on = item.due_on, months_after(item.received, _usual(now) + further).isoformat()
        item.extended_on, item.extension_reason = today.isoformat(), reason.strip()
        return before, {"due_on": item.due_on}, reason.strip(), ()

    return change_request(request_id, version, "extend", change, actor=actor, now=now)


def _usual(now: datetime) -> int:
    return parameters.snapshot(now).number(ANSWER)


def answer_request(
    *, request_id: str, outcome: str, answer: str, version: int, actor: Actor, now: datetime
) -> PrivacyRequest:
    """Answer a request; the customer reads the answer. Granted only when every step is done. Raises NotAllowed."""

    def change(item: PrivacyRequest) -> tuple[dict[str, Any], dict[str, Any], str, Sequence[Write]]:
        if outcome not in OUTCOMES:
            raise NotAllowed("Choose what came of it.", "outcome")
        if not answer.strip():
            raise NotAllowed("Write the answer; the customer reads it.", "answer")
        left = next_step(item.about, item.steps)
        if left and outcome != REFUSED:
            raise NotAllowed(f"Not yet: {left.title.lower()}. Only a refusal needs no steps.", "outcome")
        item.status, item.outcome, item.answer = "answered", outcome, answer.strip()
        item.answered_at, item.answered_by = iso(now), actor.user_id
        return {"status": "open"}, {"status": "answered", "outcome": outcome}, "", ()

    return change_request(request_id, version, "answer", change, actor=actor, now=now)
