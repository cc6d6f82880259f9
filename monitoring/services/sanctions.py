"""Loading a sanctions list, screening the customers against it, clearing a hit that is somebody else."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.conf import settings

from accounts.ledger import Actor, Refused
from accounts.models import User
from accounts.queries.people import people_by_name, user
from accounts.services.posting import Busy
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.ids import derived_id
from cloudbank.roles import Role
from cloudbank.store import Write
from cloudbank.tables import AccountsItem
from monitoring.list_items import ListEntry, ListHead, SanctionsList, SanctionsPage
from monitoring.listing import CLEARED, HIT
from monitoring.models import SANCTIONS
from monitoring.names import name_key
from monitoring.queries import lists, sanctions
from monitoring.queries.sanctions import is_cleared
from monitoring.rulebook import CRITICAL, HIGH
from monitoring.rules.sanctions import said
from monitoring.sanctions import REVIEW, Entry, Hit, cleared_value
from monitoring.screening import customer_hits
from monitoring.services.lists import Asked, add_entry
from monitoring.services.raising import Raised, raise_findings

ON_PAGE, ATTEMPTS, AT_ONCE = 800, 8, 100
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Loaded:
    """What a load did, or would do."""

    version: str
    counts: dict[str, int]


def load_list(*, entries: Sequence[Entry], origin: str, dry_run: bool, actor: Actor, now: datetime) -> Loaded:
    """Put a list in force, whole and at once: its pages are written first, then one transaction points to them.

    The same list again changes nothing. Raises Busy, store.StoreError.
    """
    pages = [sanctions.packed(list(entries[at : at + ON_PAGE])) for at in range(0, len(entries), ON_PAGE)]
    version = hashlib.sha256(b"".join(pages)).hexdigest()[:12]
    there = sanctions.current()
    counts = _changes(there, entries)
    if dry_run or there.version_in_force == version:
        return Loaded(version, counts)
    for number, data in enumerate(pages):
        page = SanctionsPage(account_id=SanctionsPage.key(version, number), version=1, packed=data)
        store.flush(AccountsItem, [page.serialize()])
    _switch(version, len(pages), counts, origin, actor, now)
    lists.forget()
    return Loaded(version, counts)


def _changes(there: SanctionsList, entries: Sequence[Entry]) -> dict[str, int]:
    known = {}
    if there.version_in_force:
        known = {one.uid: one for one in sanctions.entries_of(there.version_in_force, there.pages_in_force)}
    new = {one.uid: one for one in entries}
    changed = sum(known[uid] != one for uid, one in new.items() if uid in known)
    added, removed = len(new.keys() - known.keys()), len(known.keys() - new.keys())
    return {"entries": len(new), "names": sum(len(one.names) for one in entries)} | {
        "added": added,
        "removed": removed,
        "changed": changed,
    }


def _switch(version: str, pages: int, counts: dict[str, int], origin: str, actor: Actor, now: datetime) -> None:
    """Point to the new pages; the version before stays readable for processes that are about to look, older ones go."""
    for attempt in range(ATTEMPTS):
        item = sanctions.current()
        if item.version_in_force == version:
            return
        head = store.get(ListHead, ListHead.KEY) or ListHead(account_id=ListHead.KEY, pages={})
        old, old_pages = item.before, item.pages_before
        before = {"version": item.version_in_force}
        item.before, item.pages_before = item.version_in_force, item.pages_in_force
        item.version_in_force, item.pages_in_force, item.counts = version, pages, counts
        item.origin, item.loaded_at, item.loaded_by = origin, iso(now), actor.user_id
        head.sanctions, head.changes = {"version": version, "pages": pages}, head.changes + 1
        after = {"version": version, "origin": origin} | counts
        entry = audit.record(item, "load_sanctions", actor=actor, now=now, before=before, after=after)
        try:
            store.save([store.stored(item), store.stored(head), entry])
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
            continue
        if old and old not in (version, item.before):
            gone: list[Write] = [store.Delete(SanctionsPage, SanctionsPage.key(old, n)) for n in range(old_pages)]
            for at in range(0, len(gone), AT_ONCE):
                store.save(gone[at : at + AT_ONCE])
        return
    raise Busy("The lists are being changed just now. Load it again; it goes on where it stopped.")


@dataclass
class Screened:
    """What a screening of the customers found."""

    customers: int = 0
    hits: int = 0
    cleared: int = 0
    findings: int = 0
    """New ones; those of an earlier run stand already."""


def screen_customers(*, actor: Actor, now: datetime, progress: Progress = lambda done, total: None) -> Screened:
    """Every customer's name against the list in force; hits become alerts, each once for an entry as it is.

    Raises Busy, store.StoreError; run again, it raises what is missing.
    """
    result, today = Screened(), business_date(now)
    lists.fresh_book()
    version = sanctions.index().version
    for person in _customers():
        if not person.exited_on:
            result.customers += 1
            _screen(person, result, today, actor, now)
        progress(result.customers, 0)
    _note_screened(version, result, actor, now)
    return result


def _note_screened(version: str, result: Screened, actor: Actor, now: datetime) -> None:
    """Keep with which version all customers were screened, so that a list that nobody was held against is seen."""
    for attempt in range(ATTEMPTS):
        item = sanctions.current()
        if not version or item.version_in_force != version:
            return  # another list came meanwhile: it is screened for by itself
        before = {"screened_version": item.screened_version}
        item.screened_version, item.screened_at = version, iso(now)
        after = {"screened_version": version, "customers": result.customers, "hits": result.hits}
        entry = audit.record(item, "screen_customers", actor=actor, now=now, before=before, after=after)
        try:
            store.save([store.stored(item), entry])
            return
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("The lists are being changed just now. Screen again.")


def _customers() -> Iterator[User]:
    cursor = ""
    while True:
        page = people_by_name(Role.CUSTOMER, cursor=cursor, limit=500)
        yield from page.rows
        cursor = page.cursor
        if not cursor:
            return


def _screen(person: User, result: Screened, today: date, actor: Actor, now: datetime) -> None:
    found, cleared = standing_hits(person, today)
    result.hits, result.cleared = result.hits + len(found) + cleared, result.cleared + cleared
    if found:
        raised = [raised_hit(person, one, today) for one in found]
        done = raise_findings(raised, actor=actor, now=now, snapshot=parameters.snapshot(now))
        result.findings += len(done.findings)


def standing_hits(person: User, today: date) -> tuple[list[Hit], int]:
    """The hits of a customer's names that nobody has cleared, by the lists as last looked at; how many were cleared."""
    found, book = customer_hits(sanctions.index(), person.profile()), lists.book()
    left = [one for one in found if not is_cleared(book, one, today.isoformat())]
    return left, len(found) - len(left)


