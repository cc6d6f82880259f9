"""Amounts: what is accepted, what is refused, and that parts sum to the whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbank.money import MINUS, MoneyError, format_amount, largest_remainder, parse_amount, to_decimal


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1,234.50", 123_450),
        ("0.01", 1),
        (" 12 ", 1_200),
        ("12.", None),
        ("$5", 500),
        ("1,000,000.00", 100_000_000),
        ("10000.01", 1_000_001),
    ],
)
def test_what_people_type_is_read(text: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(MoneyError):
            parse_amount(text)
    else:
        assert parse_amount(text) == minor


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e3",
            "1E400",
            "１２３",
            "٣",
            "-0",
            "0",
            "0.00",
            "1_000",
            "+5",
            "-5",
        ),
        *("12.345", "1" + "0" * 20, "1,00", "1,0000", ",100", "1,000,00", "1 000", "0x10", "1.2.3", "½", "12,5", "--1"),
    ],
)
def test_what_is_no_money_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(MoneyError, match=r"\.$"):
        parse_amount(text)


def test_the_currency_says_how_many_decimals_there_are() -> None:
    assert parse_amount("500", "JPY") == 500
    assert parse_amount("1.234", "KWD") == 1_234
    with pytest.raises(MoneyError):
        parse_amount("500.5", "JPY")
    assert (format_amount(500, "JPY"), format_amount(1_234, "KWD")) == ("500", "1.234")


@given(st.integers(1, 10**14))
def test_what_is_written_is_read_back(minor: int) -> None:
    assert parse_amount(format_amount(minor)) == minor
    assert to_decimal(minor) * 100 == minor


def test_negative_amounts_have_a_real_minus() -> None:
    assert format_amount(-123_456) == f"{MINUS}1,234.56"


@given(st.integers(0, 10**12), st.lists(st.integers(0, 1000), min_size=1).filter(any))
def test_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    parts = largest_remainder(total, weights)
    assert sum(parts) == total
    assert all(
        abs(part * sum(weights) - total * weight) < sum(weights) for part, weight in zip(parts, weights, strict=True)
    )
