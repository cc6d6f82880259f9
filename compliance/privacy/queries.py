"""Reads of privacy requests."""

from dataclasses import replace
from datetime import date

from cloudbank import store
from cloudbank.tables import UsersItem
from compliance.models import OWNER_PREFIX, PRIVACY_ANSWERED, PRIVACY_REQUESTS, PrivacyRequest
from compliance.queries.selections import CAP_OF_PEOPLE, Counted, Selected, Selection

SHOWN = 50


def request(request_id: str) -> PrivacyRequest | None:
    """The request, read strongly, or None."""
    return store.get(PrivacyRequest, request_id)


def requests_of(customer_id: str) -> list[PrivacyRequest]:
    """A customer's newest requests, newest first, read strongly."""
    keys = store.index_keys(
        UsersItem, "by_owner", customer_id, after=f"{OWNER_PREFIX}~", upto=OWNER_PREFIX, backwards=True, limit=SHOWN
    )
    found = store.load(UsersItem, [key for _, key in keys])
    mine = [item for item in found.values() if isinstance(item, PrivacyRequest)]
    return sorted(mine, key=lambda item: item.received_at, reverse=True)


def waiting(about: str = "", before: date | None = None) -> Selected:
    """Requests without an answer, what is due first on top; `before`: only those that were due before this day."""
    due = PrivacyRequest.review_date < before.isoformat() if before else None
    only = PrivacyRequest.about == about if about else None
    return Selected([Selection(PrivacyRequest, "by_review_date", PRIVACY_REQUESTS, due, only)])


def answered_before(day: date) -> Selected:
    """Requests that were answered before a day and still have their words, the oldest first."""
    before = PrivacyRequest.review_date < day.isoformat()
    return Selected([Selection(PrivacyRequest, "by_review_date", PRIVACY_ANSWERED, before)])


def answered(about: str = "") -> Selected:
    """Requests that were answered, the latest first."""
    only = PrivacyRequest.about == about if about else None
    return Selected([Selection(PrivacyRequest, "by_review_date", PRIVACY_ANSWERED, None, only, newest_first=True)])


def counts(today: date) -> dict[str, Counted]:
    """How many requests wait (""), are overdue, were answered; the index holds whole requests, so counted up to 100."""
    found = {"": waiting(), "overdue": waiting(before=today), "answered": answered()}
    return {code: replace(one, cap=CAP_OF_PEOPLE).count() for code, one in found.items()}
