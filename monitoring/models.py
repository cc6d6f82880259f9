"""Item kinds of monitoring: alerts and their findings."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute, UnicodeSetAttribute

from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem

NEW, ASSIGNED, CLOSED = "new", "assigned", "closed"
STATUSES = {NEW: "New", ASSIGNED: "Assigned", CLOSED: "Closed"}

FALSE_POSITIVE, CONFIRMED, DUPLICATE = "false_positive", "confirmed", "duplicate"
OUTCOMES = {FALSE_POSITIVE: "False positive", CONFIRMED: "Confirmed", DUPLICATE: "Duplicate"}

WORKLIST, WORKLIST_CLOSED = "alert", "alert#closed"
"""Groups of the worklist: what is open, most severe first; what was closed, by the time of closing."""
NO_DEADLINE = "9999"
"""Sorts after every date: alerts on imported history have no deadline of ours."""


class Alert(Audited, TransactionsItem, discriminator="alert"):
    """One open suspicion a rule family and customer; findings join it until it is closed.

    Written in the posting's transaction. Its findings are items of their own (AlertFinding), so
    that the alert stays small: an update is billed on the whole item. Amounts in minor units.
    """

    family = UnicodeAttribute()
    rules = UnicodeSetAttribute()
    severity = UnicodeAttribute()
    status = UnicodeAttribute(default=NEW)
    customer_id = UnicodeAttribute()
    headline = UnicodeAttribute()
    """The sentence of the worst finding."""
    score = IntegerAttribute()
    """0 to 100: the points of its findings added up."""
    finding_count = IntegerAttribute()
    amount = IntegerAttribute()
    """Of the movements that were flagged, together."""
    currency = UnicodeAttribute()
    opened_at = UnicodeAttribute()
    opened_on = UnicodeAttribute()
    """Business date."""
    last_at = UnicodeAttribute()
    due_at = UnicodeAttribute(default="")
    observed = BooleanAttribute(default=False)
    """On imported history: it happened elsewhere, so no deadline runs."""
    revision = IntegerAttribute(default=0)
    """Goes up with what people do, not with new findings."""
    assignee_id = UnicodeAttribute(default="")
    assigned_at = UnicodeAttribute(default="")
    outcome = UnicodeAttribute(default="")
    note = UnicodeAttribute(default="")
    closed_by = UnicodeAttribute(default="")
    closed_at = UnicodeAttribute(default="")
    closed_on = UnicodeAttribute(default="")
    changed_by = UnicodeAttribute(default="")
    """Who moved `revision` last, and what they did, in words that follow a name."""
    change = UnicodeAttribute(default="")

    @property
    def alert_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    @property
    def is_open(self) -> bool:
        """Findings may still join it, and people may work on it."""
        return self.status != CLOSED

    def is_late(self, now_iso: str) -> bool:
        """Whether its deadline passed before it was closed."""
        return bool(self.due_at) and (self.closed_at or now_iso) > self.due_at


def alert_group(day: str) -> str:
    """The group of by_day that holds the alerts opened on a business date."""
    return f"alert#{day}"


def finding_group(day: str) -> str:
    """The group of by_day that holds the findings of a business date."""
    return f"finding#{day}"


def alert_subject(alert_id: str) -> str:
    """The subject under which an alert's findings and audit records are filed, in order of time."""
    return f"alert#{alert_id}"


def customer_subject(customer_id: str) -> str:
    """The subject under which a customer's alerts are filed."""
    return f"customer#{customer_id}"


def worklist_order(rank: int, due_at: str, alert_id: str) -> str:
    """Most severe first, then what is due first."""
    return f"{rank}#{due_at or NO_DEADLINE}#{alert_id}"


class AlertFinding(TransactionsItem, discriminator="finding"):
    """What one rule found on one movement: written once, with the numbers it used."""

    alert_id = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    movement_id = UnicodeAttribute()
    rule = UnicodeAttribute()
    number = IntegerAttribute()
    family = UnicodeAttribute()
    severity = UnicodeAttribute()
    points = IntegerAttribute()
    share = IntegerAttribute()
    sentence = UnicodeAttribute()
    value = JSONAttribute()
    threshold = JSONAttribute()
    unit = UnicodeAttribute()
    inputs = JSONAttribute(default=dict)
    baseline = JSONAttribute(default=dict)
    days = IntegerAttribute(default=1)
    parameters_version = UnicodeAttribute(default="")
    amount = IntegerAttribute()
    """Of the movement, minor units."""
    currency = UnicodeAttribute()
    movement_type = UnicodeAttribute()
    channel = UnicodeAttribute()
    at = UnicodeAttribute()
    business_date = UnicodeAttribute()

    @property
    def moment(self) -> datetime:
        """When the movement was posted."""
        return datetime.fromisoformat(self.at)
