"""How the time to a deadline is said. Pure: the clock is passed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

SOON = 4
"""The last quarter (one in SOON) of the time is said in amber."""


@dataclass(frozen=True)
class Due:
    """The words, the colour of the palette and the icon of a deadline."""

    text: str
    variant: str
    icon: str


def length(span: timedelta) -> str:
    """ "35 min", "3 h", "2 d": one unit is enough."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def due(opened: datetime, deadline: datetime | None, closed: datetime | None, now: datetime) -> Due:
    """What a list says of an alert's deadline. Without one it was found in imported history."""
    if deadline is None:
        return Due("history", "navy", "clock-history")
    if closed:
        late = closed > deadline
        return Due("met late", "red", "x-octagon-fill") if late else Due("met", "green", "check-circle-fill")
    left = deadline - now
    if left < timedelta(0):
        return Due(f"{length(left)} late", "red", "exclamation-octagon-fill")
    soon = left < (deadline - opened) / SOON
    return Due(f"{length(left)} left", "amber" if soon else "blue", "hourglass-split" if soon else "clock")
