"""Filings as pages, lists and files show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.audit_words import action_name
from accounts.models import User
from accounts.names import branch_name, channel_name, type_name
from accounts.queries.people import users
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso
from cloudbank.templatetags import bank
from cloudbank.wording import day_of
from compliance.filings.bulk import ticket
from compliance.filings.life import title_of
from compliance.filings.models import ActivityReport, CashReport, Filing, OfacReport
from compliance.filings.terms import (
    DECISIONS,
    DEEDS,
    FORM_NUMBERS,
    FORMS,
    LABELS,
    NUMBER_NAMES,
    ROLES,
    Status,
    due_text,
)

LOOKS = {
    Status.DRAFT: "open",
    Status.REVIEWED: "pending approval",
    Status.APPROVED: "approved",
    Status.FILED: "done",
    Status.DISMISSED: "closed",
}
SOON_DAYS = 5


@dataclass(frozen=True)
class Row:
    """A filing in the register."""

    item: Filing
    today: date

    @property
    def id(self) -> str:
        """The filing."""
        return self.item.filing_id

    @property
    def ticket(self) -> str:
        """What its tick sends: which filing, and as which version it was seen."""
        return ticket(self.item)

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("filing", args=[self.id])

    @property
    def name(self) -> str:
        """The person it is mainly about."""
        return str(self.item.main.get("name") or self.item.main.get("person_id") or "Unknown person")

    @property
    def form(self) -> str:
        """Which form, and which edition of it."""
        return ", ".join(filter(None, (FORMS[self.item.FORM], self.more)))

    @property
    def short(self) -> str:
        """Which form, as officers call it."""
        return str(self.item.FORM).upper()

    @property
    def more(self) -> str:
        """That it is an amendment."""
        return f"amendment {self.item.edition - 1}" if self.item.edition > 1 else ""

    @property
    def where(self) -> str:
        """That it is sent together with others."""
        return "in a file with others" if self.item.batch_id and self.item.is_open else ""

    @property
    def about(self) -> str:
        """Of a cash report the direction and the day, of one on suspicion the period, of one to OFAC the kind."""
        if isinstance(self.item, OfacReport):
            return f"{DEEDS[self.item.deed]}, {day_of(self.item.day)}"
        if isinstance(self.item, CashReport):
            return f"{self.item.direction}, {day_of(self.item.day)}"
        if isinstance(self.item, ActivityReport) and self.item.first_on:
            if self.item.first_on == self.item.last_on:
                return f"Activity on {day_of(self.item.first_on)}"
            return f"Activity from {day_of(self.item.first_on)} to {day_of(self.item.last_on)}"
        return FORM_NUMBERS[self.item.FORM]

    @property
    def event_day(self) -> date:
        """Of a report to OFAC: when it was blocked or rejected."""
        return date.fromisoformat(str(getattr(self.item, "day", "")))

    @property
    def released_day(self) -> date | None:
        """Since when the property is not blocked any more."""
        day = getattr(self.item, "released_on", "")
        return date.fromisoformat(day) if day else None

    @property
    def number_name(self) -> str:
        """What the authority's number is called."""
        return NUMBER_NAMES[self.item.FORM]

    @property
    def left(self) -> str:
        """How long there is; of a settled one when it ended."""
        if self.item.is_open:
            return due_text((self.item.due - self.today).days)
        return f"settled {day_of(self.item.filed_on)}"

    @property
    def status(self) -> SafeString:
        """Colour, icon and word."""
        shown = bank.badge(LOOKS[Status(self.item.status)], LABELS[Status(self.item.status)])
        days = (self.item.due - self.today).days
        if not self.item.is_open or days > SOON_DAYS:
            return shown
        return format_html("{} {}", shown, bank.badge("overdue" if days < 0 else "due soon"))

    @property
    def status_word(self) -> str:
        """For files."""
        return LABELS[Status(self.item.status)]

    @property
    def title(self) -> str:
        """In one line."""
        return title_of(self.item)


def movement_rows(item: CashReport) -> list[dict[str, Any]]:
    """The cash movements in words."""
    return [
        one
        | {
            "url": reverse("receipt", args=[one["movement_id"]]),
            "moment": from_iso(one["at"]),
            "what": type_name(one["type"]),
            "where": branch_name(one["branch"]) if one["channel"] == "branch" else channel_name(one["channel"]),
            "by": "" if one["conductor_id"] in ("", one["holders"][0]) else one["conductor_id"],
        }
        for one in item.lines
    ]


def person_rows(item: Filing) -> list[dict[str, Any]]:
    """Everybody in the report, with their part in words and what the bank does not know of them."""
    return [
        one
        | {
            "part": ROLES.get(one.get("role", ""), ""),
            "url": reverse("person", args=[one["person_id"]]),
            "unknown": [words for name, words in _ASKED.items() if not one.get(name)],
        }
        for one in item.persons
    ]


_ASKED = {"name": "name", "date_of_birth": "date of birth", "address": "address", "identity_number": "identification"}


@dataclass(frozen=True)
class Event:
    """One line of a filing's history."""

    record: AuditRecord
    people: Mapping[str, User]

    @property
    def at(self) -> Any:
        """When."""
        return from_iso(self.record.at)

    @property
    def who(self) -> str:
        """Who."""
        known = self.people.get(self.record.actor_id)
        return known.name if known else "the bank's program"

    @property
    def what(self) -> str:
        """The change in words."""
        words = action_name(self.record.action)
        decision = self.record.after.get("decision")
        return f"{words}: {DECISIONS[decision].lower()}" if decision in DECISIONS else words

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, before, after) of a changed draft."""
        if self.record.action != "edit_filing":
            return []
        before, after = self.record.before, self.record.after
        return [(name.replace("_", " "), before.get(name), after[name]) for name in after]


def events(found: list[AuditRecord]) -> list[Event]:
    """Records with the names of who did it."""
    people = users({one.actor_id for one in found if one.actor_id.startswith("usr_")})
    return [Event(one, people) for one in found]
