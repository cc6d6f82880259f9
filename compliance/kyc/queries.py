"""Reads of KYC: a customer's file, the lists of the desk. Each by a key or an index."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.models import User
from accounts.models.people import HIGH, KYC_HIGH, KYC_PENDING, KYC_REJECTED, KYC_REVIEW, VERIFIED, searched
from accounts.queries.people import people_by_name, user, users
from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.lists import Page
from cloudbank.roles import Role
from cloudbank.tables import UsersItem
from compliance.kyc.models import EXPIRING, TO_CHECK, KycFile
from compliance.queries.selections import CAP, Counted, Selected, Selection

AHEAD = timedelta(days=30)


def file_of(customer_id: str) -> KycFile:
    """The customer's file, read strongly; an empty one that is not stored yet."""
    key = KycFile.key(customer_id)
    return store.get(KycFile, key) or KycFile(user_id=key, customer_id=customer_id)


def customer(customer_id: str) -> User | None:
    """The customer, or None: also for staff."""
    found = user(customer_id)
    return found if found and found.role == Role.CUSTOMER else None


def records(customer_id: str, limit: int = 60) -> list[AuditRecord]:
    """What was done about a customer's identity, newest first: their own record's and their file's trail."""
    subjects = (f"{User.discriminator()}#{customer_id}", subject_of(KycFile(user_id=KycFile.key(customer_id))))
    found = [
        one
        for subject in subjects
        for one in AuditRecord.by_subject.query(subject, scan_index_forward=False, limit=limit)
        if isinstance(one, AuditRecord) and (subject != subjects[0] or one.action in IDENTITY_ACTIONS)
    ]
    return sorted(found, key=lambda one: (one.at, one.subject or "", one.sequence), reverse=True)[:limit]


IDENTITY_ACTIONS = frozenset(
    {"register", "verify_identity", "reject_identity", "review_customer", "rate_customer", "reveal_personal_data"}
)


# --- the lists of the desk ---------------------------------------------------------------------


def pending() -> Selected:
    """Identities that wait for a decision, who waits longest first."""
    return Selected([Selection(User, "by_review_date", KYC_PENDING)])


def overdue(today: date) -> Selected:
    """Verified customers whose review date has passed, oldest first."""
    return Selected([Selection(User, "by_review_date", KYC_REVIEW, User.review_date < today.isoformat())])


def due(today: date) -> Selected:
    """Verified customers to be reviewed from today to 30 days ahead."""
    days = User.review_date.between(today.isoformat(), (today + AHEAD).isoformat())
    return Selected([Selection(User, "by_review_date", KYC_REVIEW, days)])


def rejected() -> Selected:
    """Customers whose identity could not be verified, oldest decision first."""
    return Selected([Selection(User, "by_review_date", KYC_REJECTED)])


def high_risk(before: date | None = None) -> Selected:
    """Verified customers of high risk by the day of their enhanced review; `before`: only those it has passed for."""
    order = UsersItem.owner_order < before.isoformat() if before else None
    return Selected([Selection(User, "by_owner", KYC_HIGH, order, keys_only=True)])


def to_check() -> Selected:
    """Files with papers that wait for a check, who waits longest first; their rows are the customers."""
    return Selected([Selection(KycFile, "by_name", TO_CHECK)])


def expired(today: date) -> Selected:
    """Files whose identity paper has expired, oldest first."""
    return Selected([Selection(KycFile, "by_review_date", EXPIRING, KycFile.review_date < today.isoformat())])


@dataclass(frozen=True)
class Work:
    """One list of the desk: its words, its items. `files`: the items are files, shown as their customers."""

    label: str
    items: Callable[[date], Selected]
    files: bool = False


WORK = {
    "pending": Work("Waiting for a decision", lambda today: pending()),
    "overdue": Work("Review overdue", overdue),
    "due": Work("Review due in 30 days", due),
    "papers": Work("Papers to check", lambda today: to_check(), files=True),
    "expired": Work("Identity paper expired", expired, files=True),
    "high": Work("High risk", lambda today: high_risk()),
    "rejected": Work("Not verified", lambda today: rejected()),
}


def counts(today: date) -> dict[str, Counted]:
    """How many each list holds, counted by DynamoDB no further than 500."""
    return {code: work.items(today).count() for code, work in WORK.items()}


@dataclass(frozen=True)
class Wanted:
    """What narrows a list: begin of the name, risk."""

    name: str = ""
    risk: str = ""

    def fits(self, one: User) -> bool:
        """Whether a customer is asked for."""
        named = searched(self.name) in searched(one.name) if self.name else True
        return named and (not self.risk or one.risk_rating == self.risk)


def desk(show: str, wanted: Wanted, today: date, cursor: Any, limit: int) -> Page:
    """A page of customers: those of one list of WORK, or ("") all by name. Reads on until the page is full."""
    rows: list[User] = []
    while len(rows) < limit:
        page = _page(show, wanted, today, cursor, limit - len(rows))
        rows += [one for one in page.rows if wanted.fits(one)]
        cursor = page.next_cursor
        if cursor is None:
            break
    return Page(rows, cursor)


def _page(show: str, wanted: Wanted, today: date, cursor: Any, limit: int) -> Page:
    work = WORK.get(show)
    if work is None:
        found = people_by_name(Role.CUSTOMER, wanted.name, cursor or "", limit)
        return Page(found.rows, found.cursor or None)
    page = work.items(today).page(cursor, limit)
    return Page(customers_of(page.rows), page.next_cursor) if work.files else page


def customers_of(files: Iterable[KycFile]) -> list[User]:
    """The customers of these files who are still customers, in the same order."""
    wanted = [one.customer_id for one in files]
    found = users(wanted)
    return [found[key] for key in wanted if key in found and not found[key].exited_on]


# --- what the controls ask ---------------------------------------------------------------------


@dataclass(frozen=True)
class Lapsed:
    """A customer whose identity paper has expired, and when."""

    person: User
    until: str

    @property
    def user_id(self) -> str:
        """The customer."""
        return self.person.user_id


def lapsed(today: date) -> tuple[list[Lapsed], bool]:
    """Customers whose identity paper has expired, oldest first, at most 500; whether there may be more."""
    files = expired(today).page(None, CAP).rows
    until = {one.customer_id: str(one.review_date) for one in files}
    return [Lapsed(one, until[one.user_id]) for one in customers_of(files)], len(files) == CAP


def is_high(one: User) -> bool:
    """A verified customer of high risk: reviewed with enhanced diligence."""
    return one.risk_rating == HIGH and one.kyc_status == VERIFIED
