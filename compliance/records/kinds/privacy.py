"""Privacy requests: what a customer asked about their own data, the steps, the answer."""

from typing import Any

from django.urls import reverse

from cloudbank.lists import Column, Page
from cloudbank.templatetags.bank import badge
from compliance.models import PrivacyRequest
from compliance.privacy.desk import Row, steps_of
from compliance.privacy.queries import request
from compliance.privacy.terms import OUTCOMES
from compliance.records import record
from compliance.records.screen import VIEW, Facts, Group, Screen, Tab
from compliance.records.shown import DASH, by, moment, named, on, page_of, person_in, today

STEPS = (
    Column("title", "Step", main=True, note="why"),
    Column("at", "Done", "time"),
    Column("by", "By"),
    Column("note", "Note"),
)


def _facts(item: PrivacyRequest, reader: Any) -> Facts:
    people = named([item.owner_id, item.answered_by])
    return [
        ("Customer", person_in(people, item.owner_id), ""),
        ("Asked", item.details or DASH, ""),
        ("Received", moment(item.received_at), ""),
        ("Due", on(item.due_on), Row(item, None, today()).time_left),
        ("Extended", on(item.extended_on), item.extension_reason),
        ("Outcome", OUTCOMES.get(item.outcome, DASH), ""),
        ("Answered", moment(item.answered_at), by(people, item.answered_by)),
        ("Answer", item.answer or DASH, ""),
        ("Words taken out", on(item.cleared_on), "their period of retention was over" if item.cleared_on else ""),
    ]


def _steps(item: PrivacyRequest, reader: Any, cursor: Any, limit: int) -> Page:
    return page_of(steps_of(item), cursor, limit)


PRIVACY = record(
    Screen[PrivacyRequest](
        code="privacy",
        title="Privacy requests",
        one="Privacy request",
        icon="fingerprint",
        intro="What customers ask about their own data, answered within a month.",
        group=Group.WORK,
        permission=VIEW,
        list_url=lambda: reverse("privacy_desk"),
        find=request,
        key=lambda item: str(item.user_id),
        name=lambda item: item.title,
        badge=lambda item: badge(Row(item, None, today()).state),
        facts=_facts,
        subjects=lambda item: (f"privacy_request#{item.user_id}",),
        work_url=lambda item: reverse("privacy_request", args=[item.user_id]),
        tabs=(Tab("steps", "Steps", STEPS, _steps),),
        kinds={"privacy_request": str},
        prefixes=("prv_",),
    )
)
