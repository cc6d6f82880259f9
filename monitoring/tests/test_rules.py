"""Each rule at its threshold and one cent, one payment, one sender either side."""

from dataclasses import replace

import pytest

from accounts.ledger import CASH, CLEARING
from monitoring.rulebook import NOT_EVALUABLE, RULES, SEVERITIES, Activity, Side, Threshold, defaults, rule
from monitoring.screen import Outcome
from monitoring.tests.makers import Somebody, Town, business_day, codes, found, town, unjudged

# --- what is true of every rule ---------------------------------------------------------------


@pytest.mark.parametrize("code", RULES.codes())
def test_a_rule_says_what_it_is(code: str) -> None:
    one = RULES[code]
    assert one.definition and one.source and one.title and one.severity in SEVERITIES
    assert all(threshold.code.startswith("rule.") for threshold in one.parameters)
    for threshold in one.parameters:
        if threshold.kind == "choice":
            assert threshold.default in dict(threshold.choices)
        elif isinstance(threshold.default, int):
            assert threshold.minimum <= threshold.default <= threshold.maximum


def test_numbers_and_families_are_of_the_catalogue() -> None:
    assert sorted(one.number for one in RULES) == [*range(1, 27), 30, 31, 32]
    assert {one.number for one in RULES if not one.alone} == {11, 12, 18, 26}, "they only support"
    for family, numbers in {"structuring": {2, 3, 4}, "velocity": {9, 10}, "fan": {14, 15, 16}}.items():
        assert {one.number for one in RULES if one.family == family} == numbers


# --- 1: cash above the reporting limit --------------------------------------------------------


@pytest.mark.parametrize(("amount", "fires"), [(999_999, False), (1_000_000, False), (1_000_001, True)])
def test_exactly_ten_thousand_is_not_more_than_ten_thousand(amount: int, fires: bool) -> None:
    outcome = town("ctr_aggregate").cash_in(amount)
    assert bool(codes(outcome)) is fires
    assert outcome.badge == ("CRITICAL" if fires else "OK")


def test_deposits_of_one_business_day_add_up_and_the_finding_keeps_the_numbers() -> None:
    here = town("ctr_aggregate")
    here.cash_in(600_000)
    (finding,) = found(here.cash_in(400_001))
    assert (finding.hit.value, finding.hit.threshold) == (1_000_001, 1_000_000)
    assert "10,000.01\N{NO-BREAK SPACE}USD" in finding.hit.sentence
    assert "2 Mar 2026" in finding.hit.sentence
    assert finding.hit.inputs["amount"] == 400_001


def test_cash_in_and_cash_out_are_never_netted_and_never_added() -> None:
    here = town("ctr_aggregate")
    assert not codes(here.cash_in(900_000))
    assert not codes(here.cash_out(900_000))
    assert codes(here.cash_in(100_001))
    assert codes(here.cash_out(100_001))


def test_the_next_business_day_begins_anew_and_a_weekend_belongs_to_monday() -> None:
    here = town("ctr_aggregate")
    here.cash_in(700_000)
    here.later(days=1)
    assert not codes(here.cash_in(700_000))
    friday_night = business_day("2026-03-09")
    here.cash_in(600_000, **friday_night)
    here.later(days=2)
    assert codes(here.cash_in(500_000, **friday_night))


def test_the_person_counts_not_the_account() -> None:
    here = town("ctr_aggregate")
    here.cash_in(600_000, "ana")
    assert codes(here.cash_in(400_001, "ana/2"))


def test_cash_carried_for_others_counts_for_the_one_who_carried_it() -> None:
    here = town("ctr_aggregate")
    here.cash_in(600_000, "ben", conductor_id="carl")
    outcome = here.cash_in(500_000, "ana", conductor_id="carl")
    (finding,) = found(outcome)
    assert finding.customer_id == "carl"
    assert finding.hit.value == 1_100_000
    assert "by or on behalf of" in finding.hit.sentence


