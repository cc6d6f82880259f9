"""The rules about wires: what must travel with them (6), and where they come from or go to (8)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from accounts.ledger import CLEARING
from accounts.tests.conftest import MANAGER
from accounts.wires import Wire
from cloudbank import parameters
from monitoring import fatf
from monitoring.rules.high_risk_country import BLACK, GREY
from monitoring.screen import Outcome
from monitoring.tests.makers import Town, codes, found, town, unjudged

WHOLE = Wire("Ana", "1234", "1 Main Street", "Acme GmbH", "DE89370400440532013000", "COBADEFF", "DE")
AT = 3_000_00


def wired(here: Town, amount: int = AT, wire: Wire = WHOLE, incoming: bool = False, **more: Any) -> Outcome:
    sides = (CLEARING, "ana") if incoming else ("ana", CLEARING)
    kind = "wire_in" if incoming else "wire_out"
    return here.move(amount, *sides, **{"type": kind, "channel": "wire", "details": wire.packed()} | more)


# --- 6: travel data -----------------------------------------------------------------------------------


@pytest.mark.parametrize("incoming", [False, True])
@pytest.mark.parametrize(("amount", "finds"), [(AT - 1, False), (AT, True), (AT + 1, True)])
def test_a_wire_must_name_both_sides_from_the_amount_on(amount: int, finds: bool, incoming: bool) -> None:
    lacking = replace(WHOLE, originator_address="")
    assert bool(codes(wired(town("travel_data"), amount, lacking, incoming))) is finds


@pytest.mark.parametrize("name", Wire.__dataclass_fields__)
def test_each_field_counts(name: str) -> None:
    assert codes(wired(town("travel_data"), wire=replace(WHOLE, **{name: ""}))) == {"travel_data"}


def test_a_whole_wire_is_no_finding() -> None:
    assert not codes(wired(town("travel_data"), 50_000_00))


def test_the_sentence_names_what_is_missing_with_the_numbers() -> None:
    (finding,) = found(wired(town("travel_data"), wire=replace(WHOLE, country="", institution=""), incoming=True))
    assert finding.hit.sentence == (
        "A wire of 3,000.00\N{NO-BREAK SPACE}USD came in without other bank and country; from "
        "3,000.00\N{NO-BREAK SPACE}USD on the record of a wire must hold them."
    )
    assert (finding.hit.value, finding.severity) == (2, "high")


def test_nothing_but_a_wire_needs_the_fields() -> None:
    here = town("travel_data")
    assert not codes(here.move(90_000_00, "ana", CLEARING, type="withdrawal", channel="wire"))
    assert not codes(here.move(90_000_00, CLEARING, "ana", type="reversal", channel="wire"))


# --- 8: high-risk country --------------------------------------------------------------------------------


def to(country: str, bank: str = "") -> Wire:
    return replace(WHOLE, country=country, institution=bank)


def severities(outcome: Outcome) -> list[str]:
    return [one.severity for one in found(outcome)]


@pytest.mark.parametrize("incoming", [False, True])
def test_a_country_of_the_call_for_action_is_critical_whatever_the_amount(incoming: bool) -> None:
    assert severities(wired(town("high_risk_country"), 1, to("IR"), incoming)) == ["critical"]
    assert severities(wired(town("high_risk_country"), 1, to("DE"), incoming)) == []


@pytest.mark.parametrize(("amount", "found_"), [(999_99, []), (1_000_00, ["medium"]), (1_000_01, ["medium"])])
def test_a_country_under_increased_monitoring_counts_from_an_amount_on(amount: int, found_: list[str]) -> None:
    assert severities(wired(town("high_risk_country"), amount, to("HT"))) == found_


def test_the_country_of_the_banks_bic_counts_like_the_one_that_is_named() -> None:
    assert severities(wired(town("high_risk_country"), 1, to("AE", "MELIIRTH"))) == ["critical"]
    assert severities(wired(town("high_risk_country"), 1, to("", "MELIIRTH"))) == ["critical"]


def test_the_worse_of_two_lists_counts() -> None:
    here = town("high_risk_country")
    assert severities(wired(here, 1_000_00, to("HT", "MELIIRTH"))) == ["critical"]


def test_without_a_country_it_cannot_be_judged_and_other_movements_are_not_looked_at() -> None:
    here = town("high_risk_country")
    assert unjudged(wired(here, wire=to(""))) == {"high_risk_country"}
    assert not here.move(AT, "ana", CLEARING, type="withdrawal").findings


def test_the_sentence_says_who_where_and_why() -> None:
    (finding,) = found(wired(town("high_risk_country"), 5_000_00, to("MM"), incoming=True))
    assert finding.hit.sentence == (
        "A wire of 5,000.00\N{NO-BREAK SPACE}USD came in from Ana; Myanmar (Burma) (MM) is subject to the FATF's "
        "call for action."
    )


def test_the_lists_are_those_of_the_day_and_whole() -> None:
    assert [len(grey.split(",")) for _, _, grey in fatf.PUBLISHED] == [20, 22, 22]
    assert "DZ" in fatf.INCREASED_MONITORING[1][1] and "DZ" not in fatf.INCREASED_MONITORING[2][1]
    for _, black, grey in fatf.PUBLISHED:
        assert not set(black.split(",")) & set(grey.split(","))


@pytest.mark.usefixtures("bank")
def test_each_day_has_its_list_and_what_the_bank_sets_stands() -> None:
    def grey(day: str) -> str:
        return str(parameters.snapshot(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC))[GREY.code])

    assert grey("2020-01-01") == fatf.PUBLISHED[0][2]
    assert [code in grey(day) for day in ("2026-02-12", "2026-02-13") for code in ("KW",)] == [False, True]
    assert [code in grey(day) for day in ("2026-06-18", "2026-06-19") for code in ("IQ", "DZ")] == [
        *(False, True),
        *(True, False),
    ]
    values = {"code": GREY.code, "effective_from": date(2026, 3, 1), "actor": MANAGER, "reason": "test"}
    parameters.set_value(value="HT", now=datetime(2026, 3, 1, tzinfo=UTC), **values)
    assert (grey("2026-02-28") == fatf.PUBLISHED[1][2], grey("2026-07-01")) == (True, "HT")
    with pytest.raises(parameters.ParameterError, match="Iran is IR"):
        parameters.set_value(value="Iran", now=datetime(2026, 3, 1, tzinfo=UTC), **values | {"code": BLACK.code})


# --- the other side is somebody ---------------------------------------------------------------------------


def test_the_other_side_of_a_wire_is_known_by_its_account_in_both_directions() -> None:
    here = town("round_trip")
    assert not codes(wired(here, 5_000_00))
    here.later(days=3)
    back = replace(WHOLE, originator_name="Acme GmbH", originator_account=WHOLE.beneficiary_account)
    assert codes(wired(here, 5_000_00, back, incoming=True)) == {"round_trip"}
    assert len(here.state("ana").counterparties) == 1


def test_a_wire_to_somebody_new_is_a_first_payment() -> None:
    here = town("new_payee")
    assert codes(wired(here, 5_000_00, balance=6_000_00)) == {"new_payee"}
    here.later(days=1)
    assert not codes(wired(here, 5_000_00, balance=6_000_00))
    other = replace(WHOLE, beneficiary_account="", beneficiary_name="Somebody else")
    assert codes(wired(here, 5_000_00, other, balance=6_000_00)) == {"new_payee"}


def test_a_wire_without_a_name_is_nobodys() -> None:
    here = town()
    wired(here, 100, Wire())
    assert not here.state("ana").counterparties
