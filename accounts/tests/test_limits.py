"""Limits follow the currency's exponent: the same number of whole units, whatever its decimals."""

import pytest

from accounts.limits import Limits


@pytest.mark.parametrize(("currency", "movement", "day"), [("USD", 500, 900), ("JPY", 5, 9), ("KWD", 5_000, 9_000)])
def test_a_limit_is_the_same_number_of_whole_units(currency: str, movement: int, day: int) -> None:
    assert Limits(500, 900, True).of(currency) == Limits(movement, day, True, currency)
