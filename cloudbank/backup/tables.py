"""Whole tables for back-ups: read by segments of a Scan, at a pace; written in batches, patiently; counted."""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cloudbank import store
from cloudbank.backup import BackupError
from cloudbank.backup.parts import Raw
from cloudbank.tables import TABLES, Item, connection

ORDER = tuple(reversed(TABLES))
"""What names others is read before what is named: a lease (accounts) is never older than its run (transactions)."""
PAGE = 400
"""Items a request: half of what fits into DynamoDB's megabyte; the embedded engine takes twice as long to fill one."""
PATIENCE = 14
"""Tries of one request, about two minutes in all: a table that was just made takes little at first."""
_AGAIN = {
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "InternalServerError",
    "ServiceUnavailable",
}


class Pace:
    """At most so many of DynamoDB's capacity units a second, over all threads; 0: as many as it gives."""

    def __init__(self, units_per_second: float) -> None:
        self._rate, self._free_at, self._lock = units_per_second, time.monotonic(), threading.Lock()

    def spent(self, units: float) -> None:
        """Waits until so many more may be asked for."""
        if not self._rate:
            return
        with self._lock:
            self._free_at = max(self._free_at, time.monotonic()) + units / self._rate
            wait = self._free_at - time.monotonic()
        if wait > 0:
            time.sleep(wait)


def asked(operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """One request, tried again while DynamoDB is busy or out of reach. Only for what may be done twice."""
    for attempt in range(PATIENCE):
        try:
            answer: dict[str, Any] = connection().client._make_api_call(operation, arguments)
            return answer
        except ClientError as error:
            told, last = error.response.get("Error", {}), error
            if told.get("Code") not in _AGAIN:
                raise BackupError(
                    f"DynamoDB refused {operation}: {told.get('Code')} {told.get('Message', '')}"
                ) from error
        except BotoCoreError as error:
            last = error
        store.pause(attempt, base=0.05, ceiling=20)
    raise BackupError(f"DynamoDB did not answer {operation} ({last}); run the same command again, it goes on") from last


def pages(
    base: type[Item], segment: int, segments: int, after: Raw | None, pace: Pace
) -> Iterator[tuple[list[Raw], Raw | None]]:
    """(items, key to go on with; None at the end) of a segment, strongly read, request by request."""
    arguments: dict[str, Any] = {
        "TableName": base.Meta.table_name,
        "ConsistentRead": True,
        "Limit": PAGE,
        "ReturnConsumedCapacity": "TOTAL",
        "Segment": segment,
        "TotalSegments": segments,
    }
    while True:
        answer = asked("Scan", arguments | ({"ExclusiveStartKey": after} if after else {}))
        after = answer.get("LastEvaluatedKey")
        yield answer["Items"], after
        if after is None:
            return
        pace.spent(answer.get("ConsumedCapacity", {}).get("CapacityUnits", 0))


def write(base: type[Item], items: Collection[Raw]) -> None:
    """At most 25 items with different keys, until none is left over. Writing them twice does no harm."""
    pending: dict[str, Any] = {base.Meta.table_name: [{"PutRequest": {"Item": item}} for item in items]}
    for attempt in range(PATIENCE):
        pending = asked("BatchWriteItem", {"RequestItems": pending}).get("UnprocessedItems", {})
        if not pending:
            return
        store.pause(attempt, base=0.05, ceiling=20)
    raise BackupError("DynamoDB keeps leaving items unwritten; run the same command again, it goes on")


def keep(item: Item) -> None:
    """Put an item of our own as it is now; twice does no harm, and the job's lease keeps others away."""
    asked("PutItem", {"TableName": item.Meta.table_name, "Item": item.serialize()})


def passing_kinds(base: type[Item]) -> set[str]:
    """The kinds of a table that are not kept: they end by themselves, and nobody is to be signed in by a restore."""
    found = set()
    for kind in base.__subclasses__():
        found |= passing_kinds(kind) | (set() if kind.backed_up else {kind.discriminator()})
    return found


def count(base: type[Item], seen: Callable[[int], None]) -> int:
    """How many items that are kept a table holds, strongly read: DynamoDB's own number is hours old."""
    arguments: dict[str, Any] = {"TableName": base.Meta.table_name, "Select": "COUNT", "ConsistentRead": True}
    if passing := sorted(passing_kinds(base)):
        names = [f":kind{place}" for place in range(len(passing))]
        arguments |= {
            "FilterExpression": f"NOT (kind IN ({', '.join(names)}))",
            "ExpressionAttributeValues": {name: {"S": kind} for name, kind in zip(names, passing, strict=True)},
        }
    found = 0
    while True:
        answer = asked("Scan", arguments)
        found += answer["Count"]
        seen(found)
        if "LastEvaluatedKey" not in answer:
            return found
        arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def is_empty(base: type[Item]) -> bool:
    """Whether there is not one item."""
    answer = asked("Scan", {"TableName": base.Meta.table_name, "Limit": 1, "ConsistentRead": True})
    return not answer["Items"]


def described(base: type[Item]) -> Raw:
    """Of a live table: what a reader of the back-up may want to know."""
    told = asked("DescribeTable", {"TableName": base.Meta.table_name})["Table"]
    lives = asked("DescribeTimeToLive", {"TableName": base.Meta.table_name})["TimeToLiveDescription"]
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for index in told.get("GlobalSecondaryIndexes", [])
    ]
    return {
        "name": base.Meta.table_name,
        "arn": told.get("TableArn", ""),
        "keys": told["KeySchema"],
        "attributes": told["AttributeDefinitions"],
        "indexes": indexes,
        "expires_by": lives.get("AttributeName", ""),
        "key_of_encryption": told.get("SSEDescription", {}).get("KMSMasterKeyArn", ""),
    }
