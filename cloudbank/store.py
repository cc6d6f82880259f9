"""Load and save: the only way to DynamoDB for what must be strongly read or all-or-nothing.

`load` is one BatchGetItem a table, `save` one TransactWriteItems, `flush` BatchWriteItem for
the bulk path. Failures are told apart by what the caller must do next, not by AWS's names (cloudbank.refusals).
"""

import logging
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError
from django.conf import settings

from cloudbank.refusals import ConditionFailed as ConditionFailed
from cloudbank.refusals import Conflict as Conflict
from cloudbank.refusals import OutcomeUnknown as OutcomeUnknown
from cloudbank.refusals import StoreError as StoreError
from cloudbank.refusals import Unavailable as Unavailable
from cloudbank.refusals import by_code, named
from cloudbank.tables import Item, clocks, connection, tries
from cloudbank.telling.tally import ENGINE, LOST, RETRIES, tally
from cloudbank.writes import Add as Add
from cloudbank.writes import Check as Check
from cloudbank.writes import Delete as Delete
from cloudbank.writes import Put as Put
from cloudbank.writes import RawPut as RawPut
from cloudbank.writes import Update as Update
from cloudbank.writes import Write as Write
from cloudbank.writes import changed as changed
from cloudbank.writes import new as new
from cloudbank.writes import stored as stored

I = TypeVar("I", bound=Item)  # noqa: E741
BATCH_GET = 100
log = logging.getLogger(__name__)
KEY_BYTES = 2_048
BATCH_WRITE = 25
_TIMED = {"GetItem", "BatchGetItem", "TransactGetItems", "TransactWriteItems"}
"""What people wait for. Whole pages of a day, and what a job writes in bulk, take long by their size."""


def load(model: type[I], keys: Iterable[str], *, consistent: bool = True) -> dict[str, I]:
    """The items with these keys that exist, by key. One BatchGetItem for each 100 keys.

    `model` may be a table's base: each item comes back as its own kind.
    """
    found: dict[str, I] = {}
    for raw in load_raw(model, keys, consistent=consistent):
        if (item := _made(model, raw)) is not None:
            found[item.hash_key] = item
    return found


def _made(model: type[I], raw: dict[str, Any]) -> I | None:
    """The item, if this program knows its kind and can read it: anything else is nothing that can be worked with."""
    kinds: Any = model._get_discriminator_attribute()
    try:
        if kinds.deserialize(raw.get("kind", {}).get("S")) is None:
            return None
        return model.from_raw_data(raw)
    except ValueError as error:
        log.error(
            "An item of %s cannot be read: %s; verify_ledger names it.", model.Meta.table_name, type(error).__name__
        )
        return None


def load_raw(model: type[Item], keys: Iterable[str], *, consistent: bool = True) -> Iterator[dict[str, Any]]:
    """The same, each item as DynamoDB's attribute map."""
    wanted = list(dict.fromkeys(keys))
    for start in range(0, len(wanted), BATCH_GET):
        yield from _batch_get(model, wanted[start : start + BATCH_GET], consistent)


def load_together(model: type[I], keys: Sequence[str]) -> dict[str, I]:
    """The same in one TransactGetItems: as of one moment, never half of a transaction that is being written.

    Raises Conflict when one is being written: ask again.
    """
    gets = [{"Get": {"TableName": model.Meta.table_name, "Key": {model._hash_keyname: {"S": key}}}} for key in keys]
    try:
        answer = _call("TransactGetItems", {"TransactItems": gets})
    except ClientError as error:
        raise named(error, ()) from error
    raws = [one["Item"] for one in answer["Responses"] if one.get("Item")]
    items = [item for raw in raws if (item := _made(model, raw)) is not None]
    return {item.hash_key: item for item in items}


