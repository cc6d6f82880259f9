"""Rules about cash, funnels, loans and round amounts: at the threshold and one cent, one person, one day either side."""

from typing import Any

import pytest

from accounts.ledger import CASH, CLEARING
from monitoring.tests.makers import Somebody, Town, business_day, codes, found, town

# --- 2: split within one day --------------------------------------------------------------------


@pytest.mark.parametrize(("second", "fires"), [(399_999, False), (400_000, False), (400_001, True)])
def test_two_deposits_of_a_day_above_the_limit_together(second: int, fires: bool) -> None:
    here = town("near_miss")
    assert not codes(here.cash_in(600_000))
    assert bool(codes(here.cash_in(second))) is fires


@pytest.mark.parametrize(("largest", "fires"), [(999_999, True), (1_000_000, True), (1_000_001, False)])
def test_a_deposit_above_the_limit_hides_nothing(largest: int, fires: bool) -> None:
    here = town("near_miss")
    here.cash_in(50_000)
    assert bool(codes(here.cash_in(largest))) is fires


def test_one_deposit_is_not_split_and_days_are_apart() -> None:
    here = town("near_miss")
    assert not codes(here.cash_in(1_000_000))
    assert not codes(here.cash_in(900_000, **business_day("2026-03-03")))
    assert not codes(here.cash_out(900_000, **business_day("2026-03-03")))
    outcome = here.cash_in(100_001, **business_day("2026-03-03"))
    (finding,) = found(outcome)
    assert (finding.hit.inputs["deposits"], finding.hit.value) == (2, 1_000_001)
    assert "3 Mar 2026" in finding.hit.sentence and "9,000.00" in finding.hit.sentence


def test_what_a_person_carries_for_others_is_split_as_well() -> None:
    here = town("near_miss")
    here.cash_in(600_000, "ben", conductor_id="carl")
    (finding,) = found(here.cash_in(400_001, "ana", conductor_id="carl"))
    assert finding.customer_id == "carl"


# --- 4: over several branches -------------------------------------------------------------------


def at_branches(*branches: str, amount: int = 900_000, step: int = 1) -> set[str]:
    here, outcome = town("structuring_branches"), None
    for branch in branches:
        outcome = here.cash_in(amount, "ana", branch=branch)
        here.later(days=step)
    assert outcome is not None
    return codes(outcome)


@pytest.mark.parametrize(
    ("branches", "fires"),
    [(("main", "main", "main"), False), (("main", "harbor", "main"), True), (("main", "harbor"), False)],
)
def test_near_deposits_at_two_branches(branches: tuple[str, ...], fires: bool) -> None:
    assert bool(at_branches(*branches)) is fires


@pytest.mark.parametrize(("amount", "fires"), [(799_999, False), (800_000, True), (999_999, True), (1_000_000, False)])
def test_only_deposits_in_the_band_count_for_branches(amount: int, fires: bool) -> None:
    assert bool(at_branches("main", "harbor", "main", amount=amount)) is fires


@pytest.mark.parametrize(("last", "fires"), [(899_999, False), (900_000, True), (900_001, True)])
def test_the_sum_over_branches_has_a_threshold_of_its_own(last: int, fires: bool) -> None:
    here = town("structuring_branches")
    here.parameters["rule.structuring.sum"] = 2_700_000
    here.cash_in(900_000, branch="main")
    here.cash_in(900_000, branch="harbor")
    assert bool(codes(here.cash_in(last, branch="main"))) is fires


def test_a_branch_of_long_ago_is_no_second_branch() -> None:
    here = town("structuring_branches")
    here.cash_in(900_000, branch="harbor")
    here.later(days=9)
    for _ in range(2):
        outcome = here.cash_in(900_000, branch="main")
    assert codes(outcome), "the tenth day"
    here.later(days=1)
    assert not codes(here.cash_in(900_000, branch="main")), "the eleventh"


