"""Thresholds: what is in force, and a change that takes effect only after a second person approved it."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, a_teller, an_admin, an_analyst, an_auditor, an_officer, signed_in
from accounts.tests.makers import form_of
from cloudbank import approvals, parameters
from cloudbank.approvals import PENDING, Approval
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from compliance.testing import an_account_of, cash_in
from compliance.tests.secrets import asked_once

pytestmark = pytest.mark.usefixtures("bank")
CODE = "limit.teller_cash"
PATH = f"/compliance/thresholds/{CODE}"


@pytest.fixture
def oscar() -> User:
    return an_officer()


def today() -> date:
    return utcnow().date()


def in_force(code: str = CODE) -> Any:
    parameters.forget()
    return parameters.snapshot(utcnow())[code]


def ask(user: User, value: str = "30,000", code: str = CODE, days: int = 0, reason: str = "Board decision 12") -> Any:
    path = f"/compliance/thresholds/{code}"
    client = signed_in(Client(), user)
    day = (today() + timedelta(days=days)).isoformat()
    return client.post(path, form_of(client, path) | {"value": value, "effective_from": day, "reason": reason})


def the_one() -> Approval:
    rows, _ = approvals.listed(PENDING, now=utcnow(), wanted=lambda filed: True, cursor=None, limit=10)
    assert len(rows) == 1
    return rows[0]


def decide(user: User, item: Approval, action: str = "approve", note: str = "") -> Any:
    data = {"action": action, "note": note, "content_hash": item.content_hash}
    return signed_in(Client(), user).post(f"/approvals/{item.approval_id}", data)


def test_a_change_takes_effect_when_a_second_person_approves_and_not_before(oscar: User) -> None:
    mary = a_manager()
    answer = ask(oscar)
    item = the_one()
    assert answer["Location"] == f"/approvals/{item.approval_id}"
    assert in_force() == 2_500_000
    assert decide(oscar, item).status_code == 422
    assert in_force() == 2_500_000
    assert decide(mary, item).status_code == 302
    assert in_force() == 3_000_000
    record = list(AuditRecord.by_subject.query(f"setting#setting#{CODE}"))[-1]
    assert (record.actor_id, record.after["asked_by"], record.reason) == (
        mary.user_id,
        oscar.user_id,
        "Board decision 12",
    )
    shown = signed_in(Client(), oscar).get(PATH).content.decode()
    for text in ("30,000.00 USD", "asked by Oscar Officer, approved by Mary Manager", "Board decision 12"):
        assert text in shown


def test_the_request_shows_before_and_after(oscar: User) -> None:
    ask(oscar)
    shown = signed_in(Client(), a_manager()).get(f"/approvals/{the_one().approval_id}").content.decode()
    assert "25,000.00 USD" in shown and "30,000.00 USD" in shown and "Change a threshold" in shown


def test_a_later_day_is_planned_and_the_day_of_approval_is_the_earliest(oscar: User) -> None:
    ask(oscar, days=10)
    decide(a_manager(), the_one())
    assert in_force() == 2_500_000
    assert parameters.value_on(CODE, today() + timedelta(days=10)) == 3_000_000
    rooms = f"/compliance/thresholds?room={CODE.partition('.')[0]}"
    assert "Planned" in signed_in(Client(), oscar).get(rooms).content.decode()
    late = the_late_request(oscar)
    done = approvals.approve(
        approval_id=late.approval_id,
        content_hash=late.content_hash,
        actor=approvals.Asker("usr_m", "manager", ""),
        name="M",
        now=utcnow() + timedelta(days=2),
    )
    assert done.state == "approved"
    assert parameters.value_on(CODE, today() + timedelta(days=1)) == 2_500_000
    assert parameters.value_on(CODE, today() + timedelta(days=2)) == 2_000_000


def the_late_request(oscar: User) -> Approval:
    ask(oscar, "20,000")
    return the_one()


def test_a_request_on_a_history_that_changed_since_is_refused(oscar: User) -> None:
    ask(oscar, "40,000")
    item = the_one()
    assert ask(oscar, "50,000").status_code == 422, "one change of a threshold waits at a time"
    assert the_one().approval_id == item.approval_id
    said = {"actor": approvals.Asker("usr_m", "manager", ""), "now": utcnow(), "reason": "r"}
    parameters.set_value(code=CODE, value=3_000_000, effective_from=today(), **said)
    answer = decide(a_manager(), item)
    assert answer.status_code == 422 and b"was changed since" in answer.content
    assert in_force() == 3_000_000


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (CODE, "0"),
        (CODE, "1e9"),
        (CODE, "25,000"),
        ("rule.ctr_aggregate.limit", "20,000"),
        ("rule.structuring.count", "1"),
        ("rule.structuring.count", "2.5"),
        ("rule.structuring.band", "100"),
    ],
)
def test_what_is_out_of_bounds_no_number_or_no_change_is_not_asked(oscar: User, code: str, value: str) -> None:
    assert ask(oscar, value, code).status_code == 422
    assert approvals.asked_by(oscar.user_id)[0] == []


def test_the_past_is_not_changed_and_a_reason_is_needed(oscar: User) -> None:
    assert ask(oscar, days=-1).status_code == 422
    assert ask(oscar, reason=" ").status_code == 422


def test_only_compliance_asks_and_only_compliance_and_managers_approve(oscar: User) -> None:
    for user in (a_manager(), an_auditor(), an_admin()):
        client = signed_in(Client(), user)
        assert client.get(PATH).status_code == 200 and "Ask for approval" not in client.get(PATH).content.decode()
        assert client.post(PATH, {"value": "1"}).status_code == 403
    for user in (a_teller(), an_analyst()):
        assert signed_in(Client(), user).get("/compliance/thresholds").status_code == 403
    ask(oscar)
    item = the_one()
    assert decide(an_auditor(), item).status_code == 403
    assert decide(an_officer(name="Olga Other"), item).status_code == 302
    assert in_force() == 3_000_000


def test_every_declared_parameter_is_listed_and_opens(oscar: User) -> None:
    client = signed_in(Client(), oscar)
    page = client.get("/compliance/thresholds")
    declared = parameters.declared()
    assert len(page.context["lines"]) == min(len(declared), 100)
    with asked_once():
        for one in declared:
            assert client.get(f"/compliance/thresholds/{one.code}").status_code == 200, one.code
    assert client.get("/compliance/thresholds/no.such").status_code == 404


def test_every_parameter_says_in_words_where_it_comes_from() -> None:
    assert not [one.code for one in parameters.declared() if len(one.source.split()) < 2]


def test_the_list_narrows_and_marks_what_waits(oscar: User) -> None:
    client = signed_in(Client(), oscar)
    ask(oscar)
    assert "Waits for approval" in client.get("/compliance/thresholds?room=limit").content.decode()
    assert "Waits for approval" not in client.get("/compliance/thresholds?room=rule").content.decode()
    assert client.get("/compliance/thresholds?changed=on").context["lines"] == []
    decide(a_manager(), the_one())
    assert len(client.get("/compliance/thresholds?changed=on").context["lines"]) == 1


def test_a_text_parameter_is_changed_too(oscar: User) -> None:
    ask(oscar, "business, payroll", "rule.fan_in.exempt")
    decide(a_manager(), the_one())
    assert in_force("rule.fan_in.exempt") == "business, payroll"


def test_ratios_are_read_and_typed_in_percent(client: Client) -> None:
    path = "/compliance/thresholds/control.capital-cet1.warn"
    page = signed_in(client, an_officer()).get(path)
    assert "7.00 %" in page.content.decode() and "basis point" not in page.content.decode()
    form = page.context["form"]
    assert 'value="7.00"' in str(form["value"])
    sent = {"value": "7.25", "effective_from": today().isoformat(), "reason": "Buffer", "key": form["key"].value()}
    for wrong in ("7.255", "seven", "-1", "99999"):
        refused = client.post(path, sent | {"value": wrong})
        assert refused.status_code == 422 and wrong in refused.content.decode()
    answer = client.post(path, sent)
    request = approvals.find(answer["Location"].rpartition("/")[2])
    assert request is not None and request.content["value"] == 725
    assert request.shown["changes"] == [["CET1 ratio: approaching below", "7.00 %", "7.25 %"]]


def test_who_approves_a_rules_value_sees_what_it_would_have_changed(oscar: User) -> None:
    cash_in(an_account_of(a_customer()), 900_000)
    path = "/compliance/thresholds/rule.ctr_aggregate.limit"
    assert ask(oscar, "8,000", "rule.ctr_aggregate.limit").status_code == 302
    client = signed_in(Client(), a_manager())
    page = client.get(path).content.decode()
    (trial,) = re.findall(r'href="(/rules/ctr_aggregate/try\?[^"]+)"', page)
    answer = client.get(unescape(trial))
    assert answer.status_code == 200 and answer.context["answer"]["difference"].gained
    assert "/try?" not in signed_in(Client(), an_auditor()).get(path).content.decode()
    assert ask(oscar, "30,000").status_code == 302
    assert "/try?" not in client.get(PATH).content.decode(), "no rule has it"
