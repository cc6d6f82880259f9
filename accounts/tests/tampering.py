"""Editing what is stored, field by field: which fields an item can have, and another value for each."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from accounts.queries import totals
from accounts.services.verification import verify
from accounts.tests.images import Image
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.tables import Item

Raw = dict[str, Any]


def problems() -> list[str]:
    """What the full check names; a few minutes from now, when all that ended has settled."""
    totals.forget()
    parameters.forget()
    found = verify("USD", full=True, now=utcnow() + timedelta(minutes=5))
    return [one.first for one in found.problems.values()]


def other(value: Raw) -> Raw:
    """Another value of the same type."""
    ((type_, content),) = value.items()
    if type_ == "N":
        return {"N": str(int(content) + 1)}
    if type_ == "BOOL":
        return {"BOOL": not content}
    if type_ == "B":
        return {"B": b"rubbish"}
    if content.startswith("{"):
        return {"S": '{"2026-01":7}'}
    if content.startswith("["):
        return {"S": '["more"]'}
    if len(content) == 10 and content[:4].isdigit():
        return {"S": "2020-01-02"}
    return {"S": f"{content}x"} if not content[:4].isdigit() else {"S": f"2020{content[4:]}"}


def key_of(raw: Raw) -> str:
    """Its hash key."""
    return str((raw.get("transaction_id") or raw["account_id"])["S"])


def edits(kind: type[Item], raw: Raw) -> Iterator[tuple[str, Raw]]:
    """(field, the item with that field changed) for all that it has, and for all that its kind could have."""
    for name, value in sorted(raw.items()):
        if name != "kind" and value != {"S": key_of(raw)}:  # another key is another item
            yield name, raw | {name: other(value)}
    for attribute in kind.get_attributes().values():
        if attribute.attr_name not in raw:
            yield attribute.attr_name, raw | {attribute.attr_name: _some(attribute.attr_type)}


def _some(type_: str) -> Raw:
    values: dict[str, Raw] = {"N": {"N": "7"}, "BOOL": {"BOOL": True}}
    return values.get(type_, {"S": "2020-01-02"})


def of_kind(stored: Image, kind: str, **values: str) -> Iterator[tuple[str, Raw]]:
    """(table, item) of the items of a kind with these values, in order of their keys."""
    for (table, _), raw in sorted(stored.items()):
        if raw["kind"]["S"] == kind and all(raw.get(name, {}).get("S") == value for name, value in values.items()):
            yield table, raw
