"""What is read back before money moves. Pure."""

import pytest

from accounts.readback import amount_in_words, masked_name


@pytest.mark.parametrize(
    ("minor", "currency", "words"),
    [
        (123450, "USD", "one thousand two hundred thirty-four dollars and fifty cents"),
        (100, "USD", "one dollar"),
        (1, "USD", "zero dollars and one cent"),
        (1_000_000_00, "USD", "one million dollars"),
        (10_000_01, "USD", "ten thousand dollars and one cent"),
        (2001_15, "EUR", "two thousand one euros and fifteen cents"),
        (5_01, "GBP", "five pounds and one penny"),
        (1300, "JPY", "one thousand three hundred yen"),
        (1500, "KWD", "one KWD and 500/1000"),
        (10**14, "USD", "one trillion dollars"),
    ],
)
def test_an_amount_is_said_in_words(minor: int, currency: str, words: str) -> None:
    assert amount_in_words(minor, currency) == words


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Maria Kowalska", "Ma*** K***"),
        ("Ana Maria Lopez", "A*** L***"),
        ("Li Xu", "L*** X***"),
        ("Madonna", "Ma***"),
        ("", "***"),
    ],
)
def test_a_name_is_masked_to_its_first_letters(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_a_masked_name_does_not_tell_how_long_the_name_is() -> None:
    assert len(masked_name("Maximilian Featherstonehaugh")) == len(masked_name("Mary Poe"))
