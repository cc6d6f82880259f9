"""/compliance: the board for staff, own standing for customers, past days, news."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from accounts.models import User
from accounts.models.people import PENDING, REJECTED
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from cloudbank.clock import utcnow
from cloudbank.testing import Requests
from compliance.controls import CONTROLS
from compliance.privacy import queries as privacy
from compliance.queries import standing
from compliance.services.snapshots import snapshot_controls
from compliance.testing import an_account_of, an_action, cash_in, days_ago, filed, today

pytestmark = pytest.mark.usefixtures("bank")
STAFF_ADDRESSES = ["/compliance/news", "/compliance/controls/ctr-filing", "/compliance/actions", "/compliance/audit"]


def page(client: Client, path: str = "/compliance") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("who", [an_officer, a_manager, an_auditor, an_admin])
def test_who_may_view_controls_sees_the_board(client: Client, who: object) -> None:
    person = who()  # type: ignore[operator]
    html = page(signed_in(client, person))
    assert "Compliance score" in html
    taken = standing.take_readings(utcnow()).seen_by(person.role)
    assert all((control.title in html) is (control.code in taken.readings) for control in CONTROLS)
    assert ("sar-filing" in taken.readings) is (who in (an_officer, an_auditor))
    assert html.count('role="meter"') == sum(one.measure.gauge is not None for one in taken.readings.values())


@pytest.mark.parametrize("who", [a_teller, an_analyst])
def test_other_staff_may_not(client: Client, who: object) -> None:
    signed_in(client, who())  # type: ignore[operator]
    assert [client.get(path).status_code for path in ["/compliance", *STAFF_ADDRESSES]] == [403] * 5


def test_a_stranger_to_the_bank_is_sent_to_sign_in(client: Client) -> None:
    for path in ["/compliance", *STAFF_ADDRESSES]:
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/login")


def test_the_formula_and_each_part_are_shown(client: Client) -> None:
    filed(a_customer(), kyc_review_on=days_ago(40))
    html = page(signed_in(client, an_officer()))
    taken = standing.take_readings(utcnow())
    assert f"100 &times; {float(taken.score.points):g} &divide; {taken.score.possible}" in html
    assert "Breached" in html
    assert "left out" in html  # not measurable


def test_a_breached_hard_cap_is_said(client: Client) -> None:
    account = an_account_of(a_customer(), now=utcnow() - timedelta(days=40))
    cash_in(account, 1_200_000, now=utcnow() - timedelta(days=25))
    html = page(signed_in(client, an_officer()))
    assert "Held at 49" in html
    assert "49</text>" in html.replace("\n", "") or ">49<" in html


def test_the_officer_sees_a_control_move_within_seconds(client: Client) -> None:
    signed_in(client, an_officer())
    assert "0 cash days" in page(client, "/compliance/controls/ctr-filing")
    assert '<strong class="num">0 cash days' in page(client)
    cash_in(an_account_of(a_customer()), 1_000_001)
    assert "1 cash day" in page(client, "/compliance/controls/ctr-filing")  # a control's own page keeps nothing
    standing._kept.taken_at -= standing.KEPT_AT_MOST  # some seconds later
    assert '<strong class="num">1 cash day' in page(client)


def test_news_are_told_when_a_control_moves(client: Client) -> None:
    signed_in(client, an_officer())
    url = client.get("/compliance").context["news_url"]
    assert client.get(url).status_code == 204
    filed(a_customer(), kyc_review_on=days_ago(1))
    standing.forget()
    answer = client.get(url)
    assert answer.status_code == 200
    assert json.loads(answer.content)["count"] == 1


def test_a_busy_page_takes_the_readings_once(client: Client, requests_made: Requests) -> None:
    signed_in(client, an_officer())
    page(client)
    before = len(requests_made)
    page(client)
    assert len(requests_made) - before <= 6


def test_a_past_day_is_shown_as_it_was(client: Client) -> None:
    yesterday = utcnow() - timedelta(days=1)
    filed(a_customer(), kyc_review_on=days_ago(31))
    snapshot_controls(now=yesterday)
    signed_in(client, an_officer())
    html = page(client, f"/compliance?day={days_ago(1)}")
    assert "As the daily snapshot has it" in html
    assert "30 days" in html
    assert client.get(f"/compliance?day={days_ago(2)}").status_code == 404


def test_the_line_of_the_score_begins_with_two_days(client: Client) -> None:
    signed_in(client, an_officer())
    snapshot_controls(now=utcnow() - timedelta(days=1))
    assert client.get("/compliance").context["trend"] is None
    snapshot_controls(now=utcnow())
    standing.forget()
    trend = client.get("/compliance").context["trend"]
    assert len(trend.labels) == 2
    assert trend.datasets[0].links[1] == f"/compliance?day={days_ago(0)}"


# --- customers ----------------------------------------------------------------------------------


def test_a_customer_sees_own_identity_consent_and_what_is_held(client: Client) -> None:
    person = filed(a_customer(), kyc_review_on="2031-05-06", kyc_decided_on="2026-05-06", consent_on="2026-05-05")
    html = page(signed_in(client, person))
    assert "Your identity is verified" in html
    assert "6 May 2031" in html
    assert "5 May 2026" in html
    assert "31 CFR 1020.220" in html
    assert "We still need your date of birth, your address" in html


@pytest.mark.parametrize(
    ("status", "words"), [(PENDING, "We are checking your identity"), (REJECTED, "We could not verify")]
)
def test_an_identity_that_is_not_verified_is_said_so(client: Client, status: str, words: str) -> None:
    assert words in page(signed_in(client, filed(a_customer(), kyc_status=status)))


def test_a_customer_page_tells_nothing_of_alerts_and_is_the_same_with_and_without_them(client: Client) -> None:
    person = a_customer()
    account = an_account_of(person)
    signed_in(client, person)

    def shown() -> str:
        html = page(client)
        return html[html.index("<main") : html.index("</main>")].split("csrfmiddlewaretoken")[0]

    before = shown()
    cash_in(account, 1_500_000)
    standing.forget()
    assert shown() == before
    for word in ("alert", "suspicious", "sar", "ctr", "score", "screening"):
        assert word not in before.lower().split()


def test_a_customer_gets_403_on_every_page_of_the_bank(client: Client) -> None:
    item = an_action(an_officer())
    signed_in(client, a_customer())
    addresses = [*STAFF_ADDRESSES, "/compliance/actions/new", f"/compliance/actions/{item.transaction_id}"]
    assert [client.get(path).status_code for path in addresses] == [403] * len(addresses)
    assert "Compliance score" not in page(client, f"/compliance?day={today().isoformat()}")


def ask(client: Client, about: str = "access", details: str = "") -> int:
    return client.post("/compliance/privacy", {"about": about, "details": details}).status_code


def test_a_customer_asks_once_and_reads_the_answer(client: Client) -> None:
    person, officer = a_customer(), an_officer()
    signed_in(client, person)
    assert ask(client) == 302
    assert ask(client) == 422
    (item,) = privacy.requests_of(person.user_id)
    assert item.about == "access"
    assert "We are on it" in page(client)
    bank = signed_in(Client(), officer)
    path = f"/compliance/privacy/{item.user_id}"
    assert "Answer the customer" in page(bank, path)
    for version, step in enumerate(("identity", "package"), start=1):
        assert bank.post(f"{path}/{step}", {"note": "Passport seen", "version": version}).status_code == 302
    sent = {"outcome": "granted", "answer": "Your copy is at the branch.", "version": 3}
    assert bank.post(path, sent).status_code == 302
    assert bank.post(path, sent).status_code == 422
    assert "Your copy is at the branch." in page(client)


def test_a_stranger_sees_nothing_of_my_requests(client: Client) -> None:
    me, other = a_customer(), a_stranger()
    ask(signed_in(client, me), "rectification", "My street is wrong")
    (item,) = privacy.requests_of(me.user_id)
    html = page(signed_in(Client(), other))
    assert "You have not asked for anything yet" in html
    assert client.get(f"/compliance/privacy/{item.user_id}").status_code == 403


def test_a_correction_wants_to_know_what_is_wrong(client: Client) -> None:
    person = a_customer()
    signed_in(client, person)
    assert ask(client, "rectification") == 422
    assert ask(client, "nonsense") == 422
    assert privacy.requests_of(person.user_id) == []


@pytest.mark.parametrize("who", [an_auditor, a_manager, an_admin])
def test_only_compliance_answers_a_request(client: Client, who: object) -> None:
    person: User = a_customer()
    ask(signed_in(Client(), person))
    (item,) = privacy.requests_of(person.user_id)
    signed_in(client, who())  # type: ignore[operator]
    path = f"/compliance/privacy/{item.user_id}"
    assert "Answer the customer" not in page(client, path)
    assert client.post(path, {"outcome": "refused", "answer": "no", "version": item.version}).status_code == 403
    assert privacy.requests_of(person.user_id)[0].is_open


def test_staff_ask_nothing_here(client: Client) -> None:
    assert ask(signed_in(client, an_officer())) == 403
