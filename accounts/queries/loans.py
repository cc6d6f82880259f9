"""Reads of loans: one, a customer's, a book's page, what is due by a day."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from accounts import numbers
from accounts.loans.state import BUCKET_NAMES, BUCKETS, CHARGED_OFF, CURRENT, LIVE, OVER_A_YEAR, STAGES, bucket
from accounts.models import User
from accounts.models.loans import FIRST, Loan, book_of
from cloudbank import store
from cloudbank.roles import allows
from cloudbank.tables import AccountsItem

VIEW_ANY = "accounts.view_any_loan"
MOST_COUNTED = 999


def loan(loan_id: str) -> Loan | None:
    """The loan, read strongly, or None."""
    return store.get(Loan, loan_id)


def loans(loan_ids: list[str]) -> dict[str, Loan]:
    """The loans among these ids, by id, read strongly."""
    items = store.load(AccountsItem, loan_ids)
    return {key: item for key, item in items.items() if isinstance(item, Loan)}


def loans_of(owner_id: str) -> list[Loan]:
    """A customer's loans, newest first."""
    keys = [key for _, key in store.index_keys(AccountsItem, "by_owner", owner_id)]
    return sorted(loans(keys).values(), key=lambda item: (item.opened_at, item.loan_id), reverse=True)


def visible_loan(loan_id: str, viewer: User) -> Loan | None:
    """The loan, or None when there is none or it is not this person's to see: no caller can tell which."""
    try:
        found = loan(numbers.parse(loan_id))
    except numbers.AccountNumberError:
        return None
    return found if found and (found.owner_id == viewer.user_id or allows(viewer.role, VIEW_ANY)) else None


def book_summary(today: date) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """How many loans each stage holds (at most MOST_COUNTED + 1 are counted), and of the running ones each bucket.

    Keys only are read: the order of a book begins with the oldest unpaid due date.
    """
    counts: dict[str, int] = {}
    buckets: dict[str, dict[str, int]] = {}
    for stage in STAGES:
        orders = [order for order, _ in _keys(stage, limit=MOST_COUNTED + 1)]
        counts[stage] = len(orders)
        if stage in LIVE:
            late = Counter(bucket((today - date.fromisoformat(order[:10])).days) for order in orders)
            buckets[stage] = {name: late[name] for name in BUCKET_NAMES}
    return counts, buckets


def needing_service(stage: str, day: date) -> Iterator[str]:
    """Ids of the loans of a book that have a due date unpaid or to be demanded up to `day`, oldest first."""
    return (key for _, key in _keys(stage, upto=(day + timedelta(days=1)).isoformat()))


def awaiting_income() -> Iterator[str]:
    """Ids of the charged-off loans whose cash has come in and is not booked as a recovery yet."""
    return (key for _, key in _keys(CHARGED_OFF, upto=f"{FIRST}$"))  # "$" is next after "#"


def ended_after(stage: str, day: date) -> Iterator[str]:
    """Ids of the closed or charged-off loans that became so after `day`."""
    return (key for _, key in _keys(stage, after=f"{day.isoformat()}$"))  # "$" is next after "#"


def charged_off() -> Iterator[str]:
    """Ids of all loans that were charged off."""
    return (key for _, key in _keys(CHARGED_OFF))


def book_page(stage: str, *, late: str = "", today: date, cursor: str = "", limit: int = 50) -> tuple[list[Loan], str]:
    """A page of a book in order of what needs somebody, and the next cursor ("" = the end).

    `late` is a past-due bucket or "late" (any): a range of the order, for its key begins with the oldest unpaid date.
    """
    after, upto = due_range(late, today)
    keys = list(_keys(stage, after=max(after, cursor), upto=upto, limit=limit + 1))
    found = loans([key for _, key in keys[:limit]])
    rows = [found[key] for _, key in keys[:limit] if key in found and found[key].stage == stage]
    return rows, keys[limit - 1][0] if len(keys) > limit else ""


def due_range(late: str, today: date) -> tuple[str, str]:
    """The bounds (exclusive) of the order within which the loans of a bucket stand; ("", ""): all."""

    def days_ago(days: int) -> str:
        return (today - timedelta(days=days)).isoformat()

    if late == CURRENT:
        return days_ago(0), ""
    if late == "late":
        return "", days_ago(0)
    if late == OVER_A_YEAR:
        return "", days_ago(BUCKETS[-1][0])
    lows = [0, *(last for last, _ in BUCKETS)]
    found = next((place for place, (_, name) in enumerate(BUCKETS) if name == late), None)
    if found is None:
        return "", ""
    return days_ago(BUCKETS[found][0]), days_ago(lows[found])


def _keys(stage: str, **bounds: Any) -> Iterator[tuple[str, str]]:
    return store.index_keys(Loan, "by_book", book_of(stage), **bounds)
