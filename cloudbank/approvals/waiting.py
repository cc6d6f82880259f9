"""Reads of requests, each by a key or an index."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudbank import store
from cloudbank.approvals.effects import find_effect, kinds
from cloudbank.approvals.request import (
    EXPIRED,
    FIRST_DATE,
    PENDING,
    SETTLED,
    WAITING,
    Approval,
    Filed,
    about_group,
    asked_group,
    behind,
    same_person,
)
from cloudbank.roles import allows
from cloudbank.tables import TransactionsItem

MOST_COUNTED = 99
CHUNK = 100
READS_ALL = "compliance.view_audit"


def find(approval_id: str) -> Approval | None:
    """The request, read strongly, or None."""
    return store.get(Approval, approval_id)


def may_decide(role: str) -> bool:
    """Whether this role can decide on any kind of request."""
    return any(allows(role, one.permission) for one in kinds())


def waiting_for(user_id: str, role: str, now: datetime) -> int:
    """How many requests wait for a decision that this person may take; MOST_COUNTED + 1: more than these.

    One small query of keys (about 150 bytes each), none for a role that decides on nothing.
    """
    if not may_decide(role):
        return 0
    keys = store.index_keys(Approval, "worklist", WAITING, after=behind(now), limit=MOST_COUNTED + 1)
    return sum(is_for(one.code, one.maker_id, user_id, role) for one in (Filed.of(order, key) for order, key in keys))


def is_for(code: str, maker_id: str, user_id: str, role: str) -> bool:
    """Whether this person may decide on a request of this kind and asker, while it is pending."""
    effect = find_effect(code)
    return effect is not None and allows(role, effect.permission) and not same_person(maker_id, user_id)


def is_visible(code: str, maker_id: str, user_id: str, role: str) -> bool:
    """Who may read a request: who asked, who may ask or decide on such, who reads all; of a secret kind nobody else."""
    effect = find_effect(code)
    if effect is not None and effect.secret and not allows(role, effect.secret):
        return False
    known = effect is not None and (allows(role, effect.permission) or allows(role, effect.asks))
    return known or allows(role, READS_ALL) or same_person(maker_id, user_id)


@dataclass(frozen=True)
class Range:
    """A part of one group of the worklist."""

    group: str
    after: str = ""
    upto: str = ""
    backwards: bool = False

    def keys(self, start: str) -> Iterator[Filed]:
        """All of it from an order on (exclusive), in chunks."""
        while True:
            chunk = [
                Filed.of(order, key)
                for order, key in store.index_keys(
                    Approval,
                    "worklist",
                    self.group,
                    after=start or self.after,
                    upto=self.upto,
                    backwards=self.backwards,
                    limit=CHUNK,
                )
            ]
            yield from chunk
            if len(chunk) < CHUNK:
                return
            start = chunk[-1].order


def ranges(state: str, now: datetime) -> list[Range]:
    """Where requests of a state stand: `pending` what waits, `settled` everything else, or one state of it."""
    if state == PENDING:
        return [Range(WAITING, upto=FIRST_DATE), Range(WAITING, after=behind(now))]
    settled = Range(SETTLED, backwards=True)
    if state == EXPIRED:
        return [Range(WAITING, after=behind(now), upto=FIRST_DATE, backwards=True), settled]
    return [settled]


def listed(
    state: str, *, now: datetime, wanted: Callable[[Filed], bool], cursor: Any, limit: int
) -> tuple[list[Approval], Any]:
    """A page of the requests in a state whose keys are `wanted`, and the next cursor (None: no more).

    What waits comes by its expiry, soonest first; what is settled newest first. Reads on until the page is full.
    """
    rows, following = _page(state, now, wanted, cursor, limit)
    if following and not _page(state, now, wanted, following, 1)[0]:
        following = None
    return rows, following


def _page(
    state: str, now: datetime, wanted: Callable[[Filed], bool], cursor: Any, limit: int
) -> tuple[list[Approval], Any]:
    place, start = cursor or (0, "")
    parts = ranges(state, now)
    rows: list[Approval] = []
    while place < len(parts):
        chunk: list[Filed] = []
        for filed in parts[place].keys(start):
            start = filed.order
            if wanted(filed):
                chunk.append(filed)
            if len(rows) + len(chunk) == limit:
                rows += _fresh(chunk, state, now)
                chunk = []
                if len(rows) == limit:
                    return rows, [place, start]
        rows += _fresh(chunk, state, now)
        place, start = place + 1, ""
    return rows, None


def _fresh(chunk: list[Filed], state: str, now: datetime) -> list[Approval]:
    """The items as they are now; the index may lag behind them."""
    loaded = store.load(TransactionsItem, [one.approval_id for one in chunk])
    items = [loaded[one.approval_id] for one in chunk if one.approval_id in loaded]
    return [item for item in items if isinstance(item, Approval) and _is(item, state, now)]


def _is(item: Approval, state: str, now: datetime) -> bool:
    here = item.state_at(now)
    if state == PENDING:
        return here == PENDING or item.is_unfinished
    return (here != PENDING and not item.is_unfinished) if state == "settled" else here == state


def asked_by(
    user_id: str, *, wanted: Callable[[Approval], bool] = lambda item: True, cursor: Any = None, limit: int = 50
) -> tuple[list[Approval], Any]:
    """A page of what a person asked, newest first, and the next cursor (None: no more)."""
    rows: list[Approval] = []
    for item in Approval.by_day.query(
        asked_group(user_id), scan_index_forward=False, page_size=CHUNK, last_evaluated_key=_place(user_id, cursor)
    ):
        if not wanted(item):
            continue
        if len(rows) == limit:
            return rows, [rows[-1].day_order, rows[-1].approval_id]
        rows.append(item)
    return rows, None


def _place(user_id: str, cursor: Any) -> dict[str, Any] | None:
    if not cursor:
        return None
    order, key = cursor
    return {"day_group": {"S": asked_group(user_id)}, "day_order": {"S": order}, "transaction_id": {"S": key}}


def open_about(about: str, now: datetime, *codes: str) -> list[Approval]:
    """The requests about something that wait or are being carried out, newest first; `codes`: only of these kinds.

    One index query.
    """
    wanted = [one for one in concerning(about) if not codes or one.code in codes]
    return [one for one in wanted if one.state_at(now) == PENDING or one.is_unfinished]


def open_one(about: str, now: datetime, *codes: str) -> Approval | None:
    """The newest of them, or None."""
    return next(iter(open_about(about, now, *codes)), None)


def concerning(about: str, limit: int = 20) -> list[Approval]:
    """The latest requests about something, newest first."""
    return list(Approval.by_subject.query(about_group(about), scan_index_forward=False, limit=limit))
