"""Standing orders: set up within the limits, paid once a due date, tried again once, reported when they fail."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.ledger import Actor, Refused
from accounts.models.standing import ACTIVE, ENDED, PAUSED, StandingOrder
from accounts.queries.ledger import history
from accounts.queries.standing import due_orders, orders_of, standing_order
from accounts.services import closing, end_of_day
from accounts.services.closing import close_through
from accounts.services.deposits import freeze_account
from accounts.services.holds import place_hold
from accounts.services.leaving import close_account
from accounts.services.standing import (
    Wish,
    acknowledge_problem,
    check_wish,
    create_order,
    end_order,
    pause_order,
    resume_order,
)
from accounts.services.verification import verify
from accounts.standing import DAILY, MONTHLY, WEEKLY
from accounts.tests.conftest import MANAGER, TwoPeople, stored
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date

calendar = bank_calendar()


def at(day: date) -> datetime:
    """Noon in New York."""
    return datetime(day.year, day.month, day.day, 16, tzinfo=UTC)


def today() -> date:
    return business_date(utcnow())


def me(two: TwoPeople) -> Actor:
    return Actor(two.customer.user_id, "customer", "test")


def wish(two: TwoPeople, amount: int = 10_000, rhythm: str = MONTHLY, **more: object) -> Wish:
    values: dict[str, object] = {"first_on": today(), "memo": "Rent"} | more
    return Wish(two.mine, two.theirs, amount, rhythm, **values)


def an_order(two: TwoPeople, amount: int = 10_000, rhythm: str = MONTHLY, key: str = "order-1", **more: object) -> str:
    made = create_order(wish=wish(two, amount, rhythm, **more), key=key, actor=me(two), now=utcnow())
    return made.transaction_id


def order(order_id: str) -> StandingOrder:
    found = standing_order(order_id)
    assert found is not None
    return found


def evening_of(day: date) -> dict[str, int]:
    """What the standing orders' step counts on the evening of a day."""
    evening = end_of_day.Evening(day, "USD", at(calendar.after(day)), closing.COMMAND)
    counts = end_of_day.run_steps(evening)
    return {name.partition(".")[2]: n for name, n in counts.items() if name.startswith("standing_orders.")}


def test_what_is_due_is_transferred_in_the_evening_and_once(two: TwoPeople) -> None:
    made = an_order(two)
    assert evening_of(today()) == {"paid": 1}
    assert two.balances() == (90_000, 10_000)
    assert evening_of(today()) == {}
    assert two.balances() == (90_000, 10_000)
    (row,) = [row for row in history(two.mine).rows if row.type == "transfer"]
    assert (row.channel, row.link, row.memo, row.actor_id) == ("system", made, "Rent", "command:close_day")
    there = order(made)
    assert (there.paid, there.last_movement, there.state) == (1, row.movement_id, ACTIVE)
    assert date.fromisoformat(there.due_on) > today()


def test_a_crash_between_the_transfer_and_the_next_order_pays_nothing_twice(two: TwoPeople) -> None:
    first, second = an_order(two), an_order(two, key="order-2")

    def dies() -> None:
        raise store.OutcomeUnknown([])

    evening = end_of_day.Evening(today(), "USD", utcnow(), closing.COMMAND, beat=dies)
    with pytest.raises(store.OutcomeUnknown):
        end_of_day.run_steps(evening)
    evening_of(today())
    assert two.balances() == (80_000, 20_000)
    assert (order(first).paid, order(second).paid) == (1, 1)


def test_the_end_of_day_command_pays_every_due_date_and_the_books_stay_sound(two: TwoPeople) -> None:
    made = an_order(two, 1_000, WEEKLY, last_on=today() + timedelta(days=20))
    end = today() + timedelta(days=40)
    closed = close_through(end, "USD", now=at(end + timedelta(days=7)))
    assert closed.counts["standing_orders.paid"] == 3
    assert order(made).state == ENDED and order(made).ended_why == "Its last day has passed."
    assert two.balances() == (97_000, 3_000)
    assert not verify("USD", full=True, now=at(end + timedelta(days=7))).problems


def test_a_daily_order_pays_once_a_business_day(two: TwoPeople) -> None:
    an_order(two, 100, DAILY)
    day = today()
    for _ in range(10):
        assert evening_of(day) == {"paid": 1}
        day = calendar.after(day)
    assert two.balances() == (99_000, 1_000)


def test_without_money_it_is_tried_once_more_on_the_next_business_day_then_reported(two: TwoPeople) -> None:
    made = an_order(two, 100_001)
    assert evening_of(today()) == {"retried": 1}
    assert "tried again" in order(made).problem and order(made).due_on == today().isoformat()
    following = calendar.after(today())
    assert evening_of(following) == {"missed": 1}
    there = order(made)
    assert "too little money on the account, twice" in there.problem
    assert (there.paid, there.missed, there.state, two.balances()) == (0, 1, ACTIVE, (100_000, 0))
    assert there.due_on > following.isoformat()


def test_money_that_came_in_time_is_paid_on_the_second_try(two: TwoPeople) -> None:
    made = an_order(two, 100_001)
    evening_of(today())
    two.deposit(1)
    assert evening_of(calendar.after(today())) == {"paid": 1}
    assert order(made).problem == "" and two.balances() == (0, 100_001)


