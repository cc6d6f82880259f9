"""Reads of people: persons by id, address or name; their open sessions; the account-security card."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from pynamodb.expressions.condition import Condition

from accounts import agents
from accounts.http import person
from accounts.models import EmailLock, Session, SignIn, User
from accounts.models.people import (
    HIGH,
    KYC_HIGH,
    KYC_PENDING,
    KYC_REJECTED,
    PENDING,
    REJECTED,
    is_id,
    searched,
)
from accounts.sessions import SessionStore, is_over
from cloudbank import store
from cloudbank.clock import from_iso, utcnow
from cloudbank.roles import STAFF, Role
from cloudbank.tables import UsersItem

PASSWORD_OLD_DAYS = 365
PREVIOUS_AT, PREVIOUS_FROM = "previous_sign_in_at", "previous_sign_in_from"
"""Names in the session: the sign-in before the one that began it."""


def user(user_id: str) -> User | None:
    """The person, read strongly, or None."""
    return store.get(User, user_id) if is_id(user_id) else None


def users(user_ids: Iterable[str]) -> dict[str, User]:
    """The persons among these ids, by id, read strongly."""
    found = store.load(UsersItem, user_ids)
    return {key: item for key, item in found.items() if isinstance(item, User)}


def holder_of(email: str) -> User | None:
    """The person who holds this e-mail address, or None."""
    lock = store.get(EmailLock, EmailLock.key(email))
    return user(lock.holder_id) if lock else None


@dataclass(frozen=True)
class PeoplePage:
    """Some people in order of their names, and the cursor of what follows ("" at the end)."""

    rows: list[User]
    cursor: str


def people_by_name(
    role: Role | str, prefix: str = "", cursor: str = "", limit: int = 50, *, backwards: bool = False
) -> PeoplePage:
    """People of a role whose normalised name begins so, from A on or from Z on. The index may be a moment behind."""
    begins = searched(prefix)
    low, high = (begins, cursor) if backwards else (max(begins, cursor), "")
    condition: Condition | None = None
    if low:
        condition = User.name_key.between(low, high or f"{begins}\U0010ffff")
    elif cursor:
        condition = User.name_key <= cursor
    found = User.by_name.query(str(role), condition, scan_index_forward=not backwards, page_size=limit + 2)
    taken = list(islice((row for row in found if row.name_key != cursor), limit + 1))
    more = len(taken) > limit
    return PeoplePage(taken[:limit], (taken[limit - 1].name_key or "") if more else "")


MOST_FOUND = 20


def find_customers(text: str, limit: int = MOST_FOUND) -> list[User]:
    """Customers by e-mail address or by the beginning of their name."""
    if "@" in text:
        found = holder_of(text)
        return [found] if found and found.role == Role.CUSTOMER else []
    return people_by_name(Role.CUSTOMER, text, limit=limit).rows


@dataclass(frozen=True)
class StaffPage:
    """Some staff, role by role, and the cursor of what follows (None at the end)."""

    rows: list[User]
    cursor: list[Any] | None


def staff_by_name(role: str = "", prefix: str = "", cursor: list[Any] | None = None, limit: int = 50) -> StaffPage:
    """Staff of one role, or of all roles in alphabetical order, by name. The cursor is (place of the role, name)."""
    roles = [role] if role in STAFF else sorted(STAFF)
    place, key = cursor or [0, ""]
    rows: list[User] = []
    while place < len(roles):
        page = people_by_name(roles[place], prefix, key, limit - len(rows))
        rows += page.rows
        if page.cursor:
            return StaffPage(rows, [place, page.cursor])
        place, key = place + 1, ""
        if len(rows) == limit and place < len(roles):
            return StaffPage(rows, [place, ""])
    return StaffPage(rows, None)


@dataclass(frozen=True)
class WaitingPage:
    """Some customers, and DynamoDB's key of the last one when more follow."""

    rows: list[User]
    cursor: dict[str, Any] | None


def customers_waiting(cursor: dict[str, Any] | None = None, limit: int = 50, group: str = KYC_PENDING) -> WaitingPage:
    """Customers whose identity waits for a decision, who waits longest first; or those of another such group."""
    found = list(User.by_review_date.query(group, limit=limit + 1, last_evaluated_key=cursor))
    if len(found) <= limit:
        return WaitingPage(found, None)
    names = ("user_id", "review_group", "review_date")
    return WaitingPage(found[:limit], {name: {"S": getattr(found[limit - 1], name)} for name in names})


