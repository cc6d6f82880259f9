"""Customers who move money although nobody has verified who they are."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import CustomerActivity, User
from accounts.models.people import KYC_PENDING, KYC_REJECTED, REJECTED
from cloudbank import store
from cloudbank.conf import bank_calendar
from cloudbank.tables import UsersItem
from compliance.queries.selections import Selected, Selection
from monitoring import packing

RECENT = timedelta(days=30)
MOST = 60
"""Customers that are looked at for movements, the oldest first: a reading costs about 40 units at most."""


@dataclass(frozen=True)
class Mover:
    """An unverified customer with an account that moved: when last, and since when it has been waited for."""

    person: User
    moved_on: date
    since: str

    @property
    def user_id(self) -> str:
        """The customer."""
        return self.person.user_id

    @property
    def name(self) -> str:
        """The customer's name."""
        return str(self.person.name)


def movers(today: date, days: int) -> tuple[list[Mover], bool]:
    """Customers with an account, not verified `days` after registering (or rejected), who moved money within 30 days.

    Who waits longest first; whether more customers than MOST had to be looked at.
    """
    people = _unverified(today, days)
    found = store.load(UsersItem, [CustomerActivity.key(one.user_id) for one in people], consistent=False)
    states = {key: item for key, item in found.items() if isinstance(item, CustomerActivity)}
    moved = [
        Mover(one, day, one.kyc_decided_on if one.kyc_status == REJECTED else one.registered_on)
        for one in people
        if (day := _moved_on(states.get(CustomerActivity.key(one.user_id)))) and day >= today - RECENT
    ]
    return sorted(moved, key=lambda one: (one.since, one.user_id)), len(people) >= MOST


def _unverified(today: date, days: int) -> list[User]:
    before, holds = (today - timedelta(days=days)).isoformat(), User.first_account_on > ""
    late = Selection(User, "by_review_date", KYC_PENDING, User.review_date < before, holds)
    rejected = Selection(User, "by_review_date", KYC_REJECTED, None, holds)
    return list(Selected([rejected, late]).page(None, MOST).rows)


def _moved_on(activity: Any) -> date | None:
    """The day of the last movement on the bank's clock, or None when there was none."""
    last = packing.load(activity.state).last_at if activity else 0
    return bank_calendar().local(datetime.fromtimestamp(last, UTC)).date() if last else None
