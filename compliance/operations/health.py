"""All readings of one moment: for the page, and for the line that `manage.py report_health` writes."""

from dataclasses import dataclass
from datetime import datetime

from cloudbank.telling import fleet
from compliance.operations import books, planned, queues, traffic
from compliance.operations.planned import Line
from compliance.operations.terms import BAD, OK, WARN, Reading
from compliance.operations.traffic import Row, Seen


@dataclass(frozen=True)
class Health:
    """Everything, as of `at`."""

    at: datetime
    engine_ms: float
    jobs: list[Line]
    books: list[Reading]
    queues: list[tuple[str, Reading]]
    traffic: list[Row]
    processes: list[Seen]
    numbers: dict[str, float]

    @property
    def quiet(self) -> list[Seen]:
        """Processes that told something in the last hour and do no more; gunicorn replaces its own, which is usual."""
        return [one for one in self.processes if one.quiet]

    @property
    def engine(self) -> Reading:
        """The read that was just made."""
        state = BAD if self.engine_ms > traffic.TOO_SLOW_MS else WARN if self.engine_ms > traffic.SLOW_MS else OK
        says = f"{self.engine_ms:.1f} ms for one strongly consistent read"
        return Reading("Engine now", says, state, f"within {traffic.SLOW_MS:,.0f} ms", "engine-slow")

    def troubles(self, queue: list[Reading]) -> list[tuple[str, str, str]]:
        """(what, what it says, its runbook) of all that somebody should act on; `queue`: as this reader may see it."""
        readings = [self.engine, *self.books, *queue]
        found = [(one.label, one.says, one.runbook) for one in readings if one.state == BAD]
        found += [
            (one.label, f"{one.lately} in {traffic.WINDOW} minutes", one.runbook)
            for one in self.traffic
            if one.state == BAD
        ]
        return [(one.title, one.says, one.runbook) for one in self.jobs if one.late] + found


def look(now: datetime) -> Health:
    """Look at everything: nineteen requests at most, whatever the bank's size. Raises store.StoreError."""
    engine_ms = traffic.measured()
    latest, heard = planned.read(), fleet.hear(now)
    closed, waiting = books.read(latest, now), queues.read(now)
    return Health(
        at=now,
        engine_ms=engine_ms,
        jobs=planned.lines(latest, heard, now),
        books=closed.readings,
        queues=waiting.readings,
        traffic=traffic.rows(heard, now),
        processes=traffic.processes(heard, now),
        numbers=closed.numbers | waiting.numbers,
    )
