"""The queue in other orders, and many rows at once: each as the person saw it."""

from typing import Any

import pytest

from accounts.testing import a_customer, an_analyst
from accounts.tests.conftest import an_account
from cloudbank import store
from monitoring.queries.alerts import AlertFilter, alerts_page
from monitoring.tests.conftest import OVER, Screened
from monitoring.tests.test_alert_pages import decide


def test_a_row_that_a_colleague_changed_meanwhile_is_refused_and_says_who_and_what(screened: Screened) -> None:
    screened.cash_in(300_000)
    screened.transfer(250_000)
    (alert,) = screened.alerts()
    client, bob = screened.client(), an_analyst(name="Bob Brown")
    (ticked,) = [line.id for line in client.get("/alerts").context["lines"]]
    assert decide(screened.client(bob), alert.alert_id, "close", reason_code="expected", note="rent").status_code == 302
    decide(screened.client(bob), alert.alert_id, "reopen", revision=1, reason="second thoughts")
    text = client.post("/alerts", {"action": "dismiss", "ids": [ticked], "reason": "usual"}).content.decode()
    assert "Bob Brown opened this alert again (second thoughts)" in text
    text = client.post("/alerts", {"action": "dismiss", "ids": [alert.alert_id], "reason": "usual"}).content.decode()
    assert "not known what you saw" in text
    (found,) = screened.alerts()
    assert found.is_open and found.revision == 2


def test_a_row_whose_answer_was_lost_keeps_the_answers_of_the_others(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = screened.alert()
    screened.cash_in(OVER, an_account(a_customer(name="Second")))
    (second,) = {one.alert_id for one in screened.alerts()} - {first.alert_id}

    def down(alert_id: str, **known: Any) -> None:
        if alert_id == first.alert_id:
            raise store.Unavailable("no answer")

    monkeypatch.setattr("monitoring.views.bulk.assign_alert", down)
    ids = [f"{first.alert_id}~0", f"{second}~0"]
    answer = screened.client().post("/alerts", {"action": "take", "ids": ids})
    assert answer.status_code == 200
    assert "did not answer" in answer.content.decode() and "Assigned to you." in answer.content.decode()


def test_the_queue_is_sorted_and_the_next_row_is_that_of_the_order(screened: Screened) -> None:
    amounts = [1_500_000, 1_200_000, 1_900_000]
    for number, amount in enumerate(amounts):
        screened.cash_in(amount, an_account(a_customer(name=f"Person {number}")))
    client = screened.client()
    page = client.get("/alerts?sort=-amount&size=25")
    shown = [line.id.partition("~")[0] for line in page.context["lines"]]
    by_amount = sorted(screened.alerts(), key=lambda one: -one.amount)
    assert shown == [one.alert_id for one in by_amount]
    assert f"/alerts/{shown[0]}?sort=-amount" in page.content.decode()
    onwards = client.get(f"/alerts/next?after={shown[0]}&sort=-amount")
    assert onwards["Location"] == f"/alerts/{shown[1]}?sort=-amount"
    done = client.post(
        f"/alerts/{shown[0]}?sort=amount",
        {"action": "close", "next": "yes", "revision": 0, "reason_code": "reportable", "note": "x"},
    )
    assert done["Location"] == f"/alerts/{shown[2]}?sort=amount", "of what is open, the first in that order"
    for order in ("score", "-due", "last", "nonsense"):
        assert client.get(f"/alerts?sort={order}").status_code == 200


def test_pages_of_a_sorted_queue_have_no_gap_and_no_repeat(screened: Screened) -> None:
    for number in range(5):
        screened.cash_in(1_100_000 + number % 2, an_account(a_customer(name=f"Person {number}")))
    for order in ("amount", "-amount", "last"):
        seen, cursor = list[str](), ""
        while True:
            page = alerts_page(AlertFilter(order=order), cursor=cursor, limit=2)
            seen += [one.alert_id for one in page.rows]
            if not (cursor := page.cursor):
                break
        assert len(seen) == len(set(seen)) == 5


def test_a_sort_of_the_queue_says_what_it_left_out(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        screened.cash_in(1_100_000, an_account(a_customer(name=f"Person {number}")))
    assert not alerts_page(AlertFilter(order="score")).is_cut
    monkeypatch.setattr("monitoring.queries.alerts.MOST_SORTED", 1)
    assert alerts_page(AlertFilter(order="score")).is_cut
    assert "More alerts than are sorted" in screened.client().get("/alerts?sort=score").content.decode()
