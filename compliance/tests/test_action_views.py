"""Pages of corrective actions: what each role sees and can do."""

import pytest
from django.test import Client

from accounts.testing import a_manager, an_admin, an_auditor, an_officer, signed_in
from cloudbank.clock import utcnow
from compliance.models import CorrectiveAction
from compliance.queries import actions as queries
from compliance.steps import Status
from compliance.testing import an_action, take_step, today

pytestmark = pytest.mark.usefixtures("bank")
READERS = [an_auditor, a_manager, an_admin]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def step(client: Client, item: CorrectiveAction, code: str, note: str = "Looked at it.") -> int:
    sent = {"step": code, "note": note, "version": item.version}
    return client.post(f"/compliance/actions/{item.transaction_id}/step", sent).status_code


def status_of(item: CorrectiveAction) -> str:
    found = queries.action(item.transaction_id)
    assert found is not None
    return found.status


def form_values(owner: str, **changes: object) -> dict[str, object]:
    return {
        "title": "Clear the list",
        "root_cause": "Leave",
        "plan": "Deputy",
        "owner_id": owner,
        "priority": 1,
        "due_on": today().isoformat(),
        "key": "one-form",
        "control_code": "kyc-pending",
    } | changes


def test_an_officer_opens_an_action_from_a_control(client: Client) -> None:
    officer = an_officer()
    signed_in(client, officer)
    form = client.get("/compliance/actions/new?control=kyc-pending").context["form"]
    assert form["control_code"].value() == "kyc-pending"
    answer = client.post("/compliance/actions/new", form_values(officer.user_id))
    assert answer.status_code == 302
    html = page(client, answer["Location"])
    assert "Clear the list" in html
    assert "Clear the list" in page(client, "/compliance/controls/kyc-pending")
    assert "Clear the list" in page(client, "/compliance/actions")
    again = client.post("/compliance/actions/new", form_values(officer.user_id))
    assert again["Location"] == answer["Location"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"title": ""}, "title"), ({"due_on": "2020-01-01"}, "due_on"), ({"owner_id": ""}, "owner_id")],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    client: Client, changes: dict[str, object], field: str
) -> None:
    officer = an_officer()
    answer = signed_in(client, officer).post("/compliance/actions/new", form_values(officer.user_id, **changes))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Deputy" in answer.content.decode()
    assert queries.not_closed().page(None, 9).rows == []


def test_extra_fields_of_a_form_change_nothing(client: Client) -> None:
    officer = an_officer()
    extra = {"status": "closed", "closed_by": officer.user_id, "version": 99, "opened_by": "usr_x"}
    answer = signed_in(client, officer).post("/compliance/actions/new", form_values(officer.user_id, **extra))
    item = queries.action(answer["Location"].rsplit("/", 1)[1])
    assert item is not None
    assert (item.status, item.opened_by, item.version, item.closed_by) == (Status.OPEN, officer.user_id, 1, "")


def test_the_pages_lead_an_action_to_its_end_by_two_people(client: Client) -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer)
    signed_in(client, officer)
    assert step(client, item, "start", "") == 302
    item.version += 1
    assert step(client, item, "ready") == 302
    item.version += 1
    path = f"/compliance/actions/{item.transaction_id}"
    assert "a second person verifies and closes it" in page(client, path)
    assert step(client, item, "close") == 422
    assert status_of(item) == Status.READY
    other = signed_in(Client(), second)
    assert step(other, item, "close", "") == 422
    assert step(other, item, "close") == 302
    assert status_of(item) == Status.CLOSED
    html = page(other, path)
    assert "Verified and closed" in html
    assert "Olga Officer" in html


def test_an_old_page_is_told_who_was_faster(client: Client) -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer, "start")
    seen = queries.action(item.transaction_id)
    assert seen is not None
    take_step(item, "ready", second)
    answer = signed_in(client, officer).post(
        f"/compliance/actions/{seen.transaction_id}/step", {"step": "ready", "note": "x", "version": seen.version - 1}
    )
    assert answer.status_code == 422
    assert "Olga Officer changed this action" in answer.content.decode()


