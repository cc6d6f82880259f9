"""An alert as lists and pages show it: its rules, its people, its deadline, its status."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import User
from cloudbank.clock import from_iso, iso
from cloudbank.templatetags.bank import icon
from monitoring.deadlines import Due, due
from monitoring.models import OUTCOMES, STATUSES, Alert
from monitoring.patternbook import titles_of
from monitoring.screen import RULE_FAILED
from monitoring.views.came import Came

SEEN = "~"
"""Between an alert and its revision in a ticked row."""


def due_of(alert: Alert, now: datetime) -> Due:
    """What is said of the alert's deadline."""
    closed = from_iso(alert.closed_at) if alert.closed_at else None
    deadline = from_iso(alert.due_at) if alert.due_at else None
    return due(from_iso(alert.opened_at), deadline, closed, now)


def due_tag(alert: Alert, now: datetime) -> SafeString:
    """The deadline: colour, icon and words, the instant in its title."""
    said = due_of(alert, now)
    title = f"decide by {alert.due_at}" if alert.due_at else "found in imported history: no deadline runs"
    return format_html(
        '<span class="tag tag-{}" title="{}">{}{}</span>', said.variant, title, icon(said.icon), said.text
    )


def rule_titles(alert: Alert) -> str:
    """The names of the rules that found something, in the order of the alert's page: what only supports stands last."""
    if alert.family == RULE_FAILED:
        return "A rule failed"
    return ", ".join(titles_of(alert.rules))


@dataclass(frozen=True)
class Row:
    """An alert in the queue, with the names of its people."""

    alert: Alert
    people: dict[str, User]
    now: datetime
    came: Came

    @property
    def id(self) -> str:
        """The alert."""
        return self.alert.alert_id

    @property
    def tick(self) -> str:
        """For the tick box: the alert, and which state of it the person sees."""
        return f"{self.alert.alert_id}{SEEN}{self.alert.revision}"

    @property
    def url(self) -> str:
        """The alert's page, which knows the list."""
        return self.came.alert_url(self.alert.alert_id)

    @property
    def title(self) -> str:
        """Its rules."""
        return rule_titles(self.alert)

    def name_of(self, user_id: str) -> str:
        """A person's name, else their id."""
        found = self.people.get(user_id)
        return found.name if found else user_id

    @property
    def customer(self) -> str:
        """Whose alert."""
        return self.name_of(self.alert.customer_id)

    @property
    def assignee(self) -> str:
        """Who works on it."""
        holder = self.alert.holder_at(iso(self.now)) if self.alert.is_open else self.alert.assignee_id
        return self.name_of(holder) if holder else ""

    @property
    def findings(self) -> str:
        """ "3 findings"."""
        count = self.alert.finding_count
        return f"{count:,} finding{'' if count == 1 else 's'}"

    @property
    def state(self) -> str:
        """Its status; of a closed one how it ended."""
        if self.alert.is_pending_at(iso(self.now)):
            return "Pending approval"
        return OUTCOMES.get(self.alert.outcome, STATUSES[self.alert.state_at(iso(self.now))])

    @property
    def due(self) -> SafeString:
        """The deadline's tag."""
        return due_tag(self.alert, self.now)
