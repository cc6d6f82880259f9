"""Many at once, on the real engine: threads and processes."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from accounts.ledger import CASH, Refused
from accounts.queries import totals
from accounts.queries.ledger import statement_lines
from accounts.services.closing import close_through
from accounts.services.deposits import freeze_account, open_account
from accounts.services.posting import Busy, Receipt, post
from accounts.services.verification import verify
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, instruct, stored
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.house.paths import ROOT

WITHDRAWALS = """
import sys
import conftest
from django.conf import settings
settings.POSTING_PARTICIPANTS = ["accounts.tests.quiet.Quiet"]
from cloudbank import tables
tables.connect(sys.argv[1])
from accounts.tests import test_concurrency
print(sum(test_concurrency.withdraw_many(sys.argv[2], sys.argv[3], int(sys.argv[4]))))
"""


def patiently(act: Callable[[], Receipt]) -> bool:
    """What a person does: on Busy try again with the same key; a refusal is an answer."""
    while True:
        try:
            return not act().replayed
        except Busy:
            continue
        except Refused as refusal:
            assert refusal.code in ("insufficient_funds", "frozen"), refusal
            return False


def withdraw_many(account_id: str, prefix: str, count: int) -> list[bool]:
    """Withdraw 1.00 so many times from eight threads; who got the money."""

    def one(number: int) -> bool:
        asked = instruct("withdrawal", 100, account_id, CASH, key=f"{prefix}-{number}")
        return patiently(lambda: post(asked, now=utcnow()))

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(count)))


def sound(now: datetime | None = None) -> None:
    """Every invariant holds."""
    totals.forget()
    problems = verify("USD", full=True, now=now or utcnow()).problems
    assert not problems, list(problems.values())


@pytest.mark.slow
def test_of_200_withdrawals_of_1_from_100_exactly_100_succeed(two: TwoPeople, bank: Any) -> None:
    two.withdraw(90_000)  # 100.00 are left
    arguments = [sys.executable, "-c", WITHDRAWALS, bank.url, two.mine]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([*arguments, f"p{n}", "50"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
        for n in range(2)
    ]
    here = sum(withdraw_many(two.mine, "here", 100))
    elsewhere = [int(process.communicate(timeout=120)[0].strip().splitlines()[-1]) for process in processes]
    assert here + sum(elsewhere) == 100
    assert stored(two.mine).balance == 0
    sound()


def test_one_key_from_many_threads_moves_money_once(two: TwoPeople) -> None:
    asked = instruct("transfer", 2_500, two.mine, two.theirs, key="once")
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: post(asked, now=utcnow()), range(32)))
    assert sum(not receipt.replayed for receipt in receipts) <= 1
    assert len({receipt.lines for receipt in receipts}) == 1
    assert two.balances() == (97_500, 2_500)


def test_opposite_transfers_and_rings_end_and_conserve_money(two: TwoPeople) -> None:
    two.deposit(100_000, to=two.theirs)

    def one(number: int) -> bool:
        debit, credit = (two.mine, two.theirs) if number % 2 else (two.theirs, two.mine)
        return patiently(lambda: post(instruct("transfer", 10, debit, credit, key=f"n{number}"), now=utcnow()))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(60)))
    assert two.balances() == (100_000, 100_000)
    sound()


def test_nothing_leaves_after_the_freeze_was_answered(two: TwoPeople) -> None:
    with ThreadPoolExecutor(8) as pool:
        asked = [instruct("withdrawal", 100, two.mine, CASH, key=f"w{n}") for n in range(40)]
        moves = [pool.submit(patiently, partial(post, one, now=utcnow())) for one in asked]
        freeze_account(account_id=two.mine, reason="suspicion", actor=MANAGER, now=utcnow())
        after_freeze = stored(two.mine).balance
        done = sum(move.result() for move in moves)
    assert stored(two.mine).balance == after_freeze == 100_000 - 100 * done
    sound()


def test_days_can_be_closed_while_money_moves(two: TwoPeople) -> None:
    today = business_date(utcnow())

    def move(number: int) -> bool:
        return patiently(lambda: post(instruct("transfer", 1, two.mine, two.theirs, key=f"m{number}"), now=utcnow()))

    with ThreadPoolExecutor(6) as pool:
        moves = [pool.submit(move, number) for number in range(80)]
        closed = close_through(today, "USD", now=utcnow() + timedelta(days=7)).days
        assert all(done.result() for done in moves)
    totals.forget()
    assert closed == [today.isoformat()]
    dates = {line.business_date for line in statement_lines(two.mine, None, None)}
    assert dates >= {today.isoformat()}
    sound()


def test_one_form_sent_by_many_opens_one_account(two: TwoPeople) -> None:
    def opened(_: int) -> str:
        return open_account(
            owner_id=two.customer.user_id,
            product="savings",
            currency="USD",
            branch="main",
            key="one",
            actor=TELLER,
            now=utcnow(),
        ).account_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(opened, range(8)))) == 1
    today = business_date(utcnow())
    assert totals.day_totals(today, today, "USD")[0].numbers["accounts_opened"] == 3
