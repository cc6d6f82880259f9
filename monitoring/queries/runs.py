"""Reads of the runs of `detect_patterns`."""

from collections import Counter
from datetime import datetime, timedelta

from cloudbank.clock import iso
from cloudbank.jobs import JobRun

JOB = "detect_patterns"
MOST_RUNS = 400
FOUND = "found_"


def last_done(job: str = JOB) -> JobRun | None:
    """The newest run that ended well, or None."""
    runs = JobRun.by_subject.query(f"job#{job}", scan_index_forward=False, limit=MOST_RUNS)
    return next((run for run in runs if isinstance(run, JobRun) and run.state == "done"), None)


def found_since(now: datetime, days: int) -> Counter[str]:
    """New findings of each pattern in the runs of the last days, by the pattern's code."""
    since, counts = iso(now - timedelta(days=days)), Counter[str]()
    for run in JobRun.by_subject.query(f"job#{JOB}", scan_index_forward=False, limit=MOST_RUNS):
        if run.started_at < since:
            break
        for name, number in run.counts.items():
            if name.startswith(FOUND):
                counts[name.removeprefix(FOUND)] += int(number)
    return counts
