"""The declared packs: every one holds figures, and the board sees all of them."""

from fnmatch import fnmatchcase

import pytest

from accounts.totals import DayTotals
from reporting.metrics import METRICS, in_order
from reporting.orders import Order
from reporting.packs import DECLARED, SavedPack, audience_of, pack_from
from reporting.queries import pack_of
from reporting.tests.conftest import NOW
from reporting.tests.days import Q3


@pytest.mark.parametrize("pack", DECLARED, ids=lambda one: one.code)
def test_declared_pack_has_metrics_and_is_not_somebodys(pack: SavedPack) -> None:
    assert pack.metrics
    assert pack.is_declared
    assert pack.about


def test_the_board_sees_every_metric_and_the_five_packs_are_there() -> None:
    by_code = {one.code: one for one in DECLARED}
    assert list(by_code) == ["board", "loans", "deposits", "risk", "transactions"]
    assert [one.code for one in by_code["board"].metrics] == [
        one.code for one in sorted(METRICS, key=lambda one: (one.order, one.code))
    ]


@pytest.mark.parametrize("pack", DECLARED, ids=lambda one: one.code)
def test_every_code_of_a_declared_pack_names_a_metric(pack: SavedPack) -> None:
    assert [code for code in pack.codes if not any(fnmatchcase(one, code) for one in METRICS.codes())] == []


def test_a_familys_new_metric_is_in_its_pack() -> None:
    loans = next(one for one in DECLARED if one.code == "loans")
    assert {code for code in METRICS.codes() if fnmatchcase(code, "loan*")} < {one.code for one in loans.metrics}
    others = {"portfolio_quality", "roll_rates", "vintages", "borrower_concentration"}
    assert others < {one.code for one in loans.metrics}, "what the loan committee looks at under other names"


def test_a_saved_pack_is_stored_and_read_back() -> None:
    pack = SavedPack("x", "X", ("deposits",), "", "none", {"branch": "main"}, "usr_1", "Mia", False)
    assert pack_from(pack.as_data()) == pack
    assert SavedPack("y", "Y", ("gone",)).metrics == (), "a metric that is no more is left out"


def test_a_declared_pack_says_who_it_is_for(sealed_bank: list[DayTotals]) -> None:
    metrics = tuple(in_order(("deposits",)))
    made = {code: pack_of(Order(Q3, metrics, "USD", pack_code=code, pack_title=code), NOW) for code in ("board", "")}
    assert made["board"].audience == "the board of directors" and made[""].audience == ""
    assert ("Prepared for", "the board of directors") in made["board"].facts()
    assert audience_of("a pack of mine") == ""
