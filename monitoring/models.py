"""Item kinds of monitoring: alerts and their findings."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute, UnicodeSetAttribute

from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem, UsersItem

NEW, ASSIGNED, IN_REVIEW, ESCALATED, CLOSED = "new", "assigned", "in_review", "escalated", "closed"
STATUSES = {NEW: "New", ASSIGNED: "Assigned", IN_REVIEW: "In review", ESCALATED: "Escalated", CLOSED: "Closed"}
"""`in_review` is never stored: an open alert is in review while somebody holds it, see `Alert.state_at`."""

FALSE_POSITIVE, CONFIRMED, DUPLICATE = "false_positive", "confirmed", "duplicate"
OUTCOMES = {FALSE_POSITIVE: "False positive", CONFIRMED: "Confirmed", DUPLICATE: "Duplicate"}
REASONS = {
    FALSE_POSITIVE: {
        "explained": "Explained, with documents",
        "expected": "Usual for this customer (salary, rent, trade)",
        "related": "Both sides are known and related",
        "mistake": "Mistaken entry or wrong data",
        "sensitive": "The rule is too sensitive here",
    },
    CONFIRMED: {
        "structuring": "Structuring",
        "laundering": "Laundering pattern",
        "fraud": "Fraud or account takeover",
        "reportable": "Reportable cash (CTR)",
        "other": "Other suspicious activity",
    },
    DUPLICATE: {"same_facts": "Same facts as another alert"},
}
"""By outcome: the reason codes, each with its words."""
OUTCOME_OF = {reason: outcome for outcome, reasons in REASONS.items() for reason in reasons}
REASON_WORDS = {reason: words for reasons in REASONS.values() for reason, words in reasons.items()}

WORKLIST, WORKLIST_ESCALATED, WORKLIST_CLOSED = "alert", "alert#escalated", "alert#closed"
"""Groups of the worklist: what is open, and what a case decides, most severe first; what was closed, by when."""
SANCTIONS, OPEN_HITS, TRUE_HITS = "sanctions", "sanctions#open", "sanctions#true"
"""The family of sanctions hits; their groups of the index by_account: open or in a case, oldest first; confirmed."""
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
    lease_by = UnicodeAttribute(default="")
    """Who opened it to work, and holds it until `lease_until` (renewed while they stay on its page)."""
    lease_since = UnicodeAttribute(default="")
    lease_until = UnicodeAttribute(default="")
    pending_approval = UnicodeAttribute(default="")
    """The request to refute it that waits for a second person, until `pending_until`."""
    pending_until = UnicodeAttribute(default="")
    case_id = UnicodeAttribute(default="")
    """The case that decides it, when it was escalated."""
    reopened = IntegerAttribute(default=0)
    """How often."""
    outcome = UnicodeAttribute(default="")
    reason_code = UnicodeAttribute(default="")
    duplicate_of = UnicodeAttribute(default="")
    """The alert with the same facts."""
    note = UnicodeAttribute(default="")
    approved_by = UnicodeAttribute(default="")
    """The second person of a decision that needs one."""
    closed_by = UnicodeAttribute(default="")
    closed_at = UnicodeAttribute(default="")
    closed_on = UnicodeAttribute(default="")
    changed_by = UnicodeAttribute(default="")
    """Who moved `revision` last, and what they did, in words that follow a name."""
    change = UnicodeAttribute(default="")
    changed_at = UnicodeAttribute(default="")

    @property
    def alert_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    @property
    def is_open(self) -> bool:
        """Findings may still join it, and people may work on it."""
        return self.status in (NEW, ASSIGNED)

    def state_at(self, now_iso: str) -> str:
        """Its status; an open one is in review while somebody holds it."""
        return IN_REVIEW if self.is_open and self.lease_until > now_iso else str(self.status)

    def holder_at(self, now_iso: str) -> str:
        """Who works on it: who holds it, else to whom it was given, or ""."""
        return str(self.lease_by if self.lease_until > now_iso else self.assignee_id)

    def is_pending_at(self, now_iso: str) -> bool:
        """Whether it waits for a second person."""
        return self.is_open and bool(self.pending_approval) and self.pending_until > now_iso

    def let_go(self) -> None:
        """Nobody holds it any more."""
        self.lease_by = self.lease_since = self.lease_until = ""

    def file_hit(self) -> None:
        """File a sanctions hit under OPEN_HITS until it is decided on, under TRUE_HITS when it is confirmed; call when
        the status changes.
        """
        self.account_id = self.account_order = None
        if self.family == SANCTIONS and self.status != CLOSED:
            self.account_id, self.account_order = OPEN_HITS, f"{self.opened_at}#{self.alert_id}"
        elif self.family == SANCTIONS and self.outcome == CONFIRMED:
            self.account_id, self.account_order = TRUE_HITS, f"{self.closed_at}#{self.alert_id}"

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


def worklist_order(rank: int, due_at: str, opened: int, alert_id: str) -> str:
    """Most severe first, then what is due first; those due together (a night) in order of opening (seconds)."""
    return f"{rank}#{due_at or NO_DEADLINE}#{opened:011d}#{alert_id}"


def snoozed_subject(customer_id: str) -> str:
    """The subject under which findings of a customer's snoozed rules are filed."""
    return f"snoozed#{customer_id}"


