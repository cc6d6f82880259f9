"""A report on suspicious activity leaves no trace where it must not be: every page, list and file, as every role.

31 CFR 1020.320(e). The bank is walked before and after: not a letter of any answer may differ for who may not know,
be it by a count, a score, a shorter page or another status. The walk takes all routes there are, so a page that is
added later is walked as well.
"""

import difflib
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from accounts.ledger import Actor
from accounts.models import User
from accounts.month_ends import Ended
from accounts.testing import a_customer, a_manager, a_teller, an_admin, an_analyst, an_auditor, an_officer, signed_in
from cloudbank import outbox, store, throttle
from cloudbank.clock import utcnow
from cloudbank.jobs import last_run
from cloudbank.lists import taken
from cloudbank.roles import Role
from compliance.month_end import live
from compliance.privacy import deeds
from compliance.privacy.services import answer_request, ask_about_own_data, check_identity
from compliance.queries import standing
from compliance.score import HARD_CAP, State
from compliance.services.actions import edit_action, move_action, open_action
from compliance.services.snapshots import snapshot_controls
from compliance.steps import NotAllowed
from compliance.testing import actor, content, today
from compliance.tests.secrets import (
    a_world,
    action_of,
    addresses,
    made_secret,
    secret_items,
    told_by,
    walk,
    words_of,
)

pytestmark = pytest.mark.usefixtures("bank")
STAFF = (a_teller, an_analyst, a_manager, an_admin)
COMPARED = (Role.ANALYST, Role.MANAGER, Role.ADMIN)
"""Who sees cases, controls, actions, messages or the audit trail."""
JOB_RUNS = ("/compliance/records/jobs", "/operations")
"""The jobs run once more in between; what they count is tested for itself."""


