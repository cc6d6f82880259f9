"""Threads and processes at once: their answers fit some serial order of a simple bank, or the checker says so.

HISTORIES (default 6) says how many histories of each kind are recorded.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings

from accounts.ledger import CASH, Refused
from accounts.services.deposits import freeze_account
from accounts.services.holds import capture_hold, place_hold, release_hold
from accounts.services.posting import Busy, post
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, instruct, stored, two_people
from accounts.tests.histories import Event, explained
from accounts.tests.test_concurrency import sound
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.house.paths import ROOT
from cloudbank.ids import derived_id

HISTORIES = int(os.environ.get("HISTORIES", "6"))
CLIENTS, EACH = 4, 4
CLIENT = """
import json, sys
import conftest
from django.conf import settings
settings.POSTING_PARTICIPANTS = ["accounts.tests.quiet.Quiet"]
from cloudbank import tables
tables.connect(sys.argv[1])
from accounts.tests import test_histories
plans = json.loads(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
print(json.dumps(test_histories.clients(plans, tuple(sys.argv[3:]))))
"""

# (balance, held, frozen) of each of two accounts, and the state of each of two holds of 40.00 on the first one
Bank = tuple[tuple[int, int, bool], tuple[int, int, bool], tuple[str, str]]
Asked = tuple[str, ...]
HELD = 4_000


def model(bank: Bank, asked: Asked) -> tuple[Bank, str]:
    """The sequential bank: in a dozen lines what a teller would do with two cards and a pencil."""
    what, number, amount = asked[0], int(asked[1]), int(asked[2])
    accounts, holds = [list(bank[0]), list(bank[1])], list(bank[2])
    answer = "done"
    if what == "look":
        return bank, f"{accounts[number][0]} {accounts[number][1]}"
    if what in ("release", "capture"):
        ended = "released" if what == "release" else "captured"
        if holds[number] != "open":
            return bank, "done" if holds[number] == ended == "released" else "refused"
        if what == "capture" and accounts[0][2]:
            return bank, "refused"
        holds[number] = ended
        accounts[0][1] -= HELD
        accounts[0][0] -= amount if what == "capture" else 0
    elif what == "freeze":
        accounts[number][2] = True
    else:
        takes = None if what == "withdraw" else accounts[1 - number] if what == "transfer" else accounts[number]
        gives = None if what == "deposit" else accounts[number]
        if (gives and (gives[2] or gives[0] - gives[1] < amount)) or (takes and takes[2]):
            answer = "refused"
        elif what == "hold":
            pass
        else:
            for side, sign in ((gives, -1), (takes, 1)):
                if side:
                    side[0] += sign * amount
    return (tuple(accounts[0]), tuple(accounts[1]), tuple(holds)), answer  # type: ignore[return-value]


def act(asked: Asked, accounts: Asked, key: str) -> str:
    """The same of the real bank."""
    what, number, amount = asked[0], int(asked[1]), int(asked[2])
    name, other = accounts[number], accounts[1 - number]
    now = utcnow()
    if what == "look":
        there = stored(name)
        return f"{there.balance} {there.held}"
    if what == "freeze":
        freeze_account(account_id=name, reason="suspicion", actor=MANAGER, now=now)
    elif what == "release":
        release_hold(hold_id=hold_of(accounts[0], number), reason="left", actor=MANAGER, now=now)
    elif what == "capture":
        capture_hold(hold_id=hold_of(accounts[0], number), amount=amount, actor=TELLER, now=now, key=key)
    else:
        sides = {"deposit": (CASH, name), "withdraw": (name, CASH), "transfer": (name, other)}[what]
        type_ = "withdrawal" if what == "withdraw" else what
        post(instruct(type_, amount, *sides, key=key), now=now)
    return "done"


def hold_of(account: str, number: int) -> str:
    """The id of one of the two holds."""
    return derived_id("hld", TELLER.user_id, f"{account}-{number}")


def client(plan: list[Asked], accounts: Asked) -> list[Event]:
    """Do one thing after the other; on Busy again with the same key."""
    done = []
    for asked in plan:
        begin, answer = time.monotonic(), ""
        while not answer:
            try:
                answer = act(asked, accounts, f"{accounts[0]}-{asked[3]}")
            except Refused:
                answer = "refused"
            except Busy:
                continue
        done.append(Event(tuple(asked), answer, begin, time.monotonic()))
    return done


def clients(plans: list[list[Asked]], accounts: Asked) -> list[tuple[Any, ...]]:
    """Several at once, in threads."""
    with ThreadPoolExecutor(len(plans)) as pool:
        found = [event for done in pool.map(lambda plan: client(plan, accounts), plans) for event in done]
    return [(event.asked, event.answer, event.begin, event.end) for event in found]


def a_plan(chance: random.Random, who: str) -> list[Asked]:
    """What one client wants, in order."""
    plan: list[Asked] = []
    for number in range(EACH):
        what = chance.choice(["deposit", "withdraw", "withdraw", "transfer", "transfer", "look", "capture", "release"])
        amount = chance.choice([1_000, 2_500, 6_000]) if what != "capture" else chance.choice([1_000, HELD])
        plan.append((what, str(chance.randrange(2)), str(amount), f"{who}-{number}"))
    if chance.random() < 0.15:
        plan[-1] = ("freeze", str(chance.randrange(2)), "0", plan[-1][3])
    return plan


def beginning() -> tuple[TwoPeople, Bank]:
    """100.00 on each account and two holds on the first."""
    people = two_people()
    people.withdraw(90_000)
    people.deposit(10_000, to=people.theirs)
    for number in range(2):
        key = f"{people.mine}-{number}"
        place_hold(account_id=people.mine, amount=HELD, reason="Hotel", key=key, actor=TELLER, now=utcnow())
    return people, ((10_000, 2 * HELD, False), (10_000, 0, False), ("open", "open"))


def recorded(plans: list[list[Asked]], people: TwoPeople) -> list[Event]:
    """The history of these clients, and a look at both accounts after all of it."""
    accounts = (people.mine, people.theirs)
    rows = clients(plans, accounts)
    last = client([("look", "0", "0", "x"), ("look", "1", "0", "y")], accounts)
    return [Event(tuple(asked), answer, begin, end) for asked, answer, begin, end in rows] + last


@pytest.fixture
def busy_bank(bank: Any, quiet: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A bank with few shards and short waits."""
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 2)
    return bank


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_what_threads_are_answered_fits_some_serial_order(busy_bank: Any, seed: int) -> None:
    chance = random.Random(seed)
    people, start = beginning()
    history = recorded([a_plan(chance, f"t{n}") for n in range(CLIENTS)], people)
    assert explained(history, start, model), history
    sound()


