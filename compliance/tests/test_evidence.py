"""Evidence of corrective actions, the owner's part, overdue ones taken up, actions opened from an alert."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_admin, an_auditor, an_officer, signed_in
from cloudbank import documents, outbox, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from compliance.models import CorrectiveAction
from compliance.queries import actions
from compliance.services.actions import edit_action
from compliance.services.evidence import MOST_PAPERS, add_evidence
from compliance.services.regress import escalate_actions
from compliance.steps import NotAllowed, Status
from compliance.testing import actor, an_account_of, an_action, cash_in, content, days_ago, take_step, today
from monitoring.models import Alert, alert_group

pytestmark = pytest.mark.usefixtures("bank")
PDF = b"%PDF-1.4 the clean list"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, settings: Any) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


def fresh(item: CorrectiveAction) -> CorrectiveAction:
    found = actions.action(item.transaction_id)
    assert found is not None
    return found


def owned_by(manager: User, officer: User, *steps: str) -> CorrectiveAction:
    return an_action(officer, *steps, owner_id=manager.user_id)


def added(item: CorrectiveAction, by: User, name: str = "list.pdf", body: bytes = PDF) -> CorrectiveAction:
    return add_evidence(
        action_id=item.transaction_id,
        name=name,
        content=body,
        version=fresh(item).version,
        actor=actor(by),
        now=utcnow(),
    )


# --- evidence -------------------------------------------------------------------------------------


def test_the_owner_attaches_evidence_outside_the_tables_and_it_is_proven_when_read(client: Client) -> None:
    officer, manager = an_officer(), a_manager(name="Mary Manager")
    item = owned_by(manager, officer, "start")
    path = f"/compliance/actions/{item.transaction_id}"
    signed_in(client, manager)
    answer = client.post(
        f"/evidence/{item.transaction_id}", {"file": SimpleUploadedFile("Clean List.PDF", PDF), "version": item.version}
    )
    assert answer.status_code == 302
    (paper,) = fresh(item).evidence
    assert (paper.title, paper.extension, paper.size, paper.by) == ("Clean List", "pdf", len(PDF), manager.user_id)
    html = client.get(path).content.decode()
    assert "Clean List.pdf" in html and "Evidence added" in html and "Mary Manager" in html
    got = client.get(f"/evidence/{item.transaction_id}/{paper.paper_id}")
    assert (got.content, got["Content-Disposition"][:10]) == (PDF, "attachment")
    assert got["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/evidence/{item.transaction_id}/ffff").status_code == 404
    documents.documents().delete(paper.stored)
    with pytest.raises(documents.Damaged):
        client.get(f"/evidence/{item.transaction_id}/{paper.paper_id}")


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("a.exe", b"MZ", "Only"),
        ("a.pdf", b"", "empty"),
        ("a.pdf", b"<script>", "no PDF"),
        ("a.txt", b"\x00\x01", "no TXT"),
        ("list.pdf", PDF, "already"),
    ],
)
def test_what_is_no_evidence_is_refused_at_its_field(client: Client, name: str, body: bytes, says: str) -> None:
    officer = an_officer()
    item = added(an_action(officer), officer)
    sent = {"file": SimpleUploadedFile(name, body), "version": item.version}
    answer = signed_in(client, officer).post(f"/evidence/{item.transaction_id}", sent)
    assert answer.status_code == 422
    assert says in str(answer.context["evidence_form"].errors["file"])
    assert len(fresh(item).evidence) == 1


def test_a_closed_action_an_old_page_and_a_full_one_take_no_evidence() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer, "start")
    with pytest.raises(NotAllowed, match="while you were looking"):
        add_evidence(
            action_id=item.transaction_id, name="a.pdf", content=PDF, version=1, actor=actor(officer), now=utcnow()
        )
    item.papers = [{"paper_id": str(n)} for n in range(MOST_PAPERS)]
    store.save([store.changed(item)])
    with pytest.raises(NotAllowed, match="at most 20"):
        added(item, officer)
    take_step(take_step(fresh(item), "ready", officer), "close", second)
    with pytest.raises(NotAllowed, match="closed"):
        added(item, officer)


# --- the owner's part -----------------------------------------------------------------------------


def test_an_owner_of_another_role_works_on_it_but_never_verifies(client: Client) -> None:
    officer, manager = an_officer(), a_manager()
    item = owned_by(manager, officer)
    item = take_step(take_step(item, "start", manager), "ready", manager)
    assert item.status == Status.READY
    html = signed_in(client, manager).get(f"/compliance/actions/{item.transaction_id}").content.decode()
    assert "Verify and close" not in html and "Edit" not in html
    with pytest.raises(NotAllowed):
        take_step(item, "close", manager)
    with pytest.raises(NotAllowed):
        take_step(item, "reopen", manager)
    assert take_step(item, "close", officer).is_closed


@pytest.mark.parametrize("who", [an_auditor, an_admin, a_manager, a_customer])
def test_who_neither_owns_it_nor_works_on_actions_changes_nothing(client: Client, who: Any) -> None:
    item = an_action(an_officer())
    signed_in(client, who())
    path = f"/compliance/actions/{item.transaction_id}"
    sent = {"file": SimpleUploadedFile("a.pdf", PDF), "version": item.version}
    assert client.post(f"/evidence/{item.transaction_id}", sent).status_code == 403
    assert client.post(f"{path}/step", {"step": "start", "version": item.version}).status_code == 403
    assert fresh(item).version == item.version


# --- overdue --------------------------------------------------------------------------------------


def late(item: CorrectiveAction, days: int) -> CorrectiveAction:
    found = fresh(item)
    found.due_on = days_ago(days)
    found.file()
    store.save([store.changed(found)])
    return found


def told() -> list[str]:
    mail.outbox.clear()
    outbox.deliver_due(utcnow() + timedelta(seconds=1))
    return sorted(one.to[0] for one in mail.outbox)


def test_an_overdue_action_goes_to_its_owner_and_after_a_week_above() -> None:
    officer, manager = an_officer(email="officer@b.example"), a_manager(email="manager@b.example")
    admin = an_admin(email="admin@b.example")
    item = owned_by(admin, officer)
    assert escalate_actions(now=utcnow()) == 0
    late(item, 1)
    assert (escalate_actions(now=utcnow()), told()) == (1, ["admin@b.example"])
    assert (escalate_actions(now=utcnow()), told()) == (0, [])
    late(item, 7)
    assert escalate_actions(now=utcnow()) == 1
    assert told() == sorted([admin.email, officer.email, manager.email])
    assert (escalate_actions(now=utcnow()), fresh(item).escalated) == (0, 2)
    assert [one.action for one in actions.records(fresh(item))][:2] == ["escalate_action"] * 2


def test_another_due_date_begins_anew() -> None:
    officer = an_officer(email="officer@b.example")
    item = late(an_action(officer), 1)
    escalate_actions(now=utcnow())
    told()
    found = fresh(item)
    changed = edit_action(
        action_id=item.transaction_id,
        content=content(officer, due_on=today()),
        version=found.version,
        actor=actor(officer),
        now=utcnow(),
    )
    assert changed.escalated == 0
    assert escalate_actions(now=utcnow()) == 0
    late(changed, 2)
    assert (escalate_actions(now=utcnow()), told()) == (1, ["officer@b.example"])


# --- from an alert --------------------------------------------------------------------------------


def test_an_action_is_opened_from_an_alert(client: Client) -> None:
    cash_in(an_account_of(a_customer()), 1_200_000)
    opened_on = bank_calendar().business_date(utcnow()).isoformat()
    alert = next(one for one in Alert.by_day.query(alert_group(opened_on)) if isinstance(one, Alert))
    officer = an_officer()
    signed_in(client, officer)
    address = f"/compliance/actions/new?alert={alert.alert_id}"
    assert address in client.get(f"/alerts/{alert.alert_id}").content.decode()
    page = client.get(address)
    sent = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    sent |= {"root_cause": "Nobody asked.", "plan": "Ask.", "owner_id": officer.user_id}
    answer = client.post(address, sent)
    assert answer.status_code == 302
    item = actions.action(answer["Location"].rsplit("/", 1)[-1])
    assert item is not None and item.alert_id == alert.alert_id
    assert f'href="/alerts/{alert.alert_id}"' in client.get(answer["Location"]).content.decode()
    bad = client.post("/compliance/actions/new", sent | {"alert_id": "alt_none", "key": "other"})
    assert bad.status_code == 422
