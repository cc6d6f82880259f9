"""The rating of a customer: the worked example, floors, and what no factor can do."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.kyc.rating import (
    HIGH,
    JUDGEMENTS,
    LOW,
    MEDIUM,
    OCCUPATIONS,
    PEPS,
    POINTS,
    PRODUCTS,
    RANKS,
    Factors,
    Terms,
    rate,
    rated_from,
)

TERMS = Terms(
    POINTS, 25, 50, frozenset({"US"}), frozenset({"NG", "VN"}), frozenset({"IR", "KP"}), 2_500_000, 10_000_000
)
PLAIN = Factors("US", "basic", "employed", "none", 400_000)


def test_the_worked_example_adds_up() -> None:
    """A restaurant with cash at home that expects 30,000 a month: 0 + 20 + 20 + 0 + 10 = 50, high by points."""
    result = rate(Factors("US", "cash", "cash_intensive", "none", 3_000_000), TERMS)
    assert [(part.label, part.points) for part in result.parts] == [
        ("Geography", 0),
        ("Product of most risk", 20),
        ("Occupation or business", 20),
        ("Public office", 0),
        ("Expected money in a month", 10),
    ]
    assert (result.points, result.by_points, result.rating) == (50, HIGH, HIGH)


@pytest.mark.parametrize(
    ("change", "points", "rating"),
    [
        ({}, 0, LOW),
        ({"country": "DE"}, 10, LOW),
        ({"country": "DE", "product": "cross_border"}, 25, MEDIUM),
        ({"country": "VN"}, 25, MEDIUM),
        ({"country": "VN", "product": "cash", "occupation": "self_employed"}, 50, HIGH),
        ({"country": "IR"}, 50, HIGH),
        ({"pep": "related"}, 30, HIGH),
        ({"pep": "domestic"}, 30, HIGH),
        ({"judgement": MEDIUM}, 0, MEDIUM),
        ({"judgement": HIGH}, 0, HIGH),
        ({"country": "IR", "judgement": MEDIUM}, 50, HIGH),
        ({"turnover": 2_499_999}, 0, LOW),
        ({"turnover": 2_500_000}, 10, LOW),
        ({"turnover": 10_000_000}, 20, LOW),
    ],
)
def test_points_bands_and_floors(change: dict[str, str], points: int, rating: str) -> None:
    result = rate(replace(PLAIN, **change), TERMS)
    assert (result.points, result.rating) == (points, rating)


anybody = st.builds(
    Factors,
    country=st.sampled_from(["US", "DE", "VN", "NG", "IR", "KP"]),
    product=st.sampled_from(sorted(PRODUCTS)),
    occupation=st.sampled_from(sorted(OCCUPATIONS)),
    pep=st.sampled_from(sorted(PEPS)),
    turnover=st.integers(0, 20_000_000),
    judgement=st.sampled_from(sorted(JUDGEMENTS)),
)


@settings(max_examples=60, deadline=None)
@given(anybody)
def test_the_working_adds_up_and_floors_hold_for_anybody(factors: Factors) -> None:
    result = rate(factors, TERMS)
    assert result.points == sum(part.points for part in result.parts)
    for part in result.parts:
        assert RANKS.index(result.rating) >= RANKS.index(part.floor or LOW)
    if factors.pep != "none" or factors.country in TERMS.black:
        assert result.rating == HIGH
    assert rated_from(result.stored()) == result


@settings(max_examples=40, deadline=None)
@given(anybody, st.integers(0, 20_000_000))
def test_more_money_never_lowers_the_rating(factors: Factors, more: int) -> None:
    before, after = rate(factors, TERMS), rate(replace(factors, turnover=factors.turnover + more), TERMS)
    assert RANKS.index(after.rating) >= RANKS.index(before.rating)
