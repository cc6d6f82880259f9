"""Taking a back-up: each segment of each table, part by part; what is written is never written again."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from cloudbank import jobs, store
from cloudbank.backup import BackupError, record
from cloudbank.backup import tables as whole
from cloudbank.backup.manifest import (
    BEGIN,
    MANIFEST,
    MOST_BEGIN,
    MOST_MANIFEST,
    MOST_NOTE,
    Begin,
    Json,
    Manifest,
    Part,
    Unreadable,
    begin_text,
    manifest_text,
    note_text,
    part_stem,
    read_begin,
    read_manifest,
    read_note,
)
from cloudbank.backup.parts import PartWriter
from cloudbank.backup.places import Place
from cloudbank.backup.record import TableCopy
from cloudbank.clock import from_iso, iso, utcnow
from cloudbank.tables import Item, base_name, connection

JOB = "backup"
LOOK_SECONDS = 2
"""So often, or when a part is done, it is said how far the work is."""
STILL_ONE = timedelta(hours=24)
"""A back-up that was broken off goes on if it began no longer ago: each hour more is an hour in which money moved."""
Meanwhile = Callable[[datetime], dict[str, int]]
"""What was written since an instant, by its name."""
Progress = Callable[[str, int, int], None]


class Finished(BackupError):
    """A whole back-up lies there already."""


@dataclass(frozen=True)
class Task:
    """The next part of a segment."""

    base: type[Item]
    segment: int
    number: int = 1
    after: Json | None = None

    @staticmethod
    def following(base: type[Item], part: Part) -> "Task":
        """What comes after a part."""
        return Task(base, part.segment, part.number + 1, part.after)


def take(
    place: Place, *, segments: int, units_per_second: float, meanwhile: Meanwhile, now: datetime, progress: Progress
) -> Manifest:
    """Take a back-up of the tables in use, or go on with the one that was broken off there.

    Raises BackupError, Finished, jobs.Held, jobs.Lost. Memory: a part of each segment.
    """
    if MANIFEST in place.names():
        return _put_on_record(place, now)
    with jobs.run(JOB, key=str(place), now=now) as run:
        place.prepare()
        begin = _begin(place, segments, now)
        item = record.begun(record.BACKUP, begin.id, place=str(place), now=now)

        def told(part: str, done: int, total: int) -> None:
            progress(part, done, total)
            run.progress(done, total)

        parts = _Taking(place, begin, whole.Pace(units_per_second), told).parts()
        manifest = Manifest(begin, iso(utcnow()), tuple(parts), meanwhile(from_iso(begin.began_at)))
        place.write(MANIFEST, manifest_text(manifest))
        _end(run, item, manifest)
    return manifest


def _end(run: jobs.Run, item: TableCopy, manifest: Manifest) -> None:
    parts, items = manifest.parts, sum(one.items for one in manifest.parts)
    run.counts |= {"items": items, "parts": len(parts), "bytes": sum(one.bytes for one in parts)}
    run.counts |= {"seal": manifest.seal, **manifest.meanwhile}
    record.ended(item, seal=manifest.seal, items=items, now=utcnow())


def _put_on_record(place: Place, now: datetime) -> Manifest:
    """What died after its manifest was written and before its end was on record. Raises Finished for any other."""
    finished = Finished(f"{place} holds a finished back-up; another one needs another place")
    try:
        manifest = read_manifest(place.read(MANIFEST, MOST_MANIFEST))
    except Unreadable as error:
        raise finished from error
    item = store.get(TableCopy, TableCopy.key(record.BACKUP, manifest.begin.id))
    if item is None or item.state == record.DONE:
        raise finished
    with jobs.run(JOB, key=str(place), now=now) as run:
        _end(run, item, manifest)
    return manifest


def bank() -> dict[str, Any]:
    """The settings without which the items mean something else."""
    return {
        "name": settings.BANK_NAME,
        "currency": settings.BANK_CURRENCY,
        "timezone": settings.BANK_TIMEZONE,
        "cutoff": settings.BANK_CUTOFF.isoformat(),
        "fiscal_year_start_month": settings.FISCAL_YEAR_START_MONTH,
    }


def _begin(place: Place, segments: int, now: datetime) -> Begin:
    there = place.names()
    if BEGIN in there:
        return _gone_on_with(place, now)
    if there:
        raise BackupError(f"{place} holds {min(there)}, which is of no back-up: choose an empty place")
    begin = Begin(
        id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
        began_at=iso(now),
        bank=bank(),
        build=settings.BUILD_ID,
        suffix=connection_suffix(),
        segments=segments,
        tables={base_name(base): whole.described(base) for base in whole.ORDER},
    )
    place.write(BEGIN, begin_text(begin), new=True)
    return begin


def connection_suffix() -> str:
    """The suffix of the tables in use."""
    base = whole.ORDER[0]
    return base.Meta.table_name.removeprefix(base_name(base))


def _gone_on_with(place: Place, now: datetime) -> Begin:
    try:
        begin = read_begin(place.read(BEGIN, MOST_BEGIN))
    except Unreadable as error:
        raise BackupError(f"{BEGIN} in {place} cannot be read: {error}. Choose another place") from error
    here = {base_name(base): whole.described(base) for base in whole.ORDER}
    if begin.bank != bank() or begin.tables != here:
        raise BackupError(f"{place} holds a back-up of other tables that was broken off: choose another place")
    if now - from_iso(begin.began_at) > STILL_ONE:
        raise BackupError(
            f"The back-up in {place} was begun on {begin.began_at} and broken off: too long ago to go on. "
            "Choose another place"
        )
    return begin


class _Taking:
    def __init__(self, place: Place, begin: Begin, pace: whole.Pace, progress: Progress) -> None:
        self._place, self._begin, self._pace, self._progress = place, begin, pace, progress
        self._stopped = False
        self._read = dict[str, int]()
        """Items read of the parts that are being made, by their stems."""

    def parts(self) -> list[Part]:
        """All parts, table by table, in order."""
        there = self._place.names()
        return [part for base in whole.ORDER for part in self._table(base, there)]

    def _table(self, base: type[Item], there: set[str]) -> list[Part]:
        found, size = list[Part](), _size(base)
        self._read.clear()
        with ThreadPoolExecutor(self._begin.segments) as pool:
            try:
                pending: set[Future[Part]] = set()
                for segment in range(self._begin.segments):
                    written = list(self._written(base, segment, there))
                    found += written
                    if not written or written[-1].after is not None:
                        task = Task.following(base, written[-1]) if written else Task(base, segment)
                        pending.add(pool.submit(self._part, task))
                while pending:
                    self._tell(base, found, size)
                    done, pending = wait(pending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
                    for part in (one.result() for one in done):
                        found.append(part)
                        if part.after is not None:
                            pending.add(pool.submit(self._part, Task.following(base, part)))
            except BaseException:
                self._stopped = True
                raise
        self._tell(base, found, size)
        return sorted(found, key=lambda one: one.stem)

    def _tell(self, base: type[Item], found: list[Part], size: int) -> None:
        written = {one.stem for one in found}
        under_way = sum(number for stem, number in self._read.copy().items() if stem not in written)
        done = under_way + sum(one.items + sum(one.left_out.values()) for one in found)
        self._progress(base.Meta.table_name, done, max(size, done))

    def _written(self, base: type[Item], segment: int, there: set[str]) -> Iterator[Part]:
        """The parts that a run before this one finished: those with a note."""
        number, stem = 1, part_stem(base_name(base), segment, 1)
        while f"{stem}.json" in there:
            try:
                part = read_note(self._place.read(f"{stem}.json", MOST_NOTE), self._begin.id)
            except Unreadable as error:
                raise BackupError(
                    f"{stem}.json in {self._place} cannot be read: {error}. Choose another place"
                ) from error
            if part.stem != stem or part.name not in there:
                raise BackupError(f"{stem}.jsonl.gz is missing in {self._place}: choose another place")
            yield part
            if part.after is None:
                return
            number += 1
            stem = part_stem(base_name(base), segment, number)

    def _part(self, task: Task) -> Part:
        """Read, write, and note one part."""
        table, left_out = base_name(task.base), Counter[str]()
        head = {"backup": self._begin.id, "table": table, "segment": task.segment, "part": task.number}
        writer, passing, after = PartWriter(head), whole.passing_kinds(task.base), task.after
        for items, after in whole.pages(task.base, task.segment, self._begin.segments, task.after, self._pace):  # noqa: B007
            for item in items:
                kind = item.get("kind", {}).get("S", "")
                if kind in passing:
                    left_out[kind] += 1
                else:
                    writer.add(item)
            self._read[part_stem(table, task.segment, task.number)] = writer.items + left_out.total()
            if self._stopped or writer.is_full:
                break
        if self._stopped:
            raise BackupError("stopped")
        content = writer.packed()
        part = Part(
            table, task.segment, task.number, writer.items, len(content), writer.raw_bytes,
            hashlib.sha256(content).hexdigest(), dict(left_out), after,
        )  # fmt: skip
        self._place.write(part.name, content)
        self._place.write(part.note, note_text(part, self._begin.id))
        return part


def _size(base: type[Item]) -> int:
    told = connection().describe_table(base.Meta.table_name) or {}
    return int(told.get("ItemCount", 0))
