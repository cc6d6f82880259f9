"""The prudential panel: ratios, entered figures with who and when, corrections with their reasons."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.prudential import Margin, coverage, margin, share
from accounts.testing import a_customer, a_manager, a_teller, an_admin, an_analyst, an_auditor, an_officer, signed_in
from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import iso, utcnow
from cloudbank.management.demo.figures import enter_capital
from compliance.controls import CONTROLS
from compliance.prudential.models import PrudentialFigures
from compliance.prudential.reading import figures
from compliance.prudential.views import ENTERED
from compliance.score import State
from compliance.testing import reading, today, told
from compliance.tests.makers import a_sealed_day, business_days_ago

PANEL, FORM = "/compliance/prudential", "/compliance/prudential/figures"


# --- arithmetic -----------------------------------------------------------------------------------


def test_a_share_is_rounded_once_half_to_even_and_nothing_of_nothing_is_not_zero() -> None:
    assert [share(1, 3), share(5, 100_000), share(15, 100_000), share(0, 7)] == [3_333, 0, 2, 0]
    assert (share(1, 0), share(None, 5), share(5, None)) == (None, None, None)


def test_inflows_count_up_to_three_quarters_of_the_outflows() -> None:
    assert coverage(100, 100, 0) == 10_000
    assert coverage(100, 100, 50) == 20_000
    assert coverage(100, 100, 75) == coverage(100, 100, 500) == 40_000
    assert coverage(100, 0, 0) is None
    assert coverage(9_999_999, 10_000_000, 0) == 9_999


def test_the_worked_example_of_the_margin() -> None:
    monday = date(2026, 3, 2)
    days = [
        (monday, 1_000_000, {"house_interest_income": 900, "house_interest_expense": -100}),
        (date(2026, 3, 6), 3_000_000, {"house_interest_income": -50}),
    ]
    found = margin(date(2026, 3, 1), date(2026, 3, 8), 500_000, days)
    # Sunday 0.5 M, Monday to Thursday 1 M, Friday to Sunday 3 M
    assert found == Margin(date(2026, 3, 1), date(2026, 3, 8), 850, 100, 500_000 + 4 * 1_000_000 + 3 * 3_000_000)
    assert (found.days, found.average) == (8, 1_687_500)
    assert found.ratio == round(750 * 365 * 10_000 / 13_500_000)
    assert margin(monday, monday, 0, []).ratio is None


# --- entering -------------------------------------------------------------------------------------


def typed(**changes: str) -> dict[str, str]:
    """What a person types: ratios 7.5, 9, 11, 5.5 and 125 %."""
    known = {
        "as_of": (today() - timedelta(days=10)).isoformat(),
        "cet1": "7,500.00",
        "tier1": "9,000.00",
        "total": "11,000.00",
        "weighted": "100,000.00",
        "assets": "163,636.00",
        "liquid": "5,000.00",
        "outflows": "6,000.00",
        "inflows": "2,000.00",
        "note": "Call report, schedule RC-R",
        "reason": "",
        "version": "0",
    }
    return known | changes


def entered() -> PrudentialFigures:
    found = store.get(PrudentialFigures, PrudentialFigures.key(today() - timedelta(days=10)))
    assert found is not None
    return found


CAPITAL = ("capital-cet1", "capital-tier1", "capital-total", "capital-leverage", "liquidity-lcr")


@pytest.mark.usefixtures("bank")
def test_entered_figures_make_the_ratios_and_say_who_and_when(client: Client) -> None:
    for code in CAPITAL:
        assert told(code) == (0, None, State.NOT_MEASURABLE)
    manager = a_manager(name="Mary Manager")
    signed_in(client, manager)
    assert client.post(FORM, typed())["Location"] == PANEL
    assert {code: told(code) for code in CAPITAL} == {
        "capital-cet1": (2, 750, State.OK),
        "capital-tier1": (2, 900, State.OK),
        "capital-total": (2, 1_100, State.OK),
        "capital-leverage": (2, 550, State.OK),
        "liquidity-lcr": (3, 12_500, State.OK),
    }
    assert told("figures-age") == (0, 10, State.OK)
    html = client.get(PANEL).content.decode()
    for text in ("7.50 %", "9.00 %", "11.00 %", "5.50 %", "125.00 %", "Mary Manager", "Call report, schedule RC-R"):
        assert text in html, text
    assert entered().entered_by == manager.user_id
    assert "Mary Manager" in client.get("/compliance/controls/capital-cet1").content.decode()


@pytest.mark.usefixtures("bank")
def test_below_its_thresholds_a_ratio_is_approaching_then_breached(client: Client) -> None:
    signed_in(client, an_officer())
    client.post(FORM, typed(cet1="6,999.00", assets="225,000.00"))
    assert (reading("capital-cet1").state, reading("capital-leverage").state) == (State.APPROACHING, State.APPROACHING)
    day = (today() - timedelta(days=1)).isoformat()
    client.post(FORM, typed(as_of=day, cet1="4,499.00", outflows="", inflows="", liquid=""))
    assert reading("capital-cet1").state is State.BREACHED
    assert reading("liquidity-lcr").state is State.NOT_MEASURABLE
    assert len(client.get(PANEL).context["past"]) == 2


@pytest.mark.usefixtures("bank")
def test_a_correction_needs_a_reason_and_keeps_before_and_after(client: Client) -> None:
    officer = an_officer()
    signed_in(client, officer)
    client.post(FORM, typed())
    assert client.post(FORM, typed(cet1="7,000.00")).status_code == 422  # they stand already
    version = str(entered().version)
    form = client.get(f"{FORM}?day={entered().as_of}")
    assert 'value="7,500.00"' in form.content.decode()
    refused = client.post(FORM, typed(cet1="7,000.00", version=version))
    assert refused.status_code == 422 and "reason" in refused.context["form"].errors
    assert client.post(FORM, typed(cet1="7,000.00", version=version, reason="Typing error")).status_code == 302
    assert (entered().cet1, entered().version) == (700_000, 2)
    record = list(AuditRecord.by_subject.query(subject_of(entered())))[-1]
    assert (record.before, record.after, record.reason) == ({"cet1": 750_000}, {"cet1": 700_000}, "Typing error")
    assert client.post(FORM, typed(cet1="7,000.00", version="2")).status_code == 302
    assert entered().version == 2  # nothing changed, nothing written


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"cet1": ""}, "cet1"),
        ({"cet1": "-5"}, "cet1"),
        ({"cet1": "1e9"}, "cet1"),
        ({"cet1": "NaN"}, "cet1"),
        ({"cet1": "9,000.01"}, "tier1"),
        ({"tier1": "11,000.01"}, "total"),
        ({"weighted": "0"}, "weighted"),
        ({"assets": "0"}, "assets"),
        ({"outflows": ""}, "outflows"),
        ({"as_of": "2999-01-01"}, "as_of"),
        ({"as_of": "1999-12-31"}, "as_of"),
        ({"as_of": "soon"}, "as_of"),
        ({"note": " "}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"total": "9" * 30}, "total"),
    ],
)
def test_what_makes_no_figures_gets_its_field_and_keeps_what_was_typed(
    client: Client, changes: dict[str, str], field: str
) -> None:
    answer = signed_in(client, an_officer()).post(FORM, typed(**changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    kept = next(text for name, text in typed().items() if name in ("assets", "tier1") and name not in changes)
    assert f'value="{kept}"' in answer.content.decode()
    assert store.get(PrudentialFigures, PrudentialFigures.key(today() - timedelta(days=10))) is None


@pytest.mark.usefixtures("bank")
@pytest.mark.parametrize(("days", "count"), [(100, 0), (101, 7), (123, 7)])
def test_old_figures_are_out_of_date(client: Client, days: int, count: int) -> None:
    day = (today() - timedelta(days=days)).isoformat()
    signed_in(client, an_officer()).post(FORM, typed(as_of=day, inflows=""))
    found = reading("figures-age")
    assert (found.measure.count.number, found.measure.gauge) == (count, days)
    assert found.state is (State.OK if days == 100 else State.APPROACHING if days < 123 else State.BREACHED)


@pytest.mark.usefixtures("bank")
def test_who_may_look_and_who_may_enter() -> None:
    def codes(user: Any) -> tuple[int, int, int]:
        client = signed_in(Client(), user)
        return client.get(PANEL).status_code, client.get(FORM).status_code, client.post(FORM, typed()).status_code

    assert codes(a_customer()) == codes(a_teller()) == codes(an_analyst()) == (403, 403, 403)
    assert codes(an_auditor()) == codes(an_admin()) == (200, 403, 403)
    assert codes(a_manager()) == (200, 200, 302)


# --- the ledger's part ----------------------------------------------------------------------------


@pytest.mark.usefixtures("bank")
def test_an_empty_bank_has_a_panel_that_says_so(client: Client) -> None:
    html = signed_in(client, an_officer()).get(PANEL).content.decode()
    assert "Nothing to measure yet" in html and "Nobody has entered any" in html


@pytest.mark.usefixtures("bank")
def test_the_ledgers_amounts_are_those_of_the_closed_day(client: Client) -> None:
    day = business_days_ago(1)
    a_sealed_day(
        day,
        {"house_interest_income": 12_345, "house_interest_expense": -2_345},
        book_principal=1_000_000_07,
        deposits=2_000_000_00,
        loan_npl=40_000_01,
        loan_par_30=70_000_03,
        loan_par_90=30_000_00,
    )
    answer = signed_in(client, an_officer()).get(PANEL)
    amounts = {line.found.control: (line.found.amount, line.found.of, line.shown) for line in answer.context["ledger"]}
    assert amounts == {
        "npl": (40_000_01, 1_000_000_07, "4.00 %"),
        "past-due-early": (40_000_03, 1_000_000_07, "4.00 %"),
        "past-due-late": (30_000_00, 1_000_000_07, "3.00 %"),
        "par-30": (70_000_03, 1_000_000_07, "7.00 %"),
        "loan-to-deposit": (1_000_000_07, 2_000_000_00, "50.00 %"),
    }
    for line in answer.context["ledger"]:
        assert CONTROLS[line.found.control].in_unit(line.row.reading.measure.gauge) == line.shown
    assert "1,000,000.07" in answer.content.decode()
    (quarter,) = answer.context["margins"]
    assert (quarter.found.income, quarter.found.expense, quarter.net) == (12_345, 2_345, 10_000)
    assert quarter.found.first == day, "the books begin on this day"


@pytest.mark.usefixtures("bank")
def test_the_demo_bank_has_figures_of_four_quarters_that_its_manager_entered() -> None:
    boss, until = a_manager(), utcnow()
    staff = {"manager@cloudbank.example": boss}
    assert [enter_capital(staff, until, 1), enter_capital(staff, until, 1)] == [4, 0]
    entered = figures()
    assert {one.entered_name for one in entered} == {boss.name}
    assert [one.as_of for one in entered] == sorted((one.as_of for one in entered), reverse=True)
    assert all(one.entered_at <= iso(until) for one in entered)
    states = {code: reading(code).state for code in (*ENTERED.values(), "figures-age")}
    assert states.pop("liquidity-lcr") is State.APPROACHING
    assert set(states.values()) == {State.OK}, states
