"""The risk state: bounded whatever happens, exact, small, and the same after a round trip."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.activity import (
    CASH_IN,
    CONDUCTED_DAYS,
    COUNTERPARTIES,
    DAYS,
    FIRED,
    HOURS,
    LOANS,
    N_IN,
    N_OUT,
    NEAR_KEPT,
    OVER_COUNTER,
    PLACES,
    RING,
    SUM_OUT,
    TODAY,
    WEEKS,
    Activity,
)
from monitoring.baseline import Baseline
from monitoring.packing import LIMIT, dump, load

START = 1_800_000_000
DAY = 739_000

movements = st.tuples(
    st.booleans(),  # incoming
    st.integers(1, 10**14),
    st.integers(-3 * 86400, 60 * 86400),  # event time: late ones too
    st.booleans(),  # cash
    st.integers(0, 200),  # counterparty, 0 the house
    st.booleans(),  # own
)


def take(state: Activity, moves: list[tuple[bool, int, int, bool, int, bool]]) -> Activity:
    for incoming, amount, offset, cash, who, own in moves:
        state.record(
            incoming,
            amount,
            START + offset,
            DAY + offset // 86400,
            cash=cash,
            counterparty=0 if own else who,
            own=own,
            near=cash and incoming,
            initiated=not incoming,
            payer=who % 7 if cash else 0,
            wire=who % 5 == 1,
            place=who % 11,
        )
        if who % 23 == 22:
            state.book_loan(1 + who, amount, DAY + offset // 86400)
    return state


def assert_bounded(state: Activity) -> None:
    assert len(state.hourly) <= HOURS
    assert len(state.daily) <= DAYS
    assert max(len(state.ring_in), len(state.ring_out)) <= RING
    assert len(state.counterparties) <= COUNTERPARTIES
    assert len(state.today) <= TODAY
    assert len(state.near) <= NEAR_KEPT
    assert len(state.conducted) <= CONDUCTED_DAYS
    assert len(state.fired) <= FIRED
    assert len(state.weeks) <= WEEKS
    assert len(state.deposits) <= CONDUCTED_DAYS
    assert len(state.places) <= PLACES
    assert len(state.over_counter) <= OVER_COUNTER
    assert len(state.loans) <= LOANS


@given(st.lists(movements, max_size=120))
@settings(max_examples=120, deadline=None)
def test_every_history_stays_bounded_and_survives_the_round_trip(
    moves: list[tuple[bool, int, int, bool, int, bool]],
) -> None:
    state = take(Activity(), moves)
    assert_bounded(state)
    packed = dump(state)
    assert len(packed) <= LIMIT
    again = load(packed)
    assert again == state
    assert list(again.counterparties) == list(state.counterparties), "the order of forgetting must survive as well"


@given(st.lists(movements, max_size=40), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_statistics_do_not_depend_on_the_order_of_events(
    moves: list[tuple[bool, int, int, bool, int, bool]], shuffle: random.Random
) -> None:
    near = [(i, a, offset % (20 * 86400), c, w, o) for i, a, offset, c, w, o in moves]  # all within the windows
    mixed = list(near)
    shuffle.shuffle(mixed)
    one, other = take(Activity(), near), take(Activity(), mixed)
    for name in ("stats_in", "stats_out", "days_in", "days_out", "daily", "weeks", "digits", "over_counter"):
        assert getattr(one, name) == getattr(other, name)


def test_windows_forget_by_event_time() -> None:
    state = take(Activity(), [(False, 100, 0, False, 1, False)])
    assert state.count_since(START, N_OUT) == 1
    take(state, [(False, 100, 23 * 3600, False, 1, False)])
    assert state.count_since(START + 23 * 3600, N_OUT) == 2
    take(state, [(False, 100, 24 * 3600, False, 1, False)])
    assert state.count_since(START + 24 * 3600, N_OUT) == 2, "the first one is 24 hours old"
    take(state, [(False, 100, 40 * 86400, False, 1, False)])
    assert list(state.daily) == [DAY + 40]
    take(state, [(False, 100, 0, False, 1, False)])
    assert list(state.daily) == [DAY + 40], "an event from before the window opens no bucket"
    assert state.stats_out == [5, 500, 50_000], "but it counts in the statistics"


def test_a_movement_between_own_accounts_is_neither_income_nor_spending() -> None:
    """It filled the buckets once; then rules 10, 12 and 18 would call a saver's transfer money that left."""
    state = take(Activity(), [(False, 5000, 0, False, 0, True), (True, 5000, 0, False, 0, True)])
    assert not state.daily and not state.hourly and not state.ring_out and not state.weeks
    assert state.stats_in == state.stats_out == [0, 0, 0]
    assert not state.counterparties
    assert (state.last_at, state.own_at) == (START, START), "but the customer is awake"


