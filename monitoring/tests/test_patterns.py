"""The patterns over several customers: what must be found, what must not, and a comparison with brute force."""

import random
from typing import Any

import pytest

from monitoring.edges import Edge, EdgeWindow
from monitoring.layers import Capped, common_group
from monitoring.patternbook import PATTERNS, Search, defaults, still_stands
from monitoring.rulebook import RULES
from monitoring.tests.edges import LONGEST, circles, edge, gathered, has_layers, one_by_one, searched

RING = [edge("ana", "ben", 100_000, 0), edge("ben", "cyd", 95_000, 3), edge("cyd", "ana", 90_000, 14)]


def split(middles: int = 3, amount: int = 100_000, passed: int = 95_000, last: float = 14) -> list[Edge]:
    """Sue pays the middles on day 0; they pay Tom, the last of them `last` days later."""
    names = [f"m{number}" for number in range(middles)]
    out = [edge("sue", name, amount, 0.001 * n) for n, name in enumerate(names)]
    days = [1 + 0.001 * n for n in range(middles - 1)] + [last]
    return out + [edge(name, "tom", passed, day) for name, day in zip(names, days, strict=True)]


def layer(upper: str, lower: str, day: float, amount: int = 60_000) -> list[Edge]:
    """Everybody of `upper` (letters) pays everybody of `lower`."""
    return [edge(a, b, amount, day + 0.01 * n) for n, (a, b) in enumerate((a, b) for a in upper for b in lower)]


def hub(senders: int = 5, receivers: int = 5, apart: float = 3.0) -> list[Edge]:
    """`apart` is days from the last that came to the last that went."""
    came = [edge(f"s{n}", "hub", 50_000, 0.1 * n) for n in range(senders)]
    last = 0.1 * (senders - 1) + apart
    went = [edge("hub", f"r{n}", 50_000, last - 0.1 * (receivers - 1 - n)) for n in range(receivers)]
    return sorted(came + went, key=lambda one: one.at)


@pytest.mark.parametrize("code", PATTERNS.codes())
def test_a_pattern_says_what_it_looks_for_and_where_its_numbers_come_from(code: str) -> None:
    one = PATTERNS[code]
    assert one.definition and one.source and one.parameters
    assert all(threshold.source for threshold in one.parameters)
    assert code not in RULES or RULES[code].number == one.number


# --- circles ------------------------------------------------------------------------------------------


def test_a_circle_names_its_accounts_its_amounts_and_its_days() -> None:
    (found,) = searched(RING)
    assert (found.rule, found.customer_id, found.members) == ("cycle", "ana", ("ana", "ben", "cyd"))
    assert [one.amount for one in found.path] == [100_000, 95_000, 90_000]
    assert found.hit.value == 3 and found.hit.days == 15
    for words in ("1,000.00\xa0USD left", "900.00\xa0USD came back", "3 hops", "...0001", "90 % of it"):
        assert words in found.hit.sentence


def test_it_takes_at_most_fourteen_days_to_the_second() -> None:
    late = edge("cyd", "ana", 90_000, 14 + 1 / 86_400)
    assert not searched([*RING[:2], late])


@pytest.mark.parametrize(("amount", "is_one"), [(80_000, True), (79_999, False), (125_000, True), (125_001, False)])
def test_a_hop_keeps_eighty_percent_of_the_one_before(amount: int, is_one: bool) -> None:
    path = [edge("ana", "ben", 100_000, 0), edge("ben", "cyd", amount, 1), edge("cyd", "ana", amount, 2)]
    assert bool(searched(path, "cycle")) is is_one


@pytest.mark.parametrize(("hops", "is_one"), [(2, False), (3, True), (6, True), (7, False)])
def test_it_has_three_to_six_hops(hops: int, is_one: bool) -> None:
    names = [f"c{n}" for n in range(hops)]
    path = [edge(names[n], names[(n + 1) % hops], 100_000 - n, n) for n in range(hops)]
    assert [one.hit.value for one in searched(path, "cycle")] == ([hops] if is_one else [])


