"""What a reading of operations is, and times in words. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

OK, WARN, BAD, NONE = "ok", "warn", "bad", "none"
BADGES = {OK: ("ok", "OK"), WARN: ("warning", "Look"), BAD: ("late", "Act"), NONE: ("pending", "Nothing yet")}
"""State -> the status whose look it has, and the word."""


@dataclass(frozen=True)
class Reading:
    """One thing that is watched. `runbook`: the name of its page of docs/runbooks; `url`: where one acts."""

    label: str
    says: str
    state: str
    normal: str
    runbook: str
    url: str = ""
    at: datetime | None = None
    """The instant that it is about: the run's end, the day of what waits longest."""

    @property
    def badge(self) -> tuple[str, str]:
        """Its look and its word."""
        return BADGES[self.state]


def span(age: timedelta) -> str:
    """ "45 s", "12 min", "3 h 20 min", "4 days 2 h"; never less than nothing."""
    seconds = max(0, int(age.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if hours < 1:
        return f"{minutes} min"
    if days < 1:
        return f"{hours} h {minutes % 60} min"
    return f"{days} day{'s' * (days != 1)} {hours % 24} h"


def judged(age: timedelta, warn: timedelta, bad: timedelta) -> str:
    """The state of something that should not be older than `warn`, and must not be than `bad`."""
    return BAD if age > bad else WARN if age > warn else OK


def hours(age: timedelta) -> float:
    """Hours with two places, never negative."""
    return round(max(0.0, age.total_seconds()) / 3600, 2)
