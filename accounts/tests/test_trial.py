"""The trial balance foots whatever happened, and says by how much when it does not."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command

from accounts.ledger import CASH, CLEARING, HOUSE, PRODUCTS
from accounts.queries.totals import end_of
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.tests.conftest import TwoPeople, instruct, set_by_hand
from accounts.trial import trial_balance
from cloudbank.clock import utcnow
from cloudbank.conf import business_date


def test_deposits_stand_against_cash_and_clearing(two: TwoPeople) -> None:
    post(instruct("deposit", 5_000, CLEARING, two.theirs, channel="ach"), now=utcnow())
    two.withdraw(20_000)
    balance = trial_balance(end_of(business_date(utcnow()), "USD"))
    rows = {row.code: (row.debit, row.credit) for row in balance.rows}
    assert rows["deposits"] == (0, 85_000)
    assert rows["house:cash"] == (80_000, 0)
    assert rows["house:clearing"] == (5_000, 0)
    assert balance.residual == 0 and balance.debits == 85_000


def test_open_days_are_carried_on_from_the_sealed_ones(two: TwoPeople) -> None:
    day = business_date(utcnow())
    open_end = end_of(day, "USD")
    close_through(day, "USD", now=utcnow() + timedelta(days=7))
    sealed = end_of(day, "USD")
    assert {name: sealed[name] for name in open_end} == open_end
    assert end_of(day - timedelta(days=30), "USD") == {}


def test_what_is_missing_is_named() -> None:
    assert trial_balance({"book_checking": 10, "house_cash": -9}).residual == -1


def test_every_book_and_house_account_has_its_row() -> None:
    assert {row.code for row in trial_balance({}).rows} == {"deposits", "overdrawn", "loan", *HOUSE}
    (deposits,) = [row for row in trial_balance({}).rows if row.parts]
    assert [name for name, _ in deposits.parts] == ["Checking", "Savings"] and len(PRODUCTS) == 3


def test_what_is_overdrawn_is_no_part_of_what_is_held(two: TwoPeople) -> None:
    set_by_hand(two.theirs, overdraft_limit=50_000)
    post(instruct("withdrawal", 30_000, two.theirs, CASH), now=utcnow())
    end = end_of(business_date(utcnow()), "USD")
    balance = trial_balance(end)
    rows = {row.code: (row.debit, row.credit) for row in balance.rows}
    assert (rows["overdrawn"], rows["deposits"]) == ((30_000, 0), (0, 100_000))
    assert (end["overdrawn"], end["deposits"]) == (30_000, 100_000), "as the dashboard has it"
    assert balance.residual == 0 and balance.debits == 100_000
    assert next(row.parts for row in balance.rows if row.code == "deposits") == (("Checking", 70_000), ("Savings", 0))


def test_the_command_prints_it(two: TwoPeople) -> None:
    out = StringIO()
    call_command("trial_balance", stdout=out)
    assert "Deposits in credit" in out.getvalue() and "Checking, net" in out.getvalue() and "1,000.00" in out.getvalue()
