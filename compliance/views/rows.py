"""Readings, actions and audit records as the templates show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from accounts.queries.people import users
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.templatetags import bank
from compliance.control import ICONS, Control, Framework, Reading, beyond
from compliance.models import ControlDay, ControlNotice, CorrectiveAction
from compliance.outlook import Outlook, outlook
from compliance.queries.standing import Standing
from compliance.score import CREDIT, State
from compliance.steps import LABELS, STEPS, Status

LOOKS = {
    State.OK: ("ok", "OK"),
    State.APPROACHING: ("warn", "Approaching"),
    State.BREACHED: ("breach", "Breached"),
    State.NOT_MEASURABLE: ("not evaluable", "Not measurable"),
}
"""State -> (status of cloudbank.looks, word)."""
CREDITS = {State.OK: "1", State.APPROACHING: "\N{VULGAR FRACTION ONE HALF}", State.BREACHED: "0"}
ACTION_LOOKS = {
    Status.OPEN: "open",
    Status.IN_PROGRESS: "in progress",
    Status.READY: "under review",
    Status.CLOSED: "done",
    Status.REOPENED: "warning",
}
"""Status -> status of cloudbank.looks; the word comes from compliance.steps.LABELS."""


@dataclass(frozen=True)
class ControlRow:
    """A reading with its looks, where it is heading, and what its owner was told."""

    reading: Reading
    outlook: Outlook | None = None
    notice: ControlNotice | None = None

    @property
    def heading(self) -> Outlook | None:
        """The outlook, when it leads to a threshold."""
        return self.outlook if self.outlook and self.outlook.is_heading else None

    @property
    def crossed_at(self) -> datetime | None:
        """Since when it stands beyond a threshold, as its owner was told."""
        if self.notice is None or self.notice.level != str(self.reading.state):
            return None
        return from_iso(self.notice.crossed_at)

    @property
    def waived(self) -> ControlNotice | None:
        """The notice, while two people accept that the control stands so."""
        if self.notice is None or self.notice.level != str(self.reading.state):
            return None
        return self.notice if self.notice.is_waived(bank_calendar().local(utcnow()).date().isoformat()) else None

    @property
    def waived_until(self) -> date | None:
        """Up to which day."""
        return date.fromisoformat(self.waived.waived_until) if self.waived else None

    @property
    def control(self) -> Control:
        """The control."""
        return self.reading.control

    @property
    def status(self) -> str:
        """For `{% badge %}` and `{% meter %}`."""
        return LOOKS[self.reading.state][0]

    @property
    def word(self) -> str:
        """The state in a word."""
        return LOOKS[self.reading.state][1]

    @property
    def needs_somebody(self) -> bool:
        """Approaching or breached, and not accepted by two people for the time being."""
        return self.reading.state in (State.APPROACHING, State.BREACHED) and self.waived is None

    @property
    def measurable(self) -> bool:
        """Whether there is a gauge to show."""
        return self.reading.measure.gauge is not None

    @property
    def count(self) -> str:
        """ "3 customers"."""
        return self.control.counted(self.reading.measure.count)

    @property
    def of(self) -> str:
        """ "of 40 customers whose identity is pending", or ""."""
        measure = self.reading.measure
        return f"of {measure.of} {measure.of_label}" if measure.of else ""

    @property
    def gauge(self) -> str:
        """ "7 days"."""
        return self.control.in_unit(self.reading.measure.gauge or 0)

    @property
    def limits(self) -> str:
        """ "approaching above 10 days, breached above 15 days"."""
        side = beyond(self.control)
        warn, breach = self.control.in_unit(self.reading.warn), self.control.in_unit(self.reading.breach)
        return f"approaching {side} {warn}, breached {side} {breach}"

    @property
    def points(self) -> str:
        """What it brings to the score: "1.5"."""
        return number(float(self.reading.part.points))

    @property
    def credit(self) -> str:
        """ "1", one half, "0" or a dash."""
        return CREDITS.get(self.reading.state, "\N{EM DASH}")


def number(value: float) -> str:
    """ "12" or "12.5"."""
    return f"{value:g}"


@dataclass(frozen=True)
class FrameworkCard:
    """One framework with its controls, the most urgent first."""

    framework: Framework
    rows: list[ControlRow]

    @property
    def icon(self) -> str:
        """Of the sprite."""
        return ICONS[self.framework]

    @property
    def kept(self) -> str:
        """ "1 of 2 kept"."""
        kept = sum(row.reading.state is State.OK for row in self.rows)
        return f"{kept} of {len(self.rows)} OK"


def cards(
    standing: Standing, days: Sequence[ControlDay], today: date, notices: Mapping[str, ControlNotice]
) -> list[FrameworkCard]:
    """All frameworks that have controls."""

    def row(reading: Reading) -> ControlRow:
        return ControlRow(reading, outlook(reading, days, today), notices.get(reading.control.code))

    found = [FrameworkCard(one, [row(reading) for reading in standing.of(one)]) for one in Framework]
    return [card for card in found if card.rows]


@dataclass(frozen=True)
class PastRow:
    """A control as a daily snapshot has it. The control may be gone since."""

    code: str
    title: str
    kept: Mapping[str, Any]
    control: Control | None

    @property
    def needs(self) -> str:
        """The permission to know how it stood, also when the control is gone since; "" for none."""
        return str(self.kept.get("needs") or (self.control.permission if self.control else ""))

    @property
    def look(self) -> tuple[str, str]:
        """(status, word)."""
        return LOOKS[State(self.kept["state"])]

    @property
    def count(self) -> str:
        """The count then."""
        return f"{self.kept['count']:,}{'+' if self.kept['more'] else ''}"

    @property
    def gauge(self) -> str:
        """The gauge then, in its unit."""
        if self.kept["gauge"] is None:
            return "\N{EM DASH}"
        return self._shown("gauge")

    @property
    def warn(self) -> str:
        """The threshold of approaching then."""
        return self._shown("warn")

    @property
    def breach(self) -> str:
        """The threshold of the breach then."""
        return self._shown("breach")

    def _shown(self, name: str) -> str:
        return self.control.in_unit(self.kept[name]) if self.control else f"{self.kept[name]:,}"

    @property
    def credit(self) -> str:
        """Its credit then."""
        return CREDITS.get(State(self.kept["state"]), "\N{EM DASH}")


def past_rows(item: ControlDay, controls: Mapping[str, Control]) -> list[PastRow]:
    """The rows of a snapshot, worst first."""
    rows = []
    for code, kept in item.readings.items():
        control = controls.get(code)
        rows.append(PastRow(code, control.title if control else code, kept, control))
    return sorted(rows, key=lambda row: (CREDIT.get(State(row.kept["state"]), 2), row.title))


FIELDS = {
    "title": "title",
    "root_cause": "root cause",
    "plan": "plan",
    "priority": "priority",
    "owner_name": "owner",
    "due_on": "due date",
    "file": "evidence",
    "status": "status",
}
DONE = {
    "open": "Opened",
    "edit": "Changed",
    "escalate": "Taken up as overdue",
    "add_evidence": "Evidence added",
} | {step.code: step.done for step in STEPS.values()}
SHOW_CHANGES = frozenset({"edit_action", "add_evidence"})


@dataclass(frozen=True)
class Event:
    """One line of a history: what, who, when, why, and what was before and after."""

    record: AuditRecord
    who: str

    @property
    def at(self) -> Any:
        """When."""
        return from_iso(self.record.at)

    @property
    def what(self) -> str:
        """The change in words."""
        code = self.record.action.removesuffix("_action")
        return DONE.get(code, self.record.action.replace("_", " ").capitalize())

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, before, after) of an edit, of evidence, and of what a regression set."""
        before, after = self.record.before, self.record.after
        if self.record.action == "reopen_action" and "due_on" in after:
            return [(FIELDS["due_on"], before.get("due_on"), after["due_on"])]
        if self.record.action not in SHOW_CHANGES:
            return []
        return [(FIELDS[name], before.get(name, "none"), after[name]) for name in after if name in FIELDS]


def events(records: Iterable[AuditRecord]) -> list[Event]:
    """Records with the names of who did it."""
    known = list(records)
    people = users({one.actor_id for one in known if not one.actor_id.startswith("job:")})
    return [Event(one, _name(one.actor_id, people)) for one in known]


def _name(actor_id: str, people: Mapping[str, User]) -> str:
    if actor_id.startswith("job:"):
        return "the bank's own daily job"
    return people[actor_id].name if actor_id in people else actor_id


def status_label(status: str) -> str:
    """ "Ready for verification"."""
    return LABELS[Status(status)]


def status_badge(item: CorrectiveAction) -> SafeString:
    """Colour, icon and word of the status, and whether it is overdue."""
    shown = bank.badge(ACTION_LOOKS[Status(item.status)], status_label(item.status))
    if item.is_overdue(bank_calendar().local(utcnow()).date()):
        return format_html("{} {}", shown, bank.badge("overdue"))
    return shown
