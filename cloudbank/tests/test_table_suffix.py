"""TABLE_SUFFIX: pages and commands on another set of tables, and never on the bank's own meanwhile."""

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.testing import signed_in
from accounts.tests.conftest import two_people
from cloudbank import store, tables, testing
from cloudbank.jobs import Lease
from cloudbank.tables import AccountsItem, TransactionsItem, connection
from cloudbank.tests.cloudformation import DEPLOY
from cloudbank.tests.rights import lacking

SUFFIX = "-restored-20261123"


@pytest.fixture
def beside(bank: Any) -> Iterator[None]:
    """This process on tables beside the bank's."""
    tables.use_suffix(SUFFIX)
    yield
    for base in tables.TABLES:
        connection().client.delete_table(TableName=base.Meta.table_name)
    tables.use_suffix("")
    testing._forget_caches()


def test_every_request_goes_to_the_tables_with_the_suffix(beside: None, requests_made: Any, capsys: Any) -> None:
    requests_made.clear()
    call_command("create_tables")
    assert capsys.readouterr().out.count(f"{SUFFIX}: created") == 3
    store.save([store.new(Lease(account_id=Lease.key("x"), version=1))])
    assert store.get(Lease, Lease.key("x")) and store.load(AccountsItem, [Lease.key("x")])
    assert list(store.index_keys(TransactionsItem, "worklist", "alert")) == []
    assert Lease.get(Lease.key("x")).token == 0  # PynamoDB's own way, through a client of the class
    call_command("verify_ledger")
    call_command("dynamo_plan")
    asked = str([arguments for _, arguments in requests_made])
    assert asked.count("Banking") == asked.count(SUFFIX) > 10


def test_pages_work_on_them_with_the_rights_of_a_host_that_serves_them(
    beside: None, settings: Any, requests_made: Any
) -> None:
    settings.TABLE_SUFFIX = SUFFIX
    call_command("create_tables", stdout=io.StringIO())
    people, web = two_people(), Client()
    assert web.get("/readyz").status_code == 200
    requests_made.clear()
    assert people.mine[-4:] in signed_in(web, people.customer).get("/dashboard").content.decode()
    assert all(SUFFIX in str(arguments) for _, arguments in requests_made)
    asked = {"TableName": f"BankingUsers{SUFFIX}", "Key": {"user_id": {"S": "one"}}}
    assert lacking("GetItem", asked) == ""
    settings.TABLE_SUFFIX = ""  # a host that serves the bank's own tables may not touch these
    assert lacking("GetItem", asked) == f"GetItem on BankingUsers{SUFFIX}"


def test_the_two_sets_know_nothing_of_each_other(beside: None) -> None:
    call_command("create_tables")
    store.save([store.new(Lease(account_id=Lease.key("x"), version=1))])
    tables.use_suffix("")
    assert store.get(Lease, Lease.key("x")) is None
    tables.use_suffix(SUFFIX)
    assert store.get(Lease, Lease.key("x")) is not None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, "/usr/bin/env|/srv/cloudbank/.venv/bin/python|manage.py|verify_ledger|--full"),
        ({"TABLE_SUFFIX": SUFFIX, "AWS_SESSION_TOKEN": "secret"}, f"/usr/bin/env|TABLE_SUFFIX={SUFFIX}|/srv/"),
    ],
)
def test_operators_on_a_host_name_the_tables_and_no_secret(tmp_path: Path, given: dict[str, str], shown: str) -> None:
    (tmp_path / "systemd-run").write_text('#!/bin/sh\nIFS="|"; echo "$*"\n')
    (tmp_path / "systemd-run").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", **given}
    ran = subprocess.run(
        [DEPLOY / "host" / "bank", "verify_ledger", "--full"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown in ran.stdout and "secret|" not in ran.stdout
    assert ("--setenv=AWS_SESSION_TOKEN|" in ran.stdout) == ("AWS_SESSION_TOKEN" in given)
