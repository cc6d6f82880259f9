"""deploy/templates/tables.yaml, deployed under moto: the tables are those of the models, and the bank works on them."""

import io
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import boto3
import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from moto import mock_aws

from accounts.queries.deposits import accounts_of
from accounts.queries.people import holder_of
from accounts.testing import a_teller, signed_in
from accounts.tests.makers import form_of
from cloudbank import tables
from cloudbank.tables.plan import differences
from cloudbank.tests.cloudformation import DEPLOY
from cloudbank.tests.emptying import forget_caches

TEXT = (DEPLOY / "templates" / "tables.yaml").read_text(encoding="utf-8")
WORDS = "a long winter's walk"
NEW = {
    "name": "Nora New",
    "email": "nora.new@people.example",
    "date_of_birth": "1990-05-17",
    "phone": "+1 212 555 0100",
    "address": "1 Main Street, New York, NY 10001",
    "identity_number": "4321",
    "password": WORDS,
    "repeat": WORDS,
    "consent": "on",
}


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Any]:
    """CloudFormation of an Amazon in memory; the tables' connection asks it as it asks Amazon."""
    before = django_settings.DYNAMODB_ENDPOINT_URL
    settings.DYNAMODB_ENDPOINT_URL = None
    monkeypatch.delenv("DYNAMODB_ENDPOINT_URL")
    with mock_aws():
        tables.connect(None)
        forget_caches()
        yield boto3.client("cloudformation", region_name="us-east-1")
    tables.connect(before)
    forget_caches()


def deploy(amazon: Any, text: str = TEXT) -> None:
    """The stack, as `aws cloudformation deploy` makes it."""
    amazon.create_stack(StackName="bank-tables", TemplateBody=text)


def shape_differences() -> list[str]:
    """What differs in shape: moto's CloudFormation makes no TTL, back-ups and encryption, which are parsed instead."""
    return [f"{one.table} {one.says}" for base in tables.TABLES for one in differences(base, is_amazon=False)
            if "expires_at" not in one.says]  # fmt: skip


def test_the_template_makes_exactly_the_tables_of_the_models(amazon: Any) -> None:
    deploy(amazon)
    assert shape_differences() == []
    names = tables.connection().client.list_tables()["TableNames"]
    assert sorted(names) == sorted(base.Meta.table_name for base in tables.TABLES)
    told = tables.connection().client.describe_table(TableName="BankingTransactions")["Table"]
    assert told["DeletionProtectionEnabled"] is True


def without_index(text: str) -> str:
    return re.sub(r"        - IndexName: by_book\n(?:          .*\n)+", "", text)


@pytest.mark.parametrize(
    "change, says",
    [
        (without_index, "BankingAccounts lacks the index by_book"),
        (lambda text: text.replace("day_order, KeyType: RANGE", "account_order, KeyType: RANGE"), "has the index by_day by"),
        (lambda text: text.replace("ProjectionType: ALL", "ProjectionType: KEYS_ONLY", 1), "projects KEYS_ONLY into by_name"),
        (lambda text: text.replace("TableName: BankingUsers", "TableName: BankUsers"), "BankingUsers is missing"),
    ],
)  # fmt: skip
def test_a_template_that_changes_alone_is_told(amazon: Any, change: Callable[[str], str], says: str) -> None:
    changed = change(TEXT)
    assert changed != TEXT
    deploy(amazon, changed)
    assert any(says in line for line in shape_differences()), shape_differences()


def test_models_that_change_alone_are_told(amazon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(amazon)
    accounts = tables.AccountsItem
    monkeypatch.setattr(
        accounts, "_indexes", {name: one for name, one in accounts._indexes.items() if name != "by_book"}
    )
    assert shape_differences() == [
        "BankingAccounts has the index by_book, which this release does not ask; each write pays for it"
    ]
    monkeypatch.undo()
    newer = deepcopy(accounts._indexes["by_book"])
    monkeypatch.setattr(accounts, "_indexes", accounts._indexes | {"by_age": newer})
    assert shape_differences() == ["BankingAccounts lacks the index by_age"]


@pytest.mark.slow
def test_the_bank_works_on_the_tables_of_the_template(amazon: Any) -> None:
    deploy(amazon)
    assert Client().get("/readyz").status_code == 200
    web = Client()
    assert web.post("/register", NEW).status_code == 302
    assert web.post("/login", {"username": NEW["email"], "password": WORDS}).status_code == 302
    for product in ("checking", "savings"):
        assert web.post("/accounts/open", form_of(web, "/accounts/open") | {"product": product}).status_code == 302
    nora = holder_of(NEW["email"])
    assert nora is not None
    mine, other = (item.account_id for item in accounts_of(nora.user_id))
    till = signed_in(Client(), a_teller())
    confirm(till, "/deposit", account=mine, amount="10,000.01")
    confirm(web, "/transfer", account=mine, to=other, amount="100.00")
    again = {item.account_id: item.balance for item in accounts_of(nora.user_id)}
    assert (again[mine], again[other]) == (990_001, 10_000)
    assert "The ledger is sound" in printed("verify_ledger", full=True)
    assert "The audit trail is whole" in printed("verify_audit")


def confirm(client: Client, path: str, **values: str) -> None:
    """Fill a money form, read it back, confirm."""
    data = form_of(client, path) | values
    assert client.post(path, data).status_code == 200
    assert client.post(path, data | {"confirm": "yes"}).status_code == 302


def printed(command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_the_plan_tells_what_is_not_protected_and_adds_it(amazon: Any) -> None:
    """As in an account where somebody made the tables by hand."""
    list(tables.create_tables())
    out = io.StringIO()
    with pytest.raises(CommandError, match="not protected") as told:
        call_command("dynamo_plan", stdout=out)
    assert told.value.returncode == 2
    assert out.getvalue().count("point-in-time recovery is off") == 3
    assert out.getvalue().count("deletion protection is off") == 3
    with pytest.raises(CommandError, match="not protected"):  # a key of its own is a decision, not an addition
        call_command("dynamo_plan", apply=True, stdout=io.StringIO())
    client = tables.connection().client
    for base in tables.TABLES:
        name = base.Meta.table_name
        assert client.describe_table(TableName=name)["Table"]["DeletionProtectionEnabled"] is True
        told_backups = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert told_backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