def customers_of_high_risk(cursor: str = "", limit: int = 50) -> PeoplePage:
    """Verified customers of high risk, whose enhanced review is due first on top."""
    keys = list(store.index_keys(UsersItem, "by_owner", KYC_HIGH, after=cursor, limit=limit + 1))
    found = users(key for _, key in keys[:limit])
    rows = [found[key] for _, key in keys[:limit] if key in found]
    return PeoplePage(rows, keys[limit - 1][0] if len(keys) > limit else "")


MOST_COUNTED = 100
"""The index by review holds whole people, and counting one reads one: beyond this the number is "100+"."""


def customer_counts() -> dict[str, str]:
    """How many customers wait for a decision, were not verified, are of high risk: "7", or "100+"."""
    numbers = {
        status: User.by_review_date.count(group, limit=MOST_COUNTED + 1)
        for status, group in ((PENDING, KYC_PENDING), (REJECTED, KYC_REJECTED))
    }
    keys = store.index_keys(UsersItem, "by_owner", KYC_HIGH, limit=MOST_COUNTED + 1)
    numbers[HIGH] = sum(1 for _ in keys)
    return _in_words(numbers)


def staff_counts() -> dict[str, str]:
    """How many people each role of the staff has: "7", or "100+"."""
    return _in_words({str(role): User.by_name.count(str(role), limit=MOST_COUNTED + 1) for role in STAFF})


def _in_words(numbers: dict[str, int]) -> dict[str, str]:
    return {code: f"{min(one, MOST_COUNTED)}{'+' if one > MOST_COUNTED else ''}" for code, one in numbers.items()}


@dataclass(frozen=True)
class OpenSession:
    """One place where a person is signed in."""

    key: str
    ref: str
    began_at: datetime
    seen_at: datetime
    source: str
    agent: str
    handheld: bool
    here: bool


def open_sessions(owner: User, here: str = "", now: datetime | None = None) -> list[OpenSession]:
    """The person's sessions that are alive, the present one (`here` is its ref) first, then the latest used."""
    now = now or utcnow()
    found_keys = store.index_keys(UsersItem, "by_owner", owner.user_id, after="session#", upto="session#~")
    keys = [key for _, key in found_keys]
    holds = SignIn.of(owner).get_session_auth_hash()
    found = (item for item in store.load(UsersItem, keys).values() if isinstance(item, Session))
    alive = [_open(item, here) for item in found if item.auth_hash == holds and not is_over(item, now)]
    return sorted(alive, key=lambda one: (not one.here, -one.seen_at.timestamp()))


def _open(item: Session, here: str) -> OpenSession:
    return OpenSession(
        key=item.user_id,
        ref=item.ref,
        began_at=from_iso(item.began_at),
        seen_at=from_iso(item.seen_at),
        source=item.source or "an unknown address",
        agent=agents.in_words(item.agent),
        handheld=agents.is_handheld(item.agent),
        here=item.ref == here,
    )


@dataclass(frozen=True)
class ToDo:
    """Something the person should do for the safety of the account. `level` is a colour of the palette."""

    text: str
    level: str
    icon: str
    url: str = ""
    action: str = ""


@dataclass(frozen=True)
class SecurityCard:
    """What `accounts/_security_card.html` shows."""

    last_at: datetime | None
    last_from: str
    sessions: list[OpenSession]
    to_do: list[ToDo]


def security_card(request: HttpRequest) -> SecurityCard:
    """The card of the signed-in person: the sign-in before this one, open sessions, what to do."""
    someone, session = person(request), request.session
    here = session.ref if isinstance(session, SessionStore) else ""
    last_at = session.get(PREVIOUS_AT, "")
    now = utcnow()
    return SecurityCard(
        last_at=from_iso(last_at) if last_at else None,
        last_from=session.get(PREVIOUS_FROM, ""),
        sessions=open_sessions(someone, here, now),
        to_do=to_do(someone, now.date()),
    )


def to_do(someone: User, today: date) -> list[ToDo]:
    """What this person should do, most pressing first."""
    found = []
    if someone.role == Role.CUSTOMER and someone.kyc_status == REJECTED:
        found.append(ToDo("We could not verify your identity. Please visit a branch.", "red", "person-x"))
    if someone.role == Role.CUSTOMER and someone.kyc_status == PENDING:
        text = "Your identity is being verified. Bring an identity document to a branch to speed it up."
        found.append(ToDo(text, "amber", "person-vcard"))
    if someone.password_set_at and (today - from_iso(someone.password_set_at).date()).days > PASSWORD_OLD_DAYS:
        text = "Your password is more than a year old. Change it if you use it anywhere else."
        found.append(ToDo(text, "amber", "key", reverse("password_change"), "Change password"))
    return found
