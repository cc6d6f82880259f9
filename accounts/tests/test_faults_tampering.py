"""Any stored field of the books edited, torn out, or its item removed, inserted or swapped: verify_ledger names it.

Fields that say nothing about money are listed below with the reason; a new field of an item must be caught or listed.
"""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from accounts.ledger import CASH
from accounts.models import ClosedDay, DepositAccount, Hold, Posting, Reversed
from accounts.services.closing import close_through
from accounts.services.deposits import freeze_account
from accounts.services.holds import capture_hold, place_hold, release_hold
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, an_account, instruct, set_by_hand, two_people
from accounts.tests.images import image, put_raw, remove_raw
from accounts.tests.tampering import Raw, edits, of_kind, problems
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.tables import Item

UNSEEN = {
    # The optimistic lock: another number makes a writer load again, no more.
    "version": {"deposit_account", "posting", "reversed", "closed_day"},
    # Of a closed day: when the command ran; its audit record has it. The books name the day and its seal.
    "closed_at": {"closed_day"},
    # Counts active customers, when the day is closed: what was counted is under the seal.
    "owner_seen_on": {"posting"},
    # When it was marked: the movement that it names says when it was reversed.
    "at": {"reversed"},
}
TEAR_OUT = "TAMPER" in os.environ
"""By night: fields are torn out as well as edited."""
READS_THE_SAME = ({"S": ""}, {"BOOL": False}, {"N": "0"}, {"S": "{}"}, {"S": "open"}, {"S": "active"})
"""Torn out, an item reads as before: these are what a missing attribute means."""


@pytest.fixture
def books(bank: Any, quiet: None, monkeypatch: pytest.MonkeyPatch) -> TwoPeople:
    """A closed day and an open one with an item of each kind, in every state."""
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 1)
    monkeypatch.setattr("accounts.services.verification.LOOKS", 1)
    monkeypatch.setattr("accounts.services.day_checks.LOOKS", 1)
    monkeypatch.setattr("accounts.services.crosschecks.LOOKS", 1)
    people = two_people()
    savings = an_account(people.customer, "savings")
    post(instruct("deposit", 50_000, CASH, savings, memo="first"), now=utcnow())
    set_by_hand(people.theirs, overdraft_limit=700)
    people.transfer(2_500)
    for number in range(3):
        hold = {"account_id": people.mine, "amount": 1_000 + number, "reason": "Hotel"}
        made = place_hold(**hold, key=f"h{number}", actor=TELLER, now=utcnow()).transaction_id
        if number == 0:
            capture_hold(hold_id=made, amount=500, actor=TELLER, now=utcnow())
        if number == 1:
            release_hold(hold_id=made, reason="left", actor=TELLER, now=utcnow())
    reversed_ = people.transfer(77)
    reverse_movement(movement_id=reversed_.movement_id, reason="mistake", actor=MANAGER, now=utcnow())
    freeze_account(account_id=people.theirs, reason="suspicion", actor=MANAGER, now=utcnow())
    close_through(business_date(utcnow()), "USD", now=utcnow() + timedelta(days=7))
    people.withdraw(5)
    assert not problems()
    return people


KINDS: dict[str, type[Item]] = {
    one.discriminator(): one for one in (DepositAccount, Posting, Hold, Reversed, ClosedDay)
}
ITEMS: list[tuple[str, dict[str, str]]] = [
    ("deposit_account", {"product": "savings"}),
    ("deposit_account", {"status": "frozen"}),
    ("posting", {"type": "transfer"}),
    ("posting", {"type": "capture"}),
    ("hold", {"state": "open"}),
    ("hold", {"state": "captured"}),
    ("hold", {"state": "released"}),
    ("reversed", {}),
    ("closed_day", {}),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "values"), ITEMS, ids=lambda part: "-".join(part.values()) if isinstance(part, dict) else part
)
def test_every_stored_field_is_watched(books: TwoPeople, kind: str, values: dict[str, str]) -> None:
    table, raw = next(of_kind(image(), kind, **values))
    unseen = []
    for name, edited in edits(KINDS[kind], raw):
        if kind in UNSEEN.get(name, ()):
            continue
        put_raw(table, edited)
        unseen += [] if problems() else [f"{name} edited"]
        put_raw(table, {key: value for key, value in raw.items() if key != name})
        empty = raw.get(name) in (None, *READS_THE_SAME)
        unseen += [] if empty or not TEAR_OUT or problems() else [f"{name} torn out"]
        put_raw(table, raw)
    assert not unseen
    assert not problems()


