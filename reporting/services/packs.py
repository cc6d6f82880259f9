"""Packs that managers save: their own, or shared with all who read reports."""

from collections.abc import Callable
from datetime import datetime

from django.utils.text import slugify

from accounts.ledger import Actor
from cloudbank import audit, store
from cloudbank.tables import AccountsItem
from reporting.models import SHARED, PackShelf
from reporting.packs import DECLARED, NoSuchPack, SavedPack, declared, pack_from
from reporting.run_queries import schedules

NAME_LIMIT, MOST, ATTEMPTS = 40, 20, 6


class PackRefused(ValueError):
    """The pack cannot be saved or deleted; the message says why."""


def packs_for(user_id: str = "") -> list[SavedPack]:
    """The declared packs, the shared ones, and a person's own: one strongly consistent read."""
    keys = [PackShelf.key(SHARED), *([PackShelf.key(user_id)] if user_id else [])]
    found = store.load(AccountsItem, keys)
    shelves = [item for key in keys if isinstance(item := found.get(key), PackShelf)]
    return [*DECLARED, *(pack_from(entry) for shelf in shelves for entry in shelf.entries)]


def pack_named(code: str, user_id: str = "") -> SavedPack:
    """The pack with this code. Raises NoSuchPack."""
    there = packs_for(user_id)
    own = [one for one in there if one.code == code]
    if not own:
        raise NoSuchPack(f"There is no pack '{code}'; choose from {', '.join(one.code for one in there)}.")
    return own[-1]


def save_pack(*, pack: SavedPack, actor: Actor, now: datetime) -> SavedPack:
    """Save a pack under its title; the same title again replaces one's own. Raises PackRefused."""
    title = " ".join(pack.title.split())
    code = slugify(title)[:NAME_LIMIT]
    if not code or len(title) > NAME_LIMIT:
        raise PackRefused(f"Give the pack a name of at most {NAME_LIMIT} letters and digits.")
    if declared(code):
        raise PackRefused(f"'{title}' is a pack of the bank; choose another name.")
    if not pack.metrics:
        raise PackRefused("Tick at least one metric.")
    saved = SavedPack(
        code, title, pack.codes, "", pack.compare, dict(pack.cut), actor.user_id, pack.by_name, pack.shared
    )

    def change(shelf: PackShelf) -> None:
        there = next((one for one in shelf.entries if one["code"] == code), None)
        if there and there["by"] != actor.user_id:
            raise PackRefused(f"{there['by_name']} shares a pack of this name; choose another one.")
        kept = [one for one in shelf.entries if one["code"] != code]
        if len(kept) >= MOST:
            raise PackRefused(f"There are {MOST} packs already; delete one first.")
        shelf.entries = sorted([*kept, saved.as_data()], key=lambda one: one["title"].casefold())

    _changed(SHARED if saved.shared else actor.user_id, "save_pack", change, actor, now, saved.as_data())
    return saved


def delete_pack(*, code: str, shared: bool, actor: Actor, now: datetime) -> None:
    """Delete one's own pack, also a shared one that one made. Raises PackRefused."""
    used = next((one for one in schedules() if shared and one.pack == code), None)
    if used:
        raise PackRefused(f"The schedule {used.title} builds this pack; delete the schedule first.")

    def change(shelf: PackShelf) -> None:
        there = next((one for one in shelf.entries if one["code"] == code), None)
        if there is None or there["by"] != actor.user_id:
            raise PackRefused("Only who made a pack deletes it.")
        shelf.entries = [one for one in shelf.entries if one["code"] != code]

    _changed(SHARED if shared else actor.user_id, "delete_pack", change, actor, now, {"code": code})


def _changed(
    owner: str, action: str, change: Callable[[PackShelf], None], actor: Actor, now: datetime, after: dict[str, object]
) -> None:
    for attempt in range(ATTEMPTS):
        shelf = store.get(PackShelf, PackShelf.key(owner)) or PackShelf(account_id=PackShelf.key(owner))
        change(shelf)
        entry = audit.record(shelf, action, actor=actor, now=now, after=after)
        try:
            store.save([store.stored(shelf), entry])
            return
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise PackRefused("Somebody else changes the packs just now. Try again.")
