"""Rule 23: a high-risk customer whose due diligence is missing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from accounts.ledger import CUSTOMERS_OWN
from monitoring.activity import Activity
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, counted, rule

SOURCE = "31 CFR 1020.210(a)(2)(v)"
LEAST = Threshold(
    "rule.kyc_mismatch.least", "The movement is at least", "money", 100_000, "bank policy", 0, 100_000_000
)


@rule(
    "kyc_mismatch",
    number=23,
    title="High-risk customer without due diligence",
    severity=MEDIUM,
    family="kyc",
    source=SOURCE,
    parameters=[LEAST],
)
def kyc_mismatch(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """A customer of high risk moves a larger sum while their identity is not verified or its review is overdue."""
    if customer is None or customer.risk_rating != "high" or side.amount < parameters[LEAST.code]:
        return None
    if side.type not in CUSTOMERS_OWN:
        return None
    if customer.kyc_status != "verified":
        overdue, why = 0, f"the identity is {customer.kyc_status}, not verified"
    elif customer.kyc_review_on and side.day > (due := date.fromisoformat(customer.kyc_review_on).toordinal()):
        overdue, why = side.day - due, f"the review of their identity is {counted(side.day - due, 'day')} overdue"
    else:
        return None
    return Hit(
        value=overdue,
        threshold=0,
        unit="days",
        sentence=f"A customer of high risk moves {side.money(side.amount)} while {why}.",
        inputs={"amount": side.amount, "overdue_days": overdue},
    )
