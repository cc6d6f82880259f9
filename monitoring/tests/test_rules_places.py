"""Rule 22, and how the risk state keeps where a customer was."""

from typing import Any

import pytest

from accounts import places
from accounts.ledger import CASH, CLEARING
from monitoring import packing
from monitoring.activity import Activity
from monitoring.rules.impossible_travel import BRANCHES, DISTANCE, too_fast
from monitoring.screen import Outcome
from monitoring.tests.makers import Town, codes, found, town

LONDON = '{"at":"51.51,-0.13"}'
HOURS = 5_570 / 900
"""From New York to London at 900 km/h."""


def rule_of_places() -> Town:
    return town("impossible_travel")


def cash(here: Town, **more: Any) -> Outcome:
    return here.move(1_000, CASH, "ana", **{"type": "deposit"} | more)


def abroad(here: Town, **more: Any) -> Outcome:
    return here.move(1_000, "ana", CLEARING, **{"type": "withdrawal", "channel": "card", "details": LONDON} | more)


# --- the arithmetic ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("metres", "finds"), [(99_999, False), (100_000, True), (100_001, True)])
def test_the_distance_itself_counts(metres: int, finds: bool) -> None:
    assert too_fast(metres, 1, 100, 900) is finds


@pytest.mark.parametrize(("seconds", "finds"), [(3_599, True), (3_600, False), (3_601, False)])
def test_exactly_the_speed_is_not_faster(seconds: int, finds: bool) -> None:
    assert too_fast(900_000, seconds, 100, 900) is finds


@pytest.mark.parametrize(("metres", "finds"), [(899_999, False), (900_000, False), (900_001, True)])
def test_one_metre_more_than_the_speed_allows_is_faster(metres: int, finds: bool) -> None:
    assert too_fast(metres, 3_600, 100, 900) is finds


def test_at_the_same_second_any_long_way_is_too_fast() -> None:
    assert too_fast(100_000, 0, 100, 900) and not too_fast(99_999, 0, 100, 900)


def test_the_great_circle_distance() -> None:
    new_york, london = (4071, -7401), (5151, -13)
    assert abs(places.metres_between(new_york, london) - 5_570_000) < 5_000
    assert places.metres_between(new_york, new_york) == 0
    assert places.metres_between((0, 17_990), (0, -17_990)) == places.metres_between((0, 0), (0, 20))  # date line
    assert abs(places.metres_between((0, 0), (0, 18_000)) - 20_015_115) < 2
    assert abs(places.metres_between((9_000, 0), (9_000, 12_000))) == 0  # the pole is one place


# --- the rule ---------------------------------------------------------------------------------------


def test_two_places_too_far_apart_for_the_time_between() -> None:
    here = rule_of_places()
    assert not codes(cash(here))
    here.later(hours=HOURS - 0.1)
    (finding,) = found(abroad(here))
    assert finding.severity == "high"
    assert finding.hit.sentence.startswith(
        "Present at 51.51,-0.13, and 6 hours 5 minutes before at the main branch (40.71,-74.01): 5,57"
    )
    assert finding.hit.value > 900 and finding.hit.threshold == 900


def test_slow_enough_is_no_finding() -> None:
    here = rule_of_places()
    cash(here)
    here.later(hours=HOURS + 0.1)
    assert not codes(abroad(here))


def test_the_way_back_counts_too_and_the_order_of_arrival_does_not() -> None:
    here = rule_of_places()
    abroad(here)
    here.later(hours=1)
    assert codes(cash(here)) == {"impossible_travel"}
    here = rule_of_places()
    cash(here)
    here.later(hours=-1)  # the card network's file comes after the deposit
    assert codes(abroad(here)) == {"impossible_travel"}
    assert here.state("ana").last_place == (int(here.now.timestamp()) + 3_600, 4071, -7401)


def test_branches_of_one_town_are_no_journey() -> None:
    here = rule_of_places()
    cash(here)
    assert not codes(cash(here, branch="airport"))
    assert here.state("ana").last_place[1:] == (4064, -7378)  # type: ignore[index]


def test_the_shortest_way_is_a_parameter() -> None:
    far = "main 40.71 -74.01, north 41.61 -74.01"  # 0.9 degrees of a meridian: 100.08 km
    for kilometres, finds in ((100, True), (101, False)):
        here = rule_of_places()
        here.parameters |= {BRANCHES.code: far, DISTANCE.code: kilometres}
        cash(here)
        here.later(minutes=5)
        assert bool(codes(cash(here, branch="north"))) is finds


@pytest.mark.parametrize(
    "unknown",
    [
        {"branch": "nowhere"},
        {"channel": "online"},
        {"channel": "ach"},
        {"conductor_id": "bob"},
    ],
)
def test_what_says_nothing_of_the_customers_place_is_passed_over(unknown: dict[str, str]) -> None:
    here = rule_of_places()
    abroad(here)
    kept = here.state("ana").last_place
    here.later(minutes=1)
    assert not codes(cash(here, **unknown))
    assert here.state("ana").last_place == kept


def test_who_carries_the_cash_was_there_the_owner_was_not() -> None:
    here = rule_of_places()
    cash(here, conductor_id="bob")
    assert here.state("ana").last_place is None
    here.later(hours=1)
    outcome = here.move(1_000, "bob", CLEARING, type="withdrawal", channel="card", details=LONDON)
    assert codes(outcome) == {"impossible_travel"}


def test_who_only_receives_was_nowhere() -> None:
    here = rule_of_places()
    here.move(1_000, "ana", "bob")
    assert here.state("ana").last_place is not None and here.state("bob").last_place is None


# --- as text, and stored ------------------------------------------------------------------------------


def test_the_list_of_branches_is_checked() -> None:
    assert places.complaint(str(BRANCHES.default)) == ""
    assert places.of_branches(str(BRANCHES.default))["airport"] == (4064, -7378)
    assert "write: main 40.71 -74.01" in places.complaint("main 40.71")
    assert "latitude" in places.complaint("main 91 0") and "longitude" in places.complaint("main 0 -180.5")
    assert "twice" in places.complaint("main 1 1, main 2 2")


@pytest.mark.parametrize("text", ["", "40.71", "x,y", "91,0", "nan,0", "1e2,0"])
def test_what_is_no_place_is_none(text: str) -> None:
    assert places.parsed(text) is None


def test_a_place_is_rounded_and_comes_back() -> None:
    where = places.place("40.71277", "-74.00597")
    assert where == (4071, -7401) and places.parsed(places.as_text(where)) == where


def test_the_state_keeps_place_and_instruments_and_older_forms_begin_without() -> None:
    state = Activity()
    state.record(True, 5, 1_800_000_000, 739_900, cash=True, counterparty=0, own=False, near=False)
    before = len(packing.dump(state))
    state.be_at(1_800_000_060, -3387, 15_121)
    state.buy(350_000, 739_900)
    assert packing.load(packing.dump(state)) == state
    assert len(packing.dump(state)) - before < 40
