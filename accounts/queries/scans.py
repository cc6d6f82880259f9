"""Whole tables, read once from end to end: for the checker of the books only. No page and no posting ever scans."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from accounts.models import Posting
from cloudbank.tables import AccountsItem, Item, connection

PAGE = 400
"""Items a request: half of what fits into DynamoDB's megabyte; the embedded engine takes twice as long to fill one."""
Raw = dict[str, Any]
Seen = Callable[[int], None]
"""Told how many items of the table were passed by since the last time."""


class Part(NamedTuple):
    """One of so many parts of a table, from 1: DynamoDB splits it by the keys' hashes."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"part {self.number} of {self.of}"


WHOLE = Part(1, 1)


def items_of(table: type[Item], kinds: Iterable[str], seen: Seen, part: Part = WHOLE) -> Iterator[Raw]:
    """The items of these kinds, in one part of the table, as DynamoDB's attribute maps."""
    names = {f":k{number}": {"S": kind} for number, kind in enumerate(sorted(kinds))}
    asked: Raw = {"ExpressionAttributeNames": {"#k": "kind"}, "ExpressionAttributeValues": names}
    if part.of > 1:
        asked |= {"Segment": part.number - 1, "TotalSegments": part.of}
    yield from _scanned(table, asked | {"FilterExpression": f"#k IN ({', '.join(names)})"}, seen)


def accounts_in(currency: str, kinds: Iterable[type[Item]]) -> Iterator[Any]:
    """The accounts of these kinds in a currency, as items."""
    known = {kind.discriminator(): kind for kind in kinds}
    for raw in items_of(AccountsItem, known, lambda number: None):
        if raw.get("currency", {}).get("S") == currency:
            yield known[raw["kind"]["S"]].from_raw_data(raw)


def all_but_postings(currency: str, seen: Seen) -> Iterator[Raw]:
    """Whatever BankingTransactions holds beside the postings of a currency; what was passed by and not given is one."""
    asked = _postings_of(currency) | {"FilterExpression": "#k <> :k OR #c <> :c"}
    yield from _scanned(Posting, asked, seen)


def posting_numbers(currency: str, seen: Seen) -> Iterator[tuple[str, int]]:
    """(account, sequence) of every posting of a currency."""
    asked = _postings_of(currency)
    asked["ExpressionAttributeNames"] |= {"#s": "sequence"}
    for raw in _scanned(Posting, asked | {"ProjectionExpression": "account_id, #s"}, seen):
        yield raw.get("account_id", {}).get("S", ""), int(raw.get("sequence", {}).get("N", "0"))


def size_of(table: type[Item]) -> int:
    """About how many items a table holds; Amazon's count is hours old."""
    described = connection().describe_table(table.Meta.table_name) or {}
    return int(described.get("ItemCount", 0))


def _postings_of(currency: str) -> Raw:
    return {
        "FilterExpression": "#k = :k AND #c = :c",
        "ExpressionAttributeNames": {"#k": "kind", "#c": "currency"},
        "ExpressionAttributeValues": {":k": {"S": Posting.discriminator()}, ":c": {"S": currency}},
    }


def _scanned(table: type[Item], asked: Raw, seen: Seen) -> Iterator[Raw]:
    for answer in _pages(table, asked):
        yield from answer["Items"]
        seen(answer["ScannedCount"])


def _pages(table: type[Item], asked: Raw) -> Iterator[Raw]:
    asked = asked | {"TableName": table.Meta.table_name, "Limit": PAGE}
    while True:
        answer: Raw = connection().dispatch("Scan", asked)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
