"""Saved views of lists: a named set of filters and order, one's own or shared with all who see the list.

One small item for each person and list, one for what is shared in a list; both in BankingUsers. A view is the query
string of the list's address, so whatever a list can be asked for can be saved. One may be the person's default.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank import audit, store
from cloudbank.audit import Actor, Audited
from cloudbank.clock import iso
from cloudbank.ids import derived_id
from cloudbank.tables import UsersItem

NAME_LIMIT, QUERY_LIMIT, MOST = 40, 1500, 20
SHARED = "shared"
ATTEMPTS = 6


class ViewRefused(Exception):
    """The view cannot be saved; the message says why."""


class ListViews(Audited, UsersItem, discriminator="list_views"):
    """The views of one list: a person's (with their default), or the shared ones."""

    entries = JSONAttribute(default=list)
    default_id = UnicodeAttribute(default="")

    @staticmethod
    def key(owner: str, name: str) -> str:
        """The hash key; `owner` is a person's id, or SHARED."""
        return f"list-views#{owner}#{name}"


@dataclass(frozen=True)
class SavedView:
    """A view: its name, the query string it stands for ("?status=new&sort=-at"), who made it, who sees it."""

    view_id: str
    name: str
    query: str
    by: str
    by_name: str
    at: str
    shared: bool = False


@dataclass(frozen=True)
class Views:
    """What one person has to choose from in one list: their own, then shared ones; and the default's id."""

    views: list[SavedView]
    default_id: str = ""

    @property
    def default(self) -> SavedView | None:
        """The view that the list opens with."""
        return next((view for view in self.views if view.view_id == self.default_id), None)

    def at(self, query: str) -> SavedView | None:
        """The view that shows exactly this."""
        return next((view for view in self.views if view.query == query), None)


def views_of(user_id: str, name: str) -> Views:
    """The person's views of a list: one request."""
    mine, shared = ListViews.key(user_id, name), ListViews.key(SHARED, name)
    found = store.load(UsersItem, [mine, shared])
    items = [item for key in (mine, shared) if isinstance(item := found.get(key), ListViews)]
    own = found.get(mine)
    default_id = own.default_id if isinstance(own, ListViews) else ""
    return Views([SavedView(**entry) for item in items for entry in item.entries], default_id)


def save_view(
    *, list_name: str, name: str, query: str, shared: bool, is_default: bool, actor: Actor, by_name: str, now: datetime
) -> SavedView:
    """Save what the address asks for under a name; the same name again replaces it. Raises ViewRefused."""
    name = " ".join(name.split())
    if not name or len(name) > NAME_LIMIT:
        raise ViewRefused(f"Give the view a name of at most {NAME_LIMIT} characters.")
    if len(query) > QUERY_LIMIT:
        raise ViewRefused("These are too many filters for one view.")
    owner = SHARED if shared else actor.user_id
    view_id = derived_id("viw", owner, list_name, name.casefold())
    view = SavedView(view_id, name, query, actor.user_id, by_name, iso(now), shared)

    def change(item: ListViews) -> None:
        there = next((one for one in item.entries if one["view_id"] == view_id), None)
        if there and there["by"] != actor.user_id:
            raise ViewRefused(f"{there['by_name']} shares a view of this name; choose another one.")
        kept = [one for one in item.entries if one["view_id"] != view_id]
        if len(kept) >= MOST:
            raise ViewRefused(f"There are {MOST} views already; delete one first.")
        item.entries = sorted([*kept, asdict(view)], key=lambda one: one["name"].casefold())

    _changed(owner, list_name, "save_view", change, actor, now, after={"name": name, "query": query})
    if is_default:
        choose_default(list_name=list_name, view_id=view_id, actor=actor, now=now)
    return view


def choose_default(*, list_name: str, view_id: str, actor: Actor, now: datetime) -> None:
    """The list opens with this view for this person; "" with none."""

    def change(item: ListViews) -> None:
        item.default_id = view_id

    _changed(actor.user_id, list_name, "choose_view", change, actor, now, after={"view": view_id})


def delete_view(*, list_name: str, view_id: str, actor: Actor, now: datetime) -> None:
    """Delete one's own view, also a shared one that one made. Raises ViewRefused."""
    view = next((one for one in views_of(actor.user_id, list_name).views if one.view_id == view_id), None)
    if view is None or view.by != actor.user_id:
        raise ViewRefused("Only who made a view deletes it.")

    def change(item: ListViews) -> None:
        item.entries = [one for one in item.entries if one["view_id"] != view_id]
        item.default_id = "" if item.default_id == view_id else item.default_id

    owner = SHARED if view.shared else actor.user_id
    _changed(owner, list_name, "delete_view", change, actor, now, after={"name": view.name})


def _changed(
    owner: str,
    list_name: str,
    action: str,
    change: Callable[[ListViews], None],
    actor: Actor,
    now: datetime,
    after: dict[str, Any],
) -> None:
    """Load, change, save with the audit record, until nobody was faster."""
    key, ours = ListViews.key(owner, list_name), ""
    for attempt in range(ATTEMPTS):
        item = store.get(ListViews, key) or ListViews(user_id=key)
        if ours and item.audit_head == ours:
            return None
        change(item)
        entry = audit.record(item, action, actor=actor, now=now, after=after)
        try:
            return store.save([store.stored(item), entry])
        except store.OutcomeUnknown:
            ours = item.audit_head
        except (store.ConditionFailed, store.Conflict):
            pass
        store.pause(attempt)
    raise ViewRefused("Others are saving views of this list just now. Try again.")
