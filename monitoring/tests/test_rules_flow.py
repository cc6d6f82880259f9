"""Rules about how money flows: at the threshold and one cent, one hour, one person either side."""

from datetime import timedelta

import pytest

from accounts.ledger import CASH, CLEARING
from monitoring.rulebook import RULES, defaults
from monitoring.rules.benford import chi_square
from monitoring.tests.makers import Somebody, Town, codes, found, town, unjudged

# --- 10: much more money out than usual ---------------------------------------------------------


def steady(weeks: int, weekly: int = 100_000) -> Town:
    """Ana pays `weekly` once a week, for so many weeks; then a week without anything."""
    here = town("velocity_amount")
    here.move(1, "ana", "ben")  # the first week that is known may be half a one
    here.later(days=7)
    for _ in range(weeks):
        here.move(weekly, "ana", "ben")
        here.later(days=7)
    here.later(days=7)
    return here


@pytest.mark.parametrize(("amount", "fires"), [(499_999, False), (500_000, True), (500_001, True)])
def test_less_than_five_thousand_is_never_much(amount: int, fires: bool) -> None:
    assert bool(codes(steady(13, 1_000).move(amount, "ana", "cyd"))) is fires


@pytest.mark.parametrize(("amount", "fires"), [(899_999, False), (900_000, True), (900_001, True)])
def test_three_times_the_mean_of_a_week(amount: int, fires: bool) -> None:
    here = steady(13, 300_000)
    here.parameters["rule.velocity_amount.least"] = 500_000
    start = here.now
    for day in range(4):  # spread, so that no single day is three times the mean of a day
        here.now = start + timedelta(days=day * 1.25)
        outcome = here.move(amount // 4 + (amount % 4 if day == 3 else 0), "ana", "cyd")
    found_week = [one for one in found(outcome) if "7 days" in one.hit.sentence]
    in_a_day = [one for one in found(outcome) if "24 hours" in one.hit.sentence]
    assert bool(found_week) is fires and not in_a_day


@pytest.mark.parametrize(("amount", "fires"), [(599_999, False), (600_000, True), (600_001, True)])
def test_three_times_the_mean_of_a_day(amount: int, fires: bool) -> None:
    here = steady(13, 1_400_000)  # 2,000.00 a day on average, and 42,000.00 would be three times a week's
    assert bool(codes(here.move(amount, "ana", "cyd"))) is fires


@pytest.mark.parametrize(("new", "fires"), [(299_999, False), (300_000, True), (300_001, True)])
def test_half_of_it_goes_to_payees_never_paid_before(new: int, fires: bool) -> None:
    here = steady(13, 1_000)
    assert not codes(here.move(600_000, "ana", "ben")), "a large payment to somebody known is a purchase"
    here = steady(13, 1_000)
    here.move(new, "ana", "cyd")
    here.later(hours=1)
    assert bool(codes(here.move(600_000 - new, "ana", "ben"))) is fires


def test_who_was_paid_a_week_before_is_new_to_nobody() -> None:
    here = steady(13, 1_000)
    here.move(100, "ana", "cyd")
    here.later(days=7)
    assert not codes(here.move(600_000, "ana", "cyd"))
    here.parameters["rule.velocity_amount.new"] = 0
    here.later(minutes=1)
    assert codes(here.move(600_000, "ana", "cyd")), "a bank may also look at volume alone"


@pytest.mark.parametrize(
    ("came", "minutes", "fires"), [(750_000, 119, True), (750_001, 119, False), (750_000, 121, False)]
)
def test_or_most_of_what_came_has_left_within_two_hours(came: int, minutes: int, fires: bool) -> None:
    here = steady(13, 1_000)
    here.move(came, CLEARING, "ana", channel="wire")
    here.later(minutes=minutes)
    outcome = here.move(600_000, "ana", CLEARING, channel="wire")  # 80 % of 7,500.00
    assert bool(codes(outcome)) is fires
    assert not fires or "come in within 2 hours" in found(outcome)[0].hit.sentence


def test_too_few_weeks_cannot_be_judged_and_that_is_said() -> None:
    outcome = steady(3).move(600_000, "ana", "ben")
    assert unjudged(outcome) == {"velocity_amount"} and not codes(outcome)
    assert codes(steady(4).move(600_000, "ana", "cyd"))


def test_wages_make_no_alert_and_own_accounts_are_not_out() -> None:
    here = steady(13, 1_000)
    here.people["ana"] = Somebody("ana", segment="business")
    assert not codes(here.move(900_000, "ana", "cyd"))
    here = steady(13, 1_000)
    assert not codes(here.move(900_000, "ana", "ana/2"))
    assert not codes(here.move(1_000, "ana", "cyd"))


# --- 12: pass-through ---------------------------------------------------------------------------


def through(came: int, left: int, *, hours: float = 1) -> str:
    """An open alert, then money comes and leaves; the severity of what is found."""
    here = town("pass_through", "ctr_aggregate")
    here.cash_in(1_000_001)
    here.later(days=2)
    here.move(came, CLEARING, "ana", channel="wire")
    here.later(hours=hours)
    return "".join(one.severity for one in found(here.move(left, "ana", CLEARING, channel="wire")))


@pytest.mark.parametrize(
    ("came", "left", "fires"),
    [(300_000, 239_999, ""), (300_000, 240_000, "high"), (299_999, 299_999, ""), (300_000, 240_001, "high")],
)
def test_eighty_percent_of_three_thousand(came: int, left: int, fires: str) -> None:
    assert through(came, left) == fires


@pytest.mark.parametrize(("hours", "severity"), [(1.99, "high"), (2, "medium"), (23.99, "medium"), (24, "")])
def test_two_hours_are_worse_than_a_day_and_two_days_are_nothing(hours: float, severity: str) -> None:
    assert through(400_000, 400_000, hours=hours) == severity


def test_no_more_than_what_came_in_has_passed_through() -> None:
    here = town("pass_through", "ctr_aggregate")
    here.cash_in(1_000_001)
    here.later(days=2)
    here.move(300_000, CLEARING, "ana", channel="wire")
    (finding,) = found(here.move(1_200_000, "ana", CLEARING, channel="wire"))
    assert (finding.hit.value, finding.hit.inputs["left"]) == (100, 300_000)


def test_what_was_paid_before_the_money_came_has_not_passed_through() -> None:
    here = town("pass_through", "ctr_aggregate")
    here.cash_in(1_000_001)
    here.later(days=2)
    here.move(300_000, "ana", CLEARING)
    here.later(hours=1)
    here.move(300_000, CLEARING, "ana")
    assert not codes(here.move(1_000, "ana", CLEARING))


# --- 15 and 16: handed on -----------------------------------------------------------------------


def hand_on(receivers: int, *, segment: str = "retail", gap: float = 1, **more: str) -> list[set[str]]:
    here = town("fan_out")
    here.people["ana"] = Somebody("ana", segment=segment)
    answers = []
    for number in range(receivers):
        answers.append(codes(here.move(10_000, "ana", f"receiver{number}", **more)))
        here.later(hours=gap)
    return answers


def test_the_fifth_new_receiver_within_a_day_fires() -> None:
    assert [bool(one) for one in hand_on(6)] == [False] * 4 + [True, True]


@pytest.mark.parametrize(("gap", "fires"), [(5.99, True), (6, False)])
def test_five_receivers_in_a_full_day_do_not(gap: float, fires: bool) -> None:
    assert any(hand_on(5, gap=gap)) is fires


def test_wages_businesses_and_the_house_are_exempt() -> None:
    assert not any(hand_on(9, type="payroll"))
    assert not any(hand_on(9, segment="business"))
    here = town("fan_out")
    for number in range(2, 9):
        assert not codes(here.move(10_000, "ana", f"ana/{number}"))
        assert not codes(here.move(10_000, "ana", CLEARING))
        assert not codes(here.move(10_000, "ana", CASH))


def test_who_paid_in_before_is_no_new_receiver() -> None:
    here = town("fan_out")
    for number in range(5):
        here.move(10_000, f"friend{number}", "ana")
    here.later(days=2)
    assert not any(codes(here.move(10_000, "ana", f"friend{number}")) for number in range(5))


def gathered(apart: timedelta, *, collect_first: bool = True) -> set[str]:
    here = town("fan_in", "fan_out", "gather_scatter")
    for turn in (collect_first, not collect_first):
        for number in range(5):
            sides = (f"sender{number}", "ana") if turn else ("ana", f"receiver{number}")
            outcome = here.move(10_000, *sides)
        here.now += apart
    return codes(outcome)


@pytest.mark.parametrize("collect_first", [True, False])
@pytest.mark.parametrize(("seconds", "fires"), [(-1, True), (0, True), (1, False)])
def test_collecting_and_handing_on_within_three_days(seconds: int, fires: bool, collect_first: bool) -> None:
    answers = gathered(timedelta(days=3, seconds=seconds), collect_first=collect_first)
    assert ("gather_scatter" in answers) is fires


def test_gather_scatter_is_found_in_the_alert_of_the_fan() -> None:
    here = town("fan_in", "fan_out", "gather_scatter")
    for number in range(5):
        here.move(10_000, f"sender{number}", "ana")
    for number in range(5):
        outcome = here.move(10_000, "ana", f"receiver{number}")
    both = {one.rule: one for one in found(outcome) if one.customer_id == "ana"}
    assert both["gather_scatter"].alert_id == both["fan_out"].alert_id
    assert both["gather_scatter"].severity == "high"


# --- 26: first digits ---------------------------------------------------------------------------


def benford_town(digits: list[int]) -> Town:
    here = town("benford", "ctr_aggregate")
    here.cash_in(1_000_001)  # an alert that can be supported; its first digit is a 1
    here.state("ana").digits = digits
    return here


def test_chi_square_is_that_of_the_textbook() -> None:
    expected = [30.103, 17.609, 12.494, 9.691, 7.918, 6.695, 5.799, 5.115, 4.576]
    seen = [31, 18, 12, 10, 8, 7, 6, 5, 3]
    by_hand = sum((one - share) ** 2 / share for one, share in zip(seen, expected, strict=True))
    assert chi_square(seen, 100) == pytest.approx(by_hand, abs=1e-3)


@pytest.mark.parametrize(("thousandths", "fires"), [(-1, True), (0, True), (1, False)])
def test_the_limit_itself_fires_and_a_thousandth_more_does_not(thousandths: int, fires: bool) -> None:
    digits = [20, 6, 8, 6, 4, 3, 2, 4, 7]  # and the movement begins with a 2
    chi = chi_square([20, 7, 8, 6, 4, 3, 2, 4, 7], 61)
    here = benford_town(digits)
    here.parameters["rule.benford.chi"] = int(chi * 1000) + thousandths
    assert ("benford" in codes(here.move(2_000, CLEARING, "ana"))) is fires


@pytest.mark.parametrize(("before", "fires"), [(48, False), (49, True), (50, True)])
def test_fifty_amounts_are_needed(before: int, fires: bool) -> None:
    here = benford_town([0] * 8 + [before])
    assert ("benford" in codes(here.move(90_000, CLEARING, "ana"))) is fires


# --- 30: round trip -----------------------------------------------------------------------------


def back(sent: int, returned: int, *, days: float = 3, sender: str = "ben") -> set[str]:
    here = town("round_trip")
    here.move(sent, "ana", "ben")
    here.later(days=days)
    return codes(here.move(returned, sender, "ana"))


@pytest.mark.parametrize(
    ("returned", "fires"),
    [(189_999, False), (190_000, True), (200_000, True), (210_000, True), (210_001, False)],
)
def test_the_amounts_differ_by_at_most_five_percent(returned: int, fires: bool) -> None:
    assert bool(back(200_000, returned)) is fires


@pytest.mark.parametrize(("days", "fires"), [(29.99, True), (30, True), (30.001, False)])
def test_it_comes_back_within_thirty_days(days: float, fires: bool) -> None:
    assert bool(back(200_000, 200_000, days=days)) is fires


@pytest.mark.parametrize(("amount", "fires"), [(99_999, False), (100_000, True)])
def test_small_sums_come_back_every_day(amount: int, fires: bool) -> None:
    assert bool(back(amount, amount)) is fires


def test_from_somebody_else_it_is_no_round_trip() -> None:
    assert not back(200_000, 200_000, sender="carl")


def test_every_ratio_rule_has_a_least_amount_and_every_z_score_ten_values() -> None:
    values = defaults()
    for code in ("velocity_amount", "pass_through", "funnel", "new_payee", "same_amount", "loan_payoff", "round_trip"):
        assert int(values[f"rule.{code}.least"]) >= 100_000, code
        assert values[f"rule.{code}.least"] in {one.default for one in RULES[code].parameters}
    assert int(values["rule.deviation.history"]) >= 10 and int(values["rule.velocity.history"]) >= 10