def test_a_daily_order_catches_up_and_pays_today_in_the_same_evening(two: TwoPeople) -> None:
    an_order(two, 60_000, DAILY)
    evening_of(today())
    second = calendar.after(today())
    assert evening_of(second) == {"retried": 1}
    two.deposit(80_000)
    assert evening_of(calendar.after(second)) == {"paid": 2}
    assert two.balances() == (0, 180_000)


def test_a_held_amount_is_not_there_for_it(two: TwoPeople) -> None:
    place_hold(account_id=two.mine, amount=95_000, reason="Hotel", key="h", actor=MANAGER, now=utcnow())
    an_order(two)
    assert evening_of(today()) == {"retried": 1}


def test_a_frozen_account_misses_at_once_and_the_reason_is_told(two: TwoPeople) -> None:
    made = an_order(two)
    freeze_account(account_id=two.mine, reason="x", actor=MANAGER, now=utcnow())
    assert evening_of(today()) == {"missed": 1}
    assert "frozen" in order(made).problem and two.balances() == (100_000, 0)


def test_the_payer_does_not_learn_what_is_wrong_with_the_recipients_account(two: TwoPeople) -> None:
    made = an_order(two)
    freeze_account(account_id=two.theirs, reason="x", actor=MANAGER, now=utcnow())
    evening_of(today())
    assert "frozen" not in order(made).problem and "does not take money" in order(made).problem


def test_paused_and_ended_orders_leave_the_worklist(two: TwoPeople) -> None:
    made, other = an_order(two), an_order(two, key="order-2")
    pause_order(order_id=made, actor=me(two), now=utcnow())
    end_order(order_id=other, actor=me(two), now=utcnow())
    assert list(due_orders(today() + timedelta(days=400), "USD")) == []
    assert evening_of(today()) == {} and two.balances() == (100_000, 0)


def test_what_fell_due_during_a_pause_is_not_made_up_for(two: TwoPeople) -> None:
    made = an_order(two, 100, WEEKLY)
    pause_order(order_id=made, actor=me(two), now=utcnow())
    much_later = today() + timedelta(days=25)
    resume_order(order_id=made, actor=me(two), now=at(much_later))
    there = order(made)
    assert there.due_on >= calendar.business_date(at(much_later)).isoformat()
    assert (date.fromisoformat(there.due_on) - today()).days % 7 == 0
    assert evening_of(calendar.on_or_after(date.fromisoformat(there.due_on))) == {"paid": 1}


def test_pausing_and_resuming_at_once_changes_no_date(two: TwoPeople) -> None:
    made = an_order(two)
    before = order(made).due_on
    pause_order(order_id=made, actor=me(two), now=utcnow())
    assert order(made).state == PAUSED
    resume_order(order_id=made, actor=me(two), now=utcnow())
    assert (order(made).due_on, order(made).state) == (before, ACTIVE)


def test_an_ended_order_stays_ended(two: TwoPeople) -> None:
    made = an_order(two)
    end_order(order_id=made, actor=me(two), now=utcnow())
    with pytest.raises(Refused, match="ended"):
        resume_order(order_id=made, actor=me(two), now=utcnow())


def test_nobody_touches_the_order_of_somebody_else(two: TwoPeople) -> None:
    made = an_order(two)
    stranger = Actor(two.stranger.user_id, "customer", "test")
    for act in (pause_order, end_order, acknowledge_problem):
        with pytest.raises(Refused, match="no such standing order"):
            act(order_id=made, actor=stranger, now=utcnow())
    with pytest.raises(Refused, match="no account"):
        check_wish(wish(two), actor=stranger, now=utcnow())


def test_the_same_form_makes_one_order_and_another_content_is_refused(two: TwoPeople) -> None:
    assert an_order(two) == an_order(two)
    assert len(orders_of(two.customer.user_id)) == 1
    with pytest.raises(Refused) as refusal:
        an_order(two, 10_001)
    assert (refusal.value.code, refusal.value.field) == ("key_reused", "amount")


def test_the_limits_are_checked_when_it_is_set_up(two: TwoPeople) -> None:
    with pytest.raises(Refused, match="at most 50,000.00 USD") as refusal:
        check_wish(wish(two, 5_000_001), actor=me(two), now=utcnow())
    assert refusal.value.field == "amount"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"first_on": date(2020, 1, 1)}, "first_on"),
        ({"last_on": date(2020, 1, 1)}, "last_on"),
        ({"rhythm": "hourly"}, "rhythm"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(two: TwoPeople, more: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_wish(wish(two, **more), actor=me(two), now=utcnow())
    assert refusal.value.field == field


def test_a_recipient_that_is_closed_for_good_ends_the_order(two: TwoPeople) -> None:
    made = an_order(two)
    close_account(account_id=two.theirs, reason="left", actor=MANAGER, now=utcnow())
    assert evening_of(today()) == {"missed": 1}
    assert order(made).state == ENDED and stored(two.mine).balance == 100_000


def test_a_read_problem_is_gone(two: TwoPeople) -> None:
    made = an_order(two, 100_001)
    evening_of(today())
    acknowledge_problem(order_id=made, actor=me(two), now=utcnow())
    assert order(made).problem == "" and order(made).tries == 1
