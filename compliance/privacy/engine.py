"""The retention engine: what outlived its period is let go, class by class; what a hold keeps stays.

A class is declared once (`declare`), by the room whose data it is. No class touches postings or audit records: they
are the books, and what proves them. Each thing is let go in a transaction of its own with its audit record, so a run
that breaks off is carried on by the next one: what is gone is not found again, and a class that was cut short goes on
behind the last thing it looked at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from accounts.ledger import Actor
from cloudbank import documents, store
from cloudbank.jobs import JobRun, last_run
from compliance.steps import NotAllowed

JOB = "apply_retention"
COMMAND = Actor(f"command:{JOB}", "system", "command")
MOST = 1_000
"""So many things of a class are let go in one run."""


@dataclass(frozen=True)
class Due:
    """Something whose period is over. `held` says what keeps it nevertheless, "" when nothing does."""

    place: str
    """Where the walk through its class stands; grows."""
    key: str
    what: str
    since: date
    """Since this day it need not be kept."""
    held: str = ""


@dataclass(frozen=True)
class RetentionClass:
    """A kind of data with its period."""

    code: str
    title: str
    keeps: str
    """How long, in words."""
    source: str
    goes: str
    """What is done with it."""
    due: Callable[[datetime, str], Iterator[Due]]
    """(now, place behind which to begin) -> what is over, in order of `place`."""
    let_go: Callable[[str, datetime], None]
    """Key, now. Refuses, by NotAllowed, what must stay after all."""


_declared: dict[str, RetentionClass] = {}


def declare(one: RetentionClass) -> RetentionClass:
    """Make a class known; ValueError when its code is taken."""
    if _declared.setdefault(one.code, one) is not one:
        raise ValueError(f"retention: the class '{one.code}' is declared twice")
    return one


def classes() -> list[RetentionClass]:
    """All classes, by code."""
    return [_declared[code] for code in sorted(_declared)]


@dataclass
class Applied:
    """What became of one class in a run."""

    gone: int = 0
    held: int = 0
    left: int = 0
    stopped_at: str = ""
    """The place behind which the next run goes on; "" when the class was walked to its end."""
    errors: list[str] = field(default_factory=list)


Seen = Callable[[RetentionClass, Due, str], None]
"""Told of each thing that is over, and what became of it: "would go", "gone", "held", or why it stays."""


def apply(
    one: RetentionClass, *, now: datetime, after: str = "", limit: int = MOST, dry_run: bool, seen: Seen
) -> Applied:
    """Let go what is over in a class, at most `limit` things; a dry run only tells."""
    applied = Applied()
    for due in one.due(now, after):
        if applied.gone + applied.left >= limit:
            return applied
        word = "held" if due.held else "would go" if dry_run else _let_go(one, due, now)
        applied.held += word == "held"
        applied.gone += word in ("gone", "would go")
        if word not in ("gone", "would go", "held"):
            applied.left += 1
            applied.errors.append(f"{due.key}: {word}")
        applied.stopped_at = due.place
        seen(one, due, word)
    applied.stopped_at = ""
    return applied


def _let_go(one: RetentionClass, due: Due, now: datetime) -> str:
    try:
        one.let_go(due.key, now)
    except (NotAllowed, documents.NotDeleted, store.StoreError) as error:
        return str(error) or type(error).__name__
    return "gone"


def places() -> dict[str, str]:
    """Class -> the place behind which a run that was cut short is carried on."""
    before = last_run(JOB)
    counts = before.counts if before else {}
    return {key.removeprefix("at "): str(value) for key, value in counts.items() if key.startswith("at ")}


def backlog(run: JobRun) -> int:
    """How many things a run had to leave."""
    return sum(int(value) for key, value in run.counts.items() if key.startswith("left "))
