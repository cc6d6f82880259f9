"""The end of a business day: what is due happens once, before the day is sealed, however often the command runs."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.interest import interest_for
from accounts.ledger import CASH, DORMANT, Actor, Refused
from accounts.management.commands import close_day
from accounts.queries.ledger import history
from accounts.queries.totals import day_totals
from accounts.services import closing, end_of_day, savings
from accounts.services.closing import close_through
from accounts.services.holds import place_hold
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.tests import makers
from accounts.tests.conftest import TELLER, TwoPeople, an_account, instruct, stored
from cloudbank import parameters

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
MANAGER = Actor("usr_manager", "manager", "test")


def at(day: date) -> datetime:
    """Noon in New York."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


@pytest.fixture
def saver(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A savings account with 10,000.00 since its first day, one of the books' own days."""
    account = an_account(two.customer, "savings")
    post(instruct("deposit", 1_000_000, CASH, account), now=at(today()))
    yield account


def today() -> date:
    """The business date on which the fixtures' postings lie."""
    return closing.queries.first_day("USD") or date.max


def later(days: int) -> datetime:
    """So many days after today."""
    return at(today() + timedelta(days=days))


def month_ends(count: int) -> date:
    """The last day of the month `count` months after today's."""
    day = today().replace(day=1)
    for _ in range(count + 1):
        day = (day + timedelta(days=32)).replace(day=1)
    return day - timedelta(days=1)


def interest_paid(account: str) -> list[tuple[str, int]]:
    """(month, amount) of the interest on an account's statement, newest first."""
    return [(row.link, row.amount) for row in history(account).rows if row.type == "interest"]


def test_savings_earn_interest_once_a_month(saver: str) -> None:
    end = month_ends(1)
    close_through(end + timedelta(days=5), "USD", now=at(end + timedelta(days=12)))
    days = (month_ends(0) - today()).days + 1
    first = interest_for(1_000_000 * days, 150)
    paid = dict(interest_paid(saver))
    assert paid[f"{today():%Y-%m}"] == first
    in_second = (end - month_ends(0)).days
    assert paid[f"{end:%Y-%m}"] == pytest.approx(interest_for(1_000_000 * in_second, 150), abs=2)
    assert not verify("USD", full=True, now=at(end + timedelta(days=12))).problems


def new_rate(value: int, since: date) -> None:
    """Interest on savings from a day on, in basis points."""
    setting = {"code": "interest.savings", "value": value, "effective_from": since, "reason": "market"}
    parameters.set_value(**setting, actor=MANAGER, now=later(0))


def test_a_new_rate_earns_from_its_own_day_on_and_not_before(saver: str) -> None:
    """10,000.00 for a month, the rate of its last ten days another one; a deposit falls into these."""
    month = month_ends(1)
    new_rate(365, month - timedelta(days=9))
    new_rate(999, month + timedelta(days=1))
    last = closing.bank_calendar().on_or_before(month)
    close_through(last - timedelta(days=1), "USD", now=at(last))
    post(instruct("deposit", 500_000, CASH, saver), now=at(last))
    close_through(month + timedelta(days=5), "USD", now=at(month + timedelta(days=12)))
    paid = dict(interest_paid(saver))
    before = 1_000_000 + paid[f"{today():%Y-%m}"]
    credited = closing.bank_calendar().on_or_after(month.replace(day=1))
    weighted = sum(
        ((before if month.replace(day=number) >= credited else 1_000_000) + (500_000 if number >= last.day else 0))
        * (365 if number > month.day - 10 else 150)
        for number in range(1, month.day + 1)
    )
    assert paid[f"{month:%Y-%m}"] == interest_for(weighted, 1)
    assert not verify("USD", full=True, now=at(month + timedelta(days=12))).problems


def test_the_rate_of_the_next_month_is_not_that_of_the_month_that_is_paid(saver: str) -> None:
    new_rate(4_000, month_ends(0) + timedelta(days=1))
    close_through(month_ends(0) + timedelta(days=5), "USD", now=at(month_ends(0) + timedelta(days=12)))
    days = (month_ends(0) - today()).days + 1
    assert dict(interest_paid(saver))[f"{today():%Y-%m}"] == interest_for(1_000_000 * days, 150)


def test_a_late_index_pays_no_interest(saver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    new_rate(400, month_ends(0))
    monkeypatch.setattr(savings, "statement_lines", lambda *_: [])
    with pytest.raises(CommandError, match="not all there yet"):
        monkeypatch.setattr(close_day, "utcnow", lambda: at(month_ends(0) + timedelta(days=12)))
        call_command("close_day", through=month_ends(0) + timedelta(days=5))
    assert interest_paid(saver) == []


def test_running_the_steps_again_pays_nothing_twice(saver: str) -> None:
    first_of_next = closing.bank_calendar().on_or_after(month_ends(0) + timedelta(days=1))
    evening = end_of_day.Evening(first_of_next, "USD", at(first_of_next), closing.COMMAND)
    assert end_of_day.run_steps(evening)["interest.paid"] == 1
    balance = stored(saver).balance
    again = end_of_day.run_steps(evening)
    assert again["interest.paid"] == 0
    assert stored(saver).balance == balance


def test_interest_enters_the_day_whose_evening_it_is(saver: str) -> None:
    first_of_next = closing.bank_calendar().on_or_after(month_ends(0) + timedelta(days=1))
    close_through(first_of_next, "USD", now=at(first_of_next + timedelta(days=10)))
    sealed = day_totals(first_of_next, first_of_next, "USD")[0]
    assert sealed.closed and sealed.count("interest") == 1
    assert sealed.numbers["house_interest_expense"] == -sealed.sum("interest")


def test_a_hold_expires_on_the_evening_of_its_last_day(two: TwoPeople) -> None:
    last = today()
    place_hold(account_id=two.mine, amount=100, reason="Hotel", key="h", actor=TELLER, now=at(last), expires_on=last)
    assert stored(two.mine).held == 100
    counts = close_through(last, "USD", now=later(7)).counts
    assert counts["holds.expired"] == 1 and stored(two.mine).held == 0


def test_the_monthly_fee_spares_large_balances_and_those_who_cannot_pay(two: TwoPeople) -> None:
    poor = an_account(two.stranger)
    post(instruct("deposit", 100, CASH, poor), now=at(today()))
    middle = an_account(two.stranger)
    post(instruct("deposit", 40_000, CASH, middle), now=at(today()))
    parameters.set_value(
        code="fee.checking_monthly", value=500, effective_from=date(2020, 1, 1), actor=MANAGER, now=later(0), reason="t"
    )
    end = month_ends(0)
    counts = close_through(end + timedelta(days=5), "USD", now=at(end + timedelta(days=12))).counts
    assert stored(middle).balance == 39_500
    assert stored(poor).balance == 100
    assert stored(two.mine).balance == 100_000
    assert counts["fees.charged"] == 1
    assert counts["fees.refused_insufficient_funds"] == 2  # the stranger's own first account is empty


@pytest.mark.parametrize(("currency", "money", "fee"), [("JPY", 400, 5), ("KWD", 400_000, 5_000)])
def test_the_monthly_fee_is_in_units_of_the_currency_and_that_of_its_day(
    two: TwoPeople, currency: str, money: int, fee: int
) -> None:
    """5.00 are 5 yen, and 5.000 dinars; what is decided for later is not charged before."""
    for value, since in ((500, date(2020, 1, 1)), (9_000, month_ends(0) + timedelta(days=10))):
        said = {"code": "fee.checking_monthly", "value": value, "effective_from": since, "reason": "t"}
        parameters.set_value(**said, actor=MANAGER, now=later(0))
    amounts = (money, fee * 100)
    poor, rich = (makers.an_account(two.customer, one, currency=currency).account_id for one in amounts)
    evening = closing.bank_calendar().on_or_after(month_ends(0) + timedelta(days=1))
    run = end_of_day.Evening(evening, currency, at(month_ends(0) + timedelta(days=20)), closing.COMMAND)
    assert end_of_day.run_steps(run)["fees.charged"] == 1
    assert (stored(poor).balance, stored(rich).balance) == (money - fee, fee * 100)


def test_an_account_without_own_movement_falls_dormant_and_gives_no_money(two: TwoPeople) -> None:
    end = month_ends(7)
    counts = close_through(end + timedelta(days=5), "USD", now=at(end + timedelta(days=12))).counts
    assert counts["dormancy.dormant"] == 2
    assert stored(two.mine).status == DORMANT
    with pytest.raises(Refused, match="dormant"):
        two.withdraw(1)
    two.deposit(1)  # money may come in


def test_a_crash_in_the_middle_of_the_evening_is_made_good_by_the_next_run(
    saver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = month_ends(0)

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(closing, "_save", die)
    with pytest.raises(RuntimeError):
        close_through(end + timedelta(days=5), "USD", now=at(end + timedelta(days=12)))
    monkeypatch.undo()
    close_through(end + timedelta(days=5), "USD", now=at(end + timedelta(days=12)))
    assert len(interest_paid(saver)) == 1
    assert not verify("USD", full=True, now=at(end + timedelta(days=12))).problems
