"""Rule 18: much money through a new account."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from monitoring.activity import DAYS as WINDOW
from monitoring.activity import SUM_IN, SUM_OUT, Activity
from monitoring.rulebook import MEDIUM, SUPPORT_DAYS, Answer, Customer, Hit, Side, Threshold, counted, rule

SOURCE = "Tazama rule 001"
DAYS = Threshold("rule.new_account.days", "A customer is new for", "days", 30, SOURCE, 1, WINDOW)
VOLUME = Threshold("rule.new_account.volume", "In and out together since then", "money", 1_000_000, SOURCE, 1)


@rule(
    "new_account",
    number=18,
    title="Much money through a new account",
    severity=MEDIUM,
    family="new_account",
    source=SOURCE,
    parameters=[DAYS, VOLUME, SUPPORT_DAYS],
    alone=False,
)
def new_account(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """A customer whose first account is younger than a month, and a large volume in and out together since then.
    Two salaries and a rent reach it, so it only raises the score of another rule's alert.
    """
    opened = activity.opened_on
    if customer and customer.accounts_opened_on:
        opened = date.fromisoformat(customer.accounts_opened_on).toordinal()
    age, days = side.day - opened, parameters[DAYS.code]
    if not 0 <= age < days:
        return None
    volume = activity.sum_of_days(side.day, days, SUM_IN) + activity.sum_of_days(side.day, days, SUM_OUT)
    if volume < parameters[VOLUME.code]:
        return None
    return Hit(
        value=volume,
        threshold=parameters[VOLUME.code],
        unit="money",
        sentence=(
            f"The first account is {counted(age, 'day')} old, and {side.money(volume)} has gone in and out; in the "
            f"first {days} days {side.money(parameters[VOLUME.code])} is much."
        ),
        inputs={"age_days": age, "volume": volume, "amount": side.amount},
        days=days,
    )
