"""Item kinds of compliance: corrective actions, the controls' daily snapshots and notices, privacy requests."""

from datetime import date

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem, UsersItem
from compliance.retention import RIGHTS
from compliance.steps import Status
from monitoring.casework import Paper

OPEN_ACTIONS = "action"
OPEN_NOTICES = "control-notice"
NOTICE_PREFIX = "control-notice#"
CONTROL_DAYS = "control-day"
"""Group of the index by_day with the daily snapshots."""
PRIVACY_REQUESTS = "privacy-request"
PRIVACY_ANSWERED = "privacy-answered"
OWNER_PREFIX = "privacy#"
PRIORITIES = {1: "High", 2: "Medium", 3: "Low"}


class CorrectiveAction(Audited, TransactionsItem, discriminator="corrective_action"):
    """What is done about a weakness: root cause, plan, owner, due date, verified by a second person.

    Filed under `worklist` while not closed (priority, due date), under `by_subject` with its
    control, and under `by_day` with all actions opened in the same month.
    """

    title = UnicodeAttribute()
    control_code = UnicodeAttribute(default="")
    root_cause = UnicodeAttribute()
    plan = UnicodeAttribute()
    priority = IntegerAttribute(default=2)
    owner_id = UnicodeAttribute()
    owner_name = UnicodeAttribute()
    due_on = UnicodeAttribute()
    status = UnicodeAttribute(default=Status.OPEN)
    opened_at = UnicodeAttribute()
    opened_by = UnicodeAttribute()
    opened_by_name = UnicodeAttribute()
    ready_by = UnicodeAttribute(default="")
    ready_at = UnicodeAttribute(default="")
    closed_by = UnicodeAttribute(default="")
    closed_at = UnicodeAttribute(default="")
    reopened = IntegerAttribute(default=0)
    alert_id = UnicodeAttribute(default="")
    """The alert that it was opened from."""
    papers = JSONAttribute(default=list)
    """Evidence: monitoring.casework.Paper as JSON, in the order in which they came."""
    escalated = IntegerAttribute(default=0)
    """How far it was taken up since it is overdue: 0, 1 its owner was told, 2 those above."""
    secret = UnicodeAttribute(default="")
    """The permission without which nobody may learn that there is this action: that of its control; "" for none."""

    @property
    def due(self) -> date:
        """The due date."""
        return date.fromisoformat(self.due_on)

    @property
    def is_closed(self) -> bool:
        """Settled and verified."""
        return self.status == Status.CLOSED

    def paper(self, paper_id: str) -> Paper | None:
        """One of its files."""
        return next((Paper(**one) for one in self.papers if one["paper_id"] == paper_id), None)

    @property
    def evidence(self) -> list[Paper]:
        """All of them."""
        return [Paper(**one) for one in self.papers]

    def is_overdue(self, today: date) -> bool:
        """Not closed although its due date has passed."""
        return not self.is_closed and self.due_on < today.isoformat()

    def file(self) -> None:
        """Set the keys of all indexes from the fields; call before every save."""
        self.subject = control_subject(self.control_code)
        self.subject_order = self.day_order = f"{self.opened_at}#{self.transaction_id}"
        self.day_group = opened_group(self.opened_at, self.secret)
        self.worklist_group = None if self.is_closed else actions_group(self.secret)
        self.worklist_order = None if self.is_closed else f"{self.priority}#{self.due_on}#{self.transaction_id}"


def control_subject(code: str) -> str | None:
    """The subject that a control's actions are filed under; None: opened by hand."""
    return f"control#{code}" if code else None


def actions_group(secret: str = "") -> str:
    """The group of the worklist with the actions that are not closed; those that are secret stand apart."""
    return f"{OPEN_ACTIONS}#{secret}" if secret else OPEN_ACTIONS


def opened_group(moment: str, secret: str = "") -> str:
    """The group of the index by_day with the actions opened in the month of this ISO date or time (UTC)."""
    return f"{actions_group(secret)}#{moment[:7]}"


class ControlDay(Audited, TransactionsItem, discriminator="control_day"):
    """All controls' readings and the score as they stood once on one calendar day of the bank."""

    day = UnicodeAttribute()
    taken_at = UnicodeAttribute()
    score = IntegerAttribute(null=True)
    """Over all controls: for who may know of each."""
    open_score = IntegerAttribute(null=True)
    """Over those of which nobody needs a permission of its own to know: for everybody else, and for what leaves."""
    parameters_version = UnicodeAttribute()
    readings = JSONAttribute()
    """Control code -> {count, more, gauge, state, warn, breach}; `needs`: the permission to know of it."""

    def file(self) -> None:
        """Set the keys of the index by_day: all days in one group, in order."""
        self.day_group, self.day_order = CONTROL_DAYS, self.day

    @staticmethod
    def key(day: date) -> str:
        """The hash key."""
        return f"controls#{day.isoformat()}"


