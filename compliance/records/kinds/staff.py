"""Colleagues: their role, their sign-in, what was done to them and what they did."""

from django.urls import reverse

from accounts.models import User
from accounts.names import role_name
from accounts.queries.people import user
from accounts.views.person_facts import facts_of
from cloudbank.templatetags.bank import badge
from compliance.records import record
from compliance.records.screen import HISTORY_VIEW, Group, Link, Screen, Tab
from compliance.records.trail import DEEDS, deeds


def _find(key: str) -> User | None:
    found = user(key)
    return found if found and found.is_staff_member else None


STAFF = record(
    Screen[User](
        code="staff",
        title="Staff",
        one="Colleague",
        icon="person-badge",
        intro="Who works here, in which role, and what each one did.",
        group=Group.WHO,
        permission="accounts.view_staff",
        list_url=lambda: reverse("people"),
        find=_find,
        key=lambda item: item.user_id,
        name=lambda item: item.name,
        badge=lambda item: badge("disabled") if item.disabled else badge("active"),
        facts=lambda item, reader: [("Role", role_name(item.role), ""), *facts_of(item, unmasked=False)],
        subjects=lambda item: (f"user#{item.user_id}",),
        work_url=lambda item: reverse("person", args=[item.user_id]),
        tabs=(
            Tab(
                "deeds",
                "What they did",
                DEEDS,
                lambda item, reader, cursor, limit: deeds(item.user_id, reader, cursor, limit),
                HISTORY_VIEW,
                "Nothing was changed by this colleague.",
            ),
        ),
        add=Link("Add a colleague", "accounts.create_staff", lambda none: reverse("create_staff")),
        kinds={"user": str},
        prefixes=("usr_",),
    )
)
