"""Deposits: worked examples by hand of the bridge, its parts, the mix and what deposits cost; and that none may not foot."""

from datetime import date
from typing import Any

import pytest

from accounts.ledger import CHECKING, SAVINGS
from accounts.totals import CLOSED_PART, FEES_PART, INTEREST_PART, SWITCHED_PART, DayTotals, part_name
from reporting.figures import NOT_AVAILABLE, machine
from reporting.metrics import deposit_bridge as bridge
from reporting.metrics import deposit_cost as cost
from reporting.metrics import deposit_mix as mix
from reporting.metrics.deposits import END, deposits
from reporting.periods import FootingError
from reporting.tests.days import bank_days, movement, open_day, sealed
from reporting.tests.test_metrics import a_period, values


def part(day: DayTotals, name: str, product: str, amount: int, house: str = "") -> None:
    """A named part of the bridge on one product, with the house account on its other side."""
    day.numbers.update({part_name(name, product): amount, f"net_{product}": amount})
    if house:
        day.numbers[f"house_{house}"] -= amount


def a_bridged_quarter() -> list[DayTotals]:
    """1,000.00 to checking by an old and 500.00 by a new customer; 400.00 of it moved to savings; 3.00 interest,
    2.00 of fees, 100.00 paid out to close an account, and 50.00 overdrawn with nothing behind it."""
    first, second = open_day(date(2026, 7, 1)), open_day(date(2026, 8, 3))
    movement(first, 100_000)
    movement(first, 50_000, new=True)
    part(second, SWITCHED_PART, CHECKING, -40_000)
    part(second, SWITCHED_PART, SAVINGS, 40_000)
    part(second, INTEREST_PART, SAVINGS, 300, "interest_expense")
    part(second, FEES_PART, CHECKING, -200, "fee_income")
    part(second, CLOSED_PART, CHECKING, -10_000, "cash")
    movement(second, 5_000, type="withdrawal")
    second.numbers.update({"overdrawn": 5_000, "overdrawn_checking": 5_000})
    return sealed([first, second])


def test_the_bridge_names_every_part_and_foots_by_hand() -> None:
    found = values(bridge.deposit_bridge(a_period(a_bridged_quarter())))
    names = (bridge.START, bridge.NEW, bridge.EXISTING, bridge.INTEREST, bridge.FEES, bridge.CLOSED, bridge.SWITCHED)
    assert [found[name, ""] for name in names] == [0, 50_000, 95_000, 300, -200, -10_000, 0]
    assert [found[name, ""] for name in (bridge.OVERDRAFTS, bridge.END, bridge.RESIDUAL)] == [5_000, 140_100, 0]


def test_each_product_has_a_bridge_of_its_own_and_a_switch_shows_there() -> None:
    found = values(bridge.deposit_bridge(a_period(a_bridged_quarter())))
    assert (found[bridge.SWITCHED, "product: savings"], found[bridge.END, "product: savings"]) == (40_000, 40_300)
    assert (found[bridge.SWITCHED, "product: checking"], found[bridge.END, "product: checking"]) == (-40_000, 99_800)
    ends = [found[bridge.END, f"product: {one}"] or 0 for one in (CHECKING, SAVINGS)]
    assert sum(ends) == found[bridge.END, ""]


@pytest.mark.parametrize(
    ("numbers", "what", "residual"),
    [
        ({"new_checking": 7}, "the deposit bridge of 2026Q3", -7),
        ({"switched_savings": 5, "existing_savings": -5}, "switches between products", -5),
        ({"house_interest_expense": 9}, "interest against the house account", -9),
        ({"interest_checking": 4, "interest_savings": -4}, "the deposit bridge of checking", -4),
        ({"overdrawn_checking": 3, "overdrawn_savings": -3}, "the deposit bridge of checking", -3),
    ],
)
def test_a_bridge_that_does_not_foot_is_not_built_and_names_the_residual(
    numbers: dict[str, int], what: str, residual: int
) -> None:
    days = a_bridged_quarter()
    days[-1].numbers.update(numbers)
    with pytest.raises(FootingError, match=what) as caught:
        bridge.deposit_bridge(a_period(days))
    assert caught.value.residual == residual


def test_products_sum_to_the_deposits_or_nothing_is_built() -> None:
    period = a_period(a_bridged_quarter())
    found = values(mix.deposit_mix(period))
    assert (found[END, "product: checking"], found[mix.SHARE, "product: checking"]) == (99_800, 7_123)
    assert (found[END, "product: savings"], found[mix.SHARE, "product: savings"]) == (40_300, 2_877)
    good = a_bridged_quarter()
    end = {**good[-1].end, "deposits_savings": 40_301}
    broken = [*good[:-1], DayTotals(good[-1].day, True, good[-1].numbers, good[-1].cells, end)]
    with pytest.raises(FootingError, match="deposits by product"):
        mix.deposit_mix(a_period(broken))


def test_cost_of_deposits_is_annualised_on_the_daily_average() -> None:
    """36.50 of interest over 92 days on a steady 1,000.00: 36.50 x 365 / 92 / 1,000.00 = 14.48 % a year."""
    day = open_day(date(2026, 7, 1))
    part(day, INTEREST_PART, SAVINGS, 3_650, "interest_expense")
    opening = {"deposits": 96_350, "deposits_savings": 96_350, "balance": 96_350, "book_savings": 96_350}
    days = [*sealed([open_day(date(2026, 6, 30))], opening), *sealed([day, open_day(date(2026, 9, 30))], opening)]
    found = values(cost.deposit_cost(a_period(days)))
    assert a_period(days).calendar_days == 92
    assert (found[cost.EXPENSE, ""], found[cost.COST, ""]) == (3_650, 1_448)


def test_loans_over_deposits() -> None:
    days = a_bridged_quarter()
    days[-1] = DayTotals(
        days[-1].day, True, days[-1].numbers, days[-1].cells, {**days[-1].end, "book_principal": 70_050}
    )
    assert values(cost.deposit_cost(a_period(days)))[cost.LENT, ""] == 5_000


def test_without_deposits_there_is_no_cost_no_ratio_and_never_a_null() -> None:
    found = cost.deposit_cost(a_period(sealed([open_day(date(2026, 7, 1))])))
    said = {one.metric: machine(one.value, one.unit) for one in found.measures}
    assert said == {cost.EXPENSE: "0.00", cost.COST: NOT_AVAILABLE, cost.LENT: NOT_AVAILABLE}


def test_the_same_figure_is_the_same_number_wherever_it_stands() -> None:
    period = a_period(bank_days())
    whole: Any = values(deposits(period))[END, ""]
    by_product = values(mix.deposit_mix(period))
    assert whole == values(bridge.deposit_bridge(period))[bridge.END, ""]
    assert whole == sum(value or 0 for (name, _), value in by_product.items() if name == END)
