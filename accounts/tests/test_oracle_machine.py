"""Any row of operations: the real bank, on the real engine, does what the oracle says, and nothing else.

ORACLE_EXAMPLES (default 6) says how many rows are tried: more by night, and deterministic either way.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from accounts.ledger import CASH, CLEARING, INSTRUMENTS, Actor, Refused
from accounts.models import Hold
from accounts.parameters import MONTHLY_FEE
from accounts.services.deposits import freeze_account
from accounts.services.holds import capture_hold, expire_hold, place_hold, release_hold
from accounts.services.leaving import close_account
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.tests.conftest import set_by_hand
from accounts.tests.images import image
from accounts.tests.oracle import Move
from accounts.tests.side_by_side import DRAWS, FOREMAN, MANAGER, TELLER, Drawn, SideBySide, run_machine
from cloudbank import parameters, store
from cloudbank.ids import derived_id

STATES = ("active", "debit_blocked", "credit_blocked", "dormant")
KINDS = (
    *(
        "opens",
        "deposits",
        "withdraws",
        "transfers",
        "transfers",
        "wires",
        "sells",
        "holds_money",
        "holds_money",
        "captures",
        "frees",
    ),
    *("reverses", "retries", "retries_with_a_field_changed", "freezes", "comes_into_a_state", "closes"),
    *("time_passes", "days_end", "a_month_turns"),
)
CHANGES: dict[str, Any] = {
    "type": "payroll",
    "amount": 7_777,
    "currency": "EUR",
    "channel": "card",
    "memo": "other",
    "branch": "north",
    "conductor_id": "usr_a",
    "observed": True,
    "link": "x",
    "details": '{"cc":"FR"}',
}


class BankMachine(SideBySide):
    """Every operation on deposits."""

    tried = Counter()

    @initialize()
    def three_accounts(self) -> None:
        fee = {"code": MONTHLY_FEE.code, "value": 500, "effective_from": date(2020, 1, 1), "reason": "test"}
        parameters.set_value(**fee, actor=MANAGER, now=self.now)
        parameters.forget()
        self.oracle.fee = 500
        for owner, product, overdraft in (("a", "checking", 300), ("a", "savings", 0), ("b", "checking", 0)):
            self.open(owner, product, overdraft)
        for name, amount in zip(self.names, (100_000, 3_000_000, 60_000), strict=True):
            self.post("deposit", amount, CASH, name)

    @rule(kind=st.sampled_from(KINDS), drawn=DRAWS)
    def happens(self, kind: str, drawn: Drawn) -> None:
        getattr(self, kind)(drawn)

    def opens(self, drawn: Drawn) -> None:
        if len(self.names) < 6:
            self.open("ab"[drawn.flag], ("checking", "savings")[drawn.number % 2], drawn.number % 3)

    def wires(self, drawn: Drawn) -> None:
        name, details = self.pick(drawn.place), '{"cc":"DE"}' if drawn.number % 2 else ""
        sides = (CLEARING, name) if drawn.flag else (name, CLEARING)
        kind = "wire_in" if drawn.flag else "wire_out"
        owner = Actor(self.oracle.accounts[name].owner, "customer", "test")
        actor = TELLER if drawn.flag else owner
        self.post(kind, self.amount(drawn, name), *sides, actor, channel="wire", details=details)

    def sells(self, drawn: Drawn) -> None:
        name = self.pick(drawn.place)
        self.post("instrument", self.amount(drawn, name), name, INSTRUMENTS, details='{"ik":"money_order"}')

    def holds_money(self, drawn: Drawn) -> None:
        name, key, until = self.pick(drawn.place), self.key(), self.today + timedelta(days=drawn.number)
        values = {"account_id": name, "amount": self.amount(drawn, name), "reason": "Hotel", "expires_on": until}
        hold = derived_id("hld", TELLER.user_id, key)

        def place_it() -> Hold:
            return place_hold(**values, key=key, actor=TELLER, now=self.now)

        if self.both(place_it, lambda: self.oracle.place(name, hold, values["amount"], until)):
            self.holds.append(hold)
            self.before = image()
            place_it()  # the form sent again
            assert image() == self.before

    def captures(self, drawn: Drawn) -> None:
        if not self.holds:
            return
        hold = self.holds[drawn.place % len(self.holds)]
        one = self.oracle.holds[hold]
        amount = (one.amount, 1, one.amount // 2, one.amount + 1, 0)[drawn.number % 5]
        to = CLEARING if drawn.flag else self.pick(drawn.other)
        asked = Move("capture", amount, one.account, to, "Hotel", "card" if drawn.flag else "online", MANAGER.user_id)
        key = f"capture#{hold}"
        made = self.both(
            lambda: capture_hold(hold_id=hold, amount=amount, to=to, actor=MANAGER, now=self.now),
            lambda: self.oracle.capture(key, hold, asked, self.today),
        )
        if made:
            self.posted[key] = made.movement_id

    def frees(self, drawn: Drawn) -> None:
        if not self.holds:
            return
        hold = self.holds[drawn.place % len(self.holds)]
        expire = partial(expire_hold, hold_id=hold, actor=MANAGER, now=self.now)
        release = partial(release_hold, hold_id=hold, reason="left", actor=MANAGER, now=self.now)
        state = "expired" if drawn.flag else "released"
        self.both(expire if drawn.flag else release, lambda: self.oracle.free(hold, state))

    def reverses(self, drawn: Drawn) -> None:
        original = list(self.posted)[drawn.place % len(self.posted)]
        actor = MANAGER if drawn.flag else FOREMAN
        movement, key = self.posted[original], f"reversal {original} {actor.user_id}"
        made = self.both(
            lambda: reverse_movement(movement_id=movement, reason="mistake", actor=actor, now=self.now),
            lambda: self.oracle.take_back(key, original, "mistake", actor.user_id, self.today),
        )
        if made:
            self.posted[key] = made.movement_id

    def retries_with_a_field_changed(self, drawn: Drawn) -> None:
        instruction, _ = self.asked[drawn.place % len(self.asked)]
        if instruction.key not in self.oracle.moves:
            return
        field = sorted(CHANGES)[drawn.number % len(CHANGES)]
        with pytest.raises(Refused) as caught:
            post(replace(instruction, **{field: CHANGES[field]}), now=self.now)
        assert (caught.value.code, caught.value.field) == ("key_reused", field)
        assert image() == self.before
        self.tried["no key_reused"] += 1

    def freezes(self, drawn: Drawn) -> None:
        name = self.pick(drawn.place)
        if self.oracle.accounts[name].status in ("active", "frozen") and drawn.flag:
            freeze_account(account_id=name, reason="suspicion", actor=MANAGER, now=self.now)
            self.oracle.accounts[name].status = "frozen"

    def comes_into_a_state(self, drawn: Drawn) -> None:
        """What two people's approval, or a block, does: their own pages are tested elsewhere."""
        name = self.pick(drawn.place)
        if self.oracle.accounts[name].status != "closed":
            self.oracle.accounts[name].status = STATES[drawn.number % len(STATES)]
            set_by_hand(name, status=self.oracle.accounts[name].status)

    def closes(self, drawn: Drawn) -> None:
        name, all_ = self.pick(drawn.place), self.oracle.accounts
        own = [one for one in self.names if one != name and all_[one].owner == all_[name].owner]
        ways = [one for one in own if all_[one].status == "active"]
        to = ways[drawn.other % len(ways)] if ways and drawn.flag else ""
        if all_[name].status in ("active", "closed"):
            self.both(
                lambda: close_account(account_id=name, reason="asked", actor=MANAGER, now=self.now, pay_to=to),
                lambda: self.oracle.close(name, self.today, to, MANAGER.user_id),
            )


@pytest.mark.slow
def test_whatever_is_asked_the_bank_answers_as_the_oracle(
    engine: Any, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_settings, "LEDGER_SHARDS", 2)
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)
    run_machine(BankMachine, examples=6, steps=40)
    assert len(BankMachine.tried) > 12, f"too little was tried: {sorted(BankMachine.tried.items())}"