def test_who_carries_own_cash_is_counted_once() -> None:
    here = town("ctr_aggregate")
    assert not codes(here.cash_in(1_000_000, "ana", conductor_id="ana"))
    (finding,) = found(here.cash_in(1, "ana", conductor_id="ana"))
    assert finding.hit.value == 1_000_001


def test_only_notes_and_coin_are_cash() -> None:
    here = town("ctr_aggregate")
    assert not codes(here.move(5_000_000, CLEARING, "ana"))
    assert not codes(here.move(5_000_000, "ben", "ana"))


# --- 3: structuring ---------------------------------------------------------------------------


def three_deposits(first: int, second: int, third: int, *, step: int = 1) -> set[str]:
    """Three cash deposits, `step` days apart; what the last one finds."""
    here = town("structuring")
    here.cash_in(first)
    here.later(days=step)
    here.cash_in(second)
    here.later(days=step)
    return codes(here.cash_in(third))


@pytest.mark.parametrize(
    ("amount", "fires"),
    [(799_999, False), (800_000, True), (999_999, True), (1_000_000, False)],
)
def test_the_band_begins_at_eighty_percent_and_ends_below_the_limit(amount: int, fires: bool) -> None:
    assert bool(three_deposits(900_000, 900_000, amount)) is fires


def test_two_deposits_are_not_yet_a_pattern() -> None:
    here = town("structuring")
    here.cash_in(999_999)
    assert not codes(here.cash_in(999_999))


def test_the_window_rolls_over_ten_days() -> None:
    here = town("structuring")
    here.cash_in(900_000)
    here.later(days=1)
    here.cash_in(900_000)
    here.later(days=8)  # the tenth day
    assert codes(here.cash_in(900_000))
    here = town("structuring")
    here.cash_in(900_000)
    here.later(days=1)
    here.cash_in(900_000)
    here.later(days=9)  # the eleventh
    assert not codes(here.cash_in(900_000))


def test_the_sum_must_reach_its_own_threshold() -> None:
    here = town("structuring")
    here.parameters["rule.structuring.sum"] = 2_700_000
    for _ in range(2):
        here.cash_in(900_000)
    assert not codes(here.cash_in(899_999))
    here = town("structuring")
    here.parameters["rule.structuring.sum"] = 2_700_000
    for _ in range(2):
        here.cash_in(900_000)
    (finding,) = found(here.cash_in(900_000))
    assert finding.hit.inputs["sum"] == 2_700_000
    assert finding.severity == "high"


def test_withdrawals_and_transfers_are_not_structuring() -> None:
    here = town("structuring")
    for _ in range(4):
        assert not codes(here.cash_out(900_000))
        assert not codes(here.move(900_000, "ben", "ana"))


# --- 9: velocity ------------------------------------------------------------------------------


def pay(here: Town, times: int, **gap: float) -> list[set[str]]:
    """So many payments by Ana; what each of them finds."""
    answers = []
    for _ in range(times):
        answers.append(codes(here.move(2_000, "ana", "ben")))
        here.later(**gap)
    return answers


def test_the_fifth_payment_within_an_hour_fires() -> None:
    assert [bool(one) for one in pay(town("velocity_count"), 6, minutes=12)] == [False] * 4 + [True, True]


def test_five_payments_in_a_full_hour_do_not() -> None:
    assert not any(pay(town("velocity_count"), 6, minutes=15))


def test_the_fifteenth_payment_within_a_day_fires() -> None:
    here = town("velocity_count")
    assert [bool(one) for one in pay(here, 15, minutes=90)] == [False] * 14 + [True]


def test_wages_leave_within_minutes_and_are_no_velocity() -> None:
    here = town("velocity_count")
    here.people["ana"] = Somebody("ana", segment="business")
    assert not any(pay(here, 20, minutes=1))


