"""The request itself: one item of BankingTransactions, its seal, and where it is filed."""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.approvals.effects import Effect, Outcome, find_effect
from cloudbank.audit import Audited
from cloudbank.clock import iso
from cloudbank.tables import TransactionsItem

PENDING, APPROVED, REJECTED = "pending", "approved", "rejected"
EXPIRED, WITHDRAWN, FAILED = "expired", "withdrawn", "failed"
STATES = {
    PENDING: "Pending",
    APPROVED: "Approved",
    REJECTED: "Rejected",
    EXPIRED: "Expired",
    WITHDRAWN: "Withdrawn",
    FAILED: "Failed",
}
"""`failed`: approved, but when it was carried out the books refused it for good."""

WAITING, SETTLED = "approval", "approval#settled"
"""Groups of the worklist: what waits, by its expiry; what was settled, by when."""
UNFINISHED = "0000"
"""Stands for the expiry of what is approved and not carried out: it sorts before every date."""
FIRST_DATE = f"{UNFINISHED}~"
"""Sorts after all that is unfinished and before every date."""
NAME_LENGTH = 120


class Unfinished(Exception):
    """It is approved, but whether it is carried out is not known yet: `resume` finds out and goes on, safely."""

    def __init__(self, request: "Approval") -> None:
        super().__init__("It is approved. The bank's books have not answered yet; it is carried out exactly once.")
        self.request = request


@dataclass(frozen=True)
class Asker:
    """A person of a request as services want an actor."""

    user_id: str
    role: str
    source: str


class Approval(Audited, TransactionsItem, discriminator="approval"):
    """What one person asks and another decides. What stands under `content_hash` never changes.

    Filed under `worklist` (WAITING, SETTLED), under `by_subject` with what it is about, and under
    `by_day` with all that the same person asked, in order of time.
    """

    code = UnicodeAttribute()
    content = JSONAttribute()
    shown = JSONAttribute()
    """What people read of it, as it was when asked: title, facts, changes (see effects.Shown)."""
    content_hash = UnicodeAttribute()
    about = UnicodeAttribute()
    """What it is about, as audit subjects are named: `deposit_account#4000...`."""
    reason = UnicodeAttribute()
    maker_id = UnicodeAttribute()
    maker_role = UnicodeAttribute()
    maker_name = UnicodeAttribute()
    maker_source = UnicodeAttribute(default="")
    asked_at = UnicodeAttribute()
    due_at = UnicodeAttribute()
    """From this instant on it cannot be approved. (`expires_at` is the table's TTL: a request is never deleted.)"""
    state = UnicodeAttribute(default=PENDING)
    checker_id = UnicodeAttribute(default="")
    checker_role = UnicodeAttribute(default="")
    checker_name = UnicodeAttribute(default="")
    checker_source = UnicodeAttribute(default="")
    decided_at = UnicodeAttribute(default="")
    note = UnicodeAttribute(default="")
    outcome = UnicodeAttribute(default="")
    outcome_url = UnicodeAttribute(default="")
    done_at = UnicodeAttribute(default="")
    """When its effect was stored, or failed for good."""
    carrying_until = UnicodeAttribute(default="")
    """Who carries it out has until then; afterwards another process may take over."""
    moving = frozenset({"carrying_until"})

    @property
    def approval_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    @property
    def effect(self) -> Effect | None:
        """Its kind."""
        return find_effect(self.code)

    @property
    def title(self) -> str:
        """What is asked, in one line."""
        return str(self.shown["title"])

    @property
    def maker(self) -> Asker:
        """Who asked."""
        return Asker(self.maker_id, self.maker_role, self.maker_source)

    @property
    def checker(self) -> Asker:
        """Who decided."""
        return Asker(self.checker_id, self.checker_role, self.checker_source)

    @property
    def is_unfinished(self) -> bool:
        """Approved, and not known to be carried out."""
        return self.state == APPROVED and not self.done_at

    def state_at(self, now: datetime) -> str:
        """Its state; a pending one is expired from its due time on, whether or not anybody has marked it."""
        return EXPIRED if self.state == PENDING and self.due_at <= iso(now) else str(self.state)

    def computed_hash(self) -> str:
        """SHA-256 (hex) over all that the approver agrees to: content, words, reason, who, until when."""
        what = [self.approval_id, self.code, self.content, self.shown, self.about]
        who = [self.reason, self.maker_id, self.maker_role, self.asked_at, self.due_at]
        return hashlib.sha256(json.dumps([*what, *who], sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def file(self) -> None:
        """Set the keys of all indexes from the fields; call before every save."""
        self.subject, self.subject_order = about_group(self.about), f"{self.asked_at}#{self.approval_id}"
        self.day_group, self.day_order = asked_group(self.maker_id), f"{self.asked_at}#{self.approval_id}"
        waits = self.state == PENDING or self.is_unfinished
        when = UNFINISHED if self.is_unfinished else self.due_at if waits else self.decided_at
        self.worklist_group = WAITING if waits else SETTLED
        self.worklist_order = f"{when}#{self.code}#{self.maker_id}#{self.approval_id}"

    def decide(self, state: str, *, by: Any, name: str, note: str, now: datetime) -> None:
        """Take a decision down."""
        self.state, self.note, self.decided_at = state, note, iso(now)
        self.checker_id, self.checker_role, self.checker_source = by.user_id, by.role, by.source
        self.checker_name = name[:NAME_LENGTH]

    def settle(self, outcome: Outcome, now: datetime) -> None:
        """Take down what became of it."""
        self.outcome, self.outcome_url, self.done_at = outcome.text, outcome.url, iso(now)


class LatestRequest(TransactionsItem, discriminator="approval_latest"):
    """The latest request of a kind about something: it is replaced only when that one is settled."""

    approval_id = UnicodeAttribute(default="")

    @staticmethod
    def key(code: str, about: str) -> str:
        """The hash key."""
        return f"approval-latest#{code}#{about}"


@dataclass(frozen=True)
class Filed:
    """What the worklist's keys alone say of a request: enough to count and to filter without reading it."""

    order: str
    approval_id: str
    when: str
    code: str
    maker_id: str

    @classmethod
    def of(cls, order: str, key: str) -> "Filed":
        """From an index row."""
        when, code, maker_id, _ = order.split("#", 3)
        return cls(order, key, when, code, maker_id)


def behind(now: datetime) -> str:
    """Sorts after all that is due by now and before all that is due later."""
    return f"{iso(now)}~"


def same_person(one: str, other: str) -> bool:
    """Whether two ids are one person's: a different spelling is no second person."""
    return _plain(one) == _plain(other)


def _plain(user_id: str) -> str:
    return unicodedata.normalize("NFKC", user_id).strip().casefold()


def about_group(about: str) -> str:
    """The group of by_subject with all requests about something."""
    return f"approval-of#{about}"


def asked_group(maker_id: str) -> str:
    """The group of by_day with all requests of one person."""
    return f"approval-by#{maker_id}"
