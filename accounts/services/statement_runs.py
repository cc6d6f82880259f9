"""An import of a statement file at work: confirmed, posted in stretches, ended. Killed anywhere, it goes on."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accounts import numbers
from accounts.ledger import Actor, Refused
from accounts.models import DepositAccount
from accounts.models.statement_files import DONE, RUNNING, STOPPED, StatementImport
from accounts.queries.deposits import account
from accounts.queries.statement_files import claims, posted
from accounts.services.statement_files import CannotImport, Checked, Part, existing, judge, recheck
from accounts.services.statement_posting import note, opened, post_entry, post_opening, remember
from accounts.services.statement_scope import scope_of
from accounts.statement_files.matching import CONFLICT, DUPLICATE, NEW, Judged, reused
from accounts.statement_files.parts import Entry
from cloudbank import audit, store
from cloudbank.clock import iso

CHUNK = 25
ATTEMPTS = 8
OTHER_ENTRIES = "Since it was approved, other files changed which entries of this one count. It must be approved anew."
Progress = Callable[[int, int], None]


def _silent(done: int, total: int) -> None:
    """No progress wanted."""


def confirm(import_id: str, *, actor: Actor, now: datetime) -> StatementImport:
    """Let the import run, as an operator on the host may; on the pages a second person approves it.

    Confirming one that runs or is done changes nothing.
    """
    return _changed(import_id, lambda item: [] if item.state in (RUNNING, DONE) else [_started(item, actor, now)])


def go_on(import_id: str, *, actor: Actor, now: datetime) -> StatementImport:
    """Let an import that was approved and stopped midway run again. Raises CannotImport when nobody approved it."""

    def change(item: StatementImport) -> list[store.Write]:
        if item.state in (RUNNING, DONE):
            return []
        if not item.approved_by:
            raise CannotImport("A second person has to approve it first.")
        return [_started(item, actor, now)]

    return _changed(import_id, change)


def _started(item: StatementImport, actor: Actor, now: datetime) -> store.Write:
    before, item.state, item.why = {"state": item.state}, RUNNING, ""
    return audit.record(item, "confirm_statement", actor=actor, now=now, before=before, after={"state": RUNNING})


def _changed(import_id: str, change: Callable[[StatementImport], list[store.Write]]) -> StatementImport:
    """Load, change, save, until nobody was faster; nothing to write beside the item means nothing changed."""
    for attempt in range(ATTEMPTS):
        item = existing(import_id)
        beside = change(item)
        if not beside:
            return item
        item.file_as_work()
        try:
            store.save([store.changed(item), *beside])
            return item
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("The import is being changed by others; try again.")


@dataclass
class _Run:
    """One stretch of work, until everything is posted or the time is over."""

    import_id: str
    actor: Actor
    now: Callable[[], datetime]
    until: float
    progress: Progress
    done: int = 0
    total: int = 0

    @property
    def source(self) -> str:
        """What its movements carry."""
        return source_of(self.import_id)


def source_of(import_id: str) -> str:
    """Where a movement of this import says it comes from."""
    return f"statement {import_id}"


def advance(
    import_id: str,
    *,
    actor: Actor,
    now: Callable[[], datetime],
    seconds: float = float("inf"),
    progress: Progress = _silent,
) -> StatementImport:
    """Post what is new, for so long; ends by itself when everything is posted.

    Raises Malformed, CannotImport, documents.Damaged when the file cannot be used any more, and what posting raises.
    """
    item = existing(import_id)
    if item.state != RUNNING:
        return item
    run = _Run(import_id, actor, now, time.monotonic() + seconds, progress)
    checked = recheck(item)
    if item.scope and scope_of(checked) != item.scope:
        return stop(import_id, why=OTHER_ENTRIES, anew=True, actor=actor, now=now())
    try:
        complete = _post_all(checked, run)
    except Refused as refused:
        return _ended(run, STOPPED, refused.message)
    return _ended(run, DONE) if complete else _noted(run)


def stop(import_id: str, *, why: str, anew: bool = False, actor: Actor, now: datetime) -> StatementImport:
    """Stop one that cannot go on; `anew`: it needs another approval. One that does not run is left alone."""

    def change(item: StatementImport) -> list[store.Write]:
        if item.state != RUNNING:
            return []
        before, item.state, item.why, item.ended_at = {"state": item.state}, STOPPED, why, iso(now)
        if anew:
            before |= {"approved_by": item.approved_by, "approval": item.approval}
            item.approved_by = item.approval = item.scope = ""
        after = {"state": STOPPED}
        return [audit.record(item, "stop_statement", actor=actor, now=now, before=before, after=after, reason=why)]

    return _changed(import_id, change)


def _post_all(checked: Checked, run: _Run) -> bool:
    """False when the time was over before everything new was posted."""
    run.total = sum(len(part.judged) for part in checked.parts)
    run.done = run.total - checked.counts[NEW]
    for part in checked.parts:
        ours = _bound(part, checked.choice.open_for, run)
        new = [one.entry for one in part.having(NEW)]
        again = reused([one.entry for one in part.judged])
        for start in range(0, len(new), CHUNK):
            if time.monotonic() > run.until:
                return False
            _post_chunk(ours, new[start : start + CHUNK], again, run)
    return True


def _bound(part: Part, customer_id: str, run: _Run) -> DepositAccount:
    """The account, opened when need be. Bound last: a binding says that the opening balance is in the books."""
    if part.new_account:
        opened(part.statement, customer_id, actor=run.actor, now=run.now())
    ours = account(part.number)
    if ours is None:
        raise CannotImport(f"There is no account {numbers.grouped(part.number)}.")
    if part.opens:
        post_opening(part.statement, ours, run.source, now=run.now())
    remember(part.statement, part.number, part.opens_on, actor=run.actor, now=run.now())
    return ours


def _post_chunk(ours: DepositAccount, entries: list[Entry], again: frozenset[str], run: _Run) -> None:
    """Note what the references stand for, then post; whoever was faster posted the same, or it is a conflict now."""
    for attempt in range(ATTEMPTS):
        known = claims(ours.account_id, {entry.reference for entry in entries})
        fresh = [one.entry for one in judge(ours.account_id, entries, again) if one.verdict == NEW]
        try:
            keys = note(ours.account_id, fresh, known, run.import_id)
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
            continue
        for entry in fresh:
            post_entry(entry, ours, keys[entry.reference, entry.digest], run.source, now=run.now())
            run.done += 1
            run.progress(run.done, run.total)
        return
    raise store.Unavailable("Others import the same entries just now; try again.")


def _noted(run: _Run) -> StatementImport:
    """How far it is, for the page; a hint, so whoever else writes it is as good."""
    item = existing(run.import_id)
    item.done = run.done
    item.file_as_work()
    try:
        store.save([store.changed(item)])
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
        return existing(run.import_id)
    return item


def _ended(run: _Run, state: str, why: str = "") -> StatementImport:
    counts = outcome(recheck(existing(run.import_id)), run.import_id)

    def change(item: StatementImport) -> list[store.Write]:
        if item.state == DONE:
            return []
        before, item.state, item.why, item.counts = {"state": item.state}, state, why, counts
        item.ended_at = iso(run.now())
        after = {"state": state} | counts
        action = "finish_statement" if state == DONE else "stop_statement"
        return [audit.record(item, action, actor=run.actor, now=run.now(), before=before, after=after, reason=why)]

    return _changed(run.import_id, change)


POSTED = "posted"


@dataclass(frozen=True)
class Fate:
    """What became of one entry: posted by this import, or its verdict; and its movement, when it has one."""

    judged: Judged
    word: str
    movement_id: str = ""

    @property
    def entry(self) -> Entry:
        """The entry."""
        return self.judged.entry


def fates(part: Part, import_id: str) -> list[Fate]:
    """Each entry of a statement and what became of it, in the order of the file."""
    booked = {(one.entry.reference, one.entry.digest) for one in part.having(DUPLICATE)}
    known = claims(part.number, {reference for reference, _ in booked})
    keys = {same: known[same[0]].keys[same[1]] for same in booked if same[0] in known}
    there = posted(keys.values())
    result, told = [], set()
    for one in part.judged:
        same = (one.entry.reference, one.entry.digest)
        posting = there.get(keys.get(same, "")) if one.verdict == DUPLICATE else None
        ours = posting is not None and posting.source == source_of(import_id) and same not in told
        told.add(same)
        result.append(Fate(one, POSTED if ours else one.verdict, posting.movement_id if posting else ""))
    return result


def outcome(checked: Checked, import_id: str) -> dict[str, int]:
    """How many entries were posted by this import, were there, are in conflict, were left out, still wait."""
    words = Counter(fate.word for part in checked.parts for fate in fates(part, import_id))
    return {
        "posted": words[POSTED],
        "duplicates": words[DUPLICATE],
        "conflicts": words[CONFLICT],
        "left_out": checked.counts["left_out"],
        "waiting": words[NEW],
    }
