"""Movements that screening stops: held, kept, refused; released, rejected, run out. Each once, whatever happens."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.core import mail

from accounts import participants
from accounts.ledger import CLEARING, Actor, Refused
from accounts.mail import settle
from accounts.models import HeldMovement, Hold, ReservedPosting
from accounts.models.held import BLOCKED, EXPIRED, NEVER, REJECTED, RELEASED, WAITING
from accounts.queries.held import held_movement, overdue
from accounts.queries.holds import holds_on
from accounts.queries.ledger import movement_lines
from accounts.queries.standing import standing_order
from accounts.queries.totals import day_totals
from accounts.services.deposits import freeze_account
from accounts.services.end_of_day import Evening
from accounts.services.end_of_day.held import end_held_movements
from accounts.services.end_of_day.holds import expire_holds
from accounts.services.end_of_day.standing_orders import pay_standing_orders
from accounts.services.held import Overtaken, let_go, turn_away
from accounts.services.holds import capture_hold, release_hold
from accounts.services.posting import Receipt, post
from accounts.services.standing import Wish, create_order
from accounts.services.verification import verify
from accounts.standing import MONTHLY
from accounts.tests import quiet
from accounts.tests.conftest import MANAGER, TwoPeople, instruct, stored, two_people
from accounts.tests.images import image, put_raw
from accounts.tests.tampering import edits, of_kind, problems
from accounts.tests.test_posting import everything
from cloudbank import store
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.tables import Item

ANA, BEN = Actor("usr_ana", "analyst", "test"), Actor("usr_ben", "analyst", "test")


@pytest.fixture
def stern(bank: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoPeople]:
    """Two people in a bank whose screening finds what the memo says."""
    monkeypatch.setattr(settings, "POSTING_PARTICIPANTS", ["accounts.tests.quiet.Stern"])
    participants.participant.cache_clear()
    yield two_people()
    quiet.LATER.clear()
    participants.participant.cache_clear()


def sound(full: bool = True) -> None:
    """The books are right."""
    assert verify("USD", full=full, now=utcnow()).problems == {}


def item_of(receipt: Receipt) -> HeldMovement:
    found = held_movement(receipt.movement_id)
    assert found is not None
    return found


def release(receipt: Receipt, actor: Actor = ANA) -> Any:
    return let_go(movement_id=receipt.movement_id, reason="Invoice seen", actor=actor, now=utcnow())


def reject(receipt: Receipt, actor: Actor = ANA) -> HeldMovement:
    return turn_away(movement_id=receipt.movement_id, reason="No plausible purpose", actor=actor, now=utcnow())


def test_a_held_transfer_moves_nothing_and_sets_its_amount_aside(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold")
    assert made.held and not made.lines
    assert stern.balances() == (100_000, 0)
    mine = stored(stern.mine).state()
    assert (mine.held, mine.available) == (30_000, 70_000)
    item = item_of(made)
    assert (item.state, item.alerts, item.on_account) == (WAITING, ["alt_test"], stern.mine)
    assert movement_lines(made.movement_id) == []
    sound()


def test_what_is_held_cannot_be_spent(stern: TwoPeople) -> None:
    stern.transfer(30_000, memo="hold")
    with pytest.raises(Refused) as caught:
        stern.withdraw(70_001)
    assert caught.value.code == "insufficient_funds"
    stern.withdraw(70_000)
    sound()


def test_the_same_key_finds_the_held_movement_and_writes_nothing(stern: TwoPeople) -> None:
    first = stern.transfer(30_000, memo="hold", key="once")
    before = everything()
    again = stern.transfer(30_000, memo="hold", key="once")
    assert (again.held, again.replayed, again.movement_id) == (True, True, first.movement_id)
    assert everything() == before
    with pytest.raises(Refused) as caught:
        stern.transfer(30_001, memo="hold", key="once")
    assert (caught.value.code, caught.value.field) == ("key_reused", "amount")
    assert everything() == before


def test_a_held_key_never_posts_even_when_screening_changes_its_mind(stern: TwoPeople) -> None:
    asked = instruct("transfer", 30_000, stern.mine, stern.theirs, key="once", memo="hold")
    post(asked, now=utcnow())
    quiet.LATER["hold"] = "post"
    assert post(asked, now=utcnow()).held
    assert stern.balances() == (100_000, 0)


def test_a_release_posts_it_once_with_the_hold_captured(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold", key="once")
    done = release(made)
    assert [line.movement_id for line in done.lines] == [made.movement_id] * 2
    assert stern.balances() == (70_000, 30_000)
    item = item_of(made)
    assert (item.state, item.decided_by, stored(stern.mine).held) == (RELEASED, "usr_ana", 0)
    again = stern.transfer(30_000, memo="hold", key="once")
    assert again.replayed and not again.held and again.lines
    with pytest.raises(Overtaken):
        release(made, BEN)
    assert stern.balances() == (70_000, 30_000)
    sound()


def test_a_rejected_movement_is_free_its_key_is_dead_and_its_owner_told_without_a_reason(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold", key="once")
    reject(made)
    assert stored(stern.mine).state().available == 100_000
    assert item_of(made).state == REJECTED
    with pytest.raises(Refused) as caught:
        stern.transfer(30_000, memo="hold", key="once")
    assert caught.value.code == "not_carried_out"
    quiet.LATER["hold"] = "post"
    with pytest.raises(Refused):
        stern.transfer(30_000, memo="hold", key="once")
    settle()
    (letter,) = mail.outbox
    assert letter.to == [stern.customer.email] and "300.00 USD" in letter.body
    assert not any(
        word in f"{letter.subject} {letter.body}".lower() for word in ("plausible", "launder", "rule", "alert")
    )
    sound()


def test_a_blocked_movement_is_refused_for_ever_and_recorded(stern: TwoPeople) -> None:
    balances = stern.balances()
    for _ in range(2):
        with pytest.raises(Refused) as caught:
            stern.transfer(30_000, memo="block", key="once")
        assert caught.value.code == "not_carried_out"
        assert "block" not in caught.value.message
    quiet.LATER["block"] = "post"
    with pytest.raises(Refused):
        stern.transfer(30_000, memo="block", key="once")
    assert (stern.balances(), stored(stern.mine).held) == (balances, 0)
    blocked = held_movement(_movement(stern, "once"))
    assert blocked and blocked.state == BLOCKED and overdue(date(9999, 1, 1)) == []
    with pytest.raises(Overtaken):
        let_go(movement_id=_movement(stern, "once"), reason="x", actor=ANA, now=utcnow())
    sound()


def _movement(two: TwoPeople, key: str) -> str:
    return instruct("transfer", 1, two.mine, two.theirs, key=key).movement_id


def test_cash_that_came_in_is_posted_and_held(stern: TwoPeople) -> None:
    made = stern.deposit(40_000, memo="hold")
    assert made.lines and not made.held
    mine = stored(stern.mine).state()
    assert (mine.balance, mine.available) == (140_000, 100_000)
    with pytest.raises(Refused):
        reject(made)
    assert item_of(made).posted
    sound()
    release(made)
    assert stored(stern.mine).state().available == 140_000
    sound()


def test_blocked_cash_is_turned_away_blocked_money_from_outside_is_frozen_with_no_end(stern: TwoPeople) -> None:
    with pytest.raises(Refused):
        stern.deposit(40_000, memo="block")
    asked = instruct("deposit", 40_000, CLEARING, stern.mine, channel="ach", memo="block")
    made = post(asked, now=utcnow())
    assert stored(stern.mine).state().available == 100_000
    assert item_of(made).expires_on == NEVER
    sound()


@pytest.mark.parametrize("type_", ["fee", "interest"])
def test_what_the_bank_does_itself_is_never_stopped(stern: TwoPeople, type_: str) -> None:
    sides = {"fee": (stern.mine, "house:fee_income"), "interest": ("house:interest_expense", stern.mine)}[type_]
    for memo in ("hold", "block"):
        assert post(instruct(type_, 100, *sides, memo=memo), now=utcnow()).lines


def test_a_standing_order_whose_payment_is_held_moves_on_and_is_not_paid_twice(stern: TwoPeople) -> None:
    me = Actor(stern.customer.user_id, "customer", "test")
    today = business_date(utcnow())
    wish = Wish(stern.mine, stern.theirs, 10_000, MONTHLY, first_on=today, memo="hold the rent")
    order_id = create_order(wish=wish, key="order-1", actor=me, now=utcnow()).transaction_id
    evening = Evening(today, "USD", utcnow(), MANAGER)
    assert pay_standing_orders.run(evening) == {"held": 1}
    assert pay_standing_orders.run(evening) == {}
    order = standing_order(order_id)
    assert order is not None and order.due_on > today.isoformat()
    assert stored(stern.mine).state().available == 90_000
    sound()
    let_go(movement_id=order.last_movement or "", reason="Rent", actor=ANA, now=utcnow())
    assert stern.balances() == (90_000, 10_000)
    sound()


def test_a_standing_order_to_who_is_blocked_is_missed_and_says_no_reason(stern: TwoPeople) -> None:
    me = Actor(stern.customer.user_id, "customer", "test")
    today = business_date(utcnow())
    wish = Wish(stern.mine, stern.theirs, 10_000, MONTHLY, first_on=today, memo="block")
    order_id = create_order(wish=wish, key="order-1", actor=me, now=utcnow()).transaction_id
    assert pay_standing_orders.run(Evening(today, "USD", utcnow(), MANAGER)) == {"missed": 1}
    order = standing_order(order_id)
    assert order is not None and "cannot carry out this payment" in order.problem
    assert stern.balances() == (100_000, 0)
    sound()


def test_imported_history_is_never_stopped(stern: TwoPeople) -> None:
    for memo in ("hold", "block"):
        assert stern.transfer(100, memo=memo, observed=True).lines


def test_a_release_judges_funds_limits_and_states_again(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold")
    freeze_account(account_id=stern.theirs, reason="suspicion", actor=MANAGER, now=utcnow())
    before = everything()
    with pytest.raises(Refused) as caught:
        release(made)
    assert caught.value.code == "frozen"
    assert everything() == before
    sound()


def test_a_release_is_refused_when_screening_now_blocks(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold")
    quiet.LATER["hold"] = "block"
    with pytest.raises(Refused) as caught:
        release(made)
    assert caught.value.code == "blocked"
    assert item_of(made).is_waiting
    reject(made)
    sound()


def test_nobody_decides_on_what_they_have_a_part_in(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold")
    for person in (stern.customer.user_id, "usr_teller"):
        with pytest.raises(Refused) as caught:
            release(made, Actor(person, "analyst", "test"))
        assert caught.value.code == "four_eyes"


def test_a_review_hold_is_resolved_with_its_movement_only(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold")
    (hold,) = holds_on(stern.mine)
    assert (hold.held_for, hold.said) == (f"held#{made.movement_id}", "Payment under review")
    for act in (
        lambda: release_hold(hold_id=hold.transaction_id, reason="mine", actor=MANAGER, now=utcnow()),
        lambda: capture_hold(hold_id=hold.transaction_id, amount=1, actor=MANAGER, now=utcnow()),
    ):
        with pytest.raises(Refused) as caught:
            act()
        assert caught.value.code == "under_review"


def test_time_runs_out_on_the_evening_of_the_last_business_day(stern: TwoPeople) -> None:
    made = stern.transfer(30_000, memo="hold")
    last = date.fromisoformat(item_of(made).expires_on)
    days, day = 0, business_date(utcnow())
    while day < last:
        day, days = bank_calendar().after(day), days + 1
    assert days == 3
    for evening, state in ((last - ONE_DAY, WAITING), (last, EXPIRED)):
        run = Evening(evening, "USD", utcnow(), MANAGER)
        end_held_movements.run(run)
        expire_holds.run(run)
        assert item_of(made).state == state
    assert stored(stern.mine).state().available == 100_000
    sound()


def test_release_against_reject_one_wins_and_the_other_is_told(stern: TwoPeople) -> None:
    for number in range(6):
        made = stern.transfer(1_000, memo="hold", key=f"race{number}")
        with ThreadPoolExecutor(4) as pool:
            acts = [pool.submit(act, made, who) for act in (release, reject) for who in (ANA, BEN)]
        outcomes = [one.exception() for one in acts]
        refused = [error for error in outcomes if error is not None]
        replayed = [one.result() for one in acts if one.exception() is None and isinstance(one.result(), Receipt)]
        assert all(isinstance(error, Overtaken) for error in refused), refused
        winners = [one for one in acts if one.exception() is None]
        assert len(winners) - len([one for one in replayed if one.replayed]) == 1
        assert item_of(made).state in (RELEASED, REJECTED)
        assert bool(movement_lines(made.movement_id)) == (item_of(made).state == RELEASED)
    assert stored(stern.mine).held == 0
    sound()


def test_the_same_key_in_parallel_is_held_once(stern: TwoPeople) -> None:
    asked = instruct("transfer", 30_000, stern.mine, stern.theirs, key="once", memo="hold")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: post(asked, now=utcnow()), range(16)))
    assert all(one.held for one in made)
    assert sum(not one.replayed for one in made) == 1
    assert stored(stern.mine).held == 30_000
    sound()


def test_lost_answers_are_found_by_reading(stern: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    real = store.save

    def once_lost() -> None:
        lost = iter([True])

        def commit_then_drop(writes: Any) -> None:
            real(writes)
            if next(lost, False):
                raise store.OutcomeUnknown("ReadTimeout")

        monkeypatch.setattr(store, "save", commit_then_drop)

    once_lost()
    made = stern.transfer(30_000, memo="hold")
    assert made.held and made.replayed
    once_lost()
    assert release(made).replayed
    once_lost()
    other = stern.transfer(10_000, memo="hold")
    once_lost()
    assert reject(other).state == REJECTED
    once_lost()
    with pytest.raises(Refused) as caught:
        stern.transfer(1_000, memo="block")
    assert caught.value.code == "not_carried_out"
    assert stern.balances() == (70_000, 30_000)
    sound()


def test_what_screening_found_is_counted_on_the_day_though_nothing_was_posted(stern: TwoPeople) -> None:
    stern.transfer(1_000, memo="hold")
    with pytest.raises(Refused):
        stern.transfer(1_000, memo="block")
    today = business_date(utcnow())
    totals = day_totals(today, today, "USD")[0]
    assert totals.numbers["rule_7_found"] == 2
    assert totals.count("transfer") == 0


@pytest.mark.parametrize("kind", ["waiting", "released", "blocked", "kept"])
def test_every_stored_field_of_a_stopped_movement_is_watched(stern: TwoPeople, kind: str) -> None:
    if kind == "blocked":
        with pytest.raises(Refused):
            stern.transfer(1_000, memo="block", key="k")
    elif kind == "kept":
        stern.deposit(1_000, memo="hold", key="k")
    else:
        made = stern.transfer(1_000, memo="hold", key="k")
        _ = release(made) if kind == "released" else None
    kinds: list[type[Item]] = [HeldMovement]
    kinds += [Hold] if kind != "blocked" else []
    kinds += [ReservedPosting] if kind in ("waiting", "blocked") else []
    unseen = []
    for model in kinds:
        table, raw = next(of_kind(image(), model.discriminator()))
        for name, edited in edits(model, raw):
            if name == "version" and model is ReservedPosting:
                continue  # the optimistic lock of what never changes
            put_raw(table, edited)
            unseen += [] if problems() else [f"{model.__name__}.{name}"]
            put_raw(table, raw)
    assert not unseen
    sound()


def test_a_removed_hold_or_item_is_missed(stern: TwoPeople) -> None:
    made = stern.transfer(1_000, memo="hold")
    item = item_of(made)
    item.delete()
    assert verify("USD", full=True, now=utcnow()).problems
    item.save()
    sound()
    hold = store.get(Hold, item.hold_id)
    assert hold is not None
    hold.delete()
    assert verify("USD", full=True, now=utcnow()).problems
