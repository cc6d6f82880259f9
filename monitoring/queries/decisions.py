"""Closed alerts as decisions, the newest first, up to a bound."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudbank import store
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.tables import TransactionsItem
from monitoring.models import CLOSED, WORKLIST_CLOSED, Alert
from monitoring.performance import Decision

MOST = 2_000
_NOTHING: dict[str, Any] = {}


@dataclass(frozen=True)
class Decisions:
    """The decisions since an instant; `is_cut`: there are more than MOST, and these are the newest."""

    rows: list[Decision]
    is_cut: bool


def decisions_since(moment: datetime) -> Decisions:
    """What was closed since then. An alert costs one key and one item to read, and no object; nothing is scanned."""
    keys = store.index_keys(
        TransactionsItem, "worklist", WORKLIST_CLOSED, upto=iso(moment), backwards=True, limit=MOST + 1
    )
    found = list(_decided([key for _, key in keys]))
    return Decisions(found[:MOST], len(found) > MOST)


def _decided(keys: list[str]) -> Iterator[Decision]:
    """In the order of the keys; one that was opened again meanwhile is none."""
    raws = {raw["transaction_id"]["S"]: raw for raw in store.load_raw(TransactionsItem, keys)}
    for key in keys:
        raw = raws.get(key, _NOTHING)
        if raw.get("kind") == {"S": Alert.discriminator()} and _text(raw, "status") == CLOSED:
            yield _decision(raw)


def _text(raw: Mapping[str, Any], name: str) -> str:
    return str(raw.get(name, _NOTHING).get("S", ""))


def _decision(raw: Mapping[str, Any]) -> Decision:
    closed, due = from_iso(_text(raw, "closed_at")), _text(raw, "due_at")
    return Decision(
        frozenset(raw["rules"]["SS"]),
        _text(raw, "severity"),
        _text(raw, "outcome"),
        from_iso(_text(raw, "opened_at")),
        closed,
        from_iso(due) if due else None,
        bank_calendar().local(closed).date().isoformat(),
        _text(raw, "case_id"),
    )
