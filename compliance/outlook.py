"""What a control's trend means for its thresholds, in words that say how they came about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance.control import BASIS_POINTS, Reading
from compliance.models import ControlDay
from compliance.score import State
from compliance.trend import FARTHEST, Trend, trend


@dataclass(frozen=True)
class Outlook:
    """The days that are left until a threshold at the present trend; None: it does not get there soon."""

    reading: Reading
    line: Trend
    days: int | None
    towards: State
    """The state that it heads for: approaching from OK, breached from approaching."""

    @property
    def is_heading(self) -> bool:
        """Whether it gets there within FARTHEST days."""
        return self.days is not None

    @property
    def headline(self) -> str:
        """ "Breached in about 6 days at the present trend"."""
        if self.days is None:
            return f"At the present trend it is not {self.towards} within {FARTHEST} days"
        left = "about 1 day" if self.days == 1 else f"about {self.days} days"
        return f"{str(self.towards).capitalize()} in {left} at the present trend"

    @property
    def working(self) -> str:
        """How the trend came about: "straight line through 12 daily readings since 10 Nov: +0.45 days a day"."""
        unit = "percentage points" if self.reading.control.unit == BASIS_POINTS else self.reading.control.unit[1]
        slope = self.line.a_day / 100 if self.reading.control.unit == BASIS_POINTS else self.line.a_day
        said = f"{slope:+.2f}".replace("-", "\N{MINUS SIGN}")
        since = f"{self.line.since:%d %b %Y}".lstrip("0")
        return f"straight line through {self.line.readings} daily readings since {since}: {said} {unit} a day"


def outlook(reading: Reading, days: Sequence[ControlDay], today: date) -> Outlook | None:
    """Where a reading is heading, from the daily snapshots and itself; None with too few, or nothing to head for."""
    gauge = reading.measure.gauge
    if gauge is None or reading.state not in (State.OK, State.APPROACHING):
        return None
    code = reading.control.code
    kept = [(item.day, item.readings.get(code, {}).get("gauge")) for item in days]
    points = [(date.fromisoformat(day), int(value)) for day, value in kept if value is not None]
    line = trend([*((day, value) for day, value in points if day < today), (today, gauge)])
    if line is None:
        return None
    towards, threshold = (
        (State.APPROACHING, reading.warn) if reading.state is State.OK else (State.BREACHED, reading.breach)
    )
    return Outlook(reading, line, line.days_to(threshold, reading.control.direction), towards)
