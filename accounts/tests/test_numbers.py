"""Account numbers: every single slip of a finger is caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import numbers


@given(st.text(max_size=20), st.integers(0, 15), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(seed: str, place: int, shift: int) -> None:
    number = numbers.derive(seed)
    wrong = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]
    with pytest.raises(numbers.AccountNumberError):
        numbers.parse(wrong)


@given(st.text(max_size=20), st.integers(0, 14))
def test_every_swap_of_neighbours_is_caught(seed: str, place: int) -> None:
    number = numbers.derive(seed)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped != number:
        with pytest.raises(numbers.AccountNumberError):
            numbers.parse(swapped)


def test_spaces_and_dashes_are_welcome_and_other_digits_are_not() -> None:
    number = numbers.derive("x")
    assert numbers.parse(numbers.grouped(number)) == numbers.parse(f" {number[:4]}-{number[4:]} ") == number
    for text in ("", "12", number + "0", "١" * 16, number[:-1] + "x"):
        with pytest.raises(numbers.AccountNumberError):
            numbers.parse(text)


def test_a_masked_number_shows_its_last_four_digits_only() -> None:
    number = numbers.derive("x")
    assert numbers.masked(number).endswith(number[-4:])
    assert number[:12] not in numbers.masked(number)
