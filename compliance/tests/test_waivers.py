"""Waivers: two people accept for a time how a control stands; the score does not change, and it ends by itself."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_admin, an_analyst, an_officer, signed_in
from cloudbank import approvals
from cloudbank.approvals import Approval
from cloudbank.clock import utcnow
from compliance.models import ControlNotice
from compliance.queries import standing
from compliance.queries.notices import notices_of
from compliance.services.snapshots import COMMAND
from compliance.services.waivers import ask_waiver, end_waiver
from compliance.services.watching import Watched, watch_controls
from compliance.steps import NotAllowed
from compliance.testing import actor, days_ago, filed, today

pytestmark = pytest.mark.usefixtures("bank")
CODE = "kyc-reviews"


def looked() -> Watched:
    standing.forget()
    return watch_controls(standing.take_readings(utcnow()), actor=COMMAND, now=utcnow())


def notice() -> ControlNotice:
    return notices_of([CODE])[CODE]


def crossed(days: int = 10) -> User:
    """A customer whose review is late by some days; the control's owner was told."""
    customer = filed(a_customer(), kyc_review_on=days_ago(days), risk_rating="low")
    looked()
    assert notice().level == "approaching"
    return customer


def waiver(maker: User, *, days: int = 20, key: str = "k") -> Approval:
    return ask_waiver(
        code=CODE, until=today() + timedelta(days=days), reason="The file is at the court.", key=key,
        actor=actor(maker), name=maker.name, now=utcnow(),
    )  # fmt: skip


def agreed(request: Approval, second: User) -> None:
    approvals.approve(
        approval_id=request.approval_id, content_hash=request.content_hash, actor=actor(second), name=second.name,
        now=utcnow(),
    )  # fmt: skip


def test_what_two_people_accept_asks_for_nobody_and_counts_in_the_score_as_it_is(client: Client) -> None:
    crossed()
    officer, boss = an_officer(), a_manager()
    before = standing.take_readings(utcnow()).score
    agreed(waiver(officer), boss)
    standing.forget()
    assert standing.take_readings(utcnow()).score == before
    context = signed_in(client, officer).get("/compliance").context
    assert CODE in [row.control.code for row in context["waived"]]
    assert CODE not in [row.control.code for row in context["urgent"]]
    page = client.get(f"/compliance/controls/{CODE}").content.decode()
    assert "Oscar Officer and Mary Manager" in page and "at the court" in page


def test_it_is_over_when_the_control_gets_worse_recovers_or_the_day_has_passed() -> None:
    customer, officer, boss = crossed(), an_officer(), a_manager()
    agreed(waiver(officer), boss)
    filed(customer, kyc_review_on=days_ago(80))
    assert looked().crossed == [CODE], "breached was not accepted"
    assert notice().waived_until == ""
    agreed(waiver(officer, key="again"), boss)
    filed(customer, kyc_review_on=(today() + timedelta(days=300)).isoformat())
    assert CODE in looked().recovered and notice().waived_until == ""
    filed(customer, kyc_review_on=days_ago(10))
    looked()
    agreed(waiver(officer, days=2, key="third"), boss)
    with time_machine.travel(utcnow() + timedelta(days=3), tick=True):
        assert CODE in looked().crossed, "its owners are told again"
        assert notice().waived_until == "" and notice().told == [officer.user_id]


def test_neither_the_law_nor_what_is_well_can_be_waived_and_not_for_ever() -> None:
    officer = an_officer()
    with pytest.raises(NotAllowed, match="Nothing to accept"):
        waiver(officer)
    crossed()
    for code in ("ctr-filing", "sar-filing", "sanctions-hits", "ledger-verified"):
        with pytest.raises(NotAllowed, match="nobody can waive"):
            ask_waiver(
                code=code, until=today() + timedelta(days=2), reason="x", key="k", actor=actor(officer), name="o",
                now=utcnow(),
            )  # fmt: skip
    for days in (0, 91):
        with pytest.raises(NotAllowed, match="Choose a day"):
            waiver(officer, days=days)
    with pytest.raises(approvals.NotAllowed, match="role"):
        waiver(an_analyst())


def test_a_request_from_before_the_control_moved_is_refused_and_one_person_ends_a_waiver(client: Client) -> None:
    customer, officer, boss = crossed(), an_officer(), a_manager()
    old = waiver(officer)
    filed(customer, kyc_review_on=days_ago(80))
    looked()
    with pytest.raises(approvals.NotAllowed, match="has moved"):
        agreed(old, boss)
    path = f"/compliance/controls/{CODE}/waiver"
    signed_in(client, officer)
    shown = client.post(path, {"until": "soon", "reason": "Kept text"})
    assert shown.status_code == 422 and "Kept text" in shown.content.decode()
    form = client.get(path).context["form"]
    sent = {"until": today() + timedelta(days=5), "reason": "Court", "key": form["key"].value()}
    answer = client.post(path, sent)
    request = approvals.find(answer["Location"].rpartition("/")[2])
    assert request is not None
    agreed(request, boss)
    assert client.post(path, {"reason": ""}).status_code == 422
    assert client.post(path, {"reason": "It is back"}).status_code == 302
    assert notice().waived_until == ""
    with pytest.raises(NotAllowed, match="no waiver"):
        end_waiver(code=CODE, reason="x", actor=actor(officer), now=utcnow())
    assert signed_in(client, an_admin()).get("/compliance/controls/ctr-filing/waiver").status_code == 404
