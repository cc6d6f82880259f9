"""`python -m benchmarks.bare_export GROUPS OUTPUT`: the CSV of postings by bare boto3 queries, one after the other.

GROUPS is a JSON file: the endpoint, the table, and for each day the groups of the index that hold its postings.
"""

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3

COLUMNS = [
    *("business_date", "posted_at", "type", "channel", "branch", "account_id", "sequence", "owner_id", "product"),
    *("counter", "counter_owner", "amount", "currency", "balance_after", "badge", "memo", "details", "movement_id"),
    "transaction_id",
]
MONEY = frozenset({"amount", "balance_after"})


def rows(client: Any, table: str, group: str) -> Iterator[dict[str, Any]]:
    """A group's postings, request by request."""
    names = {f"#f{number}": name for number, name in enumerate(COLUMNS)}
    asked = {
        "TableName": table,
        "IndexName": "by_day",
        "KeyConditionExpression": "day_group = :g",
        "ExpressionAttributeValues": {":g": {"S": group}},
        "ProjectionExpression": ", ".join(names),
        "ExpressionAttributeNames": names,
    }
    for page in client.get_paginator("query").paginate(**asked):
        yield from page["Items"]


def cell(name: str, value: dict[str, str] | None) -> str:
    """The text of a cell; amounts with two decimals."""
    if value is None:
        return ""
    if name not in MONEY:
        return value.get("S", value.get("N", ""))
    minor = int(value["N"])
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02d}"


def main(wanted: Path, output: Path) -> None:
    """Write the file."""
    known = json.loads(wanted.read_text())
    client = boto3.client("dynamodb", endpoint_url=known["endpoint"], region_name="us-east-1",
                          aws_access_key_id="bench", aws_secret_access_key="bench")  # fmt: skip
    with output.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        for groups in known["days"]:
            found = [row for group in groups for row in rows(client, known["table"], group)]
            found.sort(key=lambda row: (row["posted_at"]["S"], row["transaction_id"]["S"]))
            writer.writerows([cell(name, row.get(name)) for name in COLUMNS] for row in found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
