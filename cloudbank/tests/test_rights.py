"""What a page of any test may ask for is what the web hosts' role allows."""

from typing import Any

import pytest

from cloudbank.tests.rights import lacking


def deletes(table: str, key: str) -> dict[str, Any]:
    return {"TransactItems": [{"Delete": {"TableName": table, "Key": {"id": {"S": key}}}}]}


@pytest.mark.parametrize(
    "operation, asked",
    [
        ("GetItem", {"TableName": "BankingUsers", "Key": {"user_id": {"S": "one"}}}),
        ("Query", {"TableName": "BankingTransactions", "IndexName": "by_day"}),
        ("BatchGetItem", {"RequestItems": {"BankingAccounts": {}}}),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "BankingTransactions", "Item": {}}}]}),
        ("TransactWriteItems", deletes("BankingUsers", "session#1")),
        ("TransactWriteItems", deletes("BankingAccounts", "whk_1")),
    ],
)
def test_what_pages_do_is_allowed(operation: str, asked: dict[str, Any]) -> None:
    assert lacking(operation, asked) == ""


@pytest.mark.parametrize(
    "operation, asked, says",
    [
        ("Scan", {"TableName": "BankingUsers"}, "Scan on BankingUsers"),
        ("BatchWriteItem", {"RequestItems": {"BankingUsers": []}}, "BatchWriteItem on BankingUsers"),
        ("DeleteTable", {"TableName": "BankingUsers"}, "DeleteTable on BankingUsers"),
        ("TransactWriteItems", deletes("BankingTransactions", "pst_1"), "DeleteItem on BankingTransactions"),
        ("TransactWriteItems", deletes("BankingAccounts", "4000"), "DeleteItem of 4000 in BankingAccounts"),
        ("GetItem", {"TableName": "Others"}, "GetItem on Others"),
    ],
)
def test_what_the_role_denies_is_told(operation: str, asked: dict[str, Any], says: str) -> None:
    assert lacking(operation, asked) == says
