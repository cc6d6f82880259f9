"""Rule 8: a wire to or from a country of the FATF's lists."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import WIRES
from accounts.outcomes import ALERT, BLOCK, HOLD
from accounts.wires import wire_of
from cloudbank.countries import country_name
from monitoring import fatf
from monitoring.activity import Activity
from monitoring.rulebook import (
    CRITICAL,
    MEDIUM,
    NOT_EVALUABLE,
    Answer,
    Customer,
    Hit,
    Side,
    Threshold,
    listed,
    rule,
)

BLACK = Threshold(
    "rule.high_risk_country.call_for_action",
    "Countries subject to a call for action",
    "countries",
    fatf.PUBLISHED[0][1],
    fatf.SOURCE,
    published=fatf.CALL_FOR_ACTION,
)
GREY = Threshold(
    "rule.high_risk_country.increased_monitoring",
    "Countries under increased monitoring",
    "countries",
    fatf.PUBLISHED[0][2],
    fatf.SOURCE,
    published=fatf.INCREASED_MONITORING,
)
LEAST = Threshold(
    "rule.high_risk_country.least",
    "With a country under increased monitoring, from this amount on",
    "money",
    100_000,
    "bank policy; FATF asks for measures in proportion to the risk",
    0,
    100_000_000,
    "USD minor",
)


@rule(
    "high_risk_country",
    number=8,
    title="Wire with a high-risk country",
    severity=MEDIUM,
    family="wire",
    source="FATF Recommendation 19",
    parameters=[BLACK, GREY, LEAST],
    types=WIRES,
    outcomes=(HOLD, ALERT, BLOCK),
)
def high_risk_country(
    side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]
) -> Answer:
    """The other side's country, or that of its bank's BIC, is subject to a call for action (any amount, critical)
    or under increased monitoring (from an amount on, that amount included; only an alert). A wire that names neither
    cannot be judged.
    """
    countries = wire_of(side.details).countries
    if not countries:
        return NOT_EVALUABLE
    if black := [code for code in countries if code in listed(parameters[BLACK.code])]:
        return _hit(side, black[0], 0, CRITICAL, "is subject to the FATF's call for action")
    least = parameters[LEAST.code]
    if side.amount < least:
        return None
    grey = [code for code in countries if code in listed(parameters[GREY.code])]
    return _hit(side, grey[0], least, MEDIUM, "is under the FATF's increased monitoring") if grey else None


def _hit(side: Side, code: str, least: int, severity: str, what: str) -> Hit:
    wire = wire_of(side.details)
    party = wire.party(side.incoming) or "a party that is not named"
    way = "came in from" if side.incoming else "went out to"
    return Hit(
        value=side.amount,
        threshold=least,
        unit="money",
        sentence=f"A wire of {side.money(side.amount)} {way} {party}; {country_name(code)} ({code}) {what}.",
        severity=severity,
        outcome="" if severity == CRITICAL else ALERT,
        inputs={"amount": side.amount, "country": country_name(code), "bank": wire.institution},
    )
