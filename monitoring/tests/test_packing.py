"""The stored form: small whatever happens, and what older code stored is still read."""

import json
import random

from monitoring.activity import COUNTERPARTIES, SNOOZES, Activity, counterparty_hash
from monitoring.packing import LIMIT, NEEDED, UnknownForm, dump, load
from monitoring.rulebook import RULES
from monitoring.tests.test_activity import DAY, START, assert_bounded, take


def extreme(seed: int, size: int = 6000) -> Activity:
    """Every window full, every amount near the largest the bank allows, every counterparty another one."""
    dice = random.Random(seed)
    state = Activity()
    for step in range(size):
        at = START + step * 800
        state.record(
            dice.random() < 0.5,
            dice.randrange(10**13, 10**14),
            at,
            DAY + (at - START) // 86400,
            cash=True,
            counterparty=counterparty_hash(f"{seed}-{step}"),
            own=False,
            near=True,
            initiated=True,
            payer=counterparty_hash(f"payer {seed}-{step}"),
            wire=True,
            place=counterparty_hash(f"branch {step % 9}"),
        )
        state.conduct(True, dice.randrange(10**14), DAY + (at - START) // 86400)
    for loan in range(6):
        state.book_loan(counterparty_hash(f"loan {loan}"), 10**14 - loan, DAY + loan)
    state.rest_from, state.woke_at = START - 10**8, START
    for rule in range(60):
        state.fire(rule, START + dice.randrange(10**7))
    for rule in range(1, SNOOZES + 1):
        state.snoozed[rule] = [DAY + dice.randrange(180), dice.randrange(10**5)]
    for day in range(4):
        state.buy(10**14 - day, DAY + day)
    state.be_at(START, -8_999, -17_999)
    for family in sorted({rule.family for rule in RULES} | {"rule_failed"}):
        state.open_alerts[family] = [f"alt_{counterparty_hash(family):026d}", 0, START, 10**6, 100, 10**16]
    return state


def test_the_worst_state_stays_under_four_kilobytes() -> None:
    """Every window full, every alert open. `pytest -s` prints the sizes."""
    for seed in range(4):
        state = extreme(seed)
        packed = dump(state)
        print(f"worst state, seed {seed}: {len(packed)} bytes, {len(state.counterparties)} counterparties kept")
        assert len(packed) <= LIMIT
        assert_bounded(state)
        assert load(packed) == state


def test_when_even_that_does_not_fit_the_oldest_counterparties_are_forgotten() -> None:
    state = extreme(1)
    dice = random.Random(5)
    for digits, kept in ((13, True), (40, False)):  # the second: sums that no bank of ours can reach
        for bucket in state.daily.values():
            bucket[:] = [dice.randrange(10**digits) for _ in bucket]
        newest = list(state.counterparties)[-1]
        packed = dump(state)
        assert len(packed) <= LIMIT
        assert len(state.counterparties) < COUNTERPARTIES
        assert (newest in state.counterparties) is kept
        assert state.last_day in state.daily
        assert load(packed) == state


def test_a_usual_customer_packs_into_two_kilobytes_and_a_small_one_into_little_more_than_half_of_one() -> None:
    dice = random.Random(7)
    state = Activity()
    for step in range(1500):  # ten movements a day over five months
        at = START + step * 8640
        who = counterparty_hash(f"shop {dice.randrange(90)}")
        day = DAY + (at - START) // 86400
        state.record(
            dice.random() < 0.2,
            dice.randrange(500, 90_000),
            at,
            day,
            cash=False,
            counterparty=who,
            own=False,
            near=False,
        )
    print(f"a usual state: {len(dump(state))} bytes")
    assert len(dump(state)) <= 2048
    few = take(Activity(), [(step % 3 == 0, 1000 * step + 7, step * 40_000, False, step, False) for step in range(8)])
    assert len(dump(few)) <= 560


def test_other_bytes_are_refused() -> None:
    for wrong in (b"[3,0]", b"[2,0]", b"[]", b"nonsense", b"\x78\x9c\x00"):
        try:
            load(wrong)
        except UnknownForm:
            continue
        raise AssertionError(f"{wrong!r} was taken for a risk state")
    assert load(None) == Activity()
    assert load(b"") == Activity()


def test_a_state_that_version_1_stored_is_read_and_stored_anew() -> None:
    packed = (
        b"[1,739000,1800160000,739001,[22,1,50000,0,0,0,0,11,0,0,1,700,0,0,0,1,850000,0,0,850000,0],"
        b"[1,2,950000,1,12345,900000,0,0,1,850000,1,700,850000,0],"
        b"[3,1800000,1535000000000,2,13045,152889025,2,3,5,1800000,1625000000000,2,2,2,13045,152889025],"
        b"[160000,900000,0,80000,50000,8,0,850000,0],[120000,12345,7,40000,700,0],[7,120000,0,0,1,8,80000,0,1,0],1,"
        b'[7,2,8,1],[1,1,900000,0,1,850000],[1,5000,0],[3,0],{"structuring":["alt_x",1,1800160000,1,50,850000]}]'
    )
    state = load(packed)
    assert state.stats_in == [3, 1_800_000, 1_535_000_000_000]
    assert state.near_since(DAY + 1, 10) == (2, 1_750_000)
    assert state.open_alerts["structuring"][0] == "alt_x"
    assert state.own_at == state.last_at == START + 160_000, "silence is counted from the last movement known"
    assert state.weeks == {105571: [13_045]}, "as far as the daily buckets tell"
    assert not state.deposits and not state.loans and state.digits == [0] * 9
    assert load(dump(state)) == state


def test_what_was_stored_before_snoozes_is_still_read() -> None:
    state = take(Activity(), [(False, 100, 0, False, 1, False)])
    packed = json.loads(dump(state))
    assert len(packed) == NEEDED, "what is empty at the end is not stored"
    for count in range(4):
        assert load(json.dumps([*packed, *[[]] * count]).encode()) == state
    for version in (2, 3):
        assert load(json.dumps([version, *packed[1:], []]).encode()) == state
