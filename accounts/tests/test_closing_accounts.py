"""Closing an account: interest to its last day, everything paid out, then closed; once, wherever it dies."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.ledger import ACTIVE, CASH, CLOSED, Refused
from accounts.models import DepositAccount, User
from accounts.parameters import SAVINGS_RATE
from accounts.queries.ledger import history
from accounts.queries.totals import day_totals, open_totals
from accounts.services import leaving, savings
from accounts.services.closing import close_through
from accounts.services.deposits import change_state
from accounts.services.leaving import PAYER, close_account
from accounts.services.posting import Busy
from accounts.services.verification import verify
from accounts.states import CLOSE
from accounts.testing import a_customer, a_manager, a_stranger, signed_in
from accounts.tests.conftest import set_by_hand
from accounts.tests.makers import actor, an_account, balance, form_of, fresh
from accounts.tests.oracle import Account, Bank, Move, No
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar

pytestmark = pytest.mark.usefixtures("bank", "quiet")
MONDAY = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
THURSDAY = MONDAY + timedelta(days=10)
INTEREST = 411
"""10,000.00 for 10 days at 1.50 %: 1,000,000 x 10 x 150 / 3,650,000 = 410.96 cents."""


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def carla(clock: Any) -> User:
    return a_customer()


@pytest.fixture
def checking(carla: User) -> DepositAccount:
    return an_account(carla)


@pytest.fixture
def saved(carla: User, checking: DepositAccount, clock: Any) -> DepositAccount:
    """10,000.00 since Monday; it is Thursday of the next week."""
    made = an_account(carla, 1_000_000, product="savings")
    clock.move_to(THURSDAY)
    return made


def close(item: DepositAccount, pay_to: str = "", by: User | None = None, approved: int = 0) -> DepositAccount:
    who: dict[str, Any] = {"actor": actor(by or a_manager()), "now": utcnow()}
    return close_account(account_id=item.account_id, reason="Moves", pay_to=pay_to, approved=approved, **who)


def lines(item: DepositAccount) -> list[tuple[str, int]]:
    return [(row.type, row.amount) for row in reversed(history(item.account_id).rows)]


def test_the_last_partial_month_is_paid_and_goes_where_the_customer_says(
    saved: DepositAccount, checking: DepositAccount
) -> None:
    assert close(saved, checking.account_id).status == CLOSED
    assert lines(saved) == [("deposit", 1_000_000), ("interest", INTEREST), ("transfer", -1_000_000 - INTEREST)]
    assert (balance(saved), balance(checking)) == (0, 1_000_000 + INTEREST)
    interest = history(saved.account_id).rows[1]
    assert (interest.memo, interest.link) == ("Interest to the closing of the account", "2026-03")
    assert fresh(saved).closed_on == "2026-03-12"
    close(saved, checking.account_id)
    assert balance(checking) == 1_000_000 + INTEREST
    assert verify("USD", full=True, now=utcnow()).problems == {}


def test_the_oracle_counts_the_same_last_interest(clock: Any) -> None:
    oracle = Bank(bank_calendar())
    for name, product in (("savings", "savings"), ("checking", "checking")):
        oracle.accounts[name] = Account("carla", product, MONDAY.date())
    oracle.move("k", Move("deposit", 1_000_000, CASH, "savings"), MONDAY.date())
    with pytest.raises(No) as caught:
        oracle.close("savings", THURSDAY.date())
    assert caught.value.reasons == {"balance"}
    oracle.close("savings", THURSDAY.date(), "checking")
    assert (oracle.accounts["checking"].balance, oracle.total()) == (1_000_000 + INTEREST, 0)


def test_in_cash_and_what_was_moved_out_before_still_earned_its_days(saved: DepositAccount, clock: Any) -> None:
    set_aside = [("deposit", 1_000_000)]
    close(saved, CASH, approved=1_000_000 + INTEREST)
    assert lines(saved) == [*set_aside, ("interest", INTEREST), ("withdrawal", -1_000_000 - INTEREST)]


def test_what_leaves_the_bank_is_a_closure_and_what_moves_to_an_own_account_is_a_switch(
    saved: DepositAccount, checking: DepositAccount
) -> None:
    """The parts of the bridge of deposits that the day counts, and that its postings prove when it is closed."""
    close(saved, checking.account_id)
    close(checking, CASH, approved=1_000_000 + INTEREST)
    paid_out = 1_000_000 + INTEREST
    day = open_totals([THURSDAY.date()], "USD", with_cells=False)[THURSDAY.date()].numbers
    assert (day["switched_savings"], day["switched_checking"]) == (-paid_out, paid_out)
    assert (day["interest_savings"], day["closed_checking"], day["closed_savings"]) == (INTEREST, -paid_out, 0)
    close_through(THURSDAY.date(), "USD", now=utcnow() + timedelta(days=1))
    sealed = day_totals(THURSDAY.date(), THURSDAY.date(), "USD")[0]
    assert (sealed.end["deposits"], sealed.end["deposits_savings"], sealed.end["deposits_checking"]) == (0, 0, 0)


def test_an_account_with_nothing_due_closes_without_a_way_out(carla: User, clock: Any) -> None:
    for product in ("checking", "savings"):
        assert close(an_account(carla, product=product)).status == CLOSED


def test_it_never_closes_with_interest_unpaid(saved: DepositAccount, checking: DepositAccount, clock: Any) -> None:
    with pytest.raises(Refused, match="10,004.11 USD is on this account, 4.11 USD of it interest"):
        close(saved)
    empty = {"type": "transfer", "amount": 1_000_000, "debit": saved.account_id, "credit": checking.account_id}
    moved_out(saved, empty)
    with pytest.raises(Refused, match="Interest is due"):
        change_state(transition=CLOSE, account_id=saved.account_id, reason="x", actor=actor(a_manager()), now=utcnow())
    with pytest.raises(Refused, match="4.11 USD is on this account"):
        close(saved)
    assert (fresh(saved).status, balance(saved)) == (ACTIVE, 0)
    close(saved, checking.account_id)
    assert balance(checking) == 1_000_000 + INTEREST


def moved_out(saved: DepositAccount, what: dict[str, Any]) -> None:
    """A movement of the owner at the counter."""
    asked = leaving.Instruction(
        **what, key="m", currency="USD", channel="branch", branch="main", actor=actor(a_manager())
    )
    leaving.post(asked, now=utcnow())


@pytest.mark.parametrize("wrong", ["4000000000000002", "house:clearing", "someone", "foreign", "itself"])
def test_it_is_paid_only_to_an_open_account_of_the_same_owner(saved: DepositAccount, carla: User, wrong: str) -> None:
    to = {
        "someone": lambda: an_account(a_stranger()).account_id,
        "foreign": lambda: an_account(carla, currency="EUR").account_id,
        "itself": lambda: saved.account_id,
    }.get(wrong, lambda: wrong)()
    with pytest.raises(Refused):
        close(saved, to)
    assert lines(saved) == [("deposit", 1_000_000)], "not even the interest is posted"


def test_what_a_teller_may_not_do_alone_closing_does_not_do_either(carla: User, checking: DepositAccount) -> None:
    rich = an_account(carla, 5_000_001)
    with pytest.raises(Refused, match="second person"):
        close(rich, checking.account_id)
    rich = an_account(carla, 500)
    with pytest.raises(Refused, match="Cash takes a second person"):
        close(rich, CASH)
    with pytest.raises(Refused, match="More is on the account than was approved"):
        close(rich, CASH, approved=499)
    assert close(rich, checking.account_id).status == CLOSED
    with pytest.raises(Refused, match="Money is held"):
        held = an_account(carla, 500)
        set_by_hand(held.account_id, held=1)
        close(held, checking.account_id)


@pytest.mark.parametrize("fails_at", [1, 2, 3])
@pytest.mark.parametrize("after", [False, True])
def test_dying_at_any_step_it_goes_on_and_everything_is_paid_once(
    saved: DepositAccount, checking: DepositAccount, monkeypatch: pytest.MonkeyPatch, fails_at: int, after: bool
) -> None:
    calls, names = [0], {"post": leaving.post, "change_state": leaving.change_state}

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **more: Any) -> Any:
            calls[0] += 1
            if calls[0] == fails_at and not after:
                raise KeyboardInterrupt
            done = real(*args, **more)
            if calls[0] == fails_at:
                raise KeyboardInterrupt
            return done

        return step

    for name, real in names.items():
        monkeypatch.setattr(leaving, name, dying(real))
    with pytest.raises(KeyboardInterrupt):
        close(saved, checking.account_id)
    for name, real in names.items():
        monkeypatch.setattr(leaving, name, real)
    assert close(saved, checking.account_id).status == CLOSED
    assert (balance(checking), [kind for kind, _ in lines(saved)]) == (
        1_000_000 + INTEREST,
        ["deposit", "interest", "transfer"],
    )


def test_many_who_close_it_at_once_pay_it_once(saved: DepositAccount, checking: DepositAccount) -> None:
    managers = [a_manager(name=f"M{number}") for number in range(4)]

    def press(number: int) -> str:
        try:
            return str(close(saved, checking.account_id, managers[number % 4]).status)
        except (Refused, Busy) as refused:
            return type(refused).__name__

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(press, range(8)))
    assert close(saved, checking.account_id).status == CLOSED
    assert balance(checking) == 1_000_000 + INTEREST
    assert [kind for kind, _ in lines(saved)] == ["deposit", "interest", "transfer"]
    assert {row.actor_id for row in history(saved.account_id).rows if row.type == "interest"} == {PAYER.user_id}


def test_the_month_end_pays_a_closed_account_nothing_more(
    saved: DepositAccount, checking: DepositAccount, clock: Any
) -> None:
    close(saved, checking.account_id)
    april = datetime(2026, 4, 3, 17, 0, tzinfo=UTC)
    clock.move_to(april)
    assert close_through(date(2026, 4, 1), "USD", now=april).counts["interest.paid"] == 0
    assert verify("USD", full=True, now=april).problems == {}


def test_the_page_says_what_is_paid_out_and_asks_where_to(saved: DepositAccount, checking: DepositAccount) -> None:
    boss, path = signed_in(Client(), a_manager()), f"/accounts/{saved.account_id}/close"
    shown = boss.get(path).content.decode()
    assert "Interest to today" in shown and "4.11" in shown and "10,004.11" in shown
    data = form_of(boss, path) | {"reason": "Moves"}
    missing = boss.post(path, data)
    assert missing.status_code == 422 and "pay_to" in missing.context["form"].errors
    assert boss.post(path, data | {"pay_to": "4000000000000002"}).status_code == 422
    assert boss.post(path, data | {"pay_to": checking.account_id}).status_code == 302
    assert (fresh(saved).status, balance(checking)) == (CLOSED, 1_000_000 + INTEREST)
    bare = boss.get(f"/accounts/{checking.account_id}/close").content.decode()
    assert "Interest to today" not in bare and "Pay out to" in bare


def test_a_closing_given_up_after_its_interest_keeps_no_later_day_open(
    saved: DepositAccount, checking: DepositAccount, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its days are paid, those after it are not: a new rate in that month must not stop the month's interest."""
    monkeypatch.setattr(leaving, "change_state", _dies)
    real = leaving.post
    monkeypatch.setattr(
        leaving, "post", lambda asked, now: real(asked, now=now) if asked.type == "interest" else _dies()
    )
    with pytest.raises(KeyboardInterrupt):
        close(saved, CASH, approved=1_000_000 + INTEREST)
    assert lines(saved)[1:] == [("interest", INTEREST)]
    clock.move_to(THURSDAY + timedelta(days=1))
    rate = {"code": SAVINGS_RATE.code, "value": 300, "effective_from": date(2026, 3, 20), "reason": "x"}
    parameters.set_value(**rate, actor=actor(a_manager()), now=utcnow())
    april = datetime(2026, 4, 3, 17, 0, tzinfo=UTC)
    clock.move_to(april)
    assert close_through(date(2026, 4, 1), "USD", now=april).counts["interest.paid"] == 1
    # 12 to 19 March at 1.50 %, 20 to 31 March at 3.00 %: 1,000,411 x (8 x 150 + 12 x 300) / 3,650,000 = 1,315.6
    assert lines(saved)[2:] == [("interest", 1_316)]


def _dies(*args: Any, **more: Any) -> Any:
    raise KeyboardInterrupt


def test_a_page_that_cannot_tell_what_is_due_says_so(
    saved: DepositAccount, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the rate the days are read from an index, which may lag a moment."""
    rate = {"code": SAVINGS_RATE.code, "value": 300, "effective_from": date(2026, 3, 8), "reason": "x"}
    parameters.set_value(**rate, actor=actor(a_manager()), now=MONDAY)
    monkeypatch.setattr(savings, "statement_lines", lambda *_: [])
    boss, path = signed_in(Client(), a_manager()), f"/accounts/{saved.account_id}/close"
    for answer in (boss.get(path, follow=True), boss.post(path, {"reason": "x", "pay_to": CASH}, follow=True)):
        assert answer.status_code == 200 and "Try again in a moment" in answer.content.decode()
    assert fresh(saved).status == ACTIVE
