"""Money through a network that loses, delays and doubles: nothing lost, nothing double, retries answer the truth.

FAULT_SEEDS (default 50) says how many seeds are tried.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from accounts.ledger import CASH, CLEARING, Instruction, Refused
from accounts.queries import totals
from accounts.queries.ledger import movement_lines, statement_lines
from accounts.services.closing import CannotClose, close_through
from accounts.services.deposits import freeze_account, open_account
from accounts.services.holds import capture_hold, expire_hold, place_hold, release_hold
from accounts.services.leaving import close_account
from accounts.services.posting import Busy, NotKnownYet, post
from accounts.services.reversals import reverse_movement
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, instruct, stored, two_people
from accounts.tests.fault_proxy import FAULTS, FaultProxy, proxied
from accounts.tests.images import accounts_in, broken_in, image, lines_in
from accounts.tests.oracle import Account, Bank, Move, No
from accounts.tests.test_concurrency import sound
from cloudbank import store, tables
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.ids import derived_id, new_id

SEEDS = int(os.environ.get("FAULT_SEEDS", "50"))
NOT_ANSWERED = (Busy, NotKnownYet, store.StoreError)
TRIES = 60


@pytest.fixture
def proxy(bank: Any, quiet: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The bank behind the proxy, calm for now; retries follow soon."""
    real = store.pause
    monkeypatch.setattr(store, "pause", lambda attempt, **_: real(min(attempt, 2)))
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 2)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 50)))
    with proxied(bank.url) as running:
        tables.connect(running.url, as_amazon=True)
        yield running
        tables.connect(bank.url)


def patiently(act: Callable[[], Any]) -> Any:
    """What a person does who gets no answer: send the same form again, until it is answered."""
    for _ in range(TRIES):
        try:
            return act()
        except NOT_ANSWERED:
            continue
    raise AssertionError("never answered")


