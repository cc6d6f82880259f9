"""Rule 10: much more money out than usual."""

from collections.abc import Mapping
from typing import Any

from monitoring.activity import DAY_SECONDS, FIRST, HOUR_SECONDS, SUM_OUT, Activity
from monitoring.rulebook import MEDIUM, NOT_EVALUABLE, Answer, Customer, Hit, Side, Threshold, listed, rule
from monitoring.rules.fan_out import EXEMPT
from monitoring.rules.pass_through import FAST, SHARE, passed

SOURCE = "Tazama rule 018"
RATIO = Threshold("rule.velocity_amount.ratio", "Times the own mean", "percent", 300, SOURCE, 110, 10_000)
LEAST = Threshold("rule.velocity_amount.least", "The sum is at least", "money", 500_000, "bank policy", 0, 100_000_000)
WEEKS = Threshold(
    "rule.velocity_amount.weeks", "Whole weeks of history needed for a mean", "int", 4, "bank policy", 1, 13
)
NEW = Threshold(
    "rule.velocity_amount.new",
    "Of it to payees never paid before, unless it passed through within hours (0: whoever is paid)",
    "percent",
    50,
    "bank policy: volume alone is a car or a builder; see docs/decisions/0036",
    0,
    100,
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
    parameters=[RATIO, LEAST, WEEKS, NEW, FAST, SHARE, EXEMPT],
    incoming=False,
)
def velocity_amount(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """The sum that left in 24 hours, or in 7 days, is several times its mean over the 13 whole weeks (about 90
    days) before, and half of it went to payees never paid before, or it left within two hours of coming in: volume
    alone is a large purchase. Customers who pay many by trade are exempt: wages make every payday such a day.
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
        why = _why(side, activity, in_day, 1, parameters)
        return _hit(side, in_day, total / (7 * weeks), "24 hours", weeks, ratio, why) if why else None
    if in_week >= least and in_week * weeks * 100 >= ratio * total:
        why = _why(side, activity, in_week, 7, parameters)
        return _hit(side, in_week, total / weeks, "7 days", weeks, ratio, why) if why else None
    return None


def _why(side: Side, activity: Activity, total: int, days: int, parameters: Mapping[str, Any]) -> str:
    """What makes the volume unusual beside its size, in words; "" when nothing does."""
    share, since = parameters[NEW.code], side.at - days * DAY_SECONDS
    # Of the last ten payments: who pays many small ones besides is not who this is about.
    new = sum(
        [
            amount
            for then, amount, who in activity.ring_out
            if since < then <= side.at and (met := activity.counterparties.get(who)) and met[FIRST] > since
        ]
    )
    if not share or new * 100 >= share * total:
        return f"{min(100, new * 100 // total)} % of it went to payees never paid before"
    hours = parameters[FAST.code]
    came, left = passed(activity, side.at, hours * HOUR_SECONDS)
    if came >= parameters[LEAST.code] and left * 100 >= parameters[SHARE.code] * came:
        return f"{side.money(came)} of it had come in within {hours} hours before"
    return ""


def _history(activity: Activity, day: int) -> tuple[int, int]:
    """How many whole weeks are known before the 7 days that end with `day`, and what left in them."""
    last = (day - 13) // 7
    first = max(last - BASE_WEEKS, min(activity.weeks, default=last)) + 1  # the first known week may be half a one
    return max(0, last - first + 1), sum([one[0] for week, one in activity.weeks.items() if first <= week <= last])


def _hit(side: Side, total: int, mean: float, span: str, weeks: int, ratio: int, why: str) -> Hit:
    times = total / mean
    return Hit(
        value=round(times * 100),
        threshold=ratio,
        unit="percent",
        sentence=(
            f"{side.money(total)} left in {span}; over the {weeks} weeks before it was {side.money(round(mean))} "
            f"in as long on average, so this is {times:.1f} times as much; {why}."
        ),
        inputs={"sum": total, "amount": side.amount},
        baseline={"weeks": weeks, "mean_amount": round(mean)},
        days=8,
    )
