"""All that is stored, byte for byte: to see that something changed nothing, or to put it back."""

from collections import Counter, defaultdict
from typing import Any

from accounts.ledger import Line
from accounts.models import DayShard, Posting
from accounts.models.account import LedgerAccount
from accounts.totals import book_flows
from accounts.verifying import LedgerCheck
from cloudbank import tables

ACCOUNTS = tables.AccountsItem.Meta.table_name
Image = dict[tuple[str, str], dict[str, Any]]


def image() -> Image:
    """Every item of the three tables as DynamoDB's attribute map, by table and key."""
    found: Image = {}
    for base in tables.TABLES:
        asked: dict[str, Any] = {"TableName": base.Meta.table_name, "ConsistentRead": True}
        while True:
            answer = tables.connection().dispatch("Scan", asked)
            for raw in answer["Items"]:
                found[base.Meta.table_name, raw[str(base._hash_keyname)]["S"]] = raw
            if "LastEvaluatedKey" not in answer:
                break
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
    return found


def put_raw(table: str, raw: dict[str, Any]) -> None:
    """Store an item as it is, without the bank knowing."""
    tables.connection().dispatch("PutItem", {"TableName": table, "Item": raw})


def remove_raw(table: str, raw: dict[str, Any]) -> None:
    """Take an item away, without the bank knowing."""
    name = next(str(base._hash_keyname) for base in tables.TABLES if base.Meta.table_name == table)
    tables.connection().dispatch("DeleteItem", {"TableName": table, "Key": {name: raw[name]}})


def accounts_in(stored: Image) -> dict[str, LedgerAccount]:
    """The accounts of an image, by id."""
    items = (tables.AccountsItem.from_raw_data(dict(raw)) for (name, _), raw in stored.items() if name == ACCOUNTS)
    return {item.account_id: item for item in items if isinstance(item, LedgerAccount)}


def lines_in(stored: Image) -> list[Line]:
    """Its postings."""
    raws = (raw for raw in stored.values() if raw["kind"]["S"] == Posting.discriminator())
    return [Posting.from_raw_data(dict(raw)).line() for raw in raws]


def broken_in(stored: Image) -> list[str]:
    """What is wrong with its books: chains, hashes, sums, and the days' totals of what customers hold."""
    check = LedgerCheck(whole=True, states={key: one.state() for key, one in accounts_in(stored).items()})
    days: dict[str, list[Line]] = defaultdict(list)
    for line in lines_in(stored):
        days[line.business_date].append(line)
    for day in sorted(days):
        check.day(day, days[day])
        flows: Counter[str] = Counter()
        for line in days[day]:
            flows.update(book_flows(line))
        if {name: n for name, n in _told(stored, day).items() if n != flows.get(name, 0)}:
            check.report("I15 totals", f"{day}: the shards tell other flows than the postings")
    for state in check.states.values():
        check.account(state)
    check.finish({"USD": sum(check.house.values())}, {"USD": sum(one.balance for one in check.states.values())})
    return [problem.first for problem in check.problems.values()]


def _told(stored: Image, day: str) -> Counter[str]:
    """What the shards of a day say of the books by product."""
    told: Counter[str] = Counter()
    for (_, key), raw in stored.items():
        if raw["kind"]["S"] == DayShard.discriminator() and key.split("#")[2] == day:
            told.update({name: int(raw[name]["N"]) for name in ("net_checking", "net_savings") if name in raw})
    return told
