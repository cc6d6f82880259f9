"""Money at its edges; written against the mutants that the other tests let live."""

from decimal import Decimal

import pytest

from cloudbank.money import (
    MAX_MINOR,
    MoneyError,
    format_amount,
    largest_remainder,
    parse_amount,
    round_half_even,
    to_decimal,
)


def refusal(text: str, currency: str = "USD", **more: int) -> str:
    """In which words the text is refused."""
    with pytest.raises(MoneyError) as caught:
        parse_amount(text, currency, **more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "currency", "words"),
    [
        ("", "USD", "Enter an amount, for example 1,234.50."),
        ("$ ", "USD", "Enter an amount, for example 1,234.50."),
        ("NaN", "USD", "Enter a positive amount in digits, for example 1,234.50."),
        ("1e400", "USD", "Enter a positive amount in digits, for example 1,234.50."),
        ("$5", "JPY", "Enter a positive amount in digits, for example 1,234.50."),
        ("0.00", "USD", "The amount must be greater than zero."),
        ("1.005", "USD", "USD has 2 decimals; enter at most 2 digits after the point."),
        ("1.5", "JPY", "JPY has 0 decimals; enter at most 0 digits after the point."),
        ("1000000000000.01", "USD", "Enter a positive amount in digits, for example 1,234.50."),
    ],
)
def test_what_is_no_amount_is_refused_with_what_to_type_instead(text: str, currency: str, words: str) -> None:
    if text.startswith("10000"):
        words = "The amount must not exceed 1,000,000,000,000.00 USD."
    assert refusal(text, currency) == words


def test_the_largest_amount_is_named_in_its_own_currency() -> None:
    assert parse_amount("1000000000000.00") == MAX_MINOR
    assert refusal("501", "JPY", maximum=500) == "The amount must not exceed 500 JPY."
    assert refusal("5.01", maximum=500) == "The amount must not exceed 5.00 USD."
    assert parse_amount("5", maximum=500) == 500


@pytest.mark.parametrize(("text", "currency", "minor"), [("1.5", "USD", 150), ("1.05", "USD", 105), ("0.01", "USD", 1)])
def test_a_fraction_counts_from_the_left(text: str, currency: str, minor: int) -> None:
    assert parse_amount(text, currency) == minor
    assert parse_amount("1.5", "KWD") == 1_500


@pytest.mark.parametrize(
    ("minor", "currency", "text", "major"),
    [(0, "USD", "0.00", "0.00"), (1, "USD", "0.01", "0.01"), (-1, "USD", "\u22120.01", "-0.01"), (5, "JPY", "5", "5")],
)
def test_amounts_as_people_and_machines_read_them(minor: int, currency: str, text: str, major: str) -> None:
    assert format_amount(minor, currency) == text
    assert str(to_decimal(minor, currency)) == major


def test_dollars_when_nothing_else_is_said() -> None:
    assert (format_amount(150), to_decimal(150), parse_amount("1.5")) == ("1.50", Decimal("1.50"), 150)


@pytest.mark.parametrize(
    ("value", "minor"), [("0.5", 0), ("1.5", 2), ("2.5", 2), ("-0.5", 0), ("-1.5", -2), ("2.51", 3)]
)
def test_half_goes_to_the_even_one(value: str, minor: int) -> None:
    assert round_half_even(Decimal(value)) == minor


def test_what_is_left_over_goes_to_the_largest_remainders() -> None:
    assert largest_remainder(100, [1, 1, 1]) == [34, 33, 33]
    assert largest_remainder(10, [3, 9, 1]) == [2, 7, 1]
    assert largest_remainder(7, [0, 1]) == [0, 7]
    for weights in ([], [0], [0, 0]):
        with pytest.raises(ValueError, match="^weights must sum to a positive number$"):
            largest_remainder(1, weights)