class Story:
    """One account of each of two people, and the oracle beside them; one thing at a time."""

    def __init__(self, people: TwoPeople) -> None:
        self.mine, self.theirs = people.mine, people.theirs
        self.today = business_date(utcnow())
        self.oracle = Bank(bank_calendar())
        for name, owner in ((people.mine, people.customer), (people.theirs, people.stranger)):
            self.oracle.accounts[name] = Account(owner.user_id, "checking", self.today)
        self.oracle.move("first", Move("deposit", 100_000, CASH, people.mine), self.today)
        self.holds: list[str] = []
        self.posted: dict[str, str] = {}
        self.seed = self.number = 0

    def key(self) -> str:
        self.number += 1
        return f"{self.seed}-{self.number}"

    def both(self, bank: Callable[[], Any], oracle: Callable[[], Any]) -> Any:
        """The bank's answer in the end, which must be the oracle's."""
        try:
            oracle()
        except No as no:
            with pytest.raises(Refused) as caught:
                patiently(bank)
            assert caught.value.code in no.reasons
            return None
        return patiently(bank)

    def moves(self, chance: random.Random) -> None:
        type_, debit, credit = chance.choice(
            [
                ("deposit", CASH, self.mine),
                ("withdrawal", self.mine, CASH),
                ("transfer", self.mine, self.theirs),
                ("transfer", self.theirs, self.mine),
            ]
        )
        amount = chance.choice([1, 100, 30_000, 200_000])
        asked = instruct(type_, amount, debit, credit, key=self.key())
        move = Move(type_, amount, debit, credit)
        made = self.both(lambda: post(asked, now=utcnow()), lambda: self.oracle.move(asked.key, move, self.today))
        if made:
            self.posted[asked.key] = made.movement_id
            assert patiently(lambda: post(asked, now=utcnow())).replayed

    def holds_money(self, chance: random.Random) -> None:
        key, amount = self.key(), chance.choice([1, 5_000, 90_000])
        hold, until = derived_id("hld", TELLER.user_id, key), self.today + timedelta(days=3)
        values = {"account_id": self.mine, "amount": amount, "reason": "Hotel", "expires_on": until}
        made = self.both(
            lambda: place_hold(**values, key=key, actor=TELLER, now=utcnow()),
            lambda: self.oracle.place(self.mine, hold, amount, until),
        )
        self.holds += [hold] if made else []

    def resolves_a_hold(self, chance: random.Random) -> None:
        if not self.holds:
            return self.holds_money(chance)
        hold, how = chance.choice(self.holds), chance.choice(["captured", "released", "expired"])
        if how == "released":
            release = {"hold_id": hold, "reason": "left", "actor": MANAGER}
            self.both(lambda: release_hold(**release, now=utcnow()), lambda: self.oracle.free(hold, how))
        elif how == "expired":
            self.both(
                lambda: expire_hold(hold_id=hold, actor=MANAGER, now=utcnow()), lambda: self.oracle.free(hold, how)
            )
        else:
            amount = max(1, self.oracle.holds[hold].amount // 2)
            asked = Move("capture", amount, self.mine, CLEARING, "Hotel", "card", MANAGER.user_id)
            self.both(
                lambda: capture_hold(hold_id=hold, amount=amount, actor=MANAGER, now=utcnow()),
                lambda: self.oracle.capture(f"capture#{hold}", hold, asked, self.today),
            )
        return None

    def reverses(self, chance: random.Random) -> None:
        if not self.posted:
            return self.moves(chance)
        original = chance.choice(sorted(self.posted))
        movement, key = self.posted[original], f"reversal {original}"
        reversal = {"movement_id": movement, "reason": "mistake", "actor": MANAGER}
        self.both(
            lambda: reverse_movement(**reversal, now=utcnow()),
            lambda: self.oracle.take_back(key, original, "mistake", MANAGER.user_id, self.today),
        )
        return None

    def told(self) -> dict[str, tuple[int, int]]:
        """Balance and held of each account, as the oracle has them."""
        return {name: (one.balance, self.oracle.held(name)) for name, one in self.oracle.accounts.items()}


@pytest.mark.slow
def test_whatever_the_network_does_each_form_has_one_answer_and_it_is_true(proxy: FaultProxy) -> None:
    story = Story(two_people())
    for seed in range(SEEDS):
        chance, story.seed = random.Random(f"story {seed}"), seed
        with proxy.faulty(seed, share=chance.choice([0.15, 0.3, 0.5])):
            for _ in range(4):
                chance.choice([story.moves, story.moves, story.holds_money, story.resolves_a_hold, story.reverses])(
                    chance
                )
        stored_now = image()
        there = {name: (one.balance, one.held) for name, one in accounts_in(stored_now).items()}
        assert there == story.told(), f"seed {seed}"
        assert not broken_in(stored_now), f"seed {seed}"
        assert len({line.movement_id for line in lines_in(stored_now)}) == len(story.oracle.moves), f"seed {seed}"
    assert all(proxy.done[fault] for fault in FAULTS), proxy.done
    sound()


def test_many_at_once_through_a_bad_network_move_each_amount_once(proxy: FaultProxy) -> None:
    people = two_people()
    for seed in range(max(2, SEEDS // 10)):

        def send(number: int, seed: int = seed) -> bool:
            sides = (people.mine, people.theirs) if number % 2 else (people.theirs, people.mine)
            asked = instruct("transfer", 100 + number, *sides, key=f"{seed}-{number // 2}-{number % 2}")
            try:
                return bool(patiently(lambda: post(asked, now=utcnow())).movement_id)
            except Refused as refused:
                assert refused.code == "insufficient_funds"
                return False

        before = sum(people.balances())
        with proxy.faulty(seed, share=0.25), ThreadPoolExecutor(4) as pool:
            sent = sum(pool.map(send, range(8)))
        assert sum(people.balances()) == before
        memos = [line for line in statement_lines(people.mine, None, None) if line.type == "transfer"]
        assert len({line.movement_id for line in memos}) == len(memos) >= sent
    sound()


def test_states_change_once_through_a_bad_network(proxy: FaultProxy) -> None:
    for seed in range(max(3, SEEDS // 10)):
        people = two_people()
        with proxy.faulty(seed, share=0.4):
            opening: dict[str, Any] = {
                "owner_id": people.customer.user_id,
                "product": "savings",
                "currency": "USD",
                "branch": "main",
            }
            opened = patiently(partial(open_account, **opening, key="new", actor=TELLER, now=utcnow()))
            change: dict[str, Any] = {"actor": MANAGER, "now": utcnow()}
            patiently(partial(freeze_account, account_id=people.mine, reason="suspicion", **change))
            number = opened.account_id
            patiently(partial(close_account, account_id=number, reason="asked", **change))
        assert (stored(people.mine).status, stored(people.mine).audit_sequence) == ("frozen", 2)
        assert (stored(number).status, stored(number).audit_sequence) == ("closed", 2)
    sound()


def test_days_close_once_and_right_through_a_bad_network(proxy: FaultProxy) -> None:
    people = two_people()
    first = business_date(utcnow())
    last, now = first, utcnow() + timedelta(days=7)
    for seed in range(max(3, SEEDS // 10)):
        until = bank_calendar().after(last + timedelta(days=3))
        now = max(now, now.replace(year=until.year, month=until.month, day=until.day) + timedelta(days=4))
        with proxy.faulty(seed, share=0.15):
            for _ in range(TRIES):
                try:
                    close_through(until, "USD", now=now)
                    break
                except (CannotClose, *NOT_ANSWERED):
                    continue
        last = until
        assert totals.books("USD").last_closed == until.isoformat(), f"seed {seed}"
        post(instruct("transfer", 5, people.mine, people.theirs), now=now)
    sealed = [one.day for one in totals.day_totals(first, last, "USD") if one.closed]
    assert sealed == [day.isoformat() for day in bank_calendar().days(first, last)]
    sound(now)


def test_a_movement_whose_first_try_arrives_late_is_posted_once(proxy: FaultProxy) -> None:
    people = two_people()
    asked = instruct("transfer", 2_500, people.mine, people.theirs, key="once")
    with proxy.faulty(1, share=0.6, faults=("ghost",)):
        made = patiently(lambda: post(asked, now=utcnow()))
    assert people.balances() == (97_500, 2_500)
    assert len(movement_lines(made.movement_id)) == 2
    assert date.fromisoformat(made.lines[0].business_date) == business_date(utcnow())


def test_the_proxy_shows_a_bank_that_does_not_derive_its_ids_from_the_key(
    proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = two_people()
    monkeypatch.setattr(Instruction, "movement_id", property(lambda _: new_id("mov")))
    with proxy.faulty(2, share=0.75, faults=("lose", "garble")):
        for _ in range(4):
            patiently(lambda: people.withdraw(100, key="once"))
    assert people.balances()[0] < 100_000 - 400