def test_accounts_of_one_customer_are_one() -> None:
    here = town("structuring_branches")
    here.cash_in(900_000, "ana", branch="main")
    here.cash_in(900_000, "ana/2", branch="harbor")
    assert codes(here.cash_in(900_000, "ana/3", branch="main"))


# --- 13: funnel ---------------------------------------------------------------------------------


def funnelled(people: int, out: int, *, each: int = 100_000, wait: float = 1, segment: str = "retail") -> set[str]:
    """So many people pay in, an hour apart; after `wait` days so much leaves by wire."""
    here = town("funnel")
    here.people["ana"] = Somebody("ana", segment=segment)
    for number in range(people):
        here.move(each, f"sender{number}", "ana")
        here.later(hours=1)
    here.later(days=wait, hours=-1)
    return codes(here.move(out, "ana", CLEARING, channel="wire"))


@pytest.mark.parametrize(
    ("people", "out", "fires"),
    [(4, 400_000, False), (5, 349_999, False), (5, 350_000, True), (5, 350_001, True), (6, 420_000, True)],
)
def test_five_depositors_and_seventy_percent_out(people: int, out: int, fires: bool) -> None:
    assert bool(funnelled(people, out)) is fires


@pytest.mark.parametrize(("each", "fires"), [(59_999, False), (60_000, True)])
def test_small_funnels_are_none(each: int, fires: bool) -> None:
    assert bool(funnelled(5, 5 * each, each=each)) is fires


@pytest.mark.parametrize(("wait", "fires"), [(2.99, True), (3, False)])
def test_the_money_leaves_within_three_days(wait: float, fires: bool) -> None:
    assert bool(funnelled(5, 500_000, wait=wait)) is fires


def test_who_collects_by_trade_is_no_funnel() -> None:
    assert not funnelled(6, 600_000, segment="business")


def test_the_same_depositor_five_times_is_one_and_old_deposits_are_over() -> None:
    here = town("funnel")
    for _ in range(5):
        here.move(100_000, "ben", "ana")
    assert not codes(here.move(500_000, "ana", CLEARING))
    here = town("funnel")
    here.move(100_000, "sender0", "ana")
    here.later(days=7)
    for number in range(1, 5):
        here.move(100_000, f"sender{number}", "ana")
    assert not codes(here.move(500_000, "ana", CLEARING))


def test_what_left_more_than_three_days_ago_is_not_counted() -> None:
    for seconds, fires in ((-1, True), (0, False)):
        here = town("funnel")
        for number in range(5):
            here.move(100_000, f"sender{number}", "ana")
        assert not codes(here.move(340_000, "ana", CLEARING))
        here.later(days=3, seconds=seconds - 3600)
        here.move(1, "sender0", "ana")
        here.later(hours=1)
        assert bool(codes(here.move(20_000, "ana", CLEARING))) is fires


def test_no_more_than_what_came_in_has_left() -> None:
    here = town("funnel")
    for number in range(5):
        here.move(100_000, f"sender{number}", "ana")
    (finding,) = found(here.move(2_000_000, "ana", CLEARING))
    assert (finding.hit.inputs["came"], finding.hit.inputs["left"]) == (500_000, 500_000)
    assert "(100 %)" in finding.hit.sentence


def test_people_who_bring_cash_for_another_are_depositors() -> None:
    here = town("funnel")
    for number in range(5):
        here.cash_in(100_000, "ana", conductor_id=f"carrier{number}")
        here.later(hours=1)
    (finding,) = found(here.move(350_000, "ana", CLEARING, channel="wire"))
    assert "5 different people" in finding.hit.sentence and "70 %" in finding.hit.sentence


@pytest.mark.parametrize(("branches", "fires"), [(("main", "harbor"), False), (("main", "harbor", "airport"), True)])
def test_cash_at_three_branches_is_a_funnel_too(branches: tuple[str, ...], fires: bool) -> None:
    here = town("funnel")
    for branch in branches:
        here.cash_in(200_000, branch=branch)
        here.later(days=1)
    assert bool(codes(here.move(200_000 * len(branches), "ana", CLEARING, channel="wire"))) is fires


