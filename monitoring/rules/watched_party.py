"""Rule 32: a party of the movement stands on the bank's watch list."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import Activity
from monitoring.listing import WATCH
from monitoring.rulebook import MEDIUM, Answer, Customer, Side, rule
from monitoring.rules.blocked_party import SOURCE, listed_hit


@rule(
    "watched_party",
    number=32,
    title="Party on the watch list",
    severity=MEDIUM,
    family="list",
    source=SOURCE,
    own=True,
    conducted=True,
    any_currency=True,
)
def watched_party(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """An account, a name, a customer or a country of the movement stands on the watch list on its business day."""
    return listed_hit(side, customer, WATCH) if side.listed else None
