"""The queue and the alert's page, by role; decisions by POST; exports."""

from datetime import timedelta
from typing import Any

from django.test import Client

from accounts.queries.deposits import account
from accounts.testing import a_customer, an_analyst
from accounts.tests.conftest import an_account
from cloudbank.clock import utcnow
from cloudbank.testing import Requests
from monitoring.models import Alert
from monitoring.queries.alerts import get_alert
from monitoring.rulebook import RULES
from monitoring.tests.conftest import OVER, Screened
from monitoring.views.rows import rule_titles

SEES = ["analyst", "manager", "compliance", "auditor", "admin"]
SEES_NOT = ["customer", "teller"]
WORKS = ["analyst", "compliance"]


def decide(client: Client, alert_id: str, action: str, revision: int = 0, **data: Any) -> Any:
    return client.post(f"/alerts/{alert_id}", {"action": action, "revision": revision, **data})


def test_staff_who_may_see_the_queue_and_an_alert(screened: Screened) -> None:
    alert = screened.alert()
    for role in SEES:
        client = screened.client(role)
        queue = client.get("/alerts")
        assert queue.status_code == 200, role
        assert "Cash above the reporting limit" in queue.content.decode()
        page = client.get(f"/alerts/{alert.alert_id}").content.decode()
        assert "10,000.01" in page and "Carla Customer" in page
        assert ("Close, open next" in page) is (role in WORKS), role


PATHS = ["/alerts", "/alerts/pulse", "/alerts/tile", "/rules"]


def test_others_are_refused(screened: Screened) -> None:
    alert = screened.alert()
    for role in SEES_NOT:
        client = screened.client(role)
        for path in [*PATHS, f"/alerts/{alert.alert_id}"]:
            assert client.get(path).status_code == 403, (role, path)


def test_nobody_gets_in_without_signing_in(bank: Any) -> None:
    for path in [*PATHS, "/alerts/alt_x", "/analytics", "/movements"]:
        assert Client().get(path).status_code in (302, 401), path


def test_who_may_not_work_on_alerts_changes_nothing(screened: Screened) -> None:
    alert = screened.alert()
    for role in ("manager", "auditor", "admin", "teller", "customer"):
        client = screened.client(role)
        for action in ("take", "close", "assign", "release"):
            answer = decide(client, alert.alert_id, action, reason_code="reportable", note="x", assignee="x")
            assert answer.status_code == 403, (role, action)
    found = get_alert(alert.alert_id)
    assert found is not None and found.revision == 0


def test_a_manager_may_freeze_but_an_auditor_may_not(screened: Screened) -> None:
    alert = screened.alert()
    asked = {"account": screened.account, "reason": "suspicious cash"}
    assert decide(screened.client("auditor"), alert.alert_id, "freeze", **asked).status_code == 403
    assert decide(screened.client("manager"), alert.alert_id, "freeze", **asked).status_code == 302
    held = account(screened.account)
    assert held is not None and held.status == "frozen"


def test_an_alert_that_is_not_there_is_not_found(screened: Screened) -> None:
    assert screened.client().get("/alerts/alt_nothing").status_code == 404
    assert screened.client().get(f"/alerts/{screened.customer.user_id}").status_code == 404


