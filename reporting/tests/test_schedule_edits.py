"""A schedule is changed on its page; what it built stays, another rhythm begins with its next period."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.testing import a_manager, an_auditor, an_officer, signed_in
from accounts.totals import DayTotals
from cloudbank import store
from cloudbank.audit import AuditRecord
from reporting import queries
from reporting.models import ReportSchedule
from reporting.run_queries import existing_schedule, schedules
from reporting.services.schedules import rhythm_of, run_due
from reporting.tests.conftest import NOW
from reporting.tests.days import CALENDAR
from reporting.tests.test_schedules import SENT, made

LATER = NOW + timedelta(days=1)


@pytest.fixture
def manager(sealed_bank: list[DayTotals], client: Client) -> Any:
    """A signed-in manager in October 2026."""
    with time_machine.travel(NOW, tick=True):
        yield signed_in(client, a_manager())


def the_schedule() -> ReportSchedule:
    (item,) = schedules()
    return item


def changed(client: Client, item: ReportSchedule, **more: Any) -> Any:
    """What the form sends."""
    sent = {name: value for name, value in SENT.items() if name != "key"}
    return client.post(
        f"/reports/schedules/{item.schedule_id}", sent | {"action": "save", "seen": item.version} | more, follow=True
    )


def test_the_form_shows_what_is_and_saves_what_is_typed(manager: Client) -> None:
    an_officer(email="olga@bank.example", name="Olga Officer")
    manager.post("/reports/schedules", SENT | {"recipients": "olga@bank.example"})
    item = the_schedule()
    assert f'href="/reports/schedules/{item.schedule_id}"' in manager.get("/reports/schedules").content.decode()
    text = manager.get(f"/reports/schedules/{item.schedule_id}").content.decode()
    for shown in ("For the board", "olga@bank.example", 'value="06:30"', 'value="2"'):
        assert shown in text
    answer = changed(manager, item, title="Each month", token="last_month", recipients="", formats=["csv"])
    assert "The schedule Each month is changed" in answer.content.decode()
    now = the_schedule()
    assert (now.title, now.token, now.recipients, now.formats) == ("Each month", "last_month", [], ["csv"])
    assert (now.schedule_id, now.made_at) == (item.schedule_id, item.made_at)
    found = AuditRecord.by_subject.query(f"report_schedule#{item.schedule_id}")
    last = [one for one in found if isinstance(one, AuditRecord)][-1]
    assert (last.action, last.before["token"], last.after["token"]) == ("edit_schedule", "last_quarter", "last_month")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipients": "stranger@else.example"}, "is no address of a colleague who may read reports"),
        ({"title": ""}, "This field is required"),
        ({"days_after": "400"}, "less than or equal to 60"),
        ({"pack": "lunch"}, "Select a valid choice"),
        ({"seen": "x"}, "Enter a whole number"),
    ],
)
def test_nonsense_is_refused_at_its_field_and_what_was_typed_stays(
    manager: Client, change: dict[str, Any], words: str
) -> None:
    manager.post("/reports/schedules", SENT)
    answer = changed(manager, the_schedule(), **({"title": "New name"} | change))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert words in text
    assert change.get("title", "New name") in text
    assert the_schedule().title == "For the board"


def test_who_looked_before_somebody_else_changed_it_is_told(manager: Client) -> None:
    manager.post("/reports/schedules", SENT)
    seen = the_schedule()
    changed(manager, seen, title="First")
    answer = changed(manager, seen, title="Second")
    assert answer.status_code == 422
    assert "Somebody changed this schedule meanwhile" in answer.content.decode()
    assert the_schedule().title == "First"


def test_only_managers_change_it_and_only_what_there_is(manager: Client) -> None:
    manager.post("/reports/schedules", SENT)
    item = the_schedule()
    auditor = signed_in(Client(), an_auditor())
    assert auditor.get(f"/reports/schedules/{item.schedule_id}").status_code == 403
    assert changed(auditor, item).status_code == 403
    assert f'href="/reports/schedules/{item.schedule_id}"' not in auditor.get("/reports/schedules").content.decode()
    assert manager.get("/reports/schedules/sch_none").status_code == 404
    assert manager.post("/reports/schedules/sch_none", {"action": "save"}).status_code == 404


def test_who_lost_the_right_is_named_on_the_form(manager: Client) -> None:
    officer = an_officer(email="olga@bank.example", name="Olga Officer")
    manager.post("/reports/schedules", SENT | {"recipients": "olga@bank.example"})
    officer.disabled = True
    store.save([store.changed(officer)])
    text = manager.get(f"/reports/schedules/{the_schedule().schedule_id}").content.decode()
    assert "Olga Officer may not read reports any more" in text
    assert "olga@bank.example" not in text


def test_another_rhythm_does_not_catch_up_with_what_it_would_have_built(manager: Client) -> None:
    schedule_id = made(now=NOW - timedelta(days=10))
    changed(manager, existing_schedule(schedule_id), token="last_month", pack="deposits")
    item = existing_schedule(schedule_id)
    assert rhythm_of(item).due(item.begins, LATER, CALENDAR) == []
    assert run_due(now=lambda: LATER).built == 0


def test_a_change_of_recipients_keeps_what_is_due_and_what_is_built_is_not_built_again(manager: Client) -> None:
    schedule_id = made(now=NOW - timedelta(days=10))
    assert run_due(now=lambda: NOW).built == 1
    changed(manager, existing_schedule(schedule_id), title="Renamed", pack="deposits")
    ran = run_due(now=lambda: LATER)
    assert (ran.built, ran.there) == (0, 1)
    assert len(queries.archive(LATER).rows) == 1
