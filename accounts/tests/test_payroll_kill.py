"""kill -9 of the process that pays, at random moments: nothing lost, nothing double."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.models.payroll import DONE
from accounts.queries.ledger import statement_lines
from accounts.queries.payroll import payroll
from accounts.services.payroll_runs import advance, start
from accounts.tests.conftest import TELLER
from accounts.tests.makers import balance
from accounts.tests.test_concurrency import sound
from accounts.tests.test_payroll import Firm
from cloudbank.clock import utcnow
from cloudbank.house.paths import ROOT

KILLS, ROWS = 6, 300
PAY = """
import django; django.setup()
from accounts.services.payroll_runs import advance
from cloudbank.clock import utcnow
import sys
print("ready", flush=True)
advance(sys.argv[1], now=utcnow)
"""


@pytest.mark.slow
def test_killed_again_and_again_every_row_is_paid_once(bank: Any, tmp_path: Path, settings: Any) -> None:
    folder = tmp_path / "d"
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}
    firm = Firm()
    extra = "".join(f"Ann Abel,{firm.payees[n % 4].account_id},0.{n % 90 + 10},row {n}\n" for n in range(ROWS))
    item = firm.brought(firm.file(extra=extra))
    start(item.payroll_id, actor=TELLER, now=utcnow())
    env = os.environ | {"DYNAMODB_ENDPOINT_URL": bank.url, "DOCUMENTS_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    chance, killed = random.Random(11), 0
    for _ in range(KILLS):
        arguments = [sys.executable, "-c", PAY, item.payroll_id]
        with subprocess.Popen(arguments, env=env, stdout=subprocess.PIPE, cwd=ROOT) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.uniform(0.02, 0.35))
            process.kill()
            killed += process.wait() < 0
    assert killed >= 3
    ended = advance(item.payroll_id, now=utcnow)
    assert (ended.state, ended.done, ended.returned) == (DONE, ROWS + 4, {})
    assert payroll(item.payroll_id) is not None
    memos = [line.memo for payee in firm.payees for line in statement_lines(payee.account_id, None, None)]
    assert sorted(memo for memo in memos if memo.startswith("row ")) == sorted(f"row {n}" for n in range(ROWS))
    assert sum(balance(payee) for payee in firm.payees) == item.total == 500_000 - balance(firm.account)
    sound()