def test_what_processes_are_answered_fits_some_serial_order(busy_bank: Any) -> None:
    chance = random.Random(99)
    started: list[subprocess.Popen[str]] = []
    people, start = beginning()
    for number in range(2):
        plans = json.dumps([a_plan(chance, f"p{number}{n}") for n in range(2)])
        arguments = [sys.executable, "-c", CLIENT, busy_bank.url, plans, people.mine, people.theirs]
        env = os.environ | {"PYTHONPATH": str(ROOT), "LEDGER_SHARDS": "2"}
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(arguments, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True))
    for process in started:
        assert process.stdout and process.stdout.readline().strip() == "ready"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    rows = [row for process in started for row in json.loads(process.communicate(timeout=60)[0].splitlines()[-1])]
    history = [Event(tuple(asked), answer, begin, end) for asked, answer, begin, end in rows]
    history += client([("look", "0", "0", "x"), ("look", "1", "0", "y")], (people.mine, people.theirs))
    assert explained(history, start, model), history
    sound()


# --- the checker itself ---------------------------------------------------------------------------


def event(what: str, answer: str, begin: float, end: float | None, amount: int = 6_000) -> Event:
    """An operation on the second account, which has 100.00 and no holds."""
    return Event((what, "1", str(amount), ""), answer, begin, end)


ONE: Bank = ((0, 0, False), (10_000, 0, False), ("open", "open"))


@pytest.mark.parametrize(
    ("history", "fits"),
    [
        ([event("withdraw", "done", 0, 1), event("look", "4000 0", 2, 3)], True),
        ([event("withdraw", "done", 0, 1), event("look", "10000 0", 2, 3)], False),  # a stale read
        ([event("withdraw", "done", 0, 3), event("look", "10000 0", 1, 2)], True),  # they overlap
        ([event("withdraw", "done", 0, 2), event("withdraw", "done", 1, 3)], False),  # 120.00 of 100.00
        ([event("withdraw", "refused", 0, 1), event("withdraw", "done", 2, 3)], False),  # for no reason
        ([event("withdraw", "refused", 0, 3), event("withdraw", "done", 1, 2)], True),
        ([event("withdraw", "", 0, None), event("look", "4000 0", 5, 6)], True),  # lost, and happened
        ([event("withdraw", "", 0, None), event("look", "10000 0", 5, 6)], True),  # lost, and did not
        ([event("look", "4000 0", 1, 2), event("withdraw", "", 3, None)], False),  # seen before it was asked
        ([event("freeze", "done", 0, 1), event("withdraw", "done", 2, 3)], False),
    ],
)
def test_the_checker_knows_what_fits(history: list[Event], fits: bool) -> None:
    assert (explained(history, ONE, model) is not None) is fits


def test_a_lost_update_is_found(busy_bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted bug: accounts are saved whatever became of them meanwhile."""
    real = store.changed

    def careless(item: Any) -> Any:
        write = real(item)
        return store.Put(item) if type(item).__name__ == "DepositAccount" else write

    assert found_out(careless, monkeypatch)


def found_out(careless: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a few histories of a careless bank have no explanation."""
    with monkeypatch.context() as planted:
        planted.setattr(store, "changed", careless)
        for seed in range(8):
            chance = random.Random(seed)
            people, start = beginning()
            plans = [a_plan(chance, f"b{seed}-{n}") for n in range(CLIENTS)]
            if explained(recorded(plans, people), start, model) is None:
                return True
    return False
