"""Rule 10: much more money out than usual."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import SUM_OUT, Activity
from monitoring.rulebook import MEDIUM, NOT_EVALUABLE, Answer, Customer, Hit, Side, Threshold, listed, rule
from monitoring.rules.fan_out import EXEMPT

SOURCE = "Tazama rule 018"
RATIO = Threshold("rule.velocity_amount.ratio", "Times the own mean", "percent", 300, SOURCE, 110, 10_000)
LEAST = Threshold("rule.velocity_amount.least", "The sum is at least", "money", 500_000, "bank policy", 0, 100_000_000)
WEEKS = Threshold(
    "rule.velocity_amount.weeks", "Whole weeks of history needed for a mean", "int", 4, "bank policy", 1, 13
)
BASE_WEEKS = 13
"""About 90 days."""


@rule(
    "velocity_amount",
    number=10,
    title="Much more money out than usual",
    severity=MEDIUM,
    family="velocity",
    source=SOURCE,
    parameters=[RATIO, LEAST, WEEKS, EXEMPT],
    incoming=False,
)
def velocity_amount(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The sum that left in 24 hours, or in 7 days, is several times its mean over the 13 whole weeks (about 90
    days) before. Customers who pay many by trade are exempt: wages make every payday such a day.
    """
    in_week, least = activity.sum_of_days(side.day, 7, SUM_OUT), parameters[LEAST.code]
    in_day = activity.count_since(side.at, SUM_OUT)
    if max(in_week, in_day) < least or (customer and customer.segment in listed(parameters[EXEMPT.code])):
        return None
    weeks, total = _history(activity, side.day)
    if weeks < parameters[WEEKS.code] or not total:
        return NOT_EVALUABLE
    ratio = parameters[RATIO.code]
    if in_day >= least and in_day * 7 * weeks * 100 >= ratio * total:
        return _hit(side, in_day, total / (7 * weeks), "24 hours", weeks, ratio)
    if in_week >= least and in_week * weeks * 100 >= ratio * total:
        return _hit(side, in_week, total / weeks, "7 days", weeks, ratio)
    return None


def _history(activity: Activity, day: int) -> tuple[int, int]:
    """How many whole weeks are known before the 7 days that end with `day`, and what left in them."""
    last = (day - 13) // 7
    first = max(last - BASE_WEEKS, min(activity.weeks, default=last)) + 1  # the first known week may be half a one
    return max(0, last - first + 1), sum([one[0] for week, one in activity.weeks.items() if first <= week <= last])


def _hit(side: Side, total: int, mean: float, span: str, weeks: int, ratio: int) -> Hit:
    times = total / mean
    return Hit(
        value=round(times * 100),
        threshold=ratio,
        unit="percent",
        sentence=(
            f"{side.money(total)} left in {span}; over the {weeks} weeks before it was {side.money(round(mean))} "
            f"in as long on average, so this is {times:.1f} times as much."
        ),
        inputs={"sum": total, "amount": side.amount},
        baseline={"weeks": weeks, "mean_amount": round(mean)},
        days=8,
    )
