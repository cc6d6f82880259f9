"""A control that crosses a threshold is told once, heads somewhere before it does, and reopens what was not mended."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_admin, an_officer, signed_in
from cloudbank import outbox, store
from cloudbank.audit import subject_of
from cloudbank.clock import utcnow
from compliance.control import scope_of
from compliance.controls import CONTROLS
from compliance.models import ControlDay, ControlNotice
from compliance.queries import actions, standing
from compliance.queries.chains import chain_of
from compliance.queries.notices import notices_of, open_notices
from compliance.queries.standing import Standing
from compliance.services.regress import COMMAND
from compliance.services.snapshots import snapshot_controls
from compliance.services.watching import Watched, watch_controls
from compliance.steps import Status
from compliance.testing import an_action, days_ago, filed, take_step, today

pytestmark = pytest.mark.usefixtures("bank")
CODE = "kyc-reviews"


def look() -> Watched:
    """One look at the control of these tests."""
    standing.forget()
    scope = scope_of(utcnow())
    taken = Standing(scope.now, scope.parameters.version, {CODE: CONTROLS[CODE].read(scope)})
    return watch_controls(taken, actor=COMMAND, now=scope.now)


def due(person: User, days: int) -> None:
    filed(person, kyc_review_on=days_ago(days))


def notice() -> ControlNotice:
    return notices_of([CODE])[CODE]


def delivered() -> list[str]:
    """Subjects of the e-mails that this round sent."""
    mail.outbox.clear()
    outbox.deliver_due(utcnow() + timedelta(seconds=1))
    return sorted(f"{one.to[0]}: {one.subject}" for one in mail.outbox)


def test_crossing_is_told_once_rising_once_more_and_recovery_closes_it() -> None:
    first, second, other = an_officer(email="o1@b.example"), an_officer(email="o2@b.example"), an_admin()
    person = a_customer()
    due(person, 3)
    assert look().crossed == [CODE]
    assert (notice().level, notice().times) == ("approaching", 1)
    assert set(notice().told) == {first.user_id, second.user_id}
    assert other.user_id not in notice().told
    assert len(delivered()) == 2
    assert look().crossed == []
    assert delivered() == []
    due(person, 31)
    assert look().crossed == [CODE]
    assert [one.split(": ")[-1] for one in delivered()] == ["breached", "breached"]
    due(person, 3)
    found = look()
    assert (found.crossed, found.eased) == ([], [CODE])
    due(person, -100)
    assert look().recovered == [CODE]
    assert (notice().level, bool(notice().closed_at)) == ("", True)
    assert open_notices() == [] and delivered() == []
    chain = chain_of(subject_of(notice()))
    assert chain is not None and chain.is_whole and chain.length == 4


def test_the_next_crossing_is_told_again() -> None:
    an_officer(email="o1@b.example")
    person = a_customer()
    for times in (1, 2):
        due(person, 3)
        look()
        assert (notice().times, len(delivered())) == (times, 1)
        due(person, -100)
        look()


def test_the_owner_sees_it_and_who_was_told(client: Client) -> None:
    officer = an_officer(name="Oscar Owner")
    due(a_customer(), 3)
    look()
    page = signed_in(client, officer).get("/compliance").content.decode()
    assert "You answer for 1 control beyond a threshold" in page
    assert "You answer for" not in signed_in(Client(), a_manager()).get("/compliance").content.decode()
    assert "Oscar Owner was told by e-mail" in client.get(f"/compliance/controls/{CODE}").content.decode()


def test_the_daily_snapshot_looks_too_also_when_the_day_has_one() -> None:
    person = a_customer()
    snapshot_controls(now=utcnow())
    due(person, 3)
    item, is_new = snapshot_controls(now=utcnow())
    assert not is_new and item.readings[CODE]["state"] == "ok"
    assert notice().level == "approaching"


def test_the_hourly_look_tells_and_keeps_no_snapshot() -> None:
    due(a_customer(), 3)
    out = StringIO()
    call_command("snapshot_controls", "--watch", stdout=out)
    assert out.getvalue() == "1 crossed a threshold, 0 recovered.\n"
    assert standing.day(today()) is None
    assert [item.code for item in open_notices()] == [CODE]


# --- heading --------------------------------------------------------------------------------------


def kept_day(back: int, gauge: int) -> None:
    """A snapshot so many days ago with this gauge."""
    day = today() - timedelta(days=back)
    kept = {"count": 1, "more": False, "gauge": gauge, "state": "approaching", "warn": 0, "breach": 30}
    item = ControlDay(
        transaction_id=ControlDay.key(day),
        version=1,
        day=day.isoformat(),
        taken_at=f"{day.isoformat()}T23:00:00.000000Z",
        parameters_version="",
        readings={CODE: kept},
    )
    item.file()
    store.save([store.new(item)])


def test_approaching_says_the_days_left_and_how_it_knows(client: Client) -> None:
    due(a_customer(), 20)
    for back in range(1, 6):
        kept_day(back, 20 - 2 * back)
    signed_in(client, an_officer())
    page = client.get(f"/compliance/controls/{CODE}").content.decode()
    assert "Breached in about 6 days at the present trend" in page
    assert "traight line through 6 daily readings since" in page and "+2.00 days a day" in page
    assert "Breached in about 6 days at the present trend" in client.get("/compliance").content.decode()


def test_without_enough_snapshots_nothing_is_said(client: Client) -> None:
    due(a_customer(), 20)
    kept_day(1, 2)
    page = signed_in(client, an_officer()).get(f"/compliance/controls/{CODE}").content.decode()
    assert "present trend" not in page


# --- regression -----------------------------------------------------------------------------------


def test_an_action_is_reopened_when_its_control_regresses() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer, "start", "ready", control=CODE)
    take_step(item, "close", second)
    other = an_action(officer, "start", "ready", control="staff-dormant")
    take_step(other, "close", second)
    assert look().reopened == []
    due(a_customer(), 3)
    assert look().reopened == [item.transaction_id]
    found = actions.action(item.transaction_id)
    assert found is not None
    assert (found.status, found.reopened, found.closed_at) == (Status.REOPENED, 1, "")
    assert found.due_on == (today() + timedelta(days=14)).isoformat()
    assert "regressed: 1 review" in actions.records(found)[0].reason
    assert actions.action(other.transaction_id).status == Status.CLOSED  # type: ignore[union-attr]
    assert look().reopened == []


def test_nothing_is_reopened_while_another_action_is_open_or_long_after() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer, "start", "ready", control=CODE)
    item = take_step(item, "close", second)
    person = a_customer()
    open_one = an_action(officer, control=CODE)
    due(person, 3)
    assert look().reopened == []
    take_step(take_step(take_step(open_one, "start", officer), "ready", officer), "close", second)
    due(person, -100)
    look()
    for key in (item.transaction_id, open_one.transaction_id):
        old = actions.action(key)
        assert old is not None
        old.closed_at = f"{days_ago(92)}T12:00:00.000000Z"
        store.save([store.changed(old)])
    due(person, 3)
    assert look().crossed == [CODE]
    assert look().reopened == []
