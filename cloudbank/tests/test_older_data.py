"""A release starts on what the one before it wrote: pages, postings, closing, and every verifier.

`data/bank_one_version_back.json.gz` holds all items of a small bank as commit 916269b wrote them: two customers, an alert,
a frozen account, a closed day and an open one. When a release is made, make it anew with the code of the release before.
"""

import base64
import gzip
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.queries.deposits import account
from accounts.testing import a_customer, an_analyst, signed_in
from accounts.tests.makers import form_of
from cloudbank import store, tables

FILE = Path(__file__).parent / "data" / "bank_one_version_back.json.gz"
NEXT_DAY = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def unpacked(value: Any) -> Any:
    """What was stored, bytes as bytes."""
    if isinstance(value, dict):
        return base64.b64decode(value["__b"]) if "__b" in value else {key: unpacked(one) for key, one in value.items()}
    return [unpacked(one) for one in value] if isinstance(value, list) else value


@pytest.fixture
def older(bank: Any) -> Iterator[dict[str, Any]]:
    """The older bank in the tables, on its next business day."""
    known: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    for base in tables.TABLES:
        items = [unpacked(item) for item in known["tables"][base.Meta.table_name]]
        for start in range(0, len(items), 25):
            store.flush(base, items[start : start + 25])
    with time_machine.travel(NEXT_DAY, tick=True):
        yield known


def printed(command: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


def test_the_older_bank_is_an_older_one(older: dict[str, Any]) -> None:
    """Else the tests below would say nothing: its people lack what this release writes of each."""
    people = [item for item in older["tables"]["BankingUsers"] if item["kind"]["S"] == User.discriminator()]
    missing = set(a_customer().serialize()) - set().union(*people)
    assert {"legal_hold", "restricted_on"} <= missing


def test_what_it_wrote_is_sound_and_whole_to_this_release(older: dict[str, Any]) -> None:
    assert "The ledger is sound" in printed("verify_ledger", full=True)
    assert "The audit trail is whole" in printed("verify_audit")


def test_its_people_work_on(older: dict[str, Any]) -> None:
    """Pages open, money moves on the older accounts, the day closes over old and new postings, and all verifies."""
    carla = store.get(User, "usr_old_carla")
    assert carla is not None
    web = signed_in(Client(), carla)
    assert web.get("/dashboard").status_code == 200
    assert web.get(f"/accounts/{older['mine']}").status_code == 200
    before = account(older["theirs"])
    assert before is not None
    data = form_of(web, "/transfer") | {"account": older["mine"], "to": older["theirs"], "amount": "12.34"}
    assert web.post("/transfer", data).status_code == 200
    assert web.post("/transfer", data | {"confirm": "yes"}).status_code == 302
    after = account(older["theirs"])
    assert after is not None and after.balance == before.balance + 1_234
    assert "10,000.01" in signed_in(Client(), an_analyst()).get("/alerts").content.decode()
    call_command("close_day", stdout=io.StringIO())
    assert "The ledger is sound" in printed("verify_ledger", full=True)
    assert "The audit trail is whole" in printed("verify_audit")
