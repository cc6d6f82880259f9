"""Rule 1: currency transaction report."""

from collections.abc import Mapping
from typing import Any

from accounts.outcomes import ALERT
from monitoring.activity import Activity
from monitoring.rulebook import CRITICAL, Answer, Customer, Hit, Side, Threshold, day_text, rule

LIMIT = Threshold(
    code="rule.ctr_aggregate.limit",
    label="Cash of one person on one business day above which a report is due",
    kind="money",
    default=1_000_000,
    source="31 CFR 1010.311",
    minimum=100_000,
    maximum=1_000_000,
    unit="USD minor",
)


@rule(
    "ctr_aggregate",
    number=1,
    title="Cash above the reporting limit",
    severity=CRITICAL,
    family="cash_reporting",
    source="31 CFR 1010.311, 1010.313",
    parameters=[LIMIT],
    cash=True,
    conducted=True,
    outcomes=(ALERT,),
)
def ctr_aggregate(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """Cash in, or separately cash out (never netted), by or on behalf of one person on one business
    day is more than the limit; exactly the limit is not more.
    """
    cash_in, cash_out = activity.cash_of(side.day)
    total, limit = (cash_in if side.incoming else cash_out), parameters[LIMIT.code]
    if total <= limit:
        return None
    what = "paid in" if side.incoming else "taken out"
    by = " by or on behalf of this person" if side.conducted else ""
    return Hit(
        value=total,
        threshold=limit,
        unit="money",
        sentence=(
            f"Cash {what}{by} on {day_text(side.day)} comes to {side.money(total)} with this movement of "
            f"{side.money(side.amount)}; above {side.money(limit)} a currency transaction report is due."
        ),
        inputs={"cash_in": cash_in, "cash_out": cash_out, "amount": side.amount, "business_date": day_text(side.day)},
    )