def test_cash_is_kept_apart_by_direction_and_what_was_carried_for_others_is_added() -> None:
    state = take(
        Activity(), [(True, 700, 0, True, 0, False), (False, 400, 0, True, 0, False), (True, 9, 0, False, 3, False)]
    )
    assert state.cash_of(DAY) == (700, 400)
    state.conduct(True, 50, DAY)
    assert state.cash_of(DAY) == (750, 400)
    assert state.daily[DAY][CASH_IN] == 700
    assert state.cash_of(DAY - 1) == (0, 0)


def test_the_ring_keeps_the_newest_ten_in_order_of_their_time() -> None:
    offsets = [5, 1, 9, 3, 12, 7, 2, 11, 4, 8, 6, 10]
    state = take(Activity(), [(False, at, at, False, 1, False) for at in offsets])
    assert [amount for _, amount, _ in state.ring_out] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12]


def test_the_least_recently_seen_counterparty_is_forgotten_first() -> None:
    state = take(Activity(), [(True, 1, n, False, n, False) for n in range(1, COUNTERPARTIES + 1)])
    take(state, [(True, 1, 1000, False, 1, False)])  # 1 is seen again, so 2 is the oldest
    take(state, [(True, 1, 1001, False, 999, False)])
    assert 1 in state.counterparties and 2 not in state.counterparties


def test_running_statistics_equal_those_of_the_buckets() -> None:
    dice = random.Random(3)
    moves = [
        (dice.random() < 0.5, dice.randrange(1, 10**6), dice.randrange(30 * 86400), False, 1, False) for _ in range(200)
    ]
    state = take(Activity(), moves)
    counts = [bucket[N_OUT] for bucket in state.daily.values() if bucket[N_OUT]]
    sums = [bucket[SUM_OUT] for bucket in state.daily.values() if bucket[N_OUT]]
    assert state.days_out == [len(counts), sum(counts), sum(n * n for n in counts), sum(sums), sum(n * n for n in sums)]
    amounts = [amount for incoming, amount, *_ in moves if incoming]
    assert state.stats_in == [len(amounts), sum(amounts), sum(n * n for n in amounts)]
    assert state.daily and all(bucket[N_IN] or bucket[N_OUT] for bucket in state.daily.values())


def test_a_baseline_is_exact_where_floats_are_not() -> None:
    far = 10**14
    values = [far, far + 1, far + 2]
    usual = Baseline(3, sum(values), sum(value * value for value in values))
    assert usual.deviation == 1.0
    assert usual.without(far + 2) == Baseline(2, 2 * far + 1, far * far + (far + 1) ** 2)


def test_the_distance_is_decided_at_the_limit_and_one_cent_either_side() -> None:
    values = [900, 1100] * 8  # mean 1000, sample spread 103.28
    usual = Baseline(len(values), sum(values), sum(value * value for value in values))
    limit = 1000 + 3 * usual.deviation
    assert not usual.reached(int(limit), 30, 0)
    assert usual.reached(int(limit) + 1, 30, 0)
    assert not usual.reached(990, 30, 0), "below the mean is never above it"


def test_a_constant_amount_needs_a_real_step_not_a_cent() -> None:
    usual = Baseline(12, 12 * 100_000, 12 * 100_000**2)
    assert not usual.reached(100_001, 30, 10)
    assert not usual.reached(129_999, 30, 10)
    assert usual.reached(130_000, 30, 10)


def test_a_long_silence_is_remembered_after_it_has_ended() -> None:
    month = 30 * 86400
    state = take(Activity(), [(False, 100, 0, False, 1, False), (True, 100, month, False, 1, False)])
    assert (state.own_at, state.rest_from) == (START, 0), "what others send ends no silence"
    take(state, [(False, 100, month - 1, False, 1, False)])
    assert state.rest_from == 0
    take(state, [(False, 100, 2 * month, False, 1, False)])
    assert (state.rest_from, state.woke_at) == (START + month - 1, START + 2 * month)
    assert load(dump(state)) == state


def test_weeks_outlive_the_daily_buckets() -> None:
    moves = [(False, 700, day * 86400, False, 1, False) for day in range(140)]
    state = take(Activity(), moves)
    assert len(state.daily) == DAYS
    whole = sorted(state.weeks)[1:-1]
    assert len(whole) == WEEKS - 2
    assert all(state.weeks[week] == [7 * 700] for week in whole)
