"""The breach register: the 72-hour clock from awareness, reasons when late, persons, history; and its control."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.testing import (
    a_customer,
    a_manager,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)  # fmt: skip
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from compliance.privacy import breaches
from compliance.privacy.breaches import Facts
from compliance.privacy.forms import AuthorityForm
from compliance.privacy.models import Breach
from compliance.privacy.terms import HIGH, LIKELY, UNASSESSED, UNLIKELY
from compliance.queries.chains import chain_of
from compliance.score import State
from compliance.steps import NotAllowed
from compliance.testing import actor, told

pytestmark = pytest.mark.usefixtures("bank")


def facts(**changes: Any) -> Facts:
    known: dict[str, Any] = {
        "title": "Statements in the wrong envelopes", "happened": "The mailer was misfed; a customer called.",
        "data": "Names, balances", "persons": 40, "customer_ids": [], "risk": UNASSESSED, "why_risk": "", "measures": "",
    }  # fmt: skip
    return Facts(**(known | changes))


def a_breach(*, hours: float = 0, **changes: Any) -> Breach:
    now = utcnow()
    return breaches.note_breach(
        facts=facts(**changes), aware_at=now - timedelta(hours=hours), key="k", actor=actor(an_officer()), now=now
    )


def do(deed: Any, item: Breach, **more: Any) -> Breach:
    known = {"breach_id": item.transaction_id, "version": item.version, "actor": actor(an_officer()), "now": utcnow()}
    done: Breach = deed(**(known | more))
    return done


@pytest.mark.parametrize(
    ("hours", "gauge", "state"),
    [(0, 0, State.OK), (47.5, 47, State.OK), (49.5, 49, State.APPROACHING), (71.5, 71, State.APPROACHING),
     (72.1, 72, State.BREACHED), (200, 200, State.BREACHED)],
)  # fmt: skip
def test_the_clock_runs_from_awareness_in_hours(hours: float, gauge: int, state: State) -> None:
    a_breach(hours=hours)
    assert told("breach-clock") == (1, gauge, state)


def test_what_is_unlikely_to_be_a_risk_stays_in_the_register_and_stops_the_clock() -> None:
    item = a_breach(hours=80)
    do(breaches.assess_breach, item, facts=facts(risk=UNLIKELY, why_risk="Letters came back unopened"))
    assert told("breach-clock") == (0, 0, State.OK)
    assert breaches.open_breaches().count().number == 1


def test_late_asks_for_the_reasons_and_in_time_does_not() -> None:
    late = a_breach(hours=80)
    at = utcnow()
    with pytest.raises(NotAllowed, match="reasons for the delay") as refused:
        do(breaches.tell_authority, late, at=at, reference="", why_late=" ")
    assert refused.value.field == "why_late"
    item = do(breaches.tell_authority, late, at=at, reference="DPA-1", why_late="The weekend")
    assert (item.why_late, item.authority_reference) == ("The weekend", "DPA-1")
    assert told("breach-clock") == (0, 0, State.OK)


def test_told_in_time_and_entered_later_is_in_time() -> None:
    item = a_breach(hours=80)
    item = do(breaches.tell_authority, item, at=item.aware + timedelta(hours=72), reference="", why_late="ignored")
    assert item.why_late == ""


@pytest.mark.parametrize("offset", [-1, 200])
def test_nobody_was_told_before_awareness_or_in_the_future(offset: int) -> None:
    item = a_breach(hours=80)
    for deed, more in (
        (breaches.tell_authority, {"reference": "", "why_late": "x"}),
        (breaches.tell_persons, {"how": "x"}),
    ):
        with pytest.raises(NotAllowed, match="before the bank was aware"):
            do(deed, item, at=item.aware + timedelta(hours=offset), **more)
    with pytest.raises(NotAllowed, match="still to come"):
        a_breach(hours=-1)


def test_it_closes_when_all_is_done_that_its_risk_asks_for() -> None:
    item = a_breach()
    for left, deed, more in (
        ("Assess", breaches.assess_breach, {"facts": facts(risk=HIGH, why_risk="Health data")}),
        ("authority", breaches.tell_authority, {"at": None, "reference": "1", "why_late": ""}),
        ("persons", breaches.tell_persons, {"at": None, "how": "By letter"}),
        (
            "Write down",
            breaches.assess_breach,
            {"facts": facts(risk=HIGH, why_risk="Health data", measures="New mailer")},
        ),
    ):
        with pytest.raises(NotAllowed, match=left):
            do(breaches.close_breach, item)
        item = do(
            deed, item, **({"at": utcnow()} if "at" in more else {}), **{k: v for k, v in more.items() if k != "at"}
        )
    item = do(breaches.close_breach, item)
    assert not item.is_open
    assert breaches.closed_breaches().count().number == 1
    with pytest.raises(NotAllowed, match="meanwhile"):
        do(breaches.tell_persons, item, at=utcnow(), how="again")


def test_every_change_is_on_record_from_what_to_what() -> None:
    item = a_breach(risk=LIKELY, why_risk="Names and balances")
    item = do(breaches.assess_breach, item, facts=facts(risk=LIKELY, why_risk="Names and balances", persons=4_000))
    records = sorted(AuditRecord.by_subject.query(subject_of(item)), key=lambda one: one.sequence)
    assert [one.action for one in records] == ["note_breach", "assess_breach"]
    assert (records[1].before, records[1].after) == ({"persons": 40}, {"persons": 4_000})
    chain = chain_of(subject_of(item))
    assert chain is not None
    assert chain.is_whole


def test_persons_are_customers_and_are_counted() -> None:
    customer = a_customer()
    assert a_breach(customer_ids=[customer.user_id, customer.user_id]).customer_ids == [customer.user_id]
    for ids, persons, match in (
        (["usr_nobody"], 40, "Not a customer"),
        ([a_teller().user_id], 40, "Not a customer"),
        ([customer.user_id], 0, "at least as many"),
        ([f"usr_{number}" for number in range(501)], 600, "at most 500"),
    ):
        with pytest.raises(NotAllowed, match=match):
            breaches.note_breach(
                facts=facts(customer_ids=ids, persons=persons), aware_at=utcnow(), key="other",
                actor=actor(an_officer()), now=utcnow(),
            )  # fmt: skip


@pytest.mark.parametrize("who", [a_teller, an_analyst, a_manager, an_auditor, an_admin, a_customer])
def test_only_officers_write_the_register(who: Any) -> None:
    with pytest.raises(NotAllowed, match="role"):
        breaches.note_breach(facts=facts(), aware_at=utcnow(), key="k", actor=actor(who()), now=utcnow())
    item = a_breach()
    with pytest.raises(NotAllowed, match="role"):
        do(breaches.close_breach, item, actor=actor(who()))


def typed(moment: datetime) -> str:
    return bank_calendar().local(moment).strftime("%Y-%m-%dT%H:%M")


def test_an_officer_notes_tells_and_closes_by_the_pages(client: Client) -> None:
    signed_in(client, an_officer())
    assert "No breach is open" in client.get("/compliance/breaches").content.decode()
    sent = {
        "title": "A lost laptop", "happened": "On a train.", "categories": "Names", "persons": "12", "key": new_id("key"),
        "aware_at": typed(utcnow() - timedelta(hours=100)), "risk": UNASSESSED,
    }  # fmt: skip
    answer = client.post("/compliance/breaches/new", sent)
    path = answer["Location"]
    assert client.post("/compliance/breaches/new", sent)["Location"] == path
    html = client.get(path).content.decode()
    assert "72 hours have passed" in html
    for code, more in (
        ("authority", {"at": typed(utcnow()), "why_late": "Nobody looked", "reference": "7", "version": 1}),
        ("assess", sent | {"risk": LIKELY, "why_risk": "Not encrypted", "measures": "Wiped", "version": 2}),
        ("close", {"version": 3}),
    ):
        assert client.post(f"{path}/{code}", more).status_code == 302, code
    html = client.get(path).content.decode()
    assert "Nobody looked" in html
    assert "A lost laptop" in client.get("/compliance/breaches?show=closed").content.decode()
    assert client.post(f"{path}/nonsense").status_code == 404


@pytest.mark.parametrize("text", ["9999-12-31T23:59", "0001-01-01T00:00", "2026-11-20T10:00+02:00", "2026-02-30T10:00"])
def test_an_instant_that_is_none_is_told_at_its_field(text: str) -> None:
    assert set(AuthorityForm({"at": text, "version": 1}).errors) == {"at"}


def test_the_hour_that_comes_twice_can_be_typed() -> None:
    form = AuthorityForm({"at": "2026-11-01T01:30", "version": 1})
    assert form.is_valid()
    assert iso(form.cleaned_data["at"]).startswith("2026-11-01T05:30")


def test_bad_input_keeps_what_was_typed(client: Client) -> None:
    signed_in(client, an_officer())
    good = {
        "title": "T",
        "happened": "H",
        "categories": "D",
        "persons": "1",
        "aware_at": typed(utcnow()),
        "risk": "",
        "key": new_id("key"),
    }
    for field, bad in {
        "title": "x" * 161, "happened": "", "categories": "\u202e", "persons": "-1", "aware_at": "yesterday", "risk": "dire",
        "customers": "usr_nobody",
    }.items():  # fmt: skip
        answer = client.post("/compliance/breaches/new", good | {field: bad})
        assert answer.status_code == 422, field
        assert field in answer.context["form"].errors
        assert 'value="T"' in answer.content.decode() or field == "title"
    answer = client.post("/compliance/breaches/new", good | {"aware_at": typed(utcnow() + timedelta(hours=5))})
    assert "aware_at" in answer.context["form"].errors
    path = f"/compliance/breaches/{a_breach(hours=80).transaction_id}"
    answer = client.post(f"{path}/authority", {"at": typed(utcnow()), "version": 1})
    assert "why_late" in answer.context["authority"].errors
