"""A customer's counterparties: added up from the lines, largest first, two hops, and the same in picture and table."""

import math

from hypothesis import given
from hypothesis import strategies as st

from accounts.services.posting import post
from accounts.testing import a_customer, make_user
from accounts.tests.conftest import an_account, instruct
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from monitoring.network import (
    FIRST_RING,
    MOST_FIRST,
    MOST_SECOND,
    SECOND_RING,
    STAGGER,
    WIDTH,
    Tie,
    Ties,
    largest,
    picture,
    ties_of,
)
from monitoring.queries.network import counterparties_of
from monitoring.tests.conftest import Screened


def test_ties_add_up_both_ways_and_leave_out_own_accounts() -> None:
    ties = ties_of([("ben", -100), ("ben", 30), ("me", -5_000), ("", 7), ("house:cash", 900)], "me")
    assert ties == {"ben": Tie(100, 30, 2), "house:cash": Tie(0, 900, 1)}
    assert largest(ties, 5) == ["house:cash", "ben"] and largest(ties, 5, without=["house:cash"]) == ["ben"]


def many(names: int, volume: int = 100) -> Ties:
    return {f"p{number:02d}": Tie(sent=volume + number, count=1) for number in range(names)}


@given(st.integers(0, 40), st.integers(0, 20))
def test_everything_stands_inside_the_picture_once(first: int, second: int) -> None:
    ties = many(first)
    behind = {party: {f"{party}-{n}": Tie(sent=n + 1) for n in range(second)} for party in largest(ties, 6)}
    drawn = picture("me", ties, behind)
    names = [node.party for node in drawn.nodes]
    assert len(names) == len(set(names)) and drawn.left_out == max(0, first - MOST_FIRST)
    assert all(0 <= node.x <= WIDTH and 0 <= node.y <= WIDTH for node in drawn.nodes)
    for node in drawn.nodes:
        distance = math.hypot(node.x - WIDTH / 2, node.y - WIDTH / 2)
        rings = ((0,), (FIRST_RING,), (SECOND_RING, SECOND_RING + STAGGER))[node.hops]
        assert any(math.isclose(distance, ring, abs_tol=0.2) for ring in rings)
    shown = min(first, MOST_FIRST)
    assert len(drawn.links) == shown + min(6, shown) * min(second, MOST_SECOND)


def test_who_is_known_on_the_first_ring_is_not_drawn_again_behind_another() -> None:
    drawn = picture(
        "me", {"ann": Tie(sent=5), "ben": Tie(sent=3)}, {"ann": {"ben": Tie(sent=9), "me": Tie(received=5)}}
    )
    assert sorted((node.party, node.hops) for node in drawn.nodes) == [("ann", 1), ("ben", 1), ("me", 0)]
    assert [(link.a.party, link.b.party) for link in drawn.links] == [("me", "ann"), ("me", "ben"), ("ann", "ben")]


def test_the_page_shows_two_hops_and_the_same_as_a_table(screened: Screened) -> None:
    third = a_customer(email="third@people.example", name="Thea Third")
    theirs = an_account(third)
    screened.cash_in(300_000)
    screened.transfer(100_000)
    screened.cash_in(10_000, screened.theirs)
    post(instruct("transfer", 2_500, screened.theirs, theirs), now=utcnow())
    found = counterparties_of(screened.customer.user_id, business_date(utcnow()), "USD")
    assert found.ties == {"house:cash": Tie(0, 300_000, 1), screened.stranger.user_id: Tie(100_000, 0, 1)}
    assert found.second[screened.stranger.user_id][third.user_id] == Tie(2_500, 0, 1)
    assert {node.hops for node in found.network.nodes} == {0, 1, 2}
    page = screened.client(screened.analyst).get(f"/network/{screened.customer.user_id}").content.decode()
    assert page.count("<circle") == 4 and "Thea Third" in page and "1,000.00" in page and "Outside the bank" not in page
    assert "style=" not in page.partition('<svg class="network"')[2].partition("</svg>")[0]


def test_who_sees_alerts_sees_it_and_nobody_else(screened: Screened) -> None:
    address = f"/network/{screened.customer.user_id}"
    assert screened.client("auditor").get(address).status_code == 200
    for role in ("teller", "customer"):
        assert screened.client(role).get(address).status_code == 403
    analyst = screened.client(screened.analyst)
    assert analyst.get("/network/usr_nobody").status_code == 404
    assert analyst.get(f"/network/{make_user('manager').user_id}").status_code == 404, "staff are no customers"
    assert "No counterparties" in analyst.get(address).content.decode()
