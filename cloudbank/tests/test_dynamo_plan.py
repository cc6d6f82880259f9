"""`manage.py dynamo_plan`: names every difference, ends with its weight, adds when asked, deletes never."""

import io
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.management import CommandError, call_command

from cloudbank import tables
from cloudbank.testing import Requests

HARMFUL = {"DeleteTable", "UpdateTable", "CreateTable", "UpdateTimeToLive", "DeleteItem", "PutItem"}


def plan(**options: Any) -> tuple[int, str]:
    """The exit code and what was printed."""
    out = io.StringIO()
    try:
        call_command("dynamo_plan", stdout=out, **options)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def index_change(base: Any, **change: Any) -> None:
    tables.connection().client.update_table(TableName=base.Meta.table_name, **change)


def remove_index(base: Any, name: str) -> None:
    index_change(base, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])


def test_tables_as_the_code_asks_are_0_and_only_looked_at(bank: Any, requests_made: Requests) -> None:
    requests_made.clear()
    code, says = plan()
    assert (code, says) == (0, "3 tables stand as this release asks.\n")
    assert not HARMFUL & set(requests_made.operations)


def test_a_missing_table_is_1_and_can_be_added(bank: Any) -> None:
    client = tables.connection().client
    client.delete_table(TableName="BankingUsers")
    code, says = plan()
    assert code == 1 and "BREAKS BankingUsers is missing (--apply adds it)" in says
    assert plan(apply=True)[0] == 0
    assert plan() == (0, "3 tables stand as this release asks.\n")


def test_a_missing_index_is_1_and_can_be_added(bank: Any) -> None:
    remove_index(tables.AccountsItem, "by_book")
    assert plan()[0] == 1
    code, says = plan(apply=True)
    assert code == 0 and "added  BankingAccounts: it lacks the index by_book no more" in says
    assert plan()[0] == 0


def test_two_missing_indexes_of_a_table_are_added_one_a_run(bank: Any) -> None:
    for name in ("by_owner", "by_book"):
        remove_index(tables.AccountsItem, name)
    assert plan(apply=True)[0] == 1
    assert plan(apply=True)[0] == 0


def test_an_index_too_many_is_said_and_stays(bank: Any, requests_made: Requests) -> None:
    index_change(
        tables.AccountsItem,
        AttributeDefinitions=[{"AttributeName": "shelf", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{
            "Create": {
                "IndexName": "by_shelf",
                "KeySchema": [{"AttributeName": "shelf", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        }],
    )  # fmt: skip
    for applied in (False, True):
        requests_made.clear()
        code, says = plan(apply=applied)
        assert code == 0 and "spare  BankingAccounts has the index by_shelf" in says
        assert not HARMFUL & set(requests_made.operations)


def test_items_that_would_never_end_are_2_and_can_be_mended(bank: Any) -> None:
    off = {"Enabled": False, "AttributeName": "expires_at"}
    tables.connection().client.update_time_to_live(TableName="BankingUsers", TimeToLiveSpecification=off)
    code, says = plan()
    assert code == 2 and "unsafe BankingUsers does not let items end at expires_at" in says
    assert plan(apply=True)[0] == 0
    assert plan()[0] == 0


@pytest.mark.parametrize(
    "wrong, says", [("key", "has the key id and not user_id"), ("billing", "is billed as PROVISIONED")]
)
def test_what_cannot_be_added_is_only_said(bank: Any, wrong: str, says: str) -> None:
    client = tables.connection().client
    client.delete_table(TableName="BankingUsers")
    made: Any = tables.UsersItem._get_schema()
    key = "id" if wrong == "key" else made["key_schema"][0]["AttributeName"]
    throughput = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    client.create_table(
        TableName="BankingUsers",
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        **({"BillingMode": "PAY_PER_REQUEST"} if wrong == "key" else {"ProvisionedThroughput": throughput}),
    )
    for applied in (False, True):
        assert says in plan(apply=applied)[1]


def test_tables_that_do_not_answer_are_3_and_one_sentence(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(tables.connection().client, "_make_api_call", away)
    assert plan()[0] == 3