def index_keys(
    model: type[Item],
    index: str,
    group: str,
    *,
    after: str = "",
    upto: str = "",
    backwards: bool = False,
    limit: int = 0,
) -> Iterator[tuple[str, str]]:
    """(order, key) of the items that an index holds for a group, in its order; 0: all.

    For the KEYS_ONLY indexes, whose rows carry no `kind` for PynamoDB to filter by. `after` and
    `upto` bound the order (both exclusive); going backwards they swap their roles.
    """
    schema = {key["KeyType"]: key["AttributeName"] for key in model._indexes[index]._get_schema()["key_schema"]}
    hash_name, order_name = schema["HASH"], schema["RANGE"]
    low, high = (upto, after) if backwards else (after, upto)
    kwargs: dict[str, Any] = {
        "TableName": model.Meta.table_name,
        "IndexName": index,
        "ScanIndexForward": not backwards,
        "KeyConditionExpression": "#g = :g",
        "ExpressionAttributeNames": {"#g": hash_name},
        "ExpressionAttributeValues": {":g": {"S": group}},
    }
    if low or high:
        # One range condition is all a query takes; the ends themselves are dropped below.
        kwargs["KeyConditionExpression"] += " AND #o BETWEEN :low AND :high"
        kwargs["ExpressionAttributeNames"]["#o"] = order_name
        kwargs["ExpressionAttributeValues"] |= {":low": {"S": low or " "}, ":high": {"S": high or "\U0010ffff"}}
    if limit:
        kwargs["Limit"] = limit + 2
    seen = 0
    while True:
        answer = _call("Query", kwargs)
        for row in answer["Items"]:
            order = row[order_name]["S"]
            if order in (low, high):
                continue
            yield order, row[model._hash_keyname]["S"]
            seen += 1
            if seen == limit:
                return
        if "LastEvaluatedKey" not in answer:
            return
        kwargs["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def index_rows(
    model: type[Item],
    index: str,
    group: str,
    *,
    fields: Sequence[str] = (),
    negative: str = "",
    having: Mapping[str, str] | None = None,
) -> Iterator[dict[str, Any]]:
    """The items of one kind that an index holds for a group, in its order, as DynamoDB's attribute maps.

    For whole days: half of what reading an item costs is making an object of it. `fields`: only these attributes;
    `negative`: only items whose number of this name is below zero; `having`: only items with these texts.
    """
    for page in index_pages(model, index, group, fields=fields, negative=negative, having=having):
        yield from page