def test_the_hops_follow_each_other_in_time() -> None:
    swapped = [edge("ben", "cyd", 95_000, 0), edge("ana", "ben", 100_000, 1), edge("cyd", "ana", 90_000, 2)]
    assert not searched(swapped)


def test_two_hops_of_the_same_second_count_in_the_order_they_were_posted() -> None:
    assert searched([edge("a", "b", day=0, name="1"), edge("b", "c", day=0, name="2"), edge("c", "a", day=0, name="3")])


def test_small_hops_are_left_out() -> None:
    def ring(amount: int) -> list[Edge]:
        return [edge("ana", "ben", amount, 0), edge("ben", "cyd", amount, 1), edge("cyd", "ana", amount, 2)]

    assert searched(ring(5_000)) and not searched(ring(4_999))


def test_each_circle_that_a_payment_closes_is_found_once() -> None:
    two = [edge("a", "b", day=0), edge("b", "c", day=1), edge("b", "d", day=1.1), edge("c", "e", day=2)]
    two += [edge("d", "e", day=2.1), edge("b", "c", day=2.2), edge("e", "a", day=3)]
    assert {frozenset(one.members) for one in searched(two, "cycle")} == {frozenset("abce"), frozenset("abde")}


# --- split and gathered -------------------------------------------------------------------------------


def test_a_split_names_everybody_between() -> None:
    (found,) = searched(split(), "scatter_gather")
    assert (found.customer_id, found.members) == ("sue", ("sue", "m0", "m1", "m2", "tom"))
    assert (found.hit.value, found.hit.inputs["went_out"], found.hit.inputs["arrived"]) == (3, 300_000, 285_000)
    assert len(found.path) == 6 and "2,850.00\xa0USD" in found.hit.sentence


def test_two_between_are_not_enough_and_a_day_too_late_is_too_late() -> None:
    assert not searched(split(2), "scatter_gather")
    assert not searched(split(last=14.1), "scatter_gather")


@pytest.mark.parametrize(("passed", "is_one"), [(50_000, True), (49_999, False), (150_000, True), (150_001, False)])
def test_each_passes_on_about_what_came(passed: int, is_one: bool) -> None:
    assert bool(searched(split(passed=passed), "scatter_gather")) is is_one


def test_money_that_went_on_before_it_came_is_other_money() -> None:
    edges = split(last=2)
    assert not searched([edge(one.payer, one.payee, one.amount, 5 - n) for n, one in enumerate(edges)])


def test_who_collects_by_trade_is_no_target() -> None:
    (found,) = searched(split(), "scatter_gather")
    assert still_stands(found, frozenset({"m1"}))
    assert not still_stands(found, frozenset({"tom"})) and not still_stands(found, frozenset({"sue"}))


# --- layers -------------------------------------------------------------------------------------------


def test_two_layers_of_three() -> None:
    (found,) = searched(layer("abc", "xyz", 0), "bipartite")
    assert set(found.members) == set("abcxyz") and len(found.path) == 9
    assert found.hit.inputs["sum"] == 540_000 and "3 customers each paid the same 3 others" in found.hit.sentence
    assert not searched(layer("abc", "xyz", 0)[:-1], "bipartite")
    assert not searched(layer("ab", "xyz", 0), "bipartite")


def test_two_layers_within_fourteen_days() -> None:
    edges = layer("abc", "xyz", 0)
    assert searched([*edges[:-1], edge("c", "z", day=14)], "bipartite")
    assert not searched([*edges[:-1], edge("c", "z", day=14.01)], "bipartite")


def test_a_shop_in_the_lower_layer_does_not_count() -> None:
    (found,) = searched(layer("abc", "xyz", 0), "bipartite")
    assert not still_stands(found, frozenset("x")) and still_stands(found, frozenset())


def test_three_layers_are_a_stack() -> None:
    edges = layer("abc", "mno", 0) + layer("mno", "xyz", 5)
    found = searched(edges, "stack")
    assert set(found[-1].members) == set("abcmnoxyz") and len(found[-1].path) == 18
    assert not searched(layer("abc", "mno", 5) + layer("mno", "xyz", 0), "stack"), "the wrong way round in time"