def test_money_that_comes_in_is_no_velocity() -> None:
    here = town("velocity_count")
    outcomes = [here.move(2_000, f"payer{number}", "ana") for number in range(20)]
    assert not any(codes(one) for one in outcomes)


def busy_days(days: int, a_day: int = 1) -> Town:
    """Ana has so many days with so many payments each, hours apart."""
    here = town("velocity_count")
    for _ in range(days):
        for _ in range(a_day):
            here.move(2_000, "ana", "ben")
            here.later(hours=2)
        here.later(hours=24 - 2 * a_day)
    return here


def spaced(here: Town, times: int) -> list[Outcome]:
    """Payments two hours apart on one business day, from its first hour on."""
    here.now = here.now.replace(hour=1)
    outcomes = []
    for _ in range(times):
        outcomes.append(here.move(2_000, "ana", "ben"))
        here.later(hours=2)
    return outcomes


def test_a_day_unlike_the_own_days_fires_only_with_ten_days_of_history() -> None:
    assert [codes(one) for one in spaced(busy_days(10), 4)] == [set(), set(), set(), {"velocity_count"}]
    few = spaced(busy_days(9), 4)
    assert not any(codes(one) for one in few)
    assert unjudged(few[3]) == {"velocity_count"}, "too little history is said, not passed over"
    assert not unjudged(few[2]), "three payments a day are judged: never unusual"


def test_who_pays_that_often_every_day_is_not_unusual() -> None:
    assert not any(codes(one) for one in spaced(busy_days(12, a_day=4), 4))


def test_the_payments_of_a_weekend_make_monday_no_busy_day() -> None:
    here = busy_days(14)
    monday = here.now.date()
    for _ in range(3):
        for _ in range(2):
            outcome = here.move(2_000, "ana", "ben", business_date=monday)
            here.later(hours=1)
        here.later(hours=24)
    assert not codes(outcome) and not unjudged(outcome)


# --- 11: deviation ----------------------------------------------------------------------------


def with_history(amounts: list[int], incoming: bool = True) -> Town:
    """Ana with these amounts behind her, one a day; the rule speaks alone here."""
    here = Town([replace(RULES["deviation"], alone=True)])
    for amount in amounts:
        here.move(amount, "ben" if incoming else "ana", "ana" if incoming else "ben")
        here.later(days=1)
    return here


TEN = [90_000, 110_000] * 5
"""Mean 1,000.00; sample deviation 105.409..., above the floor of 10 %."""


@pytest.mark.parametrize(
    ("amount", "severity"), [(131_622, ""), (131_623, "medium"), (152_704, "medium"), (152_705, "high")]
)
def test_three_deviations_are_medium_five_are_high(amount: int, severity: str) -> None:
    here = with_history(TEN)
    mine = [one for one in found(here.move(amount, "ben", "ana")) if one.customer_id == "ana"]
    assert [one.severity for one in mine] == ([severity] if severity else [])


def test_nine_earlier_amounts_are_too_few_to_judge_and_that_is_said() -> None:
    here = with_history(TEN[:9])
    outcome = here.move(900_000, "ben", "ana")
    assert not codes(outcome)
    assert unjudged(outcome) == {"deviation"}


@pytest.mark.parametrize(("earlier", "is_unusual"), [(449_999, True), (450_000, False)])
def test_an_amount_that_an_earlier_day_saw_nearly_is_not_unusual(earlier: int, is_unusual: bool) -> None:
    here = with_history([5_000, 6_000] * 10 + [earlier] + [5_000, 6_000] * 10)
    assert bool(found(here.move(500_000, "ben", "ana"))) is is_unusual


def test_wages_of_five_weeks_ago_are_forgotten() -> None:
    here = with_history([450_000] + [5_000, 6_000] * 18)
    assert "ana" in {one.customer_id for one in found(here.move(500_000, "ben", "ana"))}


def test_below_the_least_amount_nothing_is_unusual() -> None:
    for amount, fires in ((99_999, False), (100_000, True)):
        here = with_history([900, 1100] * 5)
        assert bool(codes(here.move(amount, "ben", "ana"))) is fires