class ControlNotice(Audited, TransactionsItem, discriminator="control_notice"):
    """That a control has crossed a threshold: one a control, opened when it crosses, closed when it has recovered.

    Filed under `worklist` while it is open, what is breached first. Each opening is one more of `times`.
    """

    code = UnicodeAttribute()
    level = UnicodeAttribute(default="")
    """approaching, breached, or "" while the control is kept."""
    owner = UnicodeAttribute()
    """The role that answers for the control."""
    said = UnicodeAttribute(default="")
    """The reading that crossed, in words."""
    times = IntegerAttribute(default=0)
    opened_at = UnicodeAttribute(default="")
    crossed_at = UnicodeAttribute(default="")
    """When it came to this level."""
    closed_at = UnicodeAttribute(default="")
    told = JSONAttribute(default=list)
    """Ids of the people who were written to."""
    waived_until = UnicodeAttribute(default="")
    """Two people accepted that it stands so, up to and with this day; "" while nobody did."""
    waived_level = UnicodeAttribute(default="")
    waived_why = UnicodeAttribute(default="")
    waived_by = JSONAttribute(default=list)
    """Who asked and who agreed, as names."""

    def is_waived(self, day: str) -> bool:
        """Whether two people accepted, for this day (ISO), that it stands as it does: what is worse is not accepted."""
        accepted = self.level and self.level in (self.waived_level, "approaching")
        return bool(accepted and self.waived_until >= day)

    @property
    def waived_day(self) -> date | None:
        """The last day of the waiver."""
        return date.fromisoformat(self.waived_until) if self.waived_until else None

    def end_waiver(self) -> None:
        """Nobody accepts it any more."""
        self.waived_until = self.waived_level = self.waived_why = ""
        self.waived_by = []

    @staticmethod
    def key(code: str) -> str:
        """The hash key."""
        return f"{NOTICE_PREFIX}{code}"

    def file(self) -> None:
        """Set the keys of the worklist; call before every save."""
        rank = "1" if self.level == "breached" else "2"
        self.worklist_group = OPEN_NOTICES if self.level else None
        self.worklist_order = f"{rank}#{self.opened_at}#{self.code}" if self.level else None


class PrivacyRequest(Audited, UsersItem, discriminator="privacy_request"):
    """What a customer asks about their own data; answered within one month (GDPR art. 12(3)).

    Filed under `by_owner` with its customer; under `by_review_date` by its due date while it waits for an answer,
    then by the day of the answer.
    """

    about = UnicodeAttribute()
    details = UnicodeAttribute(default="")
    received_at = UnicodeAttribute()
    received_on = UnicodeAttribute()
    due_on = UnicodeAttribute()
    status = UnicodeAttribute(default="open")
    outcome = UnicodeAttribute(default="")
    answer = UnicodeAttribute(default="")
    answered_at = UnicodeAttribute(default="")
    answered_by = UnicodeAttribute(default="")
    first_due_on = UnicodeAttribute(default="")
    """Of an extended one: when it was due before."""
    extended_on = UnicodeAttribute(default="")
    extension_reason = UnicodeAttribute(default="")
    """The customer reads it."""
    steps = JSONAttribute(default=dict)
    """Code of each step that is done -> [when, by whom, note]."""
    package = JSONAttribute(default=dict)
    """The customer's data as it was handed out: {files: {format: [name, size, SHA-256]}, made_at, expires_at}."""

    cleared_on = UnicodeAttribute(default="")
    """The day on which its words were taken out: their period of retention was over."""

    @property
    def is_extended(self) -> bool:
        """Two further months were needed, and told."""
        return bool(self.extended_on)

    @property
    def more_days(self) -> int:
        """So many days an extension added."""
        return (self.due - date.fromisoformat(self.first_due_on)).days if self.first_due_on else 0

    @property
    def due(self) -> date:
        """The last day of answering in time."""
        return date.fromisoformat(self.due_on)

    @property
    def received(self) -> date:
        """The day it came in."""
        return date.fromisoformat(self.received_on)

    @property
    def title(self) -> str:
        """What is asked, in the customer's words."""
        return RIGHTS[self.about][0]

    @property
    def is_open(self) -> bool:
        """Waits for an answer."""
        return self.status == "open"

    def file(self) -> None:
        """Set the keys of all indexes from the fields; call before every save."""
        self.owner_order = f"{OWNER_PREFIX}{self.received_at}#{self.user_id}"
        self.review_group = PRIVACY_REQUESTS if self.is_open else PRIVACY_ANSWERED
        self.review_date = self.due_on if self.is_open else self.answered_at[:10]
        if self.cleared_on:
            self.review_group = self.review_date = None
