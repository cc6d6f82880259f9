"""What the bank's processes did in the last hour, and how long the engine takes to answer now."""

import time
from dataclasses import dataclass
from datetime import datetime

from cloudbank import store
from cloudbank.tables import UsersItem
from cloudbank.telling import tally
from cloudbank.telling.fleet import Heard, Process, quiet_after
from cloudbank.telling.tally import Counts
from compliance.operations.terms import BAD, NONE, OK, WARN, Reading, span

WINDOW, HOUR = 5, 60
"""Minutes."""
SLOW_MS, TOO_SLOW_MS = 100.0, 500.0
"""Of the engine's 95th percentile; Amazon's usual is below 20."""
SLOW_POSTING_MS, TOO_SLOW_POSTING_MS = 500.0, 1_500.0
CONFLICTS_NORMAL, CONFLICTS_MANY = 0.05, 0.5
"""Conflicts a posting."""


@dataclass(frozen=True)
class Row:
    """A number of the last minutes and of the last hour."""

    label: str
    lately: str
    hour: str
    state: str
    normal: str
    runbook: str

    @property
    def badge(self) -> tuple[str, str]:
        """As a reading's."""
        return Reading(self.label, self.lately, self.state, self.normal, self.runbook).badge


@dataclass(frozen=True)
class Seen:
    """A process, how long ago it told something, and whether that is long for one of its kind."""

    process: Process
    ago: str
    quiet: bool


def measured() -> float:
    """Milliseconds of one strongly consistent read, now. Raises store.StoreError."""
    begun = time.perf_counter()
    store.get(UsersItem, "readyz")
    return (time.perf_counter() - begun) * 1000


def rows(heard: Heard, now: datetime) -> list[Row]:
    """The counts and times of the fleet."""
    lately, hour = heard.last(WINDOW, now), heard.last(HOUR, now)
    return [
        _times("Engine, p50 and p95", tally.ENGINE, lately, hour, (SLOW_MS, TOO_SLOW_MS), "engine-slow"),
        _times(
            "Posting, p50 and p95", tally.POSTING, lately, hour, (SLOW_POSTING_MS, TOO_SLOW_POSTING_MS), "postings-slow"
        ),
        _plain("Postings done", tally.POSTED, lately, hour, "as the day brings them", "postings-slow"),
        _plain("Refused, for a reason", tally.REFUSED, lately, hour, "few beside those done", "postings-slow"),
        _zero("Given up as busy", tally.BUSY, lately, hour, "postings-busy"),
        _conflicts(lately, hour),
        _plain("Tried again", tally.RETRIES, lately, hour, "about as many as conflicts", "conflicts"),
        _zero("Put off by the engine", tally.THROTTLES, lately, hour, "tables-throttled"),
        _zero("Answers lost", tally.LOST, lately, hour, "outcomes-unknown"),
        _zero("Postings not known yet", tally.NOT_KNOWN, lately, hour, "outcomes-unknown"),
    ]


def _plain(label: str, name: str, lately: Counts, hour: Counts, normal: str, runbook: str) -> Row:
    return Row(label, f"{lately.numbers[name]:,}", f"{hour.numbers[name]:,}", OK, normal, runbook)


def _zero(label: str, name: str, lately: Counts, hour: Counts, runbook: str) -> Row:
    state = BAD if lately.numbers[name] else WARN if hour.numbers[name] else OK
    return Row(label, f"{lately.numbers[name]:,}", f"{hour.numbers[name]:,}", state, "none", runbook)


def _conflicts(lately: Counts, hour: Counts) -> Row:
    share = lately.numbers[tally.CONFLICTS] / max(1, lately.timed(tally.POSTING))
    state = BAD if share > CONFLICTS_MANY else WARN if share > CONFLICTS_NORMAL else OK
    lately_says, hour_says = f"{lately.numbers[tally.CONFLICTS]:,}", f"{hour.numbers[tally.CONFLICTS]:,}"
    return Row("Conflicts", lately_says, hour_says, state, "below one in twenty postings", "conflicts")


def _times(label: str, name: str, lately: Counts, hour: Counts, limits: tuple[float, float], runbook: str) -> Row:
    slowest = lately.quantile(name, 0.95)
    state = NONE if slowest is None else BAD if slowest > limits[1] else WARN if slowest > limits[0] else OK
    return Row(label, _both(lately, name), _both(hour, name), state, f"p95 within {limits[0]:,.0f} ms", runbook)


def _both(counts: Counts, name: str) -> str:
    half, most = counts.quantile(name, 0.5), counts.quantile(name, 0.95)
    return "none" if half is None or most is None else f"{half:,g} and {most:,g} ms"


def processes(heard: Heard, now: datetime) -> list[Seen]:
    """Who told something in the last hour. A web process that tells no more may have been replaced: that is usual."""
    seen = (Seen(one, span(now - one.told), now - one.told > quiet_after()) for one in heard.processes)
    return sorted(seen, key=lambda one: (one.quiet, one.process.what, one.process.name))
