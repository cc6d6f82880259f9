"""Controls over work that waits, access and jobs, at the edges of their thresholds."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models.held import NEVER
from accounts.testing import a_teller, an_admin, an_analyst, an_officer, signed_in
from accounts.tests.approving import REASON
from cloudbank import approvals, jobs, outbox, store
from cloudbank.clock import utcnow
from cloudbank.outbox.item import GIVEN_UP, PATIENCE, Message
from compliance.control import percent
from compliance.controls import CONTROLS
from compliance.score import State
from compliance.services.thresholds import CHANGE, ask_threshold
from compliance.testing import actor, reading, rows_of, told
from compliance.tests.makers import a_case, a_held_movement, a_standing_order, business_days_ago

pytestmark = pytest.mark.usefixtures("bank")


def test_there_are_at_least_twenty_four_controls_each_under_one_framework() -> None:
    assert len(CONTROLS) >= 24


# --- work that waits ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(2, State.OK), (3, State.APPROACHING), (5, State.APPROACHING), (6, State.BREACHED)]
)
def test_a_held_movement_waits_from_the_day_it_was_stopped(days: int, state: State) -> None:
    a_held_movement(days)
    assert told("held-waiting") == (1, days, state)


def test_blocked_property_and_what_was_decided_do_not_wait() -> None:
    a_held_movement(90, expires_on=NEVER)
    a_held_movement(90, state="released")
    assert told("held-waiting") == (0, 0, State.OK)


def test_the_first_to_run_out_stands_first_and_is_said() -> None:
    a_held_movement(1, left=2)
    first = a_held_movement(3, left=-1)
    assert rows_of("held-waiting")[0].movement_id == first.movement_id  # type: ignore[attr-defined]
    assert "1 day over" in reading("held-waiting").measure.says


@pytest.mark.parametrize(
    ("days", "count", "state"),
    [(20, 0, State.OK), (21, 1, State.APPROACHING), (30, 1, State.APPROACHING), (31, 1, State.BREACHED)],
)
def test_a_case_is_open_too_long_by_calendar_days(days: int, count: int, state: State) -> None:
    a_case(1)
    a_case(days)
    assert told("case-deadlines") == (count, days, state)
    assert str(reading("case-deadlines").measure.of) == "2"


def test_a_standing_order_has_its_evening_and_one_more() -> None:
    for days, late in ((0, 0), (1, 0), (2, 1), (4, 2)):
        a_standing_order(business_days_ago(days))
        assert reading("standing-orders-late").measure.count.number == late
    assert told("standing-orders-late")[1:] == (4, State.BREACHED)


# --- four eyes ------------------------------------------------------------------------------------


def a_request(hours_left: int, code: str = "limit.teller_cash") -> approvals.Approval:
    officer = an_officer()
    effect = approvals.find_effect(CHANGE)
    assert effect is not None
    asked = utcnow() - effect.valid_for + timedelta(hours=hours_left)
    return ask_threshold(
        code=code,
        value=3_000_001,
        effective_from=asked.date(),
        reason=REASON,
        key=code,
        actor=actor(officer),
        name=officer.name,
        now=asked,
    )


def test_a_request_counts_in_its_last_day_and_when_it_ran_out() -> None:
    a_request(30)
    assert told("approvals-waiting") == (0, 0, State.OK)
    a_request(23, "limit.day")
    a_request(-2, "limit.movement")
    count, _, state = told("approvals-waiting")
    assert (count, state) == (2, State.APPROACHING)
    assert str(reading("approvals-waiting").measure.of) == "3"


def test_the_rows_do_not_say_what_a_request_is_about() -> None:
    item = a_request(2)
    page = signed_in(Client(), an_admin()).get("/compliance/controls/approvals-waiting").content.decode()
    assert item.approval_id in page
    assert item.title not in page


# --- access ---------------------------------------------------------------------------------------


def guess(email: str, times: int) -> None:
    for number in range(times):
        client = Client(REMOTE_ADDR=f"198.51.{number}.9")
        assert client.post("/login", {"username": email, "password": "not it at all"}).status_code == 422


@pytest.mark.parametrize(("tries", "count", "state"), [(5, 0, State.OK), (6, 1, State.APPROACHING)])
def test_wrong_passwords_at_a_staff_account_are_counted_over_networks(tries: int, count: int, state: State) -> None:
    person = a_teller(email="tom@bank.example")
    an_analyst(email="ana@bank.example")
    guess(person.email, tries)
    assert told("staff-sign-ins") == (count, tries, state)


# --- jobs and messages ----------------------------------------------------------------------------


def ran(job: str, hours: float) -> None:
    with jobs.run(job, key="k", now=utcnow() - timedelta(hours=hours)):
        pass


def test_no_job_at_all_is_not_measurable() -> None:
    assert told("jobs-late") == (0, None, State.NOT_MEASURABLE)


def test_a_job_is_late_by_its_own_rhythm_and_a_failed_one_at_once() -> None:
    ran("send_digest", 25.9)
    ran("run_payrolls", 0.9)
    assert told("jobs-late") == (0, 0, State.OK)
    ran("run_payrolls", 1.1)
    assert told("jobs-late") == (1, 1, State.APPROACHING)
    with pytest.raises(RuntimeError), jobs.run("detect_patterns", key="k", now=utcnow()):
        raise RuntimeError("disk full")
    found = reading("jobs-late")
    assert found.measure.count.number == 2
    assert "detect_patterns" in found.measure.says and "send_digest" not in found.measure.says


def a_message(minutes: int, *, given_up: bool = False) -> None:
    written = utcnow() - timedelta(minutes=minutes)
    item = outbox.message("alert.opened", f"k{minutes}{given_up}", {}, now=written).item
    assert isinstance(item, Message)
    if given_up:
        item.end(GIVEN_UP, written + PATIENCE)
    store.save([store.new(item)])


def test_messages_count_when_nobody_tried_them_in_time_or_tries_them_any_more() -> None:
    a_message(14)
    assert told("messages-undelivered") == (0, 0, State.OK)
    a_message(16)
    a_message(99, given_up=True)
    assert told("messages-undelivered") == (2, 2, State.APPROACHING)


def test_a_percentage_is_said_with_two_decimals() -> None:
    assert [percent(n) for n in (0, 5, 425, 123_456, -50)] == [
        "0.00 %",
        "0.05 %",
        "4.25 %",
        "1,234.56 %",
        "\u22120.50 %",
    ]
