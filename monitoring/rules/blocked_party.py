"""Rule 31: a party of the movement stands on the bank's block list."""

from collections.abc import Mapping
from typing import Any

from accounts.outcomes import BLOCK, HOLD
from monitoring.activity import Activity
from monitoring.listing import BLOCK as BLOCK_LIST
from monitoring.listing import COUNTRY, KINDS, LISTS, Match
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, rule

SOURCE = "bank policy: domain/monitoring.md, immediate protection"


@rule(
    "blocked_party",
    number=31,
    title="Party on the block list",
    severity=HIGH,
    family="list",
    source=SOURCE,
    own=True,
    conducted=True,
    any_currency=True,
    outcomes=(BLOCK, HOLD),
)
def blocked_party(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """An account, a name, a customer or a country of the movement stands on the block list on its business day."""
    return listed_hit(side, customer, BLOCK_LIST) if side.listed else None


def listed_hit(side: Side, customer: Customer | None, which: str) -> Hit | None:
    """The finding for the parties of a movement that stand on this list; None when none does."""
    found = [one for one in side.listed if isinstance(one, Match) and one.entry.list == which]
    if not found:
        return None
    first = found[0]
    own = customer is not None and first.party.customer == customer.customer_id
    what = f"{KINDS[first.entry.kind].lower()} {first.party.shown}"
    whose = "this customer" if own else "the country" if first.entry.kind == COUNTRY else "the other party"
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return Hit(
        value=len(found),
        threshold=1,
        unit="count",
        sentence=f"The {what} ({whose}){more} is on the {LISTS[which].lower()}.",
        inputs={"amount": side.amount, "entry": first.entry.entry_id, "list_version": first.version},
    )
