"""Reads of the audit records: of a subject, of what a person did, of a stretch of days. Each is a key of an index."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from cloudbank.audit import AuditRecord, done_by
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.jobs import JobRun
from cloudbank.lists import Page
from compliance.queries.selections import Selected, Selection

VERIFY_JOB = "verify_audit"
MOST_DAYS = 31
"""So many days can be looked at together when neither a subject nor a person is named."""
LOOKED_AT = 5_000
"""So many records a page looks at for those that match; then it says that there is more."""
RUNS = 10
MOST_PARTS = 7
"""A week of nights: what stands in no part that was read for longer than this is not verified."""


def of_subject(
    subject: str, first: date | None = None, last: date | None = None, *, newest_first: bool = True
) -> Selected:
    """Everything that was done to a subject ("user#usr_...", "deposit_account#4000...")."""
    within = AuditRecord.subject_order.between(*_ends(first, last)) if first and last else None
    return Selected([Selection(AuditRecord, "by_subject", subject, within, newest_first=newest_first)])


def of_actor(
    actor_id: str, first: date | None = None, last: date | None = None, *, newest_first: bool = True
) -> Selected:
    """Everything that a person or a program did."""
    within = AuditRecord.worklist_order.between(*_ends(first, last)) if first and last else None
    group = done_by(actor_id)
    return Selected([Selection(AuditRecord, "worklist", group, within, keys_only=True, newest_first=newest_first)])


def of_days(first: date, last: date, *, newest_first: bool = True) -> Selected:
    """Everything that was done from one calendar day of the bank to another.

    Records are filed by UTC day, and the bank's days begin and end within two of them.
    """
    begins, ends = _ends(first, last)
    group, days = date.fromisoformat(ends[:10]), []
    while group.isoformat() >= begins[:10]:
        days.append(group)
        group -= ONE_DAY
    within = AuditRecord.day_order.between(begins, ends)
    in_order = days if newest_first else days[::-1]
    return Selected(
        [
            Selection(AuditRecord, "by_day", f"audit#{one.isoformat()}", within, newest_first=newest_first)
            for one in in_order
        ]
    )


def _ends(first: date, last: date) -> tuple[str, str]:
    """The first and the last place of these days, both of the bank's calendar, in any order by time."""
    zone = bank_calendar().zone
    begins = datetime.combine(first, time.min, zone).astimezone(UTC)
    ends = datetime.combine(last + ONE_DAY, time.min, zone).astimezone(UTC) - timedelta(microseconds=1)
    return iso(begins), f"{iso(ends)}~"


def narrowed(
    found: Selected, cursor: Any, limit: int, wanted: Callable[[Sequence[AuditRecord]], Sequence[AuditRecord]]
) -> Page:
    """A page of what `wanted` leaves of the records; reads on until it is full, with a bound on what it looks at."""
    rows: list[AuditRecord] = []
    looked_at = 0
    while len(rows) < limit:
        page = found.page(cursor, limit)
        left = {one.transaction_id for one in wanted(page.rows)}
        for place, one in enumerate(page.rows):
            if one.transaction_id in left:
                rows.append(one)
            if len(rows) == limit and place + 1 < len(page.rows):
                # Asked again from the same place for exactly what was looked at: the page ends behind a wanted one.
                return Page(rows, found.page(cursor, place + 1).next_cursor)
        looked_at, cursor = looked_at + len(page.rows), page.next_cursor
        if cursor is None or (looked_at >= LOOKED_AT and rows):
            break
    return Page(rows, cursor)


def verifications() -> list[JobRun]:
    """The newest runs of verify_audit over all chains, newest first."""
    found = JobRun.by_subject.query(f"job#{VERIFY_JOB}", scan_index_forward=False, limit=RUNS)
    return [one for one in found if isinstance(one, JobRun)]


def latest_of_parts(runs: Iterable[JobRun]) -> dict[int, JobRun]:
    """Of the runs (newest first), the newest ended one of each part, by its number, as the newest run divides; a run
    over all counts for each part. A part that these runs do not have was not read for long.
    """
    ended = [one for one in runs if one.state != "running"]
    of = int(ended[0].counts.get("parts", 1)) if ended else 1
    found: dict[int, JobRun] = {}
    for one in ended:
        parts = int(one.counts.get("parts", 1))
        if parts == 1 or parts == of:
            for number in range(1, of + 1) if parts == 1 else [int(one.counts["part"])]:
                found.setdefault(number, one)
    return dict(sorted(found.items()))


def parts_unread(found: Mapping[int, JobRun]) -> list[int]:
    """The parts that none of these runs read."""
    of = max((int(one.counts.get("parts", 1)) for one in found.values()), default=1)
    return [number for number in range(1, of + 1) if number not in found]


def part_of(run: JobRun) -> str:
    """ "part 3 of 7: " of a verification that read a part, else ""."""
    return f"part {run.counts['part']} of {run.counts['parts']}: " if "part" in run.counts else ""


def telling_run(runs: Iterable[JobRun]) -> JobRun | None:
    """Of the verifications (newest first), the one that says how the trail stands: a part's newest run that broke off
    or found damage, until that part is read again, or else the newest that ended.
    """
    ended = [one for one in runs if one.ended_at]
    bad = [one for one in latest_of_parts(ended).values() if one.state == "failed" or int(one.counts.get("broken", 0))]
    return max(bad or ended, key=lambda one: one.ended_at, default=None)
