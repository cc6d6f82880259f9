"""The item kinds of cases: the case file, what it is about, and the papers in it."""

from dataclasses import asdict, dataclass
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem
from monitoring.models import CONFIRMED, FALSE_POSITIVE, REASONS

OPEN, INVESTIGATING, PENDING, CLOSED = "open", "investigating", "pending_approval", "closed"
STATUSES = {OPEN: "Open", INVESTIGATING: "Investigating", PENDING: "Pending approval", CLOSED: "Closed"}
REFUTED = "refuted"
OUTCOMES = {CONFIRMED: "Confirmed", REFUTED: "Refuted"}
CASE_REASONS = {CONFIRMED: REASONS[CONFIRMED], REFUTED: REASONS[FALSE_POSITIVE]}
OUTCOME_OF = {code: outcome for outcome, reasons in CASE_REASONS.items() for code in reasons}
WORKLIST_CASES, WORKLIST_CASES_CLOSED = "case", "case#closed"
"""Groups of the worklist: open cases, the oldest first; closed ones by when."""
CUSTOMER, ACCOUNT = "customer", "account"
KINDS = {CUSTOMER: "Customer", ACCOUNT: "Account"}
MOST_ALERTS, MOST_SUBJECTS, MOST_PAPERS = 30, 20, 40


@dataclass(frozen=True)
class Paper:
    """A file in a case: its own id, what it was called, its kind, and where its bytes are."""

    paper_id: str
    title: str
    extension: str
    stored: str
    size: int
    sha256: str
    by: str
    at: str

    def as_json(self) -> dict[str, Any]:
        """As it stands in the case."""
        return asdict(self)


class CaseFile(Audited, TransactionsItem, discriminator="case"):
    """An investigation: alerts that belong together, the customers and accounts it is about, papers, notes (audit)."""

    seen_with = "monitoring.view_case"

    title = UnicodeAttribute()
    status = UnicodeAttribute(default=OPEN)
    severity = UnicodeAttribute()
    """The worst of its alerts."""
    alert_ids = JSONAttribute(default=list)
    subjects = JSONAttribute(default=list)
    """[kind, id] of customers and accounts, in the order they were added."""
    papers = JSONAttribute(default=list)
    owner_id = UnicodeAttribute(default="")
    """Who investigates."""
    opened_by = UnicodeAttribute()
    opened_at = UnicodeAttribute()
    opened_on = UnicodeAttribute()
    """Business date."""
    revision = IntegerAttribute(default=0)
    """Goes up with every change but notes and papers."""
    pending_approval = UnicodeAttribute(default="")
    pending_until = UnicodeAttribute(default="")
    outcome = UnicodeAttribute(default="")
    reason_code = UnicodeAttribute(default="")
    note = UnicodeAttribute(default="")
    closed_by = UnicodeAttribute(default="")
    approved_by = UnicodeAttribute(default="")
    closed_at = UnicodeAttribute(default="")
    reopened = IntegerAttribute(default=0)
    changed_by = UnicodeAttribute(default="")
    """Who moved `revision` last, what they did in words that follow a name, and when."""
    change = UnicodeAttribute(default="")
    changed_at = UnicodeAttribute(default="")

    @property
    def case_id(self) -> str:
        """The hash key under its own name."""
        return self.transaction_id

    def state_at(self, now_iso: str) -> str:
        """Its status; a request that nobody decided in time leaves it under investigation."""
        is_over = self.status == PENDING and self.pending_until <= now_iso
        return INVESTIGATING if is_over else str(self.status)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be decided."""
        return self.status != CLOSED

    @property
    def customers(self) -> list[str]:
        """The ids of the customers it is about."""
        return [key for kind, key in self.subjects if kind == CUSTOMER]

    @property
    def accounts(self) -> list[str]:
        """The numbers of the accounts it is about (those of its customers are not repeated)."""
        return [key for kind, key in self.subjects if kind == ACCOUNT]

    def paper(self, paper_id: str) -> Paper | None:
        """One of its files."""
        return next((Paper(**one) for one in self.papers if one["paper_id"] == paper_id), None)

    def file(self) -> None:
        """Set the keys of all indexes; call before every save."""
        self.worklist_group = WORKLIST_CASES if self.is_open else WORKLIST_CASES_CLOSED
        self.worklist_order = f"{self.opened_at if self.is_open else self.closed_at}#{self.case_id}"
        self.day_group, self.day_order = f"case#{self.opened_on}", f"{self.opened_at}#{self.case_id}"


class CaseLink(TransactionsItem, discriminator="case_link"):
    """That a case is about somebody: filed under the subject, so that an alert's page finds the customer's cases."""

    case_id = UnicodeAttribute()

    @classmethod
    def of(cls, case: CaseFile, kind: str, key: str) -> "CaseLink":
        """The link of a case to one of its subjects."""
        return cls(
            transaction_id=f"case-link#{case.case_id}#{kind}#{key}",
            version=1,
            case_id=case.case_id,
            subject=link_subject(kind, key),
            subject_order=f"{case.opened_at}#{case.case_id}",
        )


def link_subject(kind: str, key: str) -> str:
    """The subject under which a customer's or an account's cases are filed."""
    return f"case-of#{kind}#{key}"
