"""Rule 22: one person at two places that nobody can reach in the time between."""

from collections.abc import Mapping
from typing import Any

from accounts.places import Place, as_text, metres_between, of_branches
from monitoring.activity import Activity
from monitoring.rulebook import HIGH, Answer, Customer, Hit, Side, Threshold, counted, rule

SOURCE = "Tazama rules 074 and 075 (their band has no unit); 900 km/h is an airliner's cruise"
SPEED = Threshold("rule.impossible_travel.speed", "Faster than this, in km/h", "int", 900, SOURCE, 100, 5_000)
DISTANCE = Threshold(
    "rule.impossible_travel.distance", "Over at least so many kilometres", "int", 100, "bank policy", 5, 20_000
)
BRANCHES = Threshold(
    "rule.impossible_travel.branches",
    "Where the branches are",
    "places",
    "main 40.71 -74.01, riverside 40.80 -73.97, harbor 40.67 -74.02, airport 40.64 -73.78",
    "the bank's own list of branches; two decimals are enough",
)


def too_fast(metres: int, seconds: int, kilometres: int, speed: int) -> bool:
    """Whether so many metres in so many seconds are at least `kilometres`, and faster than `speed` km/h. Exact."""
    return metres >= kilometres * 1_000 and metres * 3_600 > speed * 1_000 * seconds


@rule(
    "impossible_travel",
    number=22,
    title="Impossible travel",
    severity=HIGH,
    family="takeover",
    source=SOURCE,
    parameters=[SPEED, DISTANCE, BRANCHES],
    own=True,
    conducted=True,
)
def impossible_travel(
    side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]
) -> Answer:
    """Between two movements at which the customer was present, the great-circle distance is at least so long and the
    speed more than the limit. Places are those of branches, and those that imported movements say; none is guessed.
    """
    if side.where is None or side.came_from is None:
        return None
    then, *before = side.came_from
    there = (before[0], before[1])
    if there == side.where:
        return None
    seconds, metres = abs(side.at - then), metres_between(there, side.where)
    limit = parameters[SPEED.code]
    if not too_fast(metres, seconds, parameters[DISTANCE.code], limit):
        return None
    kilometres, speed = round(metres / 1_000), round(metres * 3.6 / max(seconds, 1))
    branches = parameters.get(BRANCHES.code, "")
    here, before_ = (_named(where, branches) for where in (side.where, there))
    return Hit(
        value=speed,
        threshold=limit,
        unit="speed",
        sentence=(
            f"Present at {here}, and {_span(seconds)} {'before' if side.at >= then else 'after'} at {before_}: "
            f"{kilometres:,} km apart, {speed:,} km/h. "
            f"Above {limit:,} km/h one person cannot have been at both."
        ),
        inputs={
            "kilometres": kilometres,
            "minutes": seconds // 60,
            "here": here,
            "there": before_,
        },
    )


def _span(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    words = [counted(hours, "hour")] if hours else []
    return " ".join([*words, counted(minutes, "minute")] if minutes or not hours else words)


def _named(where: Place, branches: str) -> str:
    """ "the harbor branch (40.67,-74.02)"; elsewhere the degrees alone."""
    name = next((code for code, place in of_branches(branches).items() if place == where), "")
    return f"the {name} branch ({as_text(where)})" if name else as_text(where)