class AlertFinding(TransactionsItem, discriminator="finding"):
    """What one rule found on one movement: written once, with the numbers it used."""

    alert_id = UnicodeAttribute()
    """ "" while its rule is snoozed for the customer: it joined no alert."""
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
    members = JSONAttribute(null=True)
    """Of a pattern over several customers: the ids of all of them, the alert's customer first."""
    path = JSONAttribute(null=True)
    """Its movements by time: [movement id, instant, amount, payer, payee, payer's account, payee's account]."""

    @property
    def moment(self) -> datetime:
        """When the movement was posted."""
        return datetime.fromisoformat(self.at)


class NamedMember(TransactionsItem, discriminator="named_member"):
    """That a pattern names a customer who is not at its head, filed under them: it counts in their score too.

    Only a hint: the finding says whether it is so. Written before the finding, so none is without its members.
    """

    finding_id = UnicodeAttribute()

    @classmethod
    def of(cls, finding_id: str, customer_id: str, at: str) -> "NamedMember":
        """The item of one member; `at`: when the pattern was found."""
        return cls(
            transaction_id=f"named#{finding_id}#{customer_id}",
            version=1,
            finding_id=finding_id,
            subject=named_subject(customer_id),
            subject_order=f"{at}#{finding_id}",
        )


def named_subject(customer_id: str) -> str:
    """The subject under which findings are noted that only name a customer."""
    return f"named#{customer_id}"


class IdentityMark(UsersItem, discriminator="identity_mark"):
    """Who gave this telephone number or address, or signed in from this internet address: the inverted index of rule
    29, one item a value.
    """

    holders = JSONAttribute(default=list)
    """Ids of customers, in the order they were seen."""

    @staticmethod
    def key(trait: str, digest: str) -> str:
        """The hash key; the value itself is not in it."""
        return f"identity#{trait}#{digest}"


WORKLIST_SNOOZED, WORKLIST_UNSNOOZED = "snooze", "snooze#lifted"
"""Groups of the worklist: running snoozes, by their last day; those that were lifted, which a replay looks at."""


class Snooze(Audited, TransactionsItem, discriminator="snooze"):
    """One rule that raises no alert for one customer until a day. It works through the customer's activity."""

    customer_id = UnicodeAttribute()
    rule = UnicodeAttribute()
    number = IntegerAttribute()
    since = UnicodeAttribute(default="")
    until = UnicodeAttribute(default="")
    """The last business day (ISO) on which it holds."""
    reason = UnicodeAttribute(default="")
    by = UnicodeAttribute(default="")
    lifted_at = UnicodeAttribute(default="")

    @staticmethod
    def key(customer_id: str, rule: str) -> str:
        """The hash key: one of a kind for each rule and customer."""
        return f"snooze#{customer_id}#{rule}"

    def file(self) -> None:
        """Set the worklist's keys."""
        self.worklist_group = WORKLIST_UNSNOOZED if self.lifted_at else WORKLIST_SNOOZED
        self.worklist_order = f"{self.until}#{self.customer_id}#{self.rule}"
