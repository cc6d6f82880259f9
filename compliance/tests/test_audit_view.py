"""The audit trail: by subject, by day, through the URL; for whom it is."""

import pytest
from django.test import Client

from accounts.testing import a_customer, a_manager, an_admin, an_auditor, an_officer, signed_in
from compliance.testing import an_action, days_ago

pytestmark = pytest.mark.usefixtures("bank")
READERS = [an_auditor, a_manager, an_admin]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


@pytest.mark.parametrize("who", [an_officer, an_auditor, an_admin])
def test_the_audit_trail_shows_today_and_one_subject(client: Client, who: object) -> None:
    item = an_action(an_officer(name="Opal Officer"), "start")
    signed_in(client, who())  # type: ignore[operator]
    html = page(client, "/compliance/audit")
    assert "Open action" in html
    assert "Opal Officer" in html
    html = page(client, f"/compliance/audit?subject=corrective_action%23{item.transaction_id}")
    assert "The chain is whole" in html
    assert "Start action" in html


def test_the_audit_trail_is_narrowed_by_day_action_and_actor(client: Client) -> None:
    officer = an_officer()
    an_action(officer, "start")
    signed_in(client, officer)

    def count(query: str) -> int:
        return len(client.get(f"/compliance/audit{query}").context["lines"])

    assert count("?action=start_action") == 1
    assert count(f"?actor={officer.user_id}") == 2
    assert count(f"?actor={officer.user_id}&action=open_action") == 1
    assert count(f"?day={days_ago(1)}") == 0
    assert count("?subject=corrective_action%23nothing") == 0


@pytest.mark.parametrize("who", [a_manager, a_customer])
def test_the_audit_trail_is_for_compliance_audit_and_admin(client: Client, who: object) -> None:
    assert signed_in(client, who()).get("/compliance/audit").status_code == 403  # type: ignore[operator]
