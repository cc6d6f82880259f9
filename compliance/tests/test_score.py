"""The score's arithmetic, with worked examples."""

import pytest

from compliance.score import Direction, Part, State, judge, scored

OK, APPROACHING, BREACHED, UNKNOWN = State.OK, State.APPROACHING, State.BREACHED, State.NOT_MEASURABLE


def part(state: State, weight: int = 1, *, hard_cap: bool = False) -> Part:
    return Part(f"{state}-{weight}", state, weight, hard_cap)


def test_worked_example_of_weighted_pass_rate_with_warn_counted_half() -> None:
    # weights 5, 4, 3: ok 5 x 1 + approaching 4 x 1/2 + breached 3 x 0 = 7 of 12 = 58.33
    score = scored([part(OK, 5), part(APPROACHING, 4), part(BREACHED, 3)])
    assert (float(score.points), score.possible, score.value) == (7.0, 12, 58)


def test_all_kept_is_100_and_all_breached_is_0() -> None:
    assert scored([part(OK, 3), part(OK, 1)]).value == 100
    assert scored([part(BREACHED, 3)]).value == 0


def test_rounding_down_keeps_100_for_a_bank_without_a_flaw() -> None:
    assert scored([part(OK, 999), part(APPROACHING, 1)]).value == 99


def test_not_measurable_is_left_out_of_both_sums_and_named() -> None:
    score = scored([part(OK, 1), part(UNKNOWN, 9)])
    assert score.value == 100
    assert score.possible == 1
    assert [one.weight for one in score.excluded] == [9]


def test_nothing_measurable_has_no_score() -> None:
    assert scored([part(UNKNOWN, 2)]).value is None
    assert scored([]).value is None


def test_a_breached_hard_cap_holds_the_score_at_49() -> None:
    score = scored([part(BREACHED, 1, hard_cap=True), part(OK, 9)])
    assert (score.uncapped, score.value) == (90, 49)
    assert [one.weight for one in score.capping] == [1]


def test_a_hard_cap_never_lifts_a_lower_score() -> None:
    assert scored([part(BREACHED, 9, hard_cap=True), part(OK, 1)]).value == 10


@pytest.mark.parametrize("state", [OK, APPROACHING, UNKNOWN])
def test_a_hard_cap_that_is_not_breached_caps_nothing(state: State) -> None:
    assert scored([part(state, 1, hard_cap=True), part(OK, 99)]).value in (99, 100)


@pytest.mark.parametrize(("value", "state"), [(10, OK), (11, APPROACHING), (15, APPROACHING), (16, BREACHED)])
def test_a_value_at_the_threshold_still_keeps_it(value: int, state: State) -> None:
    assert judge(value, warn=10, breach=15) is state


@pytest.mark.parametrize(("value", "state"), [(95, OK), (94, APPROACHING), (90, APPROACHING), (89, BREACHED)])
def test_at_least_turns_the_direction_round(value: int, state: State) -> None:
    assert judge(value, warn=95, breach=90, direction=Direction.AT_LEAST) is state
