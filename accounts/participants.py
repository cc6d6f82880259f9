"""What a posting participant is: the door through which news of a movement travels up.

`settings.POSTING_PARTICIPANTS` names classes by dotted path, like Django's own backends; accounts
never imports monitoring. There is one risk state a customer; with several participants each
would need its own part, so for now the first one owns it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.ledger import Movement
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


@dataclass(slots=True)
class Verdict:
    """What a participant makes of a movement."""

    badge: str = OK
    findings: Sequence[Any] = field(default_factory=tuple)
    counts: Mapping[str, int] = field(default_factory=dict)
    """What the day's totals shall count of it; every name begins with `rule_`."""


class Participant(Protocol):
    """Screens movements inside the posting."""

    def load(self, packed: bytes | None) -> Any:
        """A customer's risk state from its stored form; None: a customer without history."""

    def dump(self, state: Any) -> bytes:
        """The stored form."""

    def decide(self, movement: Movement, states: Mapping[str, Any], profiles: Mapping[str, Profile]) -> Verdict:
        """Judge the movement and bring the states (by customer id) up to date in place. Reads nothing."""

    def writes(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any]) -> list[Write]:
        """What goes into the posting's transaction. May note an alert's id in the states."""

    def absorb(self, movement: Movement, verdict: Verdict, states: Mapping[str, Any], memory: dict[str, Any]) -> None:
        """The same as `writes` for the bulk path: put finished items into `memory` by key."""


@cache
def participant() -> Participant:
    """The configured participant."""
    made: Participant = import_string(settings.POSTING_PARTICIPANTS[0])()
    return made
