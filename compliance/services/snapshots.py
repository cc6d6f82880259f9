"""The daily snapshot: all readings and the score, kept once a day, so that past days can be shown."""

from datetime import datetime

from accounts.ledger import Actor
from cloudbank import audit, jobs, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from compliance.models import ControlDay
from compliance.queries import standing
from compliance.services.watching import Watched, watch_controls

JOB = "snapshot_controls"
COMMAND = Actor(user_id=f"job:{JOB}", role="job", source="command")


def snapshot_controls(*, now: datetime, actor: Actor = COMMAND) -> tuple[ControlDay, bool]:
    """Keep today's readings; the day's first run wins, a later one changes no snapshot.

    Every run looks whether a control has crossed a threshold or recovered, and tells it (watching.watch_controls).
    Returns the snapshot and whether it is new. Raises jobs.Held when another host takes it now.
    """
    today = bank_calendar().local(now).date()
    with jobs.run(JOB, key=today.isoformat(), now=now) as run:
        taken = standing.take_readings(now)
        watched = watch_controls(taken, actor=actor, now=now)
        run.counts |= watched.counts
        there = standing.day(today)
        if there:
            run.counts["written"] = 0
            return there, False
        item = ControlDay(
            transaction_id=ControlDay.key(today),
            version=1,
            day=today.isoformat(),
            taken_at=iso(now),
            score=taken.score.value,
            open_score=taken.in_the_open.score.value,
            parameters_version=taken.parameters_version,
            readings={code: reading.stored() for code, reading in taken.readings.items()},
        )
        item.file()
        entry = audit.record(item, "snapshot", actor=actor, now=now, after={"score": item.open_score})
        store.save([store.new(item), entry])
        run.counts |= {"written": 1, "controls": len(item.readings)}
        return item, True


def look_at_controls(*, now: datetime, actor: Actor = COMMAND) -> Watched:
    """Tell what has crossed a threshold or recovered, and keep no snapshot. Raises jobs.Held while the job runs."""
    with jobs.run(JOB, key="watch", now=now) as run:
        watched = watch_controls(standing.take_readings(now), actor=actor, now=now)
        run.counts |= watched.counts
        return watched
