"""Rule 6: a wire that lacks the fields that must travel with it."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import WIRES
from accounts.wires import LABELS, THRESHOLD, in_words, wire_of
from monitoring.activity import Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, rule

SOURCE = "31 CFR 1010.410(f), 1020.410(a)"
LIMIT = Threshold(
    "rule.travel_data.limit",
    "Wires of this amount and more must name originator and beneficiary",
    "money",
    THRESHOLD,
    SOURCE,
    0,
    THRESHOLD,
    "USD minor",
)


@rule(
    "travel_data",
    number=6,
    title="Wire without its travel-rule fields",
    severity=HIGH,
    family="wire",
    source=SOURCE,
    parameters=[LIMIT],
    types=WIRES,
)
def travel_data(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """A wire of the amount from which the record must be whole (the amount itself counts) lacks one of: originator,
    their account and address, beneficiary, their account, the other bank, its country.
    """
    limit = parameters[LIMIT.code]
    if side.amount < limit:
        return None
    missing = wire_of(side.details).missing()
    if not missing:
        return None
    way = "came in" if side.incoming else "went out"
    return Hit(
        value=len(missing),
        threshold=0,
        unit="count",
        sentence=(
            f"A wire of {side.money(side.amount)} {way} without {in_words(missing)}; from {side.money(limit)} on "
            "the record of a wire must hold them."
        ),
        inputs={"amount": side.amount, "missing": ", ".join(LABELS[name] for name in missing)},
    )