# --- one hub, both sides ------------------------------------------------------------------------------


def test_the_members_of_a_hub_are_named() -> None:
    found = searched(hub(), "gather_scatter")[-1]
    assert found.customer_id == "hub"
    assert set(found.members) == {"hub", *(f"s{n}" for n in range(5)), *(f"r{n}" for n in range(5))}


@pytest.mark.parametrize(("facts", "is_one"), [({}, True), ({"senders": 4}, False), ({"receivers": 4}, False), ({"apart": 3.01}, False)])  # fmt: skip
def test_a_hub_needs_both_sides_and_three_days(facts: dict[str, Any], is_one: bool) -> None:
    assert bool(searched(hub(**facts), "gather_scatter")) is is_one


def test_regular_senders_are_not_new() -> None:
    before = [edge(f"s{n}", "hub", 50_000, -5 + 0.01 * n) for n in range(5)]
    assert not searched(before + hub(), "gather_scatter")


# --- the window and its bounds ------------------------------------------------------------------------


def test_the_window_lets_go_of_what_is_old_and_counts_what_it_had_no_room_for() -> None:
    window = EdgeWindow(most=3)
    for number in range(5):
        window.add(edge("a", f"b{number}", day=number))
    assert (len(window), window.dropped, window.largest) == (3, 2, 3)
    assert [one.payee for one in window.sent_by("a")] == ["b4", "b3", "b2"]
    window.drop_before(edge("x", "y", day=4).at)
    assert len(window) == 1 and not window.was_paid("b3") and window.was_paid("b4")


def test_a_search_that_grows_without_end_is_cut_and_counted() -> None:
    crowd = [edge(f"p{n}", "mid", 100_000, 0.0001 * n) for n in range(5_000)]
    search = Search(defaults(), LONGEST)
    search.take_day([*crowd, edge("tom", "sue", day=1)])
    assert search.capped == 0
    search.take_day([edge("mid", "tom", day=2)])
    assert search.capped > 0
    with pytest.raises(Capped):
        common_group({f"a{n}": frozenset(f"b{m}" for m in range(60) if (m + n) % 3) for n in range(60)}, 21, 25)


def test_the_same_movements_give_the_same_ids() -> None:
    edges = RING + split()
    edges.sort(key=lambda one: one.at)
    assert {one.finding_id for one in searched(edges)} == {one.finding_id for one in searched(edges)}


# --- brute force --------------------------------------------------------------------------------------


def random_edges(seed: int, people: int, number: int, days: float) -> list[Edge]:
    """Payments among few people, of few amounts, so that everything happens."""
    chance = random.Random(seed)
    names, amounts = [f"p{n}" for n in range(people)], [4_999, 60_000, 75_000, 80_000, 100_000, 120_000]
    edges = []
    for n in range(number):
        payer, payee = chance.sample(names, 2)
        edges.append(edge(payer, payee, chance.choice(amounts), chance.uniform(0, days), f"m{n}"))
    return sorted(edges, key=lambda one: one.at)


@pytest.mark.parametrize("seed", range(30))
def test_circles_are_those_of_brute_force(seed: int) -> None:
    edges = random_edges(seed, 7, 30, 25)
    for place, (_, found) in enumerate(one_by_one(edges, "cycle")):
        assert {frozenset(one.members) for one in found} == circles(edges, place), place


@pytest.mark.parametrize("seed", range(30))
def test_splits_are_those_of_brute_force(seed: int) -> None:
    edges = random_edges(seed, 7, 60, 25)
    for place, (_, found) in enumerate(one_by_one(edges, "scatter_gather")):
        got = {(one.customer_id, one.members[-1], frozenset(one.members[1:-1])) for one in found}
        assert got == gathered(edges, place), place


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("width", [2, 3])
def test_layers_are_those_of_brute_force(seed: int, width: int) -> None:
    edges = random_edges(seed, 8, 60, 20)
    for place, (_, found) in enumerate(one_by_one(edges, "bipartite", width=width)):
        assert bool(found) is has_layers(edges, place, width), place
