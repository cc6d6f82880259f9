"""The bank and the oracle side by side: what both are asked, what both answer, what holds after each step."""

import os
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test

from accounts.ledger import CASH, HOUSE, INSTRUMENT, LOAN, Actor, Instruction, Refused
from accounts.queries import totals
from accounts.services.closing import close_through
from accounts.services.deposits import open_account
from accounts.services.instruments import Register
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.testing import make_user
from accounts.tests.conftest import set_by_hand
from accounts.tests.images import accounts_in, broken_in, image
from accounts.tests.loan_oracle import LendingBank
from accounts.tests.oracle import MAX, Account, Move, No
from accounts.trial import trial_balance
from cloudbank.conf import bank_calendar
from cloudbank.testing import empty_tables

TELLER, MANAGER, FOREMAN = (Actor(name, "teller", "test") for name in ("teller", "manager", "foreman"))
START = datetime(2028, 2, 24, 15, tzinfo=UTC)  # a leap year, some days before the end of its February
AMOUNTS = st.one_of(
    st.sampled_from([1, 2, 100, 50_000, 0, -1, 5_000_000, 5_000_001, MAX, MAX + 1]),
    st.integers(1, 20_000),
    st.tuples(st.sampled_from(["balance", "available", "held"]), st.sampled_from([-1, 0, 1])),
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


class SideBySide(RuleBasedStateMachine):
    """Deposits, withdrawals, transfers and the days; who inherits says which kinds of step there are."""

    tried: Counter[str]
    """What was really done and refused: a run that tries little proves little."""
    most_evenings, most_months = 5, 3

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        self.people = {name: make_user(user_id=f"usr_{name}") for name in "ab"}
        self.now = START
        self.oracle = LendingBank(bank_calendar())
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
            self.tried[f"no {refused.code}"] += 1
            return None
        assert not why, f"the bank did it, the oracle says {sorted(why)}"
        self.tried[f"{sys._getframe(1).f_code.co_name}"] += 1
        if expected is False:
            self.tried["again"] += 1
            assert answer.replayed
            assert image() == self.before
        return answer

    def post(self, type_: str, amount: int, debit: str, credit: str, actor: Actor = TELLER, **more: str) -> None:
        channel = more.get("channel", "branch")
        asked = Move(type_, amount, debit, credit, channel=channel, actor=actor.user_id)
        values = {"currency": "USD", "channel": channel, "branch": "main", "actor": actor} | more
        instruction = Instruction(type=type_, key=self.key(), amount=amount, debit=debit, credit=credit, **values)
        self.asked.append((instruction, asked))
        self.send(instruction, asked)

    def send(self, instruction: Instruction, asked: Move) -> None:
        register = Register() if instruction.type == INSTRUMENT else None
        made = self.both(
            lambda: post(instruction, now=self.now, companion=register),
            lambda: self.oracle.move(instruction.key, asked, self.today),
        )
        if made:
            self.posted[instruction.key] = made.movement_id

    def open(self, owner: str, product: str, overdraft: int) -> None:
        values = {"owner_id": f"usr_{owner}", "product": product, "currency": "USD", "branch": "main"}
        made = open_account(**values, key=self.key(), actor=TELLER, now=self.now)
        if overdraft:
            set_by_hand(made.account_id, overdraft_limit=overdraft)
        day = self.oracle.open_day(self.today)
        self.oracle.accounts[made.account_id] = Account(f"usr_{owner}", product, day, overdraft=overdraft)
        self.names.append(made.account_id)

    # --- what happens -------------------------------------------------------------------------------

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

    def retries(self, drawn: Drawn) -> None:
        self.send(*self.asked[drawn.place % len(self.asked)])

    def time_passes(self, drawn: Drawn) -> None:
        self.now += timedelta(minutes=(-61, -1, 1, 59, 24 * 60, 3 * 24 * 60)[drawn.number % 6])

    def days_end(self, drawn: Drawn) -> None:
        """Close all days that are over, or some days late."""
        if self.evenings < self.most_evenings:
            self.now += timedelta(days=1 + drawn.number % 5)
            self.close_days()

    def a_month_turns(self, drawn: Drawn) -> None:
        if self.evenings < self.most_months:
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
        self.tried["days closed"] += len(expected)

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
            if account.product == LOAN:
                continue
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


def run_machine(machine: type[SideBySide], *, examples: int, steps: int) -> None:
    """Rows of steps, the same ones each time unless ORACLE_RANDOM is set; ORACLE_EXAMPLES, ORACLE_STEPS: more by night."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=int(os.environ.get("ORACLE_EXAMPLES", examples)),
            stateful_step_count=int(os.environ.get("ORACLE_STEPS", steps)),
            derandomize="ORACLE_RANDOM" not in os.environ,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            # A row is half a minute of engine: looking for a shorter one that fails is for who debugs.
            phases=list(Phase) if "ORACLE_SHRINK" in os.environ else [Phase.generate],
        ),
    )