@pytest.fixture(autouse=True)
def _as_often_as_one_likes(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Files in a folder of their own; a walk takes away more lists than a person may."""
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}
    monkeypatch.setattr(throttle, "count", lambda counts, now: None)
    caplog.set_level(logging.ERROR, "django.request")


@pytest.fixture
def stopped() -> Iterator[None]:
    """The clock stands still at this instant: what was "2 seconds ago" stays so."""
    with time_machine.travel(utcnow(), tick=False):
        yield


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[str]]:
    """Address -> where the two walks differ, in a few lines."""
    found = {}
    for path, (status, told) in after.items():
        if (status, told) != before[path]:
            lines = difflib.unified_diff(before[path][1].splitlines(), told.splitlines(), lineterm="", n=0)
            found[f"{path} {before[path][0]} {status}"] = [one[:300] for one in lines][2:8]
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("maker", [*STAFF, None])
def test_no_answer_differs_for_who_may_not_know(
    maker: Callable[[], User] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = a_world()
    reader, keep = maker() if maker else world.customer, taken.keep_taken
    monkeypatch.setattr(taken, "keep_taken", lambda who, **more: who.user_id == reader.user_id or keep(who, **more))
    client = signed_in(Client(raise_request_exception=False), reader)
    paths = [one for one in addresses(world.places) if not one.startswith(JOB_RUNS)]
    before = walk(client, paths) if reader.role in COMPARED else {}
    made_secret(world)
    after = walk(client, paths)
    assert not before or differences(before, after) == {}
    more = walk(client, [*sorted(set(addresses(world.places)) - set(paths)), *world.asked])
    assert told_by(world, after | more) == {}
    named = {path: status for path, (status, _) in more.items() if "?" not in path and not path.startswith(JOB_RUNS)}
    assert set(named.values()) <= {403, 404}


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize("maker", [an_officer, an_auditor])
def test_the_same_addresses_tell_who_may_know(maker: Callable[[], User]) -> None:
    world = a_world()
    client = signed_in(Client(), maker())
    lists = [one for one in addresses(world.places) if "export=csv" in one]
    made_secret(world)
    walked = walk(
        client, [*lists, "/compliance", "/approvals", "/compliance/filings", "/compliance/actions", *world.asked]
    )
    assert {status for status, _ in walked.values()} == {200}, "the lists are there to be taken away"
    found = told_by(world, walked)
    for path in (
        "/approvals",
        "/compliance/filings",
        "/compliance/audit?export=csv",
        "/compliance/actions",
        "/compliance",
    ):
        assert path in found, path
    assert any("secret_exports" in path for path in found), "who took a secret away is on record"


@pytest.mark.parametrize("maker", [*STAFF, a_customer])
def test_an_address_answers_as_if_it_was_not_there(maker: Callable[[], User]) -> None:
    world = made_secret(a_world())
    client, known = signed_in(Client(raise_request_exception=False), maker()), world.places
    for path, name in (
        ("/compliance/filings/{}", "filing_id"), ("/compliance/filings/{}/edit", "filing_id"),
        ("/approvals/{}", "approval_id"), ("/compliance/controls/{}", "code"),
        ("/compliance/filings/of-case/{}", "case_id"), ("/compliance/actions/{}", "action_id"),
        ("/compliance/actions/{}/edit", "action_id"), ("/compliance/actions/{}/step", "action_id"),
        ("/evidence/{}", "action_id"), (f"/evidence/{{}}/{known['paper']}", "action_id"),
    ):  # fmt: skip
        for method in ("get", "post"):
            answers = [getattr(client, method)(path.format(one)) for one in (known[name], "made-up-id")]
            assert answers[0].status_code == answers[1].status_code, path
            assert answers[0].status_code in (403, 404, 405), path


# --- the score -----------------------------------------------------------------------------------


def test_the_score_of_each_reader_counts_what_they_may_see_today_later_and_in_reports() -> None:
    world = made_secret(a_world(with_snapshot=False))
    item, _ = snapshot_controls(now=utcnow())
    assert item.readings["sar-filing"]["state"] == State.BREACHED
    assert item.score is not None and item.score <= HARD_CAP < (item.open_score or 0)
    taken = standing.take_readings(utcnow())
    for role in Role:
        may_know = role in (Role.COMPLIANCE, Role.AUDITOR)
        assert standing.score_for(item, role) == (item.score if may_know else item.open_score)
        assert taken.seen_by(role).score.value == standing.score_for(item, role)
    told = [row.score for row in live(Ended(today(), "USD"))]
    assert told == [item.open_score], "a report goes to people who must not know"
    boss = signed_in(Client(), a_manager())
    assert boss.get("/compliance").context["score"]["value"] == item.open_score
    assert boss.get(f"/compliance?day={today()}").context["score"] == item.open_score
    officer = signed_in(Client(), world.officer)
    assert officer.get(f"/compliance?day={today()}").context["score"] == item.score


# --- corrective actions --------------------------------------------------------------------------


def test_an_action_on_a_secret_control_is_for_those_who_may_know_of_the_control() -> None:
    world, boss = made_secret(a_world()), a_manager()
    wanted = content(boss)
    with pytest.raises(NotAllowed, match="cannot answer"):
        opened(wanted, world.officer)
    mine = opened(content(world.officer), world.officer)
    with pytest.raises(NotAllowed, match="cannot answer"):
        edit_action(
            action_id=mine.transaction_id, content=wanted, version=mine.version, actor=actor(world.officer),
            now=utcnow(),
        )  # fmt: skip
    changed = Actor(world.officer.user_id, Role.MANAGER, "here")
    with pytest.raises(NotAllowed, match="no such action"):
        move_action(
            action_id=mine.transaction_id, step="start", note="", version=mine.version, actor=changed, now=utcnow()
        )
    assert (
        boss.user_id
        not in signed_in(Client(), world.officer).get("/compliance/actions/new?control=sar-filing").content.decode()
    )
    ours = signed_in(Client(), world.officer).get("/compliance/actions").content.decode()
    assert mine.transaction_id in ours


def opened(what: Any, by: User) -> Any:
    return open_action(content=what, control_code="sar-filing", key="k", actor=actor(by), now=utcnow())


def test_it_counts_in_a_control_of_its_own_and_is_reopened_and_taken_up_like_any_other() -> None:
    world = made_secret(a_world())
    readings = standing.take_readings(utcnow()).readings
    assert readings["sar-actions-overdue"].measure.count.number == 1
    assert readings["sar-actions-overdue"].measure.gauge == 20
    assert readings["actions-overdue"].measure.count.number == 0
    assert action_of(world).escalated == 2, "taken up to those above who may know"
    counted = [run.counts for job in ("snapshot_controls", "escalate_actions") if (run := last_run(job))]
    assert counted == [{"crossed": 0, "reopened": 0}, {"escalated": 0}], "runs are read by more people"


# --- messages ------------------------------------------------------------------------------------


def test_the_mail_goes_to_who_may_know_and_to_nobody_who_may_not_any_more() -> None:
    a_manager()
    world = a_world()
    left = an_officer(name="Lea Left")
    made_secret(world)
    told = {str(item.to).partition("|")[2] for item in secret_items()}
    assert told == {world.officer.user_id, world.second.user_id, left.user_id}, "no manager is written to"
    person = store.get(User, left.user_id)
    assert person is not None
    person.role = Role.MANAGER
    store.save([store.changed(person)])
    mail.outbox.clear()
    outbox.deliver_due(utcnow() + timedelta(seconds=1))
    reached = {one for message in mail.outbox for one in message.to}
    assert world.officer.email in reached and left.email not in reached
    for item in secret_items():
        with pytest.raises(LookupError):
            outbox.send_again(message_id=item.message_id, reason="x", actor=actor(an_admin()), now=utcnow())


# --- what a customer gets ------------------------------------------------------------------------


def test_the_package_of_the_customers_own_data_tells_nothing_in_any_of_its_files() -> None:
    world = made_secret(a_world())
    by, now = actor(world.officer), utcnow()
    item = ask_about_own_data(about="access", details="", actor=actor(world.customer), now=now)
    item = check_identity(request_id=item.user_id, note="Seen", version=item.version, actor=by, now=now)
    item = deeds.make_package(request_id=item.user_id, version=item.version, actor=by, now=now)
    answer_request(request_id=item.user_id, outcome="granted", answer="Here.", version=item.version, actor=by, now=now)
    words = ""
    for code in deeds.FILES:
        content, _ = deeds.open_package(request_id=item.user_id, code=code, actor=actor(world.customer), now=now)
        words += words_of(content)
    assert "Carla Customer" in words and "CarlaCustomer" in words, "members and paper are read"
    assert [one for one in (*world.traces, "uspicious activity", "FinCEN") if one in words] == []