def raised_hit(person: User, hit: Hit, today: date) -> Raised:
    """A hit as a finding about the customer: once for an entry as it is, and once for each name that it is like."""
    entry, own = hit.candidate.entry, hit.party == person.name
    content = hashlib.sha256(repr(asdict(entry)).encode()).hexdigest()[:12]
    named = () if own else (hit.party,)
    return Raised(
        finding_id=derived_id("fnd", "sanctions", person.user_id, entry.uid, content, *named),
        rule="sanctions",
        number=7,
        family=SANCTIONS,
        severity=CRITICAL if hit.sure else HIGH,
        customer_id=person.user_id,
        members=(),
        hit=said(hit, "this customer" if own else "an owner of this customer", REVIEW),
        currency=settings.BANK_CURRENCY,
        business_date=today.isoformat(),
        movement_type="",
    )


def clear_hit(
    *, subject: str, uid: str, reason: str, expires_on: date | None, origin: str, actor: Actor, now: datetime
) -> ListEntry:
    """Remember that a hit is somebody else: it neither alerts nor stops anything again. Raises Refused, Busy.

    `subject`: a customer's id, or a name of somebody outside the bank; `uid`: the entry's number.
    """
    lists.fresh_book()
    if not any(one.uid == uid for one in sanctions.index().entries):
        raise Refused("uid", "The list in force has no entry with this number.", "uid")
    if subject.startswith("usr_") and user(subject) is None:
        raise Refused("subject", "There is no such customer.", "subject")
    who = subject if subject.startswith("usr_") else name_key(subject)
    asked = Asked(CLEARED, HIT, cleared_value(who, uid), reason, expires_on, origin)
    return add_entry(asked=asked, actor=actor, now=now)
