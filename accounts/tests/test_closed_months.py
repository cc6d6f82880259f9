"""A closed month in one piece: made with its last day, the same as its days, proven by the checker."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from accounts.ledger import CASH, Actor, Instruction
from accounts.models import ClosedDay, ClosedMonth
from accounts.months import folded, packed, unfolded, unpacked
from accounts.queries.closed_months import sealed_days
from accounts.queries.totals import day_totals
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.testing import a_customer
from accounts.tests.lending import an_account_at
from accounts.totals import DayTotals
from cloudbank import store
from cloudbank.clock import ONE_DAY

pytestmark = pytest.mark.usefixtures("bank", "quiet")
FIRST, LAST, LATER = date(2026, 5, 4), date(2026, 5, 31), datetime(2026, 6, 3, 15, tzinfo=UTC)
"""May 2026 ends on a Sunday: its last business day is Friday the 29th."""
DAYS = [FIRST + number * ONE_DAY for number in range((LAST - FIRST).days + 1)]


def _deposited(account: str, amount: int, at: datetime) -> None:
    teller = Actor("usr_teller", "teller", "127.0.0.1")
    post(Instruction("deposit", f"{at}", amount, "USD", CASH, account, "branch", "main", teller), now=at)


@pytest.fixture
def may() -> ClosedMonth:
    """Deposits on some days of May, and its days sealed."""
    account = an_account_at(a_customer(), datetime(2026, 5, 4, 14, tzinfo=UTC))
    for day in (4, 5, 20, 29):
        for hour in (14, 15, 19):
            _deposited(account, 1_000 * day + hour, datetime(2026, 5, day, hour, tzinfo=UTC))
    close_through(date(2026, 6, 1), "USD", now=LATER)
    found = store.get(ClosedMonth, ClosedMonth.key("USD", "2026-05"))
    assert found is not None
    return found


def problems() -> dict[str, Any]:
    """What the checker finds."""
    return verify("USD", full=True, now=LATER).problems


def cube(days: list[DayTotals]) -> dict[str, Counter[str]]:
    """The cells of all days added up."""
    found: dict[str, Counter[str]] = {}
    for day in days:
        for name, numbers in [*day.cells.items(), *day.month_cells.items()]:
            found.setdefault(name.text, Counter()).update(numbers)
    return found


def test_the_month_says_what_its_days_say(may: ClosedMonth) -> None:
    by_day = day_totals(FIRST, LAST, "USD")
    whole = sealed_days(DAYS, [], "USD", ["2026-05"])
    assert [(one.day, one.numbers, one.end) for one in whole] == [(one.day, one.numbers, one.end) for one in by_day]
    assert cube(whole) == cube(by_day)
    assert [one.in_cells("n") for one in whole] == [one.count() for one in by_day]
    assert sum(one.in_cells("s") for one in whole) == sum(
        1_000 * day + hour for day in (4, 5, 20, 29) for hour in (14, 15, 19)
    )
    assert all(not one.cells for one in whole)


def test_it_is_one_read_instead_of_twenty(may: ClosedMonth, requests_made: Any) -> None:
    requests_made.clear()
    sealed_days(DAYS, [], "USD", ["2026-05"])
    asked = [kwargs for name, kwargs in requests_made if name == "BatchGetItem"]
    assert [len(one["RequestItems"]["BankingAccounts"]["Keys"]) for one in asked] == [1]


def test_a_month_that_is_not_there_is_read_by_days(may: ClosedMonth) -> None:
    whole = sealed_days(DAYS, [], "USD", ["2026-05"])
    store.save([store.Delete(ClosedMonth, may.account_id or "")])
    days = sealed_days(DAYS, [], "USD", ["2026-05"])
    assert cube(days) == cube(whole)
    assert len(days) == len(whole) == 19
    assert not problems()


def test_days_outside_the_month_have_their_own_cells(may: ClosedMonth) -> None:
    days = sealed_days([*DAYS, date(2026, 6, 1)], [], "USD", ["2026-05"])
    assert days[-1].day == "2026-06-01"
    assert days[-1].moved is None


@pytest.mark.parametrize("what", ["a number", "the cube", "a day", "the hash", "the bytes"])
def test_who_changes_a_month_is_found(may: ClosedMonth, what: str) -> None:
    assert not problems()
    content = unpacked(may.data)
    if what == "a number":
        content["days"][0][1]["s_deposit"] += 1
    elif what == "the cube":
        next(iter(content["cells"].values()))["n"] += 1
    elif what == "a day":
        content["days"].pop()
    may.data = b"nonsense" if what == "the bytes" else packed(content)
    may.hash = "0" * 64 if what == "the hash" else may.hash
    store.save([store.Put(may)])
    found = problems()
    assert set(found) == {"I15 month"}
    assert "closed month 2026-05" in found["I15 month"].first


def test_folding_and_unfolding_keep_everything_but_the_cube_of_a_day(may: ClosedMonth) -> None:
    days = day_totals(FIRST, LAST, "USD")
    again = unfolded(folded(days))
    assert [(one.day, one.closed, one.numbers, one.end) for one in again] == [
        (one.day, one.closed, one.numbers, one.end) for one in days
    ]
    assert cube(again) == cube(days)
    assert store.get(ClosedDay, ClosedDay.key("USD", "2026-05-29")) is not None
