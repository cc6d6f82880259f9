"""What the live tables lack or have otherwise than the code says: found by describing them, never changed by finding.

`additions` are the changes that only add. Nothing here deletes a table or an index: what is too much is said.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.exceptions import TableDoesNotExist

from cloudbank.tables.base import Item, connection

BREAKS, UNSAFE, SPARE = "breaks", "unsafe", "spare"
"""The code cannot work with it; it works but is not protected as it should be; there is more than the code asks for."""
TTL = "expires_at"
Description = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that is otherwise. `adds`: the change that mends it, if it only adds."""

    table: str
    weight: str
    says: str
    adds: Callable[[Any], Any] | None = None


def differences(base: type[Item], *, is_amazon: bool) -> list[Difference]:
    """Of one table. What only Amazon has (back-ups, deletion protection, keys) is asked for there alone."""
    name = base.Meta.table_name
    try:
        described: Description = base.describe_table()
    except TableDoesNotExist:
        return [Difference(name, BREAKS, "is missing", lambda _: base.create_table(wait=True))]
    found = [Difference(name, *one) for one in _shape(base, described)]
    found += [Difference(name, BREAKS, *one) for one in _missing_indexes(base, described)]
    found += [Difference(name, *one) for one in _odd_indexes(base, described)]
    found += [Difference(name, UNSAFE, *one) for one in _lives(name)]
    if is_amazon:
        found += [Difference(name, UNSAFE, *one) for one in _protection(name, described)]
    return found


def _keys(schema: Any) -> tuple[str, ...]:
    """The attributes of a key, hash first."""
    return tuple(one["AttributeName"] for one in sorted(schema, key=lambda one: one["KeyType"] != "HASH"))


def _types(described: Description) -> dict[str, str]:
    return {one["AttributeName"]: one["AttributeType"] for one in described.get("AttributeDefinitions", [])}


def _shape(base: type[Item], described: Description) -> Iterator[tuple[str, str]]:
    wanted = base._get_schema()
    if (has := _keys(described["KeySchema"])) != (due := _keys(wanted["key_schema"])):
        yield BREAKS, f"has the key {', '.join(has)} and not {', '.join(due)}; a table's key cannot be changed"
    types = _types(described)
    for name, wanted_type in sorted(_wanted_types(base).items()):
        if types.get(name, wanted_type) != wanted_type:
            yield BREAKS, f"keeps {name} as {types[name]} and not {wanted_type}"
    if described.get("TableStatus", "ACTIVE") not in ("ACTIVE", "UPDATING"):
        yield BREAKS, f"is {described['TableStatus']}"
    billing = described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    if billing != base.Meta.billing_mode:
        yield UNSAFE, f"is billed as {billing} and not {base.Meta.billing_mode}: it refuses what goes over its capacity"


def _wanted_types(base: type[Item]) -> dict[str, str]:
    """Of the keys of the table and of its indexes."""
    schemas: list[Any] = [base._get_schema(), *(index._get_schema() for index in base._indexes.values())]
    return {one["AttributeName"]: one["AttributeType"] for schema in schemas for one in schema["attribute_definitions"]}


def _missing_indexes(base: type[Item], described: Description) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    there = {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
    for name in sorted(set(base._indexes) - there):
        yield f"lacks the index {name}", _adding(base, name)


def _adding(base: type[Item], name: str) -> Callable[[Any], Any]:
    schema: Any = base._indexes[name]._get_schema()
    types = _wanted_types(base)
    made = {"IndexName": name, "KeySchema": schema["key_schema"], "Projection": schema["projection"]}
    return lambda client: client.update_table(
        TableName=base.Meta.table_name,
        AttributeDefinitions=[
            {"AttributeName": key, "AttributeType": types[key]}
            for key in sorted({*_keys(schema["key_schema"]), *_keys(base._get_schema()["key_schema"])})
        ],
        GlobalSecondaryIndexUpdates=[{"Create": made}],
    )


def _odd_indexes(base: type[Item], described: Description) -> Iterator[tuple[str, str]]:
    for index in described.get("GlobalSecondaryIndexes", []):
        name = index["IndexName"]
        if name not in base._indexes:
            yield SPARE, f"has the index {name}, which this release does not ask; each write pays for it"
            continue
        due: Any = base._indexes[name]._get_schema()
        if (has := _keys(index["KeySchema"])) != (keys := _keys(due["key_schema"])):
            yield BREAKS, f"has the index {name} by {', '.join(has)} and not by {', '.join(keys)}"
        projected, wanted = index["Projection"]["ProjectionType"], due["projection"]["ProjectionType"]
        if projected != wanted:
            yield (BREAKS if wanted == "ALL" else SPARE), f"projects {projected} into {name} and not {wanted}"
        if index.get("IndexStatus", "ACTIVE") != "ACTIVE":
            yield BREAKS, f"is still filling the index {name} ({index['IndexStatus']}); wait for it"


def _lives(name: str) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    told = connection().client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    wanted = {"Enabled": True, "AttributeName": TTL}
    if told.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING") or told.get("AttributeName") != TTL:
        yield (
            f"does not let items end at {TTL}: sessions and counters would stay",
            lambda client: client.update_time_to_live(TableName=name, TimeToLiveSpecification=wanted),
        )


def _protection(name: str, described: Description) -> Iterator[tuple[str, Callable[[Any], Any] | None]]:
    if not _is_backed_up(name):
        wanted = {"PointInTimeRecoveryEnabled": True}
        yield (
            "is not backed up continuously (point-in-time recovery is off)",
            lambda client: client.update_continuous_backups(
                TableName=name, PointInTimeRecoverySpecification=wanted
            ),
        )  # fmt: skip
    if not described.get("DeletionProtectionEnabled"):
        yield (
            "can be deleted by one request (deletion protection is off)",
            lambda client: client.update_table(TableName=name, DeletionProtectionEnabled=True),
        )
    if described.get("SSEDescription", {}).get("SSEType") != "KMS":
        yield "is not encrypted under a key of the bank's own", None


def _is_backed_up(name: str) -> bool:
    try:
        told = connection().client.describe_continuous_backups(TableName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ContinuousBackupsUnavailableException":
            return False
        raise
    state: Description = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return state.get("PointInTimeRecoveryStatus") == "ENABLED"