def test_taking_and_closing_an_alert_by_hand(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    assert decide(client, alert.alert_id, "take").status_code == 302
    answer = decide(client, alert.alert_id, "close", 1, reason_code="reportable", note="Report filed.")
    assert answer["Location"] == f"/alerts/{alert.alert_id}"
    page = client.get(answer["Location"]).content.decode()
    assert "Closed as confirmed" in page and "Report filed." in page
    assert "Close, open next" not in page
    assert "Assigned to Ana Analyst" in page, "the timeline says who did what"


def test_closing_can_lead_to_the_next_alert(screened: Screened) -> None:
    alert = screened.alert()
    screened.cash_in(OVER, screened.theirs)
    (other,) = [one for one in screened.alerts() if one.alert_id != alert.alert_id]
    client = screened.client()
    answer = decide(client, alert.alert_id, "close", reason_code="reportable", note="x", next="yes")
    assert answer["Location"] == f"/alerts/{other.alert_id}"
    assert (
        decide(client, other.alert_id, "close", reason_code="reportable", note="x", next="yes")["Location"] == "/alerts"
    )


def test_a_decision_without_note_comes_back_with_what_was_typed(screened: Screened) -> None:
    alert = screened.alert()
    answer = decide(screened.client(), alert.alert_id, "close", reason_code="reportable", note="")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "needs your attention" in page
    assert '<option value="reportable" selected>' in page


def test_who_comes_second_is_told_and_sees_the_alert_as_it_is(screened: Screened) -> None:
    alert = screened.alert()
    decide(screened.client(), alert.alert_id, "take")
    answer = decide(screened.client(an_analyst(name="Bob Brown")), alert.alert_id, "take")
    assert answer.status_code == 409
    assert "Ana Analyst took this alert" in answer.content.decode()
    assert "Take over" in answer.content.decode()


def test_nonsense_is_refused(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    for wrong in ({"action": "destroy"}, {"action": ""}, {"action": "take", "revision": "x"}):
        assert client.post(f"/alerts/{alert.alert_id}", wrong).status_code in (403, 422), wrong


def test_extra_fields_have_no_effect(screened: Screened) -> None:
    alert = screened.alert()
    decide(screened.client(), alert.alert_id, "take", status="closed", score="0", assignee_id="usr_x", severity="low")
    found = get_alert(alert.alert_id)
    assert found is not None
    assert (found.status, found.score, found.severity) == ("assigned", 100, "critical")
    assert found.assignee_id == screened.analyst.user_id


# --- the queue --------------------------------------------------------------------------------


def rows(client: Client, query: str = "") -> str:
    return client.get(f"/alerts{query}", headers={"HX-Request": "true"}).content.decode()


def test_the_most_severe_comes_first_then_what_is_due_first(screened: Screened) -> None:
    screened.cash_in(OVER, now=utcnow() - timedelta(minutes=5))
    screened.cash_in(OVER, screened.theirs)
    for number in range(5):
        screened.transfer(1_000 + number)  # five identical amounts would be another alert, of who gets them
    found = [(one.severity, one.due_at, one.opened_at) for one in screened.alerts(status="open")]
    assert [severity for severity, *_ in found] == ["critical", "critical", "medium"]
    assert found[0][1:] < found[1][1:], "what came in at night is due at the same hour, in order of opening"


FILTERS = {
    "": True,
    "?severity=critical": True,
    "?severity=low": False,
    "?rule=ctr_aggregate": True,
    "?rule=fan_in": False,
    "?status=closed": False,
    "?status=all": True,
    "?status=new": True,
    "?assignee=-": True,
    "?first=2030-01-01": False,
    "?first=2020-01-01&last=2030-01-01": True,
    "?status=all&last=2020-01-01": False,
}


def test_filters_stand_in_the_address(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    for query, shown in FILTERS.items():
        assert (alert.alert_id in rows(client, query)) is shown, query


def test_mine_are_those_assigned_to_me(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    mine = f"?assignee={screened.analyst.user_id}"
    assert alert.alert_id not in rows(client, mine)
    decide(client, alert.alert_id, "take")
    assert alert.alert_id in rows(client, mine)
    assert alert.alert_id not in rows(client, "?assignee=-")


def test_a_customers_alerts_are_found_by_the_customer(screened: Screened) -> None:
    alert = screened.alert()
    assert alert.alert_id in rows(screened.client(), f"?status=all&customer={screened.customer.user_id}")
    assert alert.alert_id not in rows(screened.client(), f"?customer={screened.stranger.user_id}")


def test_pages_follow_one_another_without_gap_or_repeat(screened: Screened) -> None:
    for number in range(30):
        screened.cash_in(OVER, an_account(a_customer(name=f"Person {number}")))
    client, seen, query = screened.client(), list[str](), "?size=25"
    for _ in range(3):
        page = client.get(f"/alerts{query}")
        seen += [row.id for row in page.context["lines"]]
        if not page.context["next"]:
            break
        query = page.context["next"]
    assert len(seen) == len(set(seen)) == 30


def test_export_says_its_filter_and_holds_the_rows(screened: Screened) -> None:
    alert = screened.alert()
    answer = screened.client().get("/alerts?severity=critical&export=csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert alert.alert_id in text and "10000.01" in text and "Severity: Critical" in text


def test_bulk_actions_answer_row_by_row(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    answer = client.post(
        "/alerts", {"action": "take", "ids": [f"{alert.alert_id}~0", "alt_nothing", "", "~1", "x" * 3_000]}
    )
    text = answer.content.decode()
    assert "Assigned to you." in text and text.count("There is no such alert.") == 4
    answer = client.post("/alerts", {"action": "dismiss", "ids": [f"{alert.alert_id}~1"], "reason": "salary"})
    assert "one by one" in answer.content.decode(), "a critical alert is never waved through in bulk"
    found = get_alert(alert.alert_id)
    assert found is not None and found.is_open


def test_the_tile_counts_open_alerts(screened: Screened) -> None:
    screened.alert()
    tile = screened.client().get("/alerts/tile").content.decode()
    assert "Open alerts" in tile and "Critical" in tile


def test_the_catalogue_shows_every_rule_with_what_is_in_force(screened: Screened) -> None:
    page = screened.client("auditor").get("/rules").content.decode()
    for text in ("10,000.00 USD", "3.0 standard deviations", "31 CFR 1010.311", "rule.fan_in.senders", "10 days"):
        assert text in page


def test_open_alerts_come_before_closed_ones_and_the_last_closed_first(screened: Screened) -> None:
    client, ids = screened.client(), list[str]()
    for number in range(4):
        screened.cash_in(OVER, an_account(a_customer(name=f"Person {number}")))
        (newest,) = {one.alert_id for one in screened.alerts()} - set(ids)
        ids.append(newest)
    for one in (ids[2], ids[0]):
        decide(client, one, "close", reason_code="reportable", note="x")
    shown = [row.id.partition("~")[0] for row in client.get("/alerts?status=all").context["lines"]]
    assert shown[2:] == [ids[0], ids[2]]
    assert set(shown[:2]) == {ids[1], ids[3]}
    closed = client.get("/alerts?status=closed").context["lines"]
    assert [row.id.partition("~")[0] for row in closed] == [ids[0], ids[2]]


def test_a_list_costs_a_handful_of_requests_whatever_it_asks(screened: Screened, requests_made: Requests) -> None:
    screened.alert()
    client = screened.client()
    for query in ("", "?status=closed", "?status=all", "?status=all&first=2020-01-01"):
        requests_made.clear()
        client.get(f"/alerts{query}")
        assert len(requests_made) <= 12, (query, requests_made.operations)


def test_what_only_supports_stands_last_in_the_title() -> None:
    rules = {"benford", "velocity_count", "structuring"}
    assert not RULES["benford"].alone and RULES["velocity_count"].alone
    title = rule_titles(Alert(family="cash", rules=rules))
    assert title.endswith(RULES["benford"].title) and title.startswith(RULES["structuring"].title)