@pytest.mark.parametrize("who", READERS)
def test_readers_read_everything_and_change_nothing(client: Client, who: object) -> None:
    officer = an_officer()
    item = an_action(officer, "start", "ready")
    signed_in(client, who())  # type: ignore[operator]
    path = f"/compliance/actions/{item.transaction_id}"
    assert "Verify and close" not in page(client, path)
    assert "Open corrective action" not in page(client, "/compliance/actions")
    assert [
        step(client, item, "close"),
        client.get("/compliance/actions/new").status_code,
        client.post("/compliance/actions/new", form_values(officer.user_id)).status_code,
        client.get(f"{path}/edit").status_code,
        client.post(f"{path}/edit", form_values(officer.user_id, version=item.version)).status_code,
    ] == [403] * 5
    assert status_of(item) == Status.READY


def test_an_unknown_action_is_not_found(client: Client) -> None:
    signed_in(client, an_officer())
    for path in ("/compliance/actions/act_nope", "/compliance/actions/act_nope/edit"):
        assert client.get(path).status_code == 404
    assert client.post("/compliance/actions/act_nope/step", {"step": "start"}).status_code == 404


def test_a_step_is_never_taken_by_a_link(client: Client) -> None:
    item = an_action(an_officer())
    signed_in(client, an_officer())
    assert client.get(f"/compliance/actions/{item.transaction_id}/step?step=start&version=1").status_code == 405


def test_editing_keeps_what_was_typed_and_shows_the_change(client: Client) -> None:
    officer, manager = an_officer(), a_manager()
    item = an_action(officer)
    signed_in(client, officer)
    path = f"/compliance/actions/{item.transaction_id}"
    assert client.get(f"{path}/edit").context["form"]["plan"].value() == item.plan
    sent = form_values(manager.user_id, title=item.title, version=item.version, due_on=item.due_on)
    assert client.post(f"{path}/edit", sent).status_code == 302
    html = page(client, path)
    assert "Mary Manager" in html
    assert "owner:" in html


def titles(client: Client, query: str) -> set[str]:
    rows = client.get(f"/compliance/actions{query}").context["lines"]
    return {str(line.cells[0][1]).split("</a>")[0].rsplit(">", 1)[1] for line in rows}


def test_the_list_is_filtered_through_the_url(client: Client) -> None:
    officer, second, manager = an_officer(), an_officer(name="Olga Officer"), a_manager()
    an_action(officer, title="one", priority=1, control="kyc-reviews")
    an_action(officer, "start", title="two", owner_id=manager.user_id, control="")
    take_step(an_action(officer, "start", "ready", title="three"), "close", second)
    signed_in(client, officer)
    month = utcnow().strftime("%Y-%m")
    assert titles(client, "") == {"one", "two"}
    assert titles(client, "?priority=1") == {"one"}
    assert titles(client, "?control=kyc-reviews") == {"one"}
    assert titles(client, f"?owner={manager.user_id}") == {"two"}
    assert titles(client, "?status=in_progress") == {"two"}
    assert titles(client, "?status=closed") == {"three"}
    assert titles(client, f"?month={month}") == {"one", "two", "three"}
    assert titles(client, "?show=overdue") == set()
    assert client.get("/compliance/actions?show=month").status_code == 422
    assert client.get("/compliance/actions?month=2026-13").status_code == 422


def test_typed_markup_is_shown_as_text_everywhere(client: Client) -> None:
    officer = an_officer()
    nasty = "<script>alert(1)</script>"
    item = an_action(officer, title=nasty, root_cause=nasty, plan=nasty)
    signed_in(client, officer)
    for path in (
        "/compliance",
        "/compliance/actions",
        f"/compliance/actions/{item.transaction_id}",
        "/compliance/audit",
        "/compliance/controls/kyc-pending",
    ):
        assert nasty not in page(client, path)