def test_a_removed_item_is_missed(books: TwoPeople) -> None:
    unseen = []
    for table, raw in (next(of_kind(image(), kind, **values)) for kind, values in ITEMS):
        remove_raw(table, raw)
        unseen += [] if problems() else [raw]
        put_raw(table, raw)
    assert not unseen
    assert not problems()


def test_an_item_of_no_known_kind_in_its_place_is_named_not_tripped_over(books: TwoPeople) -> None:
    unseen = []
    for table, raw in (next(of_kind(image(), kind, **values)) for kind, values in ITEMS):
        put_raw(table, raw | {"kind": {"S": "rubbish"}})
        unseen += [] if problems() else [raw]
        put_raw(table, raw)
    assert not unseen


def twin(raw: Raw) -> Raw:
    """The same item under another key."""
    name = "transaction_id" if "transaction_id" in raw else "account_id"
    return raw | {name: {"S": f"{raw[name]['S'][:-1]}{'0' if raw[name]['S'][-1] != '0' else '1'}"}}


def test_an_inserted_item_is_found(books: TwoPeople) -> None:
    unseen = []
    for table, raw in (next(of_kind(image(), kind, **values)) for kind, values in ITEMS if kind != "closed_day"):
        put_raw(table, twin(raw))
        unseen += [] if problems() else [raw]
        remove_raw(table, twin(raw))
    assert not unseen
    assert not problems()


@pytest.mark.parametrize(
    ("kind", "pick"),
    [("posting", {"type": "transfer"}), ("hold", {}), ("deposit_account", {}), ("posting", {})],
)
def test_two_items_that_changed_places_are_found(books: TwoPeople, kind: str, pick: dict[str, str]) -> None:
    (table, one), (_, two), *_ = of_kind(image(), kind, **pick)
    name = "transaction_id" if "transaction_id" in one else "account_id"
    put_raw(table, one | {name: two[name]})
    put_raw(table, two | {name: one[name]})
    assert problems()


def test_a_restore_that_holds_half_a_transfer_is_found(books: TwoPeople) -> None:
    """A restore may hold any part of a transaction: each item of one missing, or of the state before."""
    set_by_hand(books.theirs, status="active")
    before = image()
    books.transfer(333)
    after = image()
    changed = [key for key in after if after[key] != before.get(key)]
    unseen = []
    for table, key in changed:
        old = before.get((table, key))
        put_raw(table, old) if old else remove_raw(table, after[table, key])
        if not problems():
            unseen.append(after[table, key]["kind"]["S"])
        put_raw(table, after[table, key])
    assert set(unseen) <= {"activity"}  # the memory of the rules: no money, and their next look rebuilds it
    assert not problems()


def test_a_restore_of_each_half_is_found(books: TwoPeople) -> None:
    set_by_hand(books.theirs, status="active")
    before = image()
    books.transfer(333)
    after = image()
    changed = [key for key in after if after[key] != before.get(key) and after[key]["kind"]["S"] != "activity"]
    halves: list[Callable[[int], bool]] = [lambda n: n % 2 == 0, lambda n: n % 2 == 1, lambda n: n < len(changed) // 2]
    for keep in halves:
        for number, (table, key) in enumerate(changed):
            if not keep(number):
                old = before.get((table, key))
                put_raw(table, old) if old else remove_raw(table, after[table, key])
        assert problems()
        for table, key in changed:
            put_raw(table, after[table, key])
    assert not problems()
