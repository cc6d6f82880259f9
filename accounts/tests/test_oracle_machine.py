"""Any row of operations: the real bank, on the real engine, does what the oracle says, and nothing else.

ORACLE_EXAMPLES (default 4) says how many rows are tried: more by night, and deterministic either way.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.ledger import CASH, CLEARING, HOUSE, Actor, Instruction, Refused
from accounts.models import Hold
from accounts.parameters import MONTHLY_FEE
from accounts.queries import totals
from accounts.services.closing import close_through
from accounts.services.deposits import close_account, freeze_account, open_account
from accounts.services.holds import capture_hold, expire_hold, place_hold, release_hold
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.testing import make_user
from accounts.tests.conftest import set_by_hand
from accounts.tests.images import accounts_in, broken_in, image
from accounts.tests.oracle import MAX, Account, Bank, Move, No
from accounts.trial import trial_balance
from cloudbank import parameters, store
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.testing import empty_tables

TELLER, MANAGER, FOREMAN = (Actor(name, "teller", "test") for name in ("teller", "manager", "foreman"))
START = datetime(2028, 2, 24, 15, tzinfo=UTC)  # a leap year, some days before the end of its February
STATES = ("active", "debit_blocked", "credit_blocked", "dormant")
AMOUNTS = st.one_of(
    st.sampled_from([1, 2, 100, 50_000, 0, -1, 5_000_000, 5_000_001, MAX, MAX + 1]),
    st.integers(1, 20_000),
    st.tuples(st.sampled_from(["balance", "available", "held"]), st.sampled_from([-1, 0, 1])),
)
KINDS = (
    *("opens", "deposits", "withdraws", "transfers", "transfers", "holds_money", "holds_money", "captures", "frees"),
    *("reverses", "retries", "retries_with_a_field_changed", "freezes", "comes_into_a_state", "closes"),
    *("time_passes", "days_end", "a_month_turns"),
)


@dataclass(frozen=True)
class Drawn:
    """What Hypothesis drew for one step: each kind takes what it needs."""

    place: int
    other: int
    number: int
    flag: bool
    amount: int | tuple[str, int]


DRAWS = st.builds(Drawn, st.integers(0, 30), st.integers(0, 30), st.integers(0, 40), st.booleans(), AMOUNTS)
TRIED: Counter[str] = Counter()
"""What was really done and refused: a run that tries little proves little."""
CHANGES: dict[str, Any] = {
    "type": "payroll",
    "amount": 7_777,
    "currency": "EUR",
    "channel": "wire",
    "memo": "other",
    "branch": "north",
    "conductor_id": "usr_a",
    "observed": True,
    "link": "x",
}


class BankMachine(RuleBasedStateMachine):
    """The oracle and the bank side by side."""

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        for name in ("usr_a", "usr_b"):
            make_user(user_id=name)
        self.now = START
        self.oracle = Bank(bank_calendar())
        self.names: list[str] = []
        self.holds: list[str] = []
        self.asked: list[tuple[Instruction, Move]] = []
        self.posted: dict[str, str] = {}
        self.number = self.evenings = 0
        self.before: dict[Any, Any] = {}

    # --- both at once -------------------------------------------------------------------------------

    @property
    def today(self) -> date:
        return bank_calendar().business_date(self.now)

    def pick(self, place: int) -> str:
        return self.names[place % len(self.names)]

    def amount(self, drawn: Drawn, name: str) -> int:
        if isinstance(drawn.amount, int):
            return drawn.amount
        figures = {"balance": self.oracle.accounts[name].balance, "held": self.oracle.held(name)}
        which, more = drawn.amount
        return figures.get(which, self.oracle.available(name)) + more

    def key(self) -> str:
        self.number += 1
        return f"key-{self.number}"

    def both(self, bank: Callable[[], Any], oracle: Callable[[], Any]) -> Any:
        """What the bank answers when the oracle agrees; None when both refuse, and then nothing is written (I5)."""
        why: frozenset[str] = frozenset()
        try:
            expected = oracle()
        except No as no:
            why = no.reasons
        try:
            answer = bank()
        except Refused as refused:
            assert refused.code in why, f"the bank says {refused.code}, the oracle {sorted(why) or 'yes'}"
            assert image() == self.before
            TRIED[f"no {refused.code}"] += 1
            return None
        assert not why, f"the bank did it, the oracle says {sorted(why)}"
        TRIED[f"{sys._getframe(1).f_code.co_name}"] += 1
        if expected is False:
            TRIED["again"] += 1
            assert answer.replayed
            assert image() == self.before
        return answer

    def post(self, type_: str, amount: int, debit: str, credit: str, actor: Actor = TELLER) -> None:
        asked = Move(type_, amount, debit, credit, actor=actor.user_id)
        values = {"currency": "USD", "channel": "branch", "branch": "main", "actor": actor}
        instruction = Instruction(type=type_, key=self.key(), amount=amount, debit=debit, credit=credit, **values)
        self.asked.append((instruction, asked))
        self.send(instruction, asked)

    def send(self, instruction: Instruction, asked: Move) -> None:
        made = self.both(
            lambda: post(instruction, now=self.now), lambda: self.oracle.move(instruction.key, asked, self.today)
        )
        if made:
            self.posted[instruction.key] = made.movement_id

    # --- what happens -------------------------------------------------------------------------------

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

    def open(self, owner: str, product: str, overdraft: int) -> None:
        values = {"owner_id": f"usr_{owner}", "product": product, "currency": "USD", "branch": "main"}
        made = open_account(**values, key=self.key(), actor=TELLER, now=self.now)
        if overdraft:
            set_by_hand(made.account_id, overdraft_limit=overdraft)
        day = self.oracle.open_day(self.today)
        self.oracle.accounts[made.account_id] = Account(f"usr_{owner}", product, day, overdraft=overdraft)
        self.names.append(made.account_id)

    def opens(self, drawn: Drawn) -> None:
        if len(self.names) < 6:
            self.open("ab"[drawn.flag], ("checking", "savings")[drawn.number % 2], drawn.number % 3)

    def deposits(self, drawn: Drawn) -> None:
        name = self.pick(drawn.place)
        self.post("deposit", self.amount(drawn, name), CASH, name)

    def withdraws(self, drawn: Drawn) -> None:
        name = self.pick(drawn.place)
        self.post("withdrawal", self.amount(drawn, name), name, CASH)

    def transfers(self, drawn: Drawn) -> None:
        debit = self.pick(drawn.place)
        actor = Actor(self.oracle.accounts[debit].owner, "customer", "test") if drawn.flag else TELLER
        self.post("transfer", self.amount(drawn, debit), debit, self.pick(drawn.other), actor)

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

    def retries(self, drawn: Drawn) -> None:
        self.send(*self.asked[drawn.place % len(self.asked)])

    def retries_with_a_field_changed(self, drawn: Drawn) -> None:
        instruction, _ = self.asked[drawn.place % len(self.asked)]
        if instruction.key not in self.oracle.moves:
            return
        field = sorted(CHANGES)[drawn.number % len(CHANGES)]
        with pytest.raises(Refused) as caught:
            post(replace(instruction, **{field: CHANGES[field]}), now=self.now)
        assert (caught.value.code, caught.value.field) == ("key_reused", field)
        assert image() == self.before
        TRIED["no key_reused"] += 1

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
        name = self.pick(drawn.place)
        if self.oracle.accounts[name].status in ("active", "closed"):
            self.both(
                lambda: close_account(account_id=name, reason="asked", actor=MANAGER, now=self.now),
                lambda: self.oracle.close(name),
            )

    def time_passes(self, drawn: Drawn) -> None:
        self.now += timedelta(minutes=(-61, -1, 1, 59, 24 * 60, 3 * 24 * 60)[drawn.number % 6])

    def days_end(self, drawn: Drawn) -> None:
        """Close all days that are over, or some days late."""
        if self.evenings < 5:
            self.now += timedelta(days=1 + drawn.number % 5)
            self.close_days()

    def a_month_turns(self, drawn: Drawn) -> None:
        if self.evenings < 3:
            first = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1)
            self.now = datetime(first.year, first.month, first.day, 15, tzinfo=UTC) + timedelta(days=4)
            self.close_days()

    def close_days(self) -> None:
        self.evenings += 1
        last = self.today - timedelta(days=1)
        begin = totals.books("USD").first_day
        done = close_through(last, "USD", now=self.now).days
        first = max(date.fromisoformat(begin), self.oracle.closed_through + timedelta(days=1))
        expected = list(bank_calendar().days(first, last))
        assert done == [day.isoformat() for day in expected]
        for day in expected:
            self.oracle.evening(day)
        TRIED["days closed"] += len(expected)

    # --- what always holds --------------------------------------------------------------------------

    @invariant()
    def the_bank_is_as_the_oracle_says(self) -> None:
        self.before = image()
        assert self.oracle.total() == 0
        assert not broken_in(self.before)
        there = accounts_in(self.before)
        assert there.keys() == self.oracle.accounts.keys()
        for name, account in self.oracle.accounts.items():
            one = there[name]
            state = (one.status, one.balance, one.held, one.state().available)
            assert state == (account.status, account.balance, self.oracle.held(name), self.oracle.available(name))

    def teardown(self) -> None:
        totals.forget()
        problems = verify("USD", full=True, now=self.now).problems
        assert not problems, list(problems.values())
        end = totals.end_of(bank_calendar().after(self.today), "USD")
        assert trial_balance(end).residual == 0
        assert {name: end.get(name.replace(":", "_"), 0) for name in HOUSE} == {
            name: self.oracle.house.get(name, 0) for name in HOUSE
        }


def test_whatever_is_asked_the_bank_answers_as_the_oracle(
    engine: Any, quiet: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(django_settings, "LEDGER_SHARDS", 2)
    monkeypatch.setattr(store, "pause", lambda *_, **__: None)
    run_state_machine_as_test(
        BankMachine,
        settings=settings(
            max_examples=int(os.environ.get("ORACLE_EXAMPLES", "6")),
            stateful_step_count=int(os.environ.get("ORACLE_STEPS", "40")),
            derandomize="ORACLE_RANDOM" not in os.environ,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert len(TRIED) > 12, f"too little was tried: {sorted(TRIED.items())}"