def index_pages(
    model: type[Item],
    index: str,
    group: str,
    *,
    fields: Sequence[str] = (),
    negative: str = "",
    having: Mapping[str, str] | None = None,
    size: int = 0,
) -> Iterator[list[dict[str, Any]]]:
    """The same, request by request: of at most `size` items that are read (0: as many as DynamoDB gives)."""
    schema = {key["KeyType"]: key["AttributeName"] for key in model._indexes[index]._get_schema()["key_schema"]}
    kwargs: dict[str, Any] = {
        "TableName": model.Meta.table_name,
        "IndexName": index,
        "KeyConditionExpression": "#g = :g",
        "FilterExpression": "#k = :k",
        "ExpressionAttributeNames": {"#g": schema["HASH"], "#k": "kind"},
        "ExpressionAttributeValues": {":g": {"S": group}, ":k": {"S": model.discriminator()}},
    }
    if size:
        kwargs["Limit"] = size
    if negative:
        kwargs["FilterExpression"] += " AND #n < :zero"
        kwargs["ExpressionAttributeNames"]["#n"] = negative
        kwargs["ExpressionAttributeValues"][":zero"] = {"N": "0"}
    for number, (name, text) in enumerate((having or {}).items()):
        kwargs["FilterExpression"] += f" AND #h{number} = :h{number}"
        kwargs["ExpressionAttributeNames"][f"#h{number}"] = name
        kwargs["ExpressionAttributeValues"][f":h{number}"] = {"S": text}
    if fields:
        names = {f"#f{number}": name for number, name in enumerate(fields)}
        kwargs["ProjectionExpression"] = ", ".join(names)
        kwargs["ExpressionAttributeNames"] |= names
    while True:
        answer = _call("Query", kwargs)
        yield answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        kwargs["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def get(model: type[I], key: str, *, consistent: bool = True) -> I | None:
    """The item with this key, or None. Of another kind than `model`: None too; no key is longer than DynamoDB's."""
    if len(key.encode()) > KEY_BYTES:
        return None
    kwargs = {
        "TableName": model.Meta.table_name,
        "Key": {model._hash_keyname: {"S": key}},
        "ConsistentRead": consistent,
    }
    raw = _call("GetItem", kwargs).get("Item")
    if raw is None:
        return None
    base: Any = next(cls for cls in reversed(model.__mro__) if getattr(cls, "_hash_keyname", None))
    item = _made(base, raw)
    return item if isinstance(item, model) else None


def _batch_get(model: type[Item], keys: list[str], consistent: bool) -> list[dict[str, Any]]:
    table = model.Meta.table_name
    request = {"Keys": [{model._hash_keyname: {"S": key}} for key in keys], "ConsistentRead": consistent}
    rows: list[dict[str, Any]] = []
    for attempt in range(8):
        answer = _call("BatchGetItem", {"RequestItems": {table: request}})
        rows += answer.get("Responses", {}).get(table, [])
        request = answer.get("UnprocessedKeys", {}).get(table, {})
        if not request:
            return rows
        pause(attempt)
    raise Unavailable("DynamoDB keeps leaving keys unread")


def save(writes: Sequence[Write]) -> None:
    """All writes or none, in one TransactWriteItems. Raises the errors of cloudbank.refusals."""
    refuse_wrong_clock()
    try:
        _call("TransactWriteItems", {"TransactItems": [write.request() for write in writes]})
    except ClientError as error:
        failure = OutcomeUnknown("the SDK's first try was not answered") if tries.doubtful else named(error, writes)
        _tell_unknown(failure)
        raise failure from error
    except OutcomeUnknown as unknown:
        _tell_unknown(unknown)
        raise


def _tell_unknown(error: StoreError) -> None:
    """One line for each answer that was lost; an alarm counts them (deploy/templates/watch.yaml)."""
    if isinstance(error, OutcomeUnknown):
        tally.add(LOST)
        log.warning("Outcome unknown of a transaction: %s", error)


def refuse_wrong_clock() -> None:
    """Raise Unavailable while this host's clock is off: its business date would stay on the accounts it touches."""
    if why := clocks.says(settings.CLOCK_TOLERANCE_SECONDS):
        log.error(why)
        raise Unavailable(why)


def _call(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
    """One request. Lost answers become OutcomeUnknown, an unreachable engine Unavailable."""
    tries.doubtful, begun = False, time.perf_counter()
    try:
        answer: dict[str, Any] = connection().dispatch(operation, kwargs)
    except (EndpointConnectionError, ConnectTimeoutError) as error:
        raise (OutcomeUnknown if tries.doubtful else Unavailable)(str(error)) from error
    except ClientError as error:
        if operation in ("TransactWriteItems", "TransactGetItems"):
            raise
        raise by_code(error) from error
    except BotoCoreError as error:
        raise OutcomeUnknown(type(error).__name__) from error
    finally:
        if operation in _TIMED:
            tally.time(ENGINE, time.perf_counter() - begun)
    return answer


def flush(table: type[Item], requests: list[dict[str, Any]]) -> None:
    """BatchWriteItem of at most 25 serialised items (`item.serialize()`), until none is left over."""
    pending = {table.Meta.table_name: [{"PutRequest": {"Item": item}} for item in requests]}
    for attempt in range(12):
        pending = _call("BatchWriteItem", {"RequestItems": pending}).get("UnprocessedItems", {})
        if not pending:
            return
        pause(attempt)
    raise Unavailable("DynamoDB keeps leaving items unwritten; run the command again, it resumes")


def put(item: Item) -> None:
    """Write one item by itself, whatever is there: for what is of no consequence, at half of a transaction's price."""
    _call("PutItem", {"TableName": item.Meta.table_name, "Item": item.serialize()})


def pause(attempt: int, *, base: float = 0.005, ceiling: float = 0.4) -> None:
    """Before another try. Full jitter: wait up to base * 2^attempt seconds."""
    tally.add(RETRIES)
    time.sleep(random.uniform(0, min(ceiling, base * 2**attempt)))  # noqa: S311  jitter, not a secret
