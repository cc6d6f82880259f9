"""What a posting participant is: the door through which news of a movement travels up.

`settings.POSTING_PARTICIPANTS` names classes by dotted path, like Django's own backends; accounts
never imports monitoring. There is one risk state a customer; with several participants each
would need its own part, so for now the first one owns it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.ledger import Movement
from accounts.outcomes import POST
from cloudbank.store import Write

OK, ALERT, CRITICAL = "OK", "ALERT", "CRITICAL"


@dataclass(frozen=True, slots=True)
class Profile:
    """What rules may know of a customer."""

    customer_id: str
    name: str
    kyc_status: str
    activated_on: str
    """ISO date of the first account with verified identity, or ""."""
    segment: str
    accounts_opened_on: str = ""
    date_of_birth: str = ""
    risk_rating: str = "low"
    kyc_review_on: str = ""
    password_changed_at: str = ""
    """ISO instant; "" while it is the password of the registration."""
    owner_names: tuple[str, ...] = ()
    """Of a company: who owns and controls it."""


@dataclass(slots=True)
class Verdict:
    """What a participant makes of a movement."""

    badge: str = OK
    findings: Sequence[Any] = field(default_factory=tuple)
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the day's totals shall count of it; every name begins with `rule_`."""
    outcome: str = POST
    """The most severe of its findings' outcomes (accounts.outcomes)."""
    known: Sequence[str] = ()
    """What names its findings, so that a released movement does not find them again."""


class Participant(Protocol):
    """Screens movements inside the posting."""

    def load(self, packed: bytes | None) -> Any:
        """A customer's risk state from its stored form; None: a customer without history."""

    def dump(self, state: Any) -> bytes:
        """The stored form."""

    def decide(
        self,
        movement: Movement,
        states: Mapping[str, Any],
        profiles: Mapping[str, Profile],
        known: Collection[str] = (),
    ) -> Verdict:
        """Judge the movement and bring the states (by customer id) up to date in place. Reads nothing.

        `known`: findings of an earlier verdict on this movement, which are not found again.
        """

    def without(self, packed: bytes | None, state: Any) -> Any:
        """The risk state of a customer whose movement was stopped: as it was stored, and what was found since."""

    def objection(self, profile: Profile, today: date) -> str:
        """Why this customer's identity cannot be verified now, for those who decide on it; "" when nothing is known."""

    def references(self, verdict: Verdict) -> list[str]:
        """Ids of the alerts its findings stand on."""

    def writes(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any]) -> list[Write]:
        """What goes into the posting's transaction. May note an alert's id in the states."""

    def absorb(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any], memory: dict[str, Any]) -> None:
        """The same as `writes` for the bulk path: put finished items into `memory` by key."""


NewcomerCheck = Callable[..., list[Write]]
"""(customer, actor=, now=) -> what enters the transaction that registers the customer. May note the outcome on it."""


def newcomer_writes(customer: Any, *, actor: Any, now: datetime) -> list[Write]:
    """What all checks of a new customer (`settings.NEWCOMER_CHECKS`, dotted paths) want written with the customer."""
    checks: list[NewcomerCheck] = [import_string(path) for path in settings.NEWCOMER_CHECKS]
    return [write for check in checks for write in check(customer, actor=actor, now=now)]


@cache
def participant() -> Participant:
    """The configured participant."""
    made: Participant = import_string(settings.POSTING_PARTICIPANTS[0])()
    return made
