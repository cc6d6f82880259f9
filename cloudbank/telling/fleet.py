"""What all processes of the bank told: an item for each process and hour of UTC, written once a minute by it alone.

No process writes another's item, so nothing is ever waited for; the items of an hour stand together in the index
`by_subject`, and TTL takes them away. Reading the last hour is two queries, however many processes there were:
also those that have ended since (gunicorn replaces its workers) are in it.
"""

import json
import os
import socket
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from cloudbank import store
from cloudbank.clock import from_iso, iso
from cloudbank.ids import new_id
from cloudbank.tables import TransactionsItem
from cloudbank.telling.tally import Counts, Tally

KEPT = timedelta(hours=3)
HOUR = 60


class ProcessHour(TransactionsItem, discriminator="process_hour"):
    """What one process counted in one hour, by minute of the hour. Nothing of it is of the books."""

    backed_up = False
    process = UnicodeAttribute()
    """host:pid, and when it began."""
    what = UnicodeAttribute()
    """What it does: `web`, or the job."""
    began_at = UnicodeAttribute()
    told_at = UnicodeAttribute()
    packed = BinaryAttribute(legacy_encoding=False)
    """Counts by minute of the hour: compressed JSON, a tenth of it."""

    @staticmethod
    def group(hour: int) -> str:
        """The subject under which the items of an hour (of the epoch) stand."""
        return f"processes#{datetime.fromtimestamp(hour * 3600, UTC):%Y-%m-%dT%H}"


@dataclass(frozen=True)
class Me:
    """This process, as the others see it."""

    what: str
    began: datetime
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    mark: str = field(default_factory=lambda: new_id("prc"))
    """A process id comes again; this does not."""


def tell(me: Me, tally: Tally, now: datetime, *, since: int) -> None:
    """Write what this process counted in this hour, and in those from `since` (of the epoch) on that have ended.

    Raises store.StoreError.
    """
    hours: dict[int, dict[int, Counts]] = {hour_of(now): {}}
    for minute, counts in tally.since(since * HOUR).items():
        hours.setdefault(minute // HOUR, {})[minute] = counts
    for hour, counted in hours.items():
        store.put(_item(me, hour, counted, now))


def hour_of(moment: datetime) -> int:
    """The hour of the epoch."""
    return int(moment.timestamp() // 3600)


def _item(me: Me, hour: int, counted: dict[int, Counts], now: datetime) -> ProcessHour:
    return ProcessHour(
        transaction_id=f"{ProcessHour.group(hour)}#{me.mark}",
        version=1,
        subject=ProcessHour.group(hour),
        subject_order=me.mark,
        expires_at=now + KEPT,
        process=me.name,
        what=me.what,
        began_at=iso(me.began),
        told_at=iso(now),
        packed=zlib.compress(json.dumps({minute % HOUR: one.packed() for minute, one in counted.items()}).encode()),
    )


@dataclass(frozen=True)
class Process:
    """A process that told something lately."""

    name: str
    what: str
    began: datetime
    told: datetime


@dataclass
class Heard:
    """What all processes told of the last hour: by minute of the epoch, and who they are."""

    minutes: dict[int, Counts] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def last(self, minutes: int, now: datetime) -> Counts:
        """All of the last minutes together, the one that runs included."""
        first, together = int(now.timestamp() // 60) - minutes, Counts()
        for minute, counts in self.minutes.items():
            if minute >= first:
                together.add(counts)
        return together


def hear(now: datetime) -> Heard:
    """What was told of the last hour. Two queries. An item that cannot be read is left out."""
    minute = int(now.timestamp() // 60)
    heard, newest = Heard(), dict[str, Process]()
    for hour in (minute // HOUR - 1, minute // HOUR):
        for item in ProcessHour.by_subject.query(ProcessHour.group(hour)):
            if not isinstance(item, ProcessHour):
                continue
            for place, packed in json.loads(zlib.decompress(item.packed)).items():
                if (of := hour * HOUR + int(place)) >= minute - HOUR:
                    heard.minutes.setdefault(of, Counts()).add(Counts.unpacked(packed))
            newest[item.subject_order or ""] = Process(
                item.process, item.what, from_iso(item.began_at), from_iso(item.told_at)
            )
    since = now - timedelta(minutes=HOUR)
    heard.processes = sorted((one for one in newest.values() if one.told >= since), key=lambda one: one.name)
    return heard


def quiet_after() -> timedelta:
    """A process of the web that told nothing for so long stands still, or was ended hard."""
    return timedelta(seconds=3 * max(1, settings.TELL_SECONDS) + 5)
