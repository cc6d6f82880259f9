"""The schedule of a loan: the worked examples of domain/ledger.md, its promises, an independent second opinion."""

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.ledger import Refused
from accounts.loans.schedule import (
    MAX_RATE,
    Instalment,
    check_amortises,
    half_even,
    month_interest,
    months_after,
    schedule,
    summary,
)
from cloudbank.money import MAX_MINOR

FIRST = date(2026, 2, 28)
amounts = st.one_of(
    st.sampled_from([1, 2, 3, 99, 100, 101, 12_345_678, MAX_MINOR - 1, MAX_MINOR]), st.integers(1, MAX_MINOR)
)
rates = st.one_of(st.sampled_from([0, 1, 2, 600, 725, MAX_RATE - 1, MAX_RATE]), st.integers(0, MAX_RATE))
counts = st.one_of(st.sampled_from([1, 2, 3, 12, 36, 479, 480]), st.integers(1, 480))


def refusal(principal: object, rate: object, instalments: object) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        schedule(principal, rate, instalments, FIRST)
    return caught.value.code, caught.value.field


@pytest.mark.parametrize(
    ("principal", "rate", "count", "instalment", "first", "last", "interest"),
    [
        (1_000_000, 600, 12, 86_066, (81_066, 5_000), (85_642, 428), 32_796),
        (2_500_000, 725, 36, 77_479, (62_375, 15_104), (77_008, 465), 289_238),
        (100_000, 0, 3, 33_333, (33_333, 0), (33_334, 0), 0),
    ],
)
def test_the_worked_examples_come_out_to_the_cent(
    principal: int,
    rate: int,
    count: int,
    instalment: int,
    first: tuple[int, int],
    last: tuple[int, int],
    interest: int,
) -> None:
    rows = schedule(principal, rate, count, FIRST)
    said = summary(rows)
    assert said.instalment == instalment == rows[1].total
    assert (rows[0].principal, rows[0].interest) == first
    assert (rows[-1].principal, rows[-1].interest) == last
    assert said.last == sum(last)
    assert said.interest == interest
    assert said.total == principal + interest
    assert (said.count, said.first_due, said.last_due) == (count, FIRST, rows[-1].due)


def test_due_dates_are_anchored_on_the_day_that_was_meant() -> None:
    rows = schedule(100_000, 500, 14, date(2027, 1, 31))
    dues = [row.due.isoformat() for row in rows]
    assert dues[:5] == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
    assert dues[11:] == ["2027-12-31", "2028-01-31", "2028-02-29"]


def test_a_first_due_date_cut_short_by_february_keeps_the_day_that_was_meant() -> None:
    rows = schedule(100_000, 500, 3, date(2026, 2, 28), due_day=31)
    assert [row.due for row in rows] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


@given(st.dates(date(1999, 1, 1), date(2100, 1, 1)), st.integers(0, 480))
def test_months_later_is_the_same_day_or_the_end_of_a_shorter_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded"),
    [(0, 2, 0), (1, 2, 0), (3, 2, 2), (5, 2, 2), (7, 2, 4), (1, 3, 0), (2, 3, 1), (4, 3, 1), (5, 3, 2), (6, 3, 2)],
)
def test_rounding_is_half_to_even(numerator: int, denominator: int, rounded: int) -> None:
    assert half_even(numerator, denominator) == rounded


def test_a_months_interest_rounds_once_and_to_even() -> None:
    assert month_interest(1_000_000, 600) == 5_000
    assert month_interest(60_000, 1) == 0  # half a cent
    assert month_interest(180_000, 1) == 2  # one and a half


@settings(max_examples=150, deadline=None)
@given(amounts, rates, counts)
@example(1, 0, 480)
@example(120, 0, 200)
@example(MAX_MINOR, MAX_RATE, 480)
def test_the_parts_sum_to_the_principal_and_none_is_negative(principal: int, rate: int, count: int) -> None:
    rows = schedule(principal, rate, count, FIRST)
    assert sum(row.principal for row in rows) == principal
    assert all(row.principal >= 0 and row.interest >= 0 and row.left >= 0 for row in rows)
    assert rows[-1].left == 0
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))
    assert all(row.total == rows[0].total for row in rows[:-1])
    left = principal
    for row in rows:
        assert row.interest == month_interest(left, rate)
        left -= row.principal
        assert row.left == left


def second_opinion(principal: int, rate: int, count: int) -> list[tuple[int, int]]:
    """(interest, principal) of each instalment, by the textbook's discount factors in decimals of 80 digits."""
    with localcontext() as context:
        context.prec, cent = 80, Decimal(1)
        monthly = Decimal(rate) / 10_000 / 12
        factor = sum((1 + monthly) ** -month for month in range(1, count + 1))
        payment = (Decimal(principal) / factor).quantize(cent, ROUND_HALF_EVEN)
        left, rows = Decimal(principal), []
        for month in range(1, count + 1):
            interest = (left * monthly).quantize(cent, ROUND_HALF_EVEN)
            part = left if month == count else min(payment - interest, left)
            left -= part
            rows.append((int(interest), int(part)))
            if not left:
                break
        return rows


@settings(max_examples=60, deadline=None)
@given(amounts, rates, counts)
@example(1_000_000, 600, 12)
@example(7, 3_600, 480)
def test_an_independent_computation_in_decimals_agrees(principal: int, rate: int, count: int) -> None:
    rows = schedule(principal, rate, count, FIRST)
    assert [(row.interest, row.principal) for row in rows] == second_opinion(principal, rate, count)


def test_a_principal_that_rounding_repays_early_gives_fewer_rows() -> None:
    rows = schedule(120, 0, 200, FIRST)  # 0.6 a month, paid as 1
    assert len(rows) == 120
    assert rows[-1] == Instalment(120, months_after(FIRST, 119), 0, 1, 0)


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ((0, 600, 12), "amount"),
        ((-1, 600, 12), "amount"),
        ((MAX_MINOR + 1, 600, 12), "amount"),
        ((1.5, 600, 12), "amount"),
        ((True, 600, 12), "amount"),
        ((100, -1, 12), "rate"),
        ((100, MAX_RATE + 1, 12), "rate"),
        ((100, 6.5, 12), "rate"),
        ((100, 600, 0), "instalments"),
        ((100, 600, 481), "instalments"),
        ((100, 600, 1.0), "instalments"),
    ],
)
def test_numbers_that_make_no_loan_are_refused_with_their_field(terms: tuple[object, ...], field: str) -> None:
    assert refusal(*terms) == (field, field)


def test_terms_that_leave_a_balloon_to_the_last_instalment_are_refused() -> None:
    check_amortises(1_000_000, 600, 12)
    check_amortises(100_000, 0, 3)
    check_amortises(1, 0, 1)
    for terms in ((1_000_000, MAX_RATE, 480), (140, 0, 480)):
        with pytest.raises(Refused) as caught:
            check_amortises(*terms)
        assert (caught.value.code, caught.value.field) == ("balloon", "instalments")


def test_the_last_instalment_may_be_twice_the_others_and_no_more() -> None:
    check_amortises(5, 0, 4)  # 1 1 1 2
    with pytest.raises(Refused):
        check_amortises(14, 0, 10)  # nine of 1, then 5