def test_a_small_amount_for_this_customer_is_never_above() -> None:
    assert not codes(with_history([900_000, 1_100_000] * 5).move(100_000, "ben", "ana"))


def test_the_sentence_has_the_customers_real_numbers() -> None:
    here = with_history(TEN)
    (finding,) = [one for one in found(here.move(500_000, "ben", "ana")) if one.customer_id == "ana"]
    assert "5,000.00\N{NO-BREAK SPACE}USD" in finding.hit.sentence
    assert "1,000.00\N{NO-BREAK SPACE}USD on average over 10 earlier movements" in finding.hit.sentence
    assert finding.hit.baseline["n"] == 10


# --- 14: fan-in -------------------------------------------------------------------------------


def collect(senders: int, *, segment: str = "retail", gap: float = 1, first: int = 0) -> list[set[str]]:
    """Ana receives from so many different senders; what each of them finds."""
    here = town("fan_in")
    here.people["ana"] = Somebody("ana", segment=segment)
    answers = []
    for number in range(first, first + senders):
        answers.append(codes(here.move(10_000, f"sender{number}", "ana")))
        here.later(hours=gap)
    return answers


def test_the_fifth_new_sender_within_a_day_fires() -> None:
    assert [bool(one) for one in collect(6)] == [False] * 4 + [True, True]


def test_senders_spread_over_more_than_a_day_do_not() -> None:
    assert not any(collect(8, gap=6.1))


def test_senders_seen_before_do_not_count() -> None:
    here = town("fan_in")
    for number in range(4):
        here.move(10_000, f"sender{number}", "ana")
    here.later(days=3)
    assert not any(codes(here.move(10_000, f"sender{number}", "ana")) for number in range(8))
    assert codes(here.move(10_000, "sender8", "ana")), "4, 5, 6, 7 and 8 are new"


def test_whom_one_has_paid_before_is_no_stranger() -> None:
    here = town("fan_in")
    for number in range(5):
        here.move(10_000, "ana", f"sender{number}")
    here.later(days=3)
    assert not any(codes(here.move(10_000, f"sender{number}", "ana")) for number in range(5))


def test_the_same_sender_again_completes_nothing() -> None:
    here = town("fan_in")
    for number in range(4):
        here.move(10_000, f"sender{number}", "ana")
    here.later(minutes=1)
    assert not any(codes(here.move(10_000, "sender0", "ana")) for _ in range(5))


def test_those_who_collect_by_trade_are_exempt() -> None:
    assert not any(collect(9, segment="business"))
    assert any(collect(9, segment="student"))


def test_own_accounts_and_the_house_are_nobody() -> None:
    here = town("fan_in")
    for number in range(2, 9):
        assert not codes(here.move(10_000, f"ana/{number}", "ana"))
        assert not codes(here.move(10_000, CLEARING, "ana"))
        assert not codes(here.move(10_000, CASH, "ana"))


# --- a new rule is one function ---------------------------------------------------------------


def test_a_rule_answers_none_a_hit_or_not_evaluable() -> None:
    threshold = Threshold("rule.test.limit", "Test", "int", 3, "here")

    @rule("test_only", number=99, title="Test", severity="low", family="test", source="here", parameters=[threshold])
    def test_only(side: Side, activity: Activity, customer: object, parameters: dict[str, int]) -> object:
        """Never evaluable."""
        return NOT_EVALUABLE

    try:
        made = RULES["test_only"]
        assert defaults([made]) == {"rule.test.limit": 3, "rule.test_only.outcome": "alert"}
        assert made.sees("deposit", incoming=True, cash=True, own=False, conducted=False)
        assert not made.sees("deposit", incoming=True, cash=True, own=True, conducted=False)
        with pytest.raises(ValueError, match="twice"):
            RULES.add("test_only", object())
    finally:
        RULES._items.pop("test_only")
