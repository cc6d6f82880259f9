"""A release starts on what the one before it wrote: every kind of page, money, jobs, closing, and every verifier.

`data/bank_one_version_back.json.gz` holds all items of a small demo bank as an older commit wrote them (`commit` in it):
customers, loans, alerts, cases, approvals, corrective actions, a privacy request, closed days and an open one. When a
release is made, make it anew with that release's own code: `deploy/keep-older-bank COMMIT`.
"""

import base64
import gzip
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import User
from accounts.queries.deposits import account, accounts_of
from accounts.testing import a_customer, signed_in
from accounts.tests.makers import form_of
from cloudbank import store, tables
from cloudbank.conf import bank_calendar
from cloudbank.timetable import TIMETABLE

FILE = Path(__file__).parent / "data" / "bank_one_version_back.json.gz"
ENDS = {"logout"}
"""Links that a walk does not follow."""
MOST_PAGES = 45


def unpacked(value: Any) -> Any:
    """What was stored, bytes as bytes."""
    if isinstance(value, dict):
        return base64.b64decode(value["__b"]) if "__b" in value else {key: unpacked(one) for key, one in value.items()}
    return [unpacked(one) for one in value] if isinstance(value, list) else value


def next_business_noon(moment: datetime) -> datetime:
    """Noon, on the bank's clock, of the first business day after a moment."""
    day = bank_calendar().local(moment).replace(hour=12, minute=0) + timedelta(days=1)
    while not bank_calendar().is_business_day(day.date()):
        day += timedelta(days=1)
    return day


@pytest.fixture
def older(bank: Any) -> Iterator[list[dict[str, Any]]]:
    """The older bank in the tables, on its next business day: its people, as they were stored."""
    known: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    for base in tables.TABLES:
        items = [unpacked(item) for item in known["tables"][tables.base_name(base)]]
        for start in range(0, len(items), 25):
            store.flush(base, items[start : start + 25])
    with time_machine.travel(next_business_noon(datetime.fromisoformat(known["made_at"])), tick=True):
        yield [item for item in known["tables"]["BankingUsers"] if item["kind"]["S"] == User.discriminator()]


def web_of(older: list[dict[str, Any]], role: str) -> tuple[Client, User]:
    """A browser in which the first person of a role is signed in."""
    stored = next(item for item in older if item["role"]["S"] == role)
    person = store.get(User, stored["user_id"]["S"])
    assert person is not None
    return signed_in(Client(), person), person


def printed(command: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_what_it_wrote_is_older_and_sound_and_whole_to_this_release(older: list[dict[str, Any]]) -> None:
    """Its people lack what this release writes of each: else these tests would say nothing."""
    assert set(a_customer().serialize()) - set().union(*older)
    assert "The ledger is sound" in printed("verify_ledger", "--full")
    assert "The audit trail is whole" in printed("verify_audit")


@pytest.mark.parametrize("role", ["customer", "manager", "compliance"])
def test_every_kind_of_page_that_a_role_is_led_to_opens(older: list[dict[str, Any]], role: str) -> None:
    """One page of each kind, by the links of the pages before it."""
    web, _ = web_of(older, role)
    waiting, seen = ["/dashboard"], {"dashboard"}
    for path in waiting:
        answer = web.get(path)
        # What a role may not see, or what asks for more first, is no matter of the data's age.
        assert answer.status_code in (200, 302, 403, 422), (path, answer.status_code)
        if "text/html" not in answer.headers.get("Content-Type", ""):
            continue
        for link in re.findall(r'<a [^>]*href="(/[^"]*)"', answer.content.decode()):
            name = name_of(unescape(link))
            if name and name not in seen | ENDS and len(seen) < MOST_PAGES:
                seen.add(name)
                waiting.append(unescape(link))
    assert len(seen) >= (10 if role == "customer" else 40), seen


def name_of(link: str) -> str:
    """Of the page that a link leads to; "" for none of ours."""
    try:
        return resolve(urlsplit(link).path).url_name or ""
    except Resolver404:
        return ""


def test_money_moves_on_accounts_that_it_opened(older: list[dict[str, Any]]) -> None:
    teller, _ = web_of(older, "teller")
    web, customer = web_of(older, "customer")
    mine = next(item for item in accounts_of(customer.user_id) if item.currency == "USD")
    before = mine.balance
    data = form_of(teller, "/deposit") | {"account": mine.account_id, "amount": "12.34"}
    assert teller.post("/deposit", data).status_code == 200
    assert teller.post("/deposit", data | {"confirm": "yes"}).status_code == 302
    after = account(mine.account_id)
    assert after is not None and after.balance == before + 1_234
    assert "12.34" in web.get(f"/accounts/{mine.account_id}").content.decode()
    call_command("close_day", stdout=io.StringIO())
    assert "The ledger is sound" in printed("verify_ledger", "--full")


def test_every_job_of_the_timetable_runs_on_it(older: list[dict[str, Any]], tmp_path: Path) -> None:
    asked = {"/srv/reports": str(tmp_path), "last_quarter": "this_quarter"}  # it has no quarter before this one
    for planned in TIMETABLE:
        if not planned.example:
            printed(*(asked.get(word, word) for word in planned.command.split()))
    assert "The audit trail is whole" in printed("verify_audit")
