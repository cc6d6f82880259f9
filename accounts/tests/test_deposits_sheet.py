"""The deposits sheet of a month end: a worked example by hand, and accounts as they were however late it is sealed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from accounts.deposit_sheet import DepositRow, fold, is_dormant
from accounts.ledger import CASH
from accounts.month_ends import SHEETS, Ended, of_parts
from accounts.queries.month_ends import month_end, rows, sheets_on
from accounts.services.closing import close_through
from accounts.services.leaving import close_account
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_stranger
from accounts.tests.makers import actor, an_account

MARCH = date(2026, 3, 31)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def row(account: str, owner: str, balance: int, **more: Any) -> DepositRow:
    values = {"product": "checking", "branch": "main", "segment": "retail", "opened_on": "2026-01-05"} | more
    return DepositRow(id=account, owner=owner, balance=balance, **({"own_on": "", "dormant": 0} | values))


def test_people_are_counted_not_accounts_and_the_largest_by_all_their_accounts() -> None:
    """Ada has 300.00 + 50.00, one of them dormant, Ben 320.00, Cy owes 20.00: three people, four accounts."""
    numbers = fold(
        [
            row("1", "ada", 30_000),
            row("2", "ada", 5_000, product="savings", dormant=1),
            row("3", "ben", 32_000, branch="harbor", segment="business"),
            row("4", "cy", -2_000),
        ]
    )
    assert (numbers["accounts"], numbers["depositors"], numbers["deposits"], numbers["overdrawn"]) == (
        4, 3, 67_000, 2_000,
    )  # fmt: skip
    assert (numbers["dormant"], numbers["dormant_n"]) == (5_000, 1)
    assert of_parts(numbers, "product", "savings") == {
        "accounts": 1, "depositors": 1, "deposits": 5_000, "dormant": 5_000, "dormant_n": 1,
    }  # fmt: skip
    assert (numbers["depositors@branch:main"], numbers["deposits@segment:business"]) == (2, 32_000)


def test_the_twenty_largest_are_people() -> None:
    many = [row(f"{n}{side}", f"owner{n}", 100 + n) for n in range(30) for side in "ab"]
    numbers = fold(many)
    assert numbers["top_20"] == sum(2 * (100 + n) for n in range(10, 30))
    assert numbers["top_10"] == sum(2 * (100 + n) for n in range(20, 30))


@pytest.fixture
def summer() -> Iterator[None]:
    """June: everything below is the past."""
    with time_machine.travel(NOW, tick=True):
        yield


def test_a_month_end_is_sealed_as_it_was_though_money_moved_and_accounts_closed_since(
    bank: Any, quiet: None, summer: None
) -> None:
    later = datetime(2026, 4, 8, 15, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 3, 2, 15, tzinfo=UTC), tick=False):
        mine, theirs = an_account(a_customer(), 70_000), an_account(a_stranger(), 40_000)
    with time_machine.travel(later, tick=False):
        who: dict[str, Any] = {"actor": actor(a_manager()), "now": later, "reason": "Moves"}
        close_account(account_id=mine.account_id, pay_to=CASH, approved=70_000, **who)
        late = an_account(a_customer(email="late@bank.test"), 90_000)
    close_through(date(2026, 4, 30), "USD", now=NOW)
    sealed = month_end(MARCH, "USD", "deposits")
    assert sealed is not None
    found = {one.id: one for one in rows(sealed)}
    assert {key: one.balance for key, one in found.items()} == {mine.account_id: 70_000, theirs.account_id: 40_000}
    assert {one.own_on for one in found.values()} == {"2026-03-02"}
    numbers = sheets_on([MARCH], "USD")[MARCH.isoformat()]["deposits"].numbers
    assert not [name for name in numbers if name.startswith("residual")]
    assert (numbers["deposits"], numbers["accounts"], numbers["dormant_n"]) == (110_000, 2, 0)
    april = month_end(date(2026, 4, 30), "USD", "deposits")
    assert april and {one.id for one in rows(april)} == {theirs.account_id, late.account_id}
    assert {one.id for one in SHEETS["deposits"].live(Ended(MARCH, "USD"))} == set(found)
    assert not verify("USD", full=True, now=NOW).problems


@pytest.mark.parametrize(("own_on", "opened_on", "asleep"), [
    ("", "2025-09-01", 1), ("", "2025-12-01", 0), ("2025-10-02", "2020-01-01", 1), ("2025-10-03", "2020-01-01", 0),
])  # fmt: skip
def test_dormant_are_those_whose_owner_did_nothing_for_180_days(own_on: str, opened_on: str, asleep: int) -> None:
    """180 days before 31 March 2026 is 2 October 2025."""
    assert is_dormant(opened_on, own_on, "2025-10-02") == asleep
