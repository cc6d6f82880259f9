"""What the web hosts' role allows, read off deploy/templates/roles.yaml: a page of any test that would need more fails."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from django.conf import settings

from cloudbank.tests.cloudformation import as_list, statements, template

IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
Right = tuple[str, str]


@cache
def web_rights() -> dict[Right, tuple[str, ...]]:
    """(operation, table) -> the patterns that its keys must match; none: any key."""
    found: dict[Right, tuple[str, ...]] = {}
    for one in statements(template("roles")["Resources"]["WebRole"]):
        keys = one.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ())
        tables = {f"Banking{name}" for name in re.findall(r"-(\w+)TableArn", json.dumps(one["Resource"]))}
        for action in as_list(one["Action"]):
            service, _, operation = action.partition(":")
            if service == "dynamodb":
                found |= {(operation, table): tuple(keys) for table in tables}
    return found


def needed(operation: str, asked: dict[str, Any]) -> Iterator[tuple[Right, dict[str, Any]]]:
    """The rights that IAM looks for, each with the key that is asked for where it is one."""
    if operation == "TransactWriteItems":
        for item in asked["TransactItems"]:
            (kind, one), *_ = item.items()
            yield (IN_TRANSACTIONS[kind], one["TableName"]), one.get("Key", {})
    elif operation == "TransactGetItems":
        for item in asked["TransactItems"]:
            yield ("GetItem", item["Get"]["TableName"]), {}
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table in asked["RequestItems"]:
            yield (operation, table), {}
    else:
        yield (operation, asked.get("TableName", "")), asked.get("Key", {})


def lacking(operation: str, asked: dict[str, Any]) -> str:
    """What the role does not allow of a request, or ""."""
    allowed = web_rights()
    for right, key in needed(operation, asked):
        patterns = allowed.get((right[0], right[1].removesuffix(settings.TABLE_SUFFIX)))
        if patterns is None:
            return f"{right[0]} on {right[1]}"
        if patterns and not any(fnmatchcase(one["S"], pattern) for one in key.values() for pattern in patterns):
            return f"{right[0]} of {next(iter(key.values()))['S']} in {right[1]}"
    return ""
