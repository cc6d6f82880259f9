"""kill -9 in the middle of `close_day`, at random requests: the next run makes it good, to the cent and the seal.

KILL_SEEDS (default 6) says how many nights are disturbed; each is killed up to three times.
"""

import itertools
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient
from django.conf import settings

from accounts.ledger import CASH
from accounts.queries import totals
from accounts.queries.ledger import statement_lines
from accounts.services.closing import close_through
from accounts.services.deposits import open_account
from accounts.services.holds import place_hold
from accounts.services.posting import post
from accounts.testing import a_customer
from accounts.tests.conftest import TELLER, instruct, stored
from accounts.tests.images import accounts_in, image
from accounts.tests.oracle import Account, Bank, Hold, Move
from accounts.tests.test_concurrency import sound
from cloudbank import jobs, store, tables
from cloudbank.conf import bank_calendar

SEEDS = int(os.environ.get("KILL_SEEDS", "6"))
FIRST = date(2026, 3, 30)  # Monday: the month ends on Tuesday
LAST = date(2026, 4, 2)
NOON = timedelta(hours=16)
AFTER = datetime(2026, 4, 6, 16, tzinfo=UTC)
REQUESTS = 120
"""About as many requests as an undisturbed night makes; where a kill falls does not depend on the machine's pace."""
killed_while: Counter[str] = Counter()


def begun() -> tuple[Bank, str]:
    """A bank with two savers, a current account, a hold that ends and one that does not; and its oracle."""
    owner, oracle = a_customer(), Bank(bank_calendar())
    now = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + NOON
    names = []
    for number, product in enumerate(("savings", "savings", "checking")):
        values = {"owner_id": owner.user_id, "product": product, "currency": "USD", "branch": "main"}
        name = open_account(**values, key=str(number), actor=TELLER, now=now).account_id
        oracle.accounts[name] = Account(owner.user_id, product, FIRST)
        post(instruct("deposit", 7_000_000 + number, CASH, name, key=str(number)), now=now)
        oracle.move(str(number), Move("deposit", 7_000_000 + number, CASH, name), FIRST)
        names.append(name)
    for until in (FIRST + timedelta(days=1), LAST + timedelta(days=9)):
        hold = {"account_id": names[2], "amount": 500, "reason": "Hotel", "expires_on": until}
        place_hold(**hold, key=until.isoformat(), actor=TELLER, now=now)
        oracle.holds[until.isoformat()] = Hold(names[2], 500, until)
    return oracle, names[0]


def die_at(request: int) -> None:
    """From now on this process is killed when it has made so many requests, the last one's answer unread."""
    count, asked = itertools.count(1), BaseClient._make_api_call

    def call(client: Any, *args: Any) -> Any:
        answer = asked(client, *args)
        if next(count) == request:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    BaseClient._make_api_call = call


def night(url: str, now: datetime, dies_at: int = 0) -> None:
    """What cron runs, in a process of its own."""
    if dies_at:
        die_at(dies_at)
    tables.connect(url)
    totals.forget()
    with jobs.run("close_day", key=LAST.isoformat(), now=now) as run:
        close_through(LAST, "USD", now=now, progress=run.progress)
    os._exit(0)


def killed(url: str, now: datetime, dies_at: int = 0) -> bool:
    """Run it until it dies at this request; False when it was done before."""
    process = multiprocessing.get_context("fork").Process(target=night, args=(url, now, dies_at))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0


def disturbed(seed: int, url: str) -> int:
    """A night with kills, until a run comes to its end; how often it was killed."""
    chance, now, kills = random.Random(seed), AFTER, 0
    while killed(url, now, chance.randint(1, REQUESTS) if kills < 3 else 0):
        kills += 1
        totals.forget()
        killed_while[totals.books("USD").last_closed or "nothing"] += 1
        now += jobs.LEASE + timedelta(seconds=1)  # nobody knows that the holder died: its lease must run out
    return kills


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_night_that_was_killed_ends_as_one_that_was_not(
    bank: Any, quiet: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 2)
    oracle, saver = begun()
    disturbed(seed, bank.url)
    for day in bank_calendar().days(FIRST, LAST):
        oracle.evening(day)
    there = {name: (one.balance, one.held) for name, one in accounts_in(image()).items()}
    assert there == {name: (one.balance, oracle.held(name)) for name, one in oracle.accounts.items()}
    assert [line.type for line in statement_lines(saver, None, None)].count("interest") == 1
    assert totals.books("USD").last_closed == LAST.isoformat()
    last_run = jobs.last_run("close_day")
    assert last_run and last_run.state == "done"
    sound(AFTER)


def test_the_nights_were_killed_in_different_places() -> None:
    if SEEDS >= 6:
        assert len(killed_while) > 1, killed_while


def test_a_killed_night_holds_its_lease_until_it_runs_out(bank: Any, quiet: None) -> None:
    begun()
    process = multiprocessing.get_context("fork").Process(target=night, args=(bank.url, AFTER))
    process.start()
    while store.get(jobs.Lease, jobs.Lease.key("close_day")) is None:
        time.sleep(0.002)
    process.kill()
    process.join()
    with pytest.raises(jobs.Held), jobs.run("close_day", key="x", now=AFTER):
        pass
    assert not killed(bank.url, AFTER + jobs.LEASE + timedelta(seconds=1))
    sound(AFTER)


def test_money_moves_on_while_a_killed_night_waits(bank: Any, quiet: None) -> None:
    _, saver = begun()
    started = time.monotonic()
    assert killed(bank.url, AFTER, REQUESTS // 3)
    before = stored(saver).balance
    post(instruct("withdrawal", 5, saver, CASH), now=AFTER)
    assert stored(saver).balance == before - 5
    assert time.monotonic() - started < 10
    sound(AFTER)
