"""Privacy requests: a customer asks, an officer answers. Each change with its audit record in one transaction."""

import calendar
from datetime import date, datetime

from accounts.ledger import Actor
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.roles import allows
from compliance.models import PrivacyRequest
from compliance.queries import privacy as queries
from compliance.queries import standing
from compliance.retention import RIGHTS
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

OWN, WORK = "compliance.view_own_standing", "compliance.work_action"
OUTCOMES = {"granted": "Granted", "granted_in_part": "Granted in part", "refused": "Refused"}


def month_after(day: date) -> date:
    """The same day of the next month, or its last day (GDPR art. 12(3): one month)."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


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
        due_on=month_after(today).isoformat(),
    )
    item.file()
    entry = audit.record(item, "ask", actor=actor, now=now, after={"about": about})
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("You asked for this today already.", "about") from error
    standing.forget()
    return item


def answer_request(
    *, request_id: str, outcome: str, answer: str, version: int, actor: Actor, now: datetime
) -> PrivacyRequest:
    """Answer a request; the customer reads the answer. `version` is what the officer saw. Raises NotAllowed."""
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may look at requests, but not answer them.")
    item = queries.request(request_id)
    if item is None:
        raise NotAllowed("There is no such request.")
    if not item.is_open or item.version != version:
        raise NotAllowed("Somebody else has answered this request meanwhile.")
    if outcome not in OUTCOMES:
        raise NotAllowed("Choose what came of it.", "outcome")
    if not answer.strip():
        raise NotAllowed("Write the answer; the customer reads it.", "answer")
    item.status, item.outcome, item.answer = "answered", outcome, answer.strip()
    item.answered_at, item.answered_by = iso(now), actor.user_id
    item.file()
    entry = audit.record(
        item,
        "answer",
        actor=actor,
        now=now,
        before={"status": "open"},
        after={"status": "answered", "outcome": outcome},
    )
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("Somebody else has answered this request meanwhile.") from error
    standing.forget()
    return item
