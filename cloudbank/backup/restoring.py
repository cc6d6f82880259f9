"""Restoring a back-up into tables that are empty: made if they are missing, filled part by part, counted."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cloudbank import jobs, store
from cloudbank.backup import BackupError, record
from cloudbank.backup import tables as whole
from cloudbank.backup.checking import items_of
from cloudbank.backup.manifest import Manifest, Part
from cloudbank.backup.parts import Raw
from cloudbank.backup.places import Place
from cloudbank.backup.record import TableCopy
from cloudbank.clock import utcnow
from cloudbank.jobs import Lease
from cloudbank.tables import AccountsItem, Item, TransactionsItem, base_name, connection, create_tables
from cloudbank.tables.plan import BREAKS, differences

JOB = "restore"
MARK_AND_LEASE, BEGIN = 2, 1
"""What a restore keeps of itself in accounts and transactions while it runs, there beside a record of each run."""
LOOK_SECONDS = 2
"""So often, or when a part is done, it is said how far the work is."""
WORKERS = 8
SECONDS = 600
Progress = Callable[[str, int, int], None]


@dataclass
class Restored:
    """Items written by table; items there; how many were left out because their time was over; if done before."""

    items: dict[str, int]
    there: dict[str, int]
    left_out: int
    already: bool = False


def prepare(key: str) -> list[str]:
    """Make what is missing of the tables in use, encrypted under `key` where one is given; a line for each table.

    Raises BackupError when there are others of these names.
    """
    missing = [base for base in whole.ORDER if not base.exists()]
    lines = list(create_tables())
    for base in missing if key else []:
        specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        whole.asked("UpdateTable", {"TableName": base.Meta.table_name, "SSESpecification": specification})
        _wait_for(base)
    for base in whole.ORDER:
        for one in differences(base, is_amazon=False):
            if one.weight == BREAKS:
                raise BackupError(f"{one.table} {one.says}: it is not this bank's table. Choose another suffix")
    return lines


def _wait_for(base: type[Item]) -> None:
    for attempt in range(SECONDS):
        if (connection().describe_table(base.Meta.table_name) or {}).get("TableStatus") == "ACTIVE":
            return
        store.pause(attempt, base=0.05, ceiling=2)
    raise BackupError(f"{base.Meta.table_name} is not ready; run the same command again, it goes on")


def restore(place: Place, manifest: Manifest, *, now: datetime, progress: Progress) -> Restored:
    """Fill the tables in use with a back-up that was checked, or go on with the same one.

    Raises BackupError: also when the tables hold anything else; jobs.Held, jobs.Lost.
    """
    item = _claimed(place, manifest, now)
    if item.state == record.DONE:
        return Restored(_items_in(item), {}, 0, already=True)
    with jobs.run(JOB, key=manifest.begin.id, now=now) as run:

        def told(part: str, done: int, total: int) -> None:
            progress(part, done, total)
            run.progress(done, total)

        filling = _Filling(place, manifest, item, told)
        filling.fill()
        found = filling.items()
        there = _count(found, {AccountsItem: MARK_AND_LEASE, TransactionsItem: BEGIN + run.token - item.token}, told)
        run.counts |= {"items": sum(found.values()), "seal": manifest.seal}
        record.ended(item, seal=manifest.seal, items=sum(found.values()), now=utcnow())
    return Restored(found, there, sum(one.items for one in manifest.parts) - sum(found.values()))


def _claimed(place: Place, manifest: Manifest, now: datetime) -> TableCopy:
    """The mark that the tables in use are for this restore: the first thing that is written into them."""
    there = store.get(TableCopy, TableCopy.key(record.RESTORE, manifest.begin.id))
    if there and there.seal != manifest.seal:
        raise BackupError(f"The tables are being filled from a back-up with the seal {there.seal}, which this is not")
    if there:
        return there
    for base in whole.ORDER:
        if not whole.is_empty(base):
            raise BackupError(
                f"{base.Meta.table_name} is not empty: a restore fills empty tables only. Choose another suffix"
            )
    # Runs of an earlier restore may come along with the items: tokens that begin with the clock are not theirs.
    token = int(now.timestamp() * 1000)
    lease = store.new(Lease(account_id=Lease.key(JOB), version=1, token=token))
    known = {"place": str(place), "seal": manifest.seal, "token": token}
    try:
        return record.begun(record.RESTORE, manifest.begin.id, **known, now=now, also=[lease])  # type: ignore[arg-type]
    except (store.ConditionFailed, store.Conflict) as error:
        raise BackupError("Another restore into these tables has just begun") from error


def _items_in(item: TableCopy) -> dict[str, int]:
    """Table -> items written."""
    found = {base_name(base): 0 for base in whole.ORDER}
    for name, (_, items) in item.written.items():
        found[name.partition("/")[0]] += items
    return found


class _Filling:
    def __init__(self, place: Place, manifest: Manifest, item: TableCopy, progress: Progress) -> None:
        self._place, self._manifest, self._item, self._progress = place, manifest, item, progress
        self._bases = {base_name(base): base for base in whole.ORDER}
        self._now = utcnow().timestamp()
        self._stopped = False
        self._sent = dict[str, int]()
        """Items written of the parts that are under way, by the parts' names."""

    def items(self) -> dict[str, int]:
        """Table -> items written."""
        return _items_in(self._item)

    def fill(self) -> None:
        """Every part that is not written yet; of a segment one after the other, segments side by side."""
        waiting: dict[str, list[Part]] = {}
        for part in self._manifest.parts:
            if part.number > self._done(part)[0]:
                waiting.setdefault(_chain(part), []).append(part)
        with ThreadPoolExecutor(WORKERS) as pool:
            try:
                pending = {self._begin(pool, some.pop(0)) for some in waiting.values()}
                while pending:
                    done, pending = wait(pending, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
                    for part, items in (one.result() for one in done):
                        self._note(part, items)
                        if rest := waiting[_chain(part)]:
                            pending.add(self._begin(pool, rest.pop(0)))
                    self._progress("Items", sum(self.items().values()) + sum(self._sent.copy().values()), self._total())
            except BaseException:
                self._stopped = True
                raise

    def _begin(self, pool: ThreadPoolExecutor, part: Part) -> "Future[tuple[Part, int]]":
        return pool.submit(self._write, part)

    def _total(self) -> int:
        return sum(one.items for one in self._manifest.parts)

    def _done(self, part: Part) -> tuple[int, int]:
        numbers = self._item.written.get(_chain(part), (0, 0))
        return numbers[0], numbers[1]

    def _note(self, part: Part, items: int) -> None:
        self._sent.pop(part.name, None)
        self._item.written = self._item.written | {_chain(part): [part.number, self._done(part)[1] + items]}
        whole.keep(self._item)

    def _write(self, part: Part) -> tuple[Part, int]:
        base, batch, items = self._bases[part.table], dict[str, Raw](), 0
        for raw in items_of(self._place, self._manifest, part, base):
            if self._stopped:
                raise BackupError("stopped")
            if _is_over(raw, self._now) or _is_own_lease(base, raw):
                continue
            batch[_key(base, raw)] = raw  # an item that changed while it was read may have come twice: the later counts
            items += 1
            if len(batch) == store.BATCH_WRITE:
                whole.write(base, batch.values())
                batch, self._sent[part.name] = {}, items
        if batch:
            whole.write(base, batch.values())
        return part, items


def _is_over(raw: Raw, now: float) -> bool:
    return float(raw.get("expires_at", {}).get("N", "inf")) <= now


def _key(base: type[Item], raw: Raw) -> str:
    return str(raw[str(base._hash_keyname)]["S"])


def _chain(part: Part) -> str:
    return f"{part.table}/{part.segment}"


def _is_own_lease(base: type[Item], raw: Raw) -> bool:
    """The lease of an earlier restore, of which the tables in the back-up came: ours has its place."""
    return base is AccountsItem and raw["account_id"]["S"] == Lease.key(JOB)


def _count(written: dict[str, int], own: dict[type[Item], int], progress: Progress) -> dict[str, int]:
    """How many items each table holds: what was written, and what this restore keeps of itself; no more, no fewer.

    What passes by itself is not counted: processes tell of themselves there meanwhile.
    """
    found = {}
    for base in whole.ORDER:
        due = written[base_name(base)] + own.get(base, 0)
        there = found[base_name(base)] = whole.count(base, partial(_tell_counted, progress, due))
        if there != due:
            raise BackupError(
                f"{base.Meta.table_name} holds {there:,} items and should hold {due:,}: something else writes into it,"
                " or what was written is lost. Restore into another suffix"
            )
    return found


def _tell_counted(progress: Progress, due: int, number: int) -> None:
    progress("Counted", number, max(number, due))
