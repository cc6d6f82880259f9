"""A bank that is brought in whole tells its month ends: the same rows that its tables and audit trails tell afterwards."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from accounts.bulk.register import Identity
from accounts.bulk.run import run
from accounts.bulk.shelf import Shelf
from accounts.demo.life import Demo
from accounts.ledger import Actor
from accounts.loans.rows import LoanRow
from accounts.month_ends import SHEETS, Ended, is_month_end
from accounts.month_ends.tape import place
from accounts.queries.month_ends import month_end, rows
from accounts.services.closing import close_through
from accounts.services.loans.postings import existing
from accounts.services.verification import verify
from accounts.tests.lending import paid_out
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar

UNTIL = datetime(2026, 5, 4, 15, tzinfo=UTC)
TELLER = Actor("usr_teller", "teller", "198.51.100.7")
OF_THE_MONTHS_BEFORE = {name for name in LoanRow._fields if name.endswith(("_1", "_2", "_3"))} | {"late_in"}


def a_bank() -> list[date]:
    """Seven months of 60 customers, closed; its month ends."""
    demo = Demo(7, 60, UNTIL, "USD", bank_calendar(), [TELLER], quarters=3)
    days = (demo.first, bank_calendar().business_date(UNTIL))
    identity = Identity("demo", {"seed": 7}, {"USD": days})
    run(identity, demo, actor=TELLER, now=UNTIL, audited=True)
    close_through(days[1] - ONE_DAY, "USD", now=UNTIL, history=True)
    return [day for day in bank_calendar().days(*days) if is_month_end(day, bank_calendar()) and day < days[1]]


def plain(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row._asdict().items() if name not in OF_THE_MONTHS_BEFORE}


@pytest.mark.slow
def test_what_a_run_told_is_what_the_tables_say_it_was(bank: Any, quiet: None) -> None:
    """Loans, then accounts and people, of one bank: making it is what takes long."""
    with time_machine.travel(UNTIL, tick=True):
        ends = a_bank()
        compare_loans(ends)
        compare_accounts_and_people(ends)
        assert not verify("USD", full=True, now=UNTIL).problems


def compare_loans(ends: list[date]) -> None:
    """Every month end's loans."""
    assert len(ends) == 7
    sizes = []
    for day in ends:
        item = month_end(day, "USD", "loans")
        assert item is not None
        kept = {row.id: plain(row) for row in rows(item)}
        live = {row.id: plain(row) for row in SHEETS["loans"].live(Ended(day, "USD"))}
        assert kept == live, day
        assert list(kept) == sorted(kept, key=place)
        sizes.append(len(kept))
    assert sizes[-1] >= 10 and sizes == sorted(sizes)
    assert {row.bucket for row in rows(item)} > {"current"}


def compare_accounts_and_people(ends: list[date]) -> None:
    """The deposits and customers of the first month end, of one between and of the last."""
    for code in ("deposits", "customers"):
        for day in (ends[0], ends[3], ends[-1]):
            item = month_end(day, "USD", code)
            assert item is not None
            kept = {row.id: row for row in rows(item)}
            live = {row.id: row for row in SHEETS[code].live(Ended(day, "USD"))}
            assert kept == live, (code, day)
            assert not [name for name in item.numbers() if name.startswith("residual")], (code, day)
    assert len(kept) >= 50


def test_a_loan_that_changed_after_its_last_movement_says_so_when_the_run_ends(bank: Any, quiet: None) -> None:
    """Non-accrual begins, and instalments fall due, without a movement: what is stored must be what was recorded."""
    loan = existing(paid_out().loan_id)
    shelf, later = Shelf("run", "usr_x"), date.fromisoformat(loan.last_business_date) + 90 * ONE_DAY
    shelf._loans[loan.loan_id] = loan
    shelf.change(loan.loan_id, replace(loan.loan(), stage="non_accrual"), later)
    (kept,) = shelf.finished({loan.loan_id: loan.state()})
    assert (kept.changed_on, kept.stage) == (later.isoformat(), "non_accrual")
