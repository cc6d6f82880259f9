"""Who comes to an alert from a list stays in that list: the next row, the next to work on, the way back."""

from typing import Any

import pytest

from cloudbank.clock import utcnow
from monitoring.models import Alert
from monitoring.queries.alerts import ALL, AlertFilter, alerts_page, row_after
from monitoring.services.alerts import claim_alert
from monitoring.services.closing import close_alert
from monitoring.tests.conftest import OVER, Screened


@pytest.fixture
def four(screened: Screened) -> list[Alert]:
    """In the order of the queue: two critical reports of cash, of either customer, then two of other kinds."""
    for account in (screened.account, screened.theirs):
        screened.cash_in(OVER, account)
        screened.cash_in(300_000, account)
    screened.transfer(1_000_000)
    found = alerts_page(AlertFilter(), limit=20).rows
    assert len(found) >= 3 and [one.severity for one in found[:2]] == ["critical", "critical"]
    return found


def links(answer: Any) -> list[str]:
    return [line.cells[0][1] for line in answer.context["lines"]]


def test_the_rows_of_a_list_lead_to_alerts_that_know_it(screened: Screened, four: list[Alert]) -> None:
    client = screened.client(screened.analyst)
    answer = client.get("/alerts?severity=critical")
    assert f"/alerts/{four[0].alert_id}?severity=critical" in str(links(answer)[0])
    page = client.get(f"/alerts/{four[0].alert_id}?severity=critical")
    assert page.context["list_url"] == "/alerts?severity=critical"
    assert client.get(f"/alerts/{four[0].alert_id}").context["list_url"] == "/alerts"


def test_the_next_row_is_that_of_the_list_whoever_works_on_it(screened: Screened, four: list[Alert]) -> None:
    bob = screened.client("analyst")
    claim_alert(
        alert_id=four[1].alert_id, revision=four[1].revision, actor=screened.actor(), now=utcnow()
    )  # a colleague of his
    first = f"/alerts/next?after={four[0].alert_id}"
    assert bob.get(first)["Location"] == f"/alerts/{four[1].alert_id}"
    assert bob.get(f"{first}&severity=critical")["Location"] == f"/alerts/{four[1].alert_id}?severity=critical"
    last = bob.get(f"/alerts/next?after={four[1].alert_id}&severity=critical", follow=True)
    assert last.redirect_chain[-1][0] == "/alerts?severity=critical"
    assert "last alert of this list" in last.content.decode()


def test_after_closing_it_goes_on_in_the_list_the_analyst_came_with(screened: Screened, four: list[Alert]) -> None:
    """Though the whole queue has something more urgent."""
    other = next(one for one in four if one.severity != "critical" and "ctr_aggregate" not in one.rules)
    severity = other.severity
    same = [one.alert_id for one in four if one.severity == severity and one.alert_id != other.alert_id]
    client = screened.client(screened.analyst)
    answer = client.post(
        f"/alerts/{other.alert_id}?severity={severity}",
        {"action": "close", "revision": other.revision, "reason_code": "fraud", "note": "Proven", "next": "yes"},
    )
    wanted = f"/alerts/{same[0]}?severity={severity}" if same else f"/alerts?severity={severity}"
    assert answer["Location"] == wanted


def test_a_decision_stays_on_the_page_with_its_list(screened: Screened, four: list[Alert]) -> None:
    answer = screened.client(screened.analyst).post(
        f"/alerts/{four[0].alert_id}?severity=critical", {"action": "take", "revision": four[0].revision}
    )
    assert answer["Location"] == f"/alerts/{four[0].alert_id}?severity=critical"


def test_nonsense_in_the_address_is_the_whole_queue(screened: Screened, four: list[Alert]) -> None:
    client = screened.client(screened.analyst)
    for query in ("severity=nonsense", "first=tomorrow", "rule=x' OR 1=1"):
        assert client.get(f"/alerts/{four[0].alert_id}?{query}").context["list_url"] == "/alerts"
    assert client.get("/alerts/next?after=nothing")["Location"] == "/alerts"


@pytest.mark.parametrize("wanted", [{}, {"status": ALL}, {"severity": "critical"}])
def test_going_row_by_row_is_the_list(four: list[Alert], wanted: dict[str, str]) -> None:
    rows = alerts_page(AlertFilter(**wanted), limit=20).rows
    assert [row_after(one, AlertFilter(**wanted)) for one in rows] == [one.alert_id for one in rows[1:]] + [""]


def test_a_customers_alerts_are_gone_through_in_their_order(screened: Screened, four: list[Alert]) -> None:
    wanted = AlertFilter(status=ALL, customer_id=screened.customer.user_id)
    rows = alerts_page(wanted, limit=20).rows
    assert [row_after(one, wanted) for one in rows] == [one.alert_id for one in rows[1:]] + [""]


def test_one_that_was_closed_meanwhile_keeps_its_place(screened: Screened, four: list[Alert]) -> None:
    closed = close_alert(
        alert_id=four[0].alert_id, revision=four[0].revision, reason_code="reportable", note="Filed",
        actor=screened.actor(), now=utcnow(),
    )  # fmt: skip
    assert row_after(closed, AlertFilter()) == four[1].alert_id
