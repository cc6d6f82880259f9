"""A correction after a quarter is closed stands in a log, never in a figure of a past report."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.ledger import CASH, DEPOSIT, FEE, FEE_INCOME, Actor, Instruction
from accounts.models import DepositAccount
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.services.reversals import reverse_movement
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, signed_in
from accounts.tests.makers import an_account
from cloudbank.clock import utcnow
from cloudbank.quarters import Quarter
from reporting import queries, services
from reporting.metrics import in_order
from reporting.metrics import restatements as log
from reporting.models import Report
from reporting.orders import Order
from reporting.pack import Section, section_of
from reporting.tests.conftest import MANAGER
from reporting.writers import in_order as writers_in_order

Q1 = Quarter(2026, 1)
CODES = ("deposit_bridge", "restatements", "transactions")


def at(month: int, day: int) -> datetime:
    """Noon in New York, about."""
    return datetime(2026, month, day, 16, tzinfo=UTC)


def moved(account: DepositAccount, amount: int, kind: str = DEPOSIT) -> str:
    """A deposit in cash, or a fee, now; its movement."""
    ends = (CASH, account.account_id) if kind == DEPOSIT else (account.account_id, FEE_INCOME)
    key = f"{kind} {amount} {utcnow()}"
    actor = Actor("usr_t", "teller", "test")
    asked = Instruction(kind, key, amount, "USD", *ends, "branch", "main", actor)
    return post(asked, now=utcnow()).movement_id


def taken_back(movement_id: str) -> None:
    reverse_movement(movement_id=movement_id, reason="Wrong customer", actor=MANAGER, now=utcnow())


def built(quarter: Quarter) -> Report:
    order = Order(quarter, tuple(in_order(CODES)), "USD")
    return services.build_report(order=order, formats=writers_in_order(), actor=MANAGER, now=utcnow())


def section(quarter: Quarter) -> Section:
    found = section_of(queries.quarterly_pack(quarter, in_order(CODES), "USD", utcnow()).sections, "restatements")
    assert found
    return found


@pytest.fixture
def first(bank: Any, folder: Path) -> Iterator[tuple[Report, Any]]:
    """The report of a quarter with a deposit of 300.00, a fee of 4.00, and a deposit that was corrected within it.

    In April the first two are taken back.
    """
    with time_machine.travel(at(3, 24), tick=True) as clock:
        account = an_account(a_customer(), 100_000)
        clock.move_to(at(3, 26))
        wrong, fee, soon = moved(account, 30_000), moved(account, 400, FEE), moved(account, 700)
        clock.move_to(at(3, 27))
        taken_back(soon)
        clock.move_to(at(4, 1))
        close_through(date(2026, 3, 31), "USD", now=utcnow())
        report = built(Q1)
        clock.move_to(at(4, 3))
        taken_back(wrong)
        taken_back(fee)
        clock.move_to(at(4, 8))
        close_through(date(2026, 4, 7), "USD", now=utcnow())
        yield report, clock


def test_the_quarter_that_books_it_logs_what_when_how_much_and_which_figure(first: Any) -> None:
    found = section(Q1.next())
    values = {name: found.figure(name).value for name in (log.NUMBER, log.AMOUNT, log.DEPOSITS)}
    assert values == {log.NUMBER: 2, log.AMOUNT: 30_400, log.DEPOSITS: -29_600}
    (table,) = found.tables
    told = {row[2]: (row[0], row[1], row[3], row[4], row[5]) for row in table.rows}
    assert told == {
        "Deposit": ("2026-04-03", "2026-03-26", 30_000, -30_000, "Net inflow of customers"),
        "Fee": ("2026-04-03", "2026-03-26", 400, 400, "Fees taken from deposits"),
    }
    assert table.total[3:5] == (30_400, -29_600)


def test_a_correction_within_its_quarter_is_no_restatement(first: Any) -> None:
    found = section(Q1)
    assert (found.figure(log.NUMBER).value, found.tables) == (0, ())


def test_the_past_report_stays_as_it_was_and_its_page_says_that_corrections_exist(first: Any, client: Client) -> None:
    report, _ = first
    assert services.problems_of(report, utcnow()) == []
    assert built(Q1).sha256 == report.sha256
    text = signed_in(client, a_manager()).get(f"/reports/{report.transaction_id}").content.decode()
    assert "Later corrections exist" in text
    assert "300.00 USD (net inflow of customers)" in text and "4.00 USD (fees taken from deposits)" in text
    assert "7.00 USD" not in text, "that one was corrected before the report was made"


def test_a_report_of_what_nobody_corrected_says_nothing(first: Any, client: Client) -> None:
    report = built(Q1.next())
    assert queries.corrected_since(report, utcnow()) == []
    assert (
        "Later corrections"
        not in signed_in(client, a_manager()).get(f"/reports/{report.transaction_id}").content.decode()
    )


def test_the_marks_that_the_log_is_made_of_are_proven(first: Any) -> None:
    assert not verify("USD", full=True, now=utcnow()).problems
