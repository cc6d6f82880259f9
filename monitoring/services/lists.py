"""Changes of the lists. What protects the bank is one person's; what lifts a protection needs a second one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import Actor, Refused
from accounts.services.posting import Busy
from cloudbank import approvals, audit, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.store import Write
from cloudbank.tables import AccountsItem
from cloudbank.wording import day as day_in_words
from monitoring.list_items import ACTIVE, ENDED, MOST_ON_PAGE, ListEntry, ListHead, ListPage, page_of
from monitoring.listing import BLOCK, KIND_WORDS, LISTS, NO_END, REASON_LENGTH, NotListable, Row, normal
from monitoring.queries import lists as queries

RELAX = "relax_list_entry"
ATTEMPTS, AT_ONCE = 10, 40
ADDED, RENEWED, THERE = "added", "renewed", "there"


@dataclass(frozen=True)
class Asked:
    """What is to stand on a list. `expires_on`: its last day, None without end; `origin`: the alert or file."""

    list: str
    kind: str
    text: str
    reason: str
    expires_on: date | None = None
    origin: str = ""


def add_entry(*, asked: Asked, actor: Actor, now: datetime) -> ListEntry:
    """Put something on a list; what is there in force already is refused. Raises Refused, Busy."""
    row = _row(asked, business_date(now))
    fates = _save_rows([row], asked.origin, actor, now)
    if fates[row.line] == THERE:
        raise Refused("there", f"This stands on the {LISTS[asked.list].lower()} already.", "value")
    found = queries.entry(ListEntry.key(row.list, row.kind, row.value))
    if found is None:
        raise Busy("The list is being changed just now. Try again.")
    return found


def _row(asked: Asked, today: date) -> Row:
    if asked.list not in LISTS:
        raise Refused("list", "Choose the list.", "list")
    if not asked.reason.strip() or len(asked.reason) > REASON_LENGTH:
        raise Refused("reason", f"Say why, in at most {REASON_LENGTH} characters.", "reason")
    if asked.expires_on and asked.expires_on < today:
        raise Refused("expires_on", "This day has passed.", "expires_on")
    try:
        value = normal(asked.kind, asked.text)
    except NotListable as problem:
        raise Refused("value", str(problem), "value") from problem
    last = asked.expires_on.isoformat() if asked.expires_on else NO_END
    return Row(0, asked.list, asked.kind, value, asked.text.strip(), asked.reason.strip(), last)


@dataclass(frozen=True)
class Loaded:
    """What a file did, or would do: counts by fate, and the rows that cannot be taken."""

    counts: dict[str, int]
    problems: list[Row]


def load_rows(*, rows: Sequence[Row], origin: str, dry_run: bool, actor: Actor, now: datetime) -> Loaded:
    """Put the rows of a file on the lists; nothing is ever taken off by a file. Calling it again goes on.

    `dry_run`: only say what it would do. Rows with a problem are left out. Raises Busy.
    """
    good = list({(row.list, row.kind, row.value): row for row in rows if not row.problem}.values())
    problems = [row for row in rows if row.problem]
    fates: dict[int, str] = {}
    if dry_run:
        there = {one.entry_id: one for one in queries.fresh_book()}
        for row in good:
            known = there.get(ListEntry.key(row.list, row.kind, row.value))
            fates[row.line] = ADDED if known is None else THERE if known.expires_on == row.expires_on else RENEWED
    by_page: dict[str, list[Row]] = {}
    for row in good:
        by_page.setdefault(page_of(ListEntry.key(row.list, row.kind, row.value)), []).append(row)
    for some in by_page.values() if not dry_run else ():
        for start in range(0, len(some), AT_ONCE):
            fates |= _save_rows(some[start : start + AT_ONCE], origin, actor, now)
    counts = {fate: list(fates.values()).count(fate) for fate in (ADDED, RENEWED, THERE)}
    return Loaded(counts | {"repeated": len(rows) - len(good) - len(problems)}, problems)


def _save_rows(rows: Sequence[Row], origin: str, actor: Actor, now: datetime) -> dict[int, str]:
    """Rows of one page, in one transaction with the page and the head; line -> fate."""
    keys = {row.line: ListEntry.key(row.list, row.kind, row.value) for row in rows}
    done: set[str] = set()
    for attempt in range(ATTEMPTS):
        there = {one.entry_id: one for one in queries.entries(keys.values())}
        changes = [(row, *_changed(row, there.get(keys[row.line]), origin, actor, now, done)) for row in rows]
        writes = [write for _, _, item, some in changes if item for write in some]
        if not writes:
            return {row.line: fate for row, fate, _, _ in changes}
        items = [item for _, _, item, _ in changes if item]
        if _saved([*writes, *_paged(items)], attempt):
            return {row.line: fate for row, fate, _, _ in changes}
        done |= {item.audit_head for item in items}
    raise Busy("The list is being changed just now. Try again.")


def _changed(
    row: Row, there: ListEntry | None, origin: str, actor: Actor, now: datetime, ours: set[str]
) -> tuple[str, ListEntry | None, list[Write]]:
    """(fate, the entry that changes, its writes). `ours`: heads of what an unanswered try of ours may have saved."""
    if there and there.audit_head in ours:
        return (ADDED if there.audit_sequence == 1 else RENEWED), None, []
    in_force = there is not None and there.state == ACTIVE and there.listed().counts_on(business_date(now).isoformat())
    if there and in_force and (there.expires_on == row.expires_on or not _longer(there.expires_on, row.expires_on)):
        return THERE, None, []
    before = {"state": there.state, "expires_on": there.expires_on} if there else {}
    item = there or ListEntry(account_id=ListEntry.key(row.list, row.kind, row.value))
    item.list, item.entry_kind, item.value = row.list, row.kind, row.value
    item.shown, item.reason, item.expires_on, item.origin = row.shown, row.reason, row.expires_on, origin
    item.state, item.added_by, item.added_at, item.ended_at = ACTIVE, actor.user_id, iso(now), ""
    item.file()
    after = {"list": row.list, "kind": row.kind, "value": row.shown, "expires_on": row.expires_on, "origin": origin}
    action = "renew_list_entry" if there else "add_list_entry"
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=row.reason)
    return (RENEWED if there else ADDED), item, [store.stored(item), entry]


def _longer(before: str, after: str) -> bool:
    """Whether the last day moves out; "" is for ever."""
    return bool(before) and (not after or after > before)


def _paged(items: Sequence[ListEntry]) -> list[Write]:
    """The page (all are of one) and the head with what they are now."""
    page = items[0].page
    found = store.load(AccountsItem, [ListPage.key(page), ListHead.KEY])
    kept, head = found.get(ListPage.key(page)), found.get(ListHead.KEY)
    kept = kept if isinstance(kept, ListPage) else ListPage(account_id=ListPage.key(page), entries={})
    head = head if isinstance(head, ListHead) else ListHead(account_id=ListHead.KEY, pages={})
    for item in items:
        if item.state == ACTIVE:
            kept.entries[item.entry_id] = [item.list, item.entry_kind, item.value, item.expires_on]
        else:
            kept.entries.pop(item.entry_id, None)
    if len(kept.entries) > MOST_ON_PAGE:
        raise Refused("full", "The lists are full. Take off what has ended before you add more.")
    writes: list[Write] = [store.stored(kept)]
    head.pages[page], head.changes = kept.version, head.changes + 1
    return [*writes, store.stored(head)]


def _saved(writes: list[Write], attempt: int) -> bool:
    try:
        store.save(writes)
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
        store.pause(attempt)
        return False
    queries.forget()
    return True


def relax_entry(
    *, entry_id: str, expires_on: date | None, reason: str, key: str, actor: Actor, name: str, now: datetime
) -> ListEntry | Approval:
    """Take an entry off (`expires_on` None), or let it end on a day. Off the block list: asked of a second person.

    Letting it stand longer is one person's. Raises Refused, Busy, approvals.NotAllowed.
    """
    item = _in_force(entry_id)
    last = expires_on.isoformat() if expires_on else None
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise Refused("reason", f"Say why, in at most {REASON_LENGTH} characters.", "reason")
    if expires_on and expires_on < business_date(now):
        raise Refused("expires_on", "This day has passed.", "expires_on")
    if item.list != BLOCK or (last is not None and _longer(item.expires_on, last)):
        return _relaxed(entry_id, last, reason.strip(), actor, now)
    return approvals.ask(
        code=RELAX,
        content={"entry": entry_id, "last": last or "", "since": item.audit_head},
        about=subject_of(item),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def _in_force(entry_id: str) -> ListEntry:
    found = queries.entry(entry_id)
    if found is None:
        raise Refused("unknown", "There is no such entry.")
    if found.state != ACTIVE:
        raise Refused("ended", "This entry was taken off already.")
    return found


def _relaxed(entry_id: str, last: str | None, reason: str, actor: Actor, now: datetime) -> ListEntry:
    ours: set[str] = set()
    for attempt in range(ATTEMPTS):
        found = queries.entry(entry_id)
        if found and found.audit_head in ours:
            return found
        item = _in_force(entry_id)
        writes = _relaxing(item, last, reason, actor, now)
        ours.add(item.audit_head)
        if _saved(writes, attempt):
            return item
    raise Busy("The list is being changed just now. Try again.")


def _relaxing(item: ListEntry, last: str | None, reason: str, actor: Actor, now: datetime) -> list[Write]:
    before = {"state": item.state, "expires_on": item.expires_on}
    if last is None:
        item.state, item.ended_at = ENDED, iso(now)
    else:
        item.expires_on = last
    item.file()
    after = {"state": item.state, "expires_on": item.expires_on}
    action = "end_list_entry" if last is None else "change_list_expiry"
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    return [store.changed(item), entry, *_paged([item])]


def pending_change(item: ListEntry, now: datetime) -> Approval | None:
    """The request to take it off that waits for another person, if any."""
    return approvals.open_one(subject_of(item), now)


@approvals.effect(
    RELAX,
    label="Take something off the block list",
    icon="unlock",
    asks="monitoring.work_list",
    permission="monitoring.approve_list",
)
class Relax(approvals.Effect):
    """An entry of the block list ends, at once or on a day."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Which entry, and what it is then."""
        item = _in_force(content["entry"])
        last = content["last"]
        then = f"Ends on {day_in_words(date.fromisoformat(last))}" if last else "Taken off"
        facts = [(KIND_WORDS[item.entry_kind], item.shown, ""), ("On the list because", item.reason, "")]
        return Shown(f"{then}: {item.shown} on the block list", facts, [("Block list", "In force", then)])

    def check(self, request: Approval, now: datetime) -> None:
        """Only while it is what was seen."""
        if _in_force(request.content["entry"]).audit_head != request.content["since"]:
            raise Refused("changed", "This entry was changed since. Ask again from what is now.")

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """In the transaction of the decision."""
        item = _in_force(request.content["entry"])
        who = Actor(actor.user_id, actor.role, actor.source)
        last = request.content["last"] or None
        writes = _relaxing(item, last, f"{request.reason} ({request.approval_id})", who, now)
        return Outcome("Done.", reverse("list_entry", args=[item.entry_id]), writes)

    def afterwards(self, request: Approval) -> None:
        """This process sees it at once, others within seconds."""
        queries.forget()

    def link(self, content: Any) -> tuple[str, str]:
        """The entry's page."""
        return "Open the entry", reverse("list_entry", args=[content["entry"]])
