"""What the bank remembers of a back-up or restore: one item, and an audit record of its begin and of its end."""

import os
import pwd
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank import audit, store
from cloudbank.audit import Audited
from cloudbank.clock import iso
from cloudbank.tables import AccountsItem, IntegerAttribute

BACKUP, RESTORE = "backup", "restore"
RUNNING, DONE = "running", "done"


class TableCopy(Audited, AccountsItem, discriminator="table_copy"):
    """A back-up that was taken of these tables, or the one that they were filled from."""

    way = UnicodeAttribute()
    place = UnicodeAttribute()
    state = UnicodeAttribute(default=RUNNING)
    seal = UnicodeAttribute(default="")
    began_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(default="")
    token = IntegerAttribute(default=0)
    """Of a restore: the job's token before its first run, so that its runs can be counted."""
    written = JSONAttribute(default=dict)
    """Of a restore: table and segment -> [parts written, items written]."""

    @staticmethod
    def key(way: str, backup_id: str) -> str:
        """The hash key."""
        return f"{way}#{backup_id}"


@dataclass(frozen=True)
class Operator:
    """Who runs the command: as far as this host knows."""

    user_id: str
    role: str
    source: str


def operator(command: str) -> Operator:
    """The person of this process on this host; as an audit record's actor."""
    try:
        name = pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        name = str(os.geteuid())
    return Operator(f"command:{command}", "system", f"{name}@{socket.gethostname()}")


def begun(
    way: str,
    backup_id: str,
    *,
    place: str,
    now: datetime,
    seal: str = "",
    token: int = 0,
    also: Sequence[store.Write] = (),
) -> TableCopy:
    """The item of a back-up or restore that begins, with `also` in its transaction, or of the one that goes on.

    Raises ConditionFailed or Conflict when another process began it at the same time.
    """
    if there := store.get(TableCopy, TableCopy.key(way, backup_id)):
        return there
    key = TableCopy.key(way, backup_id)
    item = TableCopy(account_id=key, way=way, place=place, seal=seal, began_at=iso(now), token=token)
    after = {"place": place} | ({"seal": seal} if seal else {})
    entry = audit.record(item, f"begin_{way}", actor=operator(way), now=now, after=after)
    store.save([store.stored(item), entry, *also])
    return item


def ended(item: TableCopy, *, seal: str, items: int, now: datetime) -> None:
    """It is done, on record."""
    before = {"state": item.state}
    item.state, item.seal, item.ended_at = DONE, seal, iso(now)
    after = {"state": DONE, "seal": seal, "items": items}
    entry = audit.record(item, f"end_{item.way}", actor=operator(item.way), now=now, before=before, after=after)
    store.save([store.changed(item), entry])
