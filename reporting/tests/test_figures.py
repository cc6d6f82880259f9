"""Figures: whole numbers with a unit, n/a where there is no denominator."""

import pytest

from reporting.figures import (
    COUNT,
    HOUR,
    PERCENT,
    POINTS,
    RATE,
    average,
    change,
    growth,
    in_a_sentence,
    machine,
    percent,
    shown,
    shown_change,
)


@pytest.mark.parametrize(
    ("value", "unit", "people", "machines"),
    [
        (123450, "USD", "1,234.50", "1234.50"),
        (-5, "USD", "\N{MINUS SIGN}0.05", "-0.05"),
        (1234, "JPY", "1,234", "1234"),
        (1234567, COUNT, "1,234,567", "1234567"),
        (-1234, PERCENT, "\N{MINUS SIGN}12.34 %", "-12.34"),
        (0, PERCENT, "0.00 %", "0.00"),
        (35, POINTS, "0.35 pp", "0.35"),
        (542, RATE, "5.42", "5.42"),
        (9, HOUR, "09:00\N{EN DASH}09:59", "9"),
        (None, "USD", "n/a", "n/a"),
        (None, HOUR, "n/a", "n/a"),
    ],
)
def test_values_are_shown_to_people_and_written_for_machines(value: int, unit: str, people: str, machines: str) -> None:
    assert (shown(value, unit), machine(value, unit)) == (people, machines)


def test_zero_denominator_is_not_available_and_never_zero() -> None:
    assert [percent(5, 0), average(5, 0), growth(5, 0), percent(None, 3), growth(None, 3)] == [None] * 5


def test_growth_on_a_negative_base_is_not_available() -> None:
    assert growth(100, -50) is None


def test_ratios_are_rounded_once_half_to_even() -> None:
    assert [percent(1, 3), percent(2, 3), average(5, 2), average(7, 2)] == [3333, 6667, 2, 4]


def test_change_of_a_percentage_is_in_points_and_of_an_hour_is_none() -> None:
    assert change(1300, 1000, PERCENT) == (300, POINTS)
    assert change(1300, 1000, COUNT) == (3000, PERCENT)
    assert change(13, 10, HOUR) == (None, PERCENT)
    assert change(None, 10, PERCENT) == (None, POINTS)


def test_a_rise_carries_its_sign() -> None:
    assert [
        shown_change(420, PERCENT),
        shown_change(-35, POINTS),
        shown_change(0, PERCENT),
        shown_change(None, PERCENT),
    ] == [
        "+4.20 %",
        "\N{MINUS SIGN}0.35 pp",
        "0.00 %",
        "n/a",
    ]


def test_sentence_leaves_out_the_changes_that_are_not_known() -> None:
    assert in_a_sentence([(420, "over the quarter"), (None, "over the year")]) == ": +4.20 % over the quarter"
    assert in_a_sentence([(None, "over the year")]) == ""
