"""The three tables as they are created."""

from typing import Any

from django.core.management import call_command

from cloudbank import tables

INDEXES = {
    "BankingUsers": {"by_name", "by_owner", "by_review_date"},
    "BankingAccounts": {"by_owner", "by_book"},
    "BankingTransactions": {"by_account", "by_day", "worklist", "by_subject", "cells_by_day"},
}


def test_each_table_has_its_own_indexes_hash_key_first_and_ttl(bank: Any) -> None:
    client = tables.connection().client
    for name, indexes in INDEXES.items():
        described = client.describe_table(TableName=name)["Table"]
        assert {index["IndexName"] for index in described["GlobalSecondaryIndexes"]} == indexes
        for index in described["GlobalSecondaryIndexes"]:
            assert [key["KeyType"] for key in index["KeySchema"]] == ["HASH", "RANGE"]
        lives = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert lives == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_creating_them_again_changes_nothing_and_says_so(bank: Any, capsys: Any) -> None:
    call_command("create_tables")
    assert capsys.readouterr().out.count("already there") == 3


def test_a_missing_index_is_named(bank: Any) -> None:
    base = tables.TABLES[1]
    client = tables.connection().client
    client.update_table(
        TableName=base.Meta.table_name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by_book"}}]
    )
    assert any("MISSING INDEXES by_book" in line for line in tables.create_tables())