def test_branches_of_more_than_a_week_before_do_not_count() -> None:
    for days, fires in ((6, True), (7, False)):
        here = town("funnel")
        here.cash_in(200_000, branch="airport")
        here.later(days=days)
        here.cash_in(400_000, branch="main")
        here.cash_in(400_000, branch="harbor")
        assert bool(codes(here.move(1_000_000, "ana", CLEARING, channel="wire"))) is fires


# --- 20: round amounts --------------------------------------------------------------------------


def wires(*amounts: int) -> set[str]:
    here, outcome = town("round_amounts"), None
    for amount in amounts:
        outcome = here.move(amount, CLEARING, "ana", channel="wire")
        here.later(days=1)
    assert outcome is not None
    return codes(outcome)


@pytest.mark.parametrize(
    ("amounts", "fires"),
    [
        ((100_000, 200_000, 300_000), False),
        ((100_000, 200_000, 300_000, 100_000), True),
        ((100_000, 200_000, 300_000, 99_999), False),
        ((100_000, 200_000, 300_000, 100_001), False),
        ((100_000, 5, 200_000, 5, 300_000, 100_000), True),
        ((100_000, 5, 5, 200_000, 5, 300_000, 100_000), False),
    ],
)
def test_four_of_the_last_six_are_multiples_of_a_thousand(amounts: tuple[int, ...], fires: bool) -> None:
    assert bool(wires(*amounts)) is fires


def test_transfers_and_cards_are_not_looked_at() -> None:
    here = town("round_amounts")
    for _ in range(6):
        assert not codes(here.move(100_000, "ana", "ben"))
        assert not codes(here.move(100_000, "ana", CLEARING, channel="card"))
    for _ in range(4):
        outcome = here.cash_in(100_000)
    assert [one.severity for one in found(outcome)] == ["low"]


# --- 24: loans ----------------------------------------------------------------------------------


def a_loan(principal: int = 1_000_000) -> Town:
    here = town("loan_payoff")
    here.move(principal, "ana/loan", "ana", type="disbursement")
    return here


def repay(here: Town, amount: int, *, cash: bool, **more: Any) -> set[str]:
    return codes(here.move(amount, CASH if cash else "ana", "ana/loan", type="repayment", **more))


@pytest.mark.parametrize(("amount", "fires"), [(499_999, False), (500_000, True), (500_001, True)])
@pytest.mark.parametrize("cash", [False, True])
def test_half_of_the_principal_at_once(amount: int, fires: bool, cash: bool) -> None:
    assert bool(repay(a_loan(), amount, cash=cash)) is fires


@pytest.mark.parametrize(("days", "fires"), [(89, True), (90, True), (91, False)])
def test_early_is_within_ninety_days_unless_it_is_cash(days: int, fires: bool) -> None:
    here = a_loan()
    here.later(days=days)
    assert bool(repay(here, 600_000, cash=False)) is fires
    assert repay(here, 500_000, cash=True)


@pytest.mark.parametrize(("principal", "amount", "fires"), [(150_000, 99_999, False), (150_000, 100_000, True)])
def test_small_loans_may_be_paid_off(principal: int, amount: int, fires: bool) -> None:
    assert bool(repay(a_loan(principal), amount, cash=True)) is fires


def test_of_a_loan_from_before_what_is_owed_counts_and_only_cash_can_be_judged() -> None:
    here = town("loan_payoff")
    assert not repay(here, 900_000, cash=False, balance=900_000)
    outcome = here.move(500_000, CASH, "ana/loan", type="repayment", balance=-1_000_000)
    (finding,) = found(outcome)
    assert "50 % of a loan of 10,000.00" in finding.hit.sentence
    assert not repay(here, 499_999, cash=True, balance=-1_000_000)


def test_what_the_bank_books_on_a_loan_is_no_payment() -> None:
    here = a_loan()
    here.move(10_000, "ana/loan", "house:interest_income", type="interest")
    state = here.state("ana")
    assert not state.ring_out and not state.daily and state.stats_out == [0, 0, 0]
