"""Every control on the real engine: the reading is the number of rows, at the edges of its thresholds."""

from datetime import timedelta

import pytest

from accounts.models import Books
from accounts.models.people import PENDING
from accounts.services.people import set_disabled, verify_customer
from accounts.testing import a_customer, a_teller, an_admin, an_analyst, an_auditor, an_officer
from cloudbank import jobs, parameters, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.parameters import set_value
from compliance.control import Control, scope_of
from compliance.controls import CONTROLS
from compliance.privacy.services import answer_request, ask_about_own_data
from compliance.score import State
from compliance.testing import (
    actor,
    an_account_of,
    an_action,
    days_ago,
    filed,
    reading,
    rows_of,
    take_step,
    today,
    told,
)

pytestmark = pytest.mark.usefixtures("bank")


# --- all of them ------------------------------------------------------------------------------


@pytest.mark.parametrize("control", list(CONTROLS), ids=lambda one: one.code)
def test_every_control_says_what_it_asks_and_where_that_comes_from(control: Control) -> None:
    assert len(control.obligation) > 40
    assert control.source
    assert control.formula
    assert control.weight > 0
    assert control.columns
    assert any(column.main for column in control.columns)
    declared = {one.code: one for one in parameters.declared()}
    for name in ("warn", "breach"):
        assert declared[f"control.{control.code}.{name}"].source == control.source


@pytest.mark.parametrize("code", CONTROLS.codes())
def test_an_empty_bank_is_ok_or_not_measurable(code: str) -> None:
    count, _, state = told(code)
    assert count == 0
    assert state in (State.OK, State.NOT_MEASURABLE)


def test_a_threshold_in_force_is_what_judges() -> None:
    filed(a_customer(), kyc_review_on=days_ago(3))
    assert told("kyc-reviews")[2] is State.APPROACHING
    set_value(
        code="control.kyc-reviews.breach",
        value=2,
        effective_from=utcnow().date(),
        actor=actor(an_officer()),
        now=utcnow(),
        reason="stricter",
    )
    assert told("kyc-reviews")[2] is State.BREACHED


# --- identity -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"),
    [(5, State.OK), (6, State.APPROACHING), (30, State.APPROACHING), (31, State.BREACHED)],
)
def test_identity_waits_longer_than_the_thresholds(days: int, state: State) -> None:
    filed(a_customer(), kyc_status=PENDING, registered_on=days_ago(days), first_account_on=days_ago(days))
    count, _, found = told("kyc-pending")
    assert (count, found) == (int(state is not State.OK), state)


def test_who_has_no_account_is_not_late() -> None:
    filed(a_customer(), kyc_status=PENDING, registered_on=days_ago(99))
    assert told("kyc-pending") == (0, 0, State.OK)


def test_many_without_an_account_do_not_hide_the_one_who_has() -> None:
    for _ in range(60):
        filed(a_customer(), kyc_status=PENDING, registered_on=days_ago(50))
    filed(a_customer(), kyc_status=PENDING, registered_on=days_ago(40), first_account_on=days_ago(40))
    assert told("kyc-pending") == (1, 40, State.BREACHED)


def test_verifying_a_customer_takes_them_off() -> None:
    person = filed(a_customer(), kyc_status=PENDING, registered_on=days_ago(9), first_account_on=days_ago(9))
    assert reading("kyc-pending").measure.count.number == 1
    verify_customer(customer_id=person.user_id, approve=True, reason="", actor=actor(an_officer()), now=utcnow())
    assert reading("kyc-pending").measure.count.number == 0


@pytest.mark.parametrize(("days", "count"), [(-1, 0), (0, 1), (1, 1)])
def test_a_review_is_due_from_its_date_on(days: int, count: int) -> None:
    filed(a_customer(), kyc_review_on=days_ago(days))
    assert reading("kyc-reviews").measure.count.number == count


def test_reviews_are_read_page_by_page_and_none_is_lost() -> None:
    people = {filed(a_customer(), kyc_review_on=days_ago(days)).user_id for days in range(23)}
    assert {row.user_id for row in rows_of("kyc-reviews", size=7)} == people  # type: ignore[attr-defined]
    assert told("kyc-reviews") == (23, 22, State.APPROACHING)


# --- privacy ------------------------------------------------------------------------------------


def test_a_request_counts_until_it_is_answered() -> None:
    person, officer = a_customer(), an_officer()
    received = bank_calendar().local(utcnow()) - timedelta(days=31)  # the same hour there, whatever the clocks did
    item = ask_about_own_data(about="access", details="", actor=actor(person), now=received)
    assert told("privacy-requests") == (1, 31, State.BREACHED)
    answer_request(
        request_id=item.user_id,
        outcome="refused",
        answer="We could not make sure who asks.",
        version=item.version,
        actor=actor(officer),
        now=utcnow(),
    )
    assert told("privacy-requests") == (0, 0, State.OK)


# --- ledger -------------------------------------------------------------------------------------


def test_days_are_unsealed_from_the_first_day_of_the_books_to_yesterday() -> None:
    calendar = bank_calendar()
    now = utcnow()
    an_account_of(a_customer(), now=now)
    assert told("days-unsealed") == (0, 0, State.OK)
    books = store.get(Books, Books.key("USD"))
    assert books is not None
    day = calendar.business_date(now)
    for count, state in ((1, State.APPROACHING), (2, State.BREACHED)):
        day = calendar.on_or_before(day - timedelta(days=1))
        books.first_day = day.isoformat()
        store.save([store.changed(books)])
        assert told("days-unsealed") == (count, count, state)
    books.last_closed = day.isoformat()
    store.save([store.changed(books)])
    assert told("days-unsealed") == (1, 1, State.APPROACHING)


def verified(key: str = "full", *, broken: int = 0, days: int = 0) -> None:
    with jobs.run("verify_ledger", key=key, now=utcnow() - timedelta(days=days)) as run:
        run.counts |= {"postings": 10, "broken": broken}


def test_a_sound_verification_today_is_ok() -> None:
    verified()
    assert told("ledger-verified") == (0, 0, State.OK)


def test_a_broken_invariant_breaches_and_caps() -> None:
    verified(broken=2)
    found = reading("ledger-verified")
    assert (found.measure.count.number, found.state) == (1, State.BREACHED)
    assert found.part.caps


def test_a_fast_run_does_not_heal_what_a_full_one_found() -> None:
    verified(broken=1)
    verified("fast")
    assert reading("ledger-verified").state is State.BREACHED
    verified()
    assert reading("ledger-verified").state is State.OK


def test_a_run_that_broke_off_breaches() -> None:
    with pytest.raises(RuntimeError), jobs.run("verify_ledger", key="full", now=utcnow()):
        raise RuntimeError("disk full")
    assert reading("ledger-verified").state is State.BREACHED


def test_never_verified_is_not_measurable_and_says_so() -> None:
    found = reading("ledger-verified")
    assert found.state is State.NOT_MEASURABLE
    assert "never verified" in found.measure.says


# --- staff --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(60, State.OK), (61, State.APPROACHING), (90, State.APPROACHING), (91, State.BREACHED)]
)
def test_a_sign_in_that_nobody_uses(days: int, state: State) -> None:
    an_analyst()
    used = f"{days_ago(days)}T15:00:00.000000Z"
    a_teller(last_sign_in_at=used)
    count, _, found = told("staff-dormant")
    assert (count, found) == (int(state is not State.OK), state)


def test_a_new_account_counts_from_the_day_it_was_made_and_a_disabled_one_not_at_all() -> None:
    person = an_auditor(registered_at=f"{days_ago(100)}T15:00:00.000000Z")
    assert told("staff-dormant")[0] == 1
    set_disabled(user_id=person.user_id, disabled=True, reason="left", actor=actor(an_admin()), now=utcnow())
    assert told("staff-dormant") == (0, 0, State.OK)


# --- corrective actions -------------------------------------------------------------------------


def test_an_action_is_overdue_the_day_after_its_due_date_until_it_is_closed() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    item = an_action(officer, "start", "ready", due_on=today())
    assert told("actions-overdue") == (0, 0, State.OK)
    item.due_on = days_ago(1)
    item.file()
    store.save([store.changed(item)])
    assert told("actions-overdue") == (1, 1, State.APPROACHING)
    take_step(item, "close", second)
    assert told("actions-overdue") == (0, 0, State.OK)


def test_overdue_actions_of_every_priority_are_counted() -> None:
    officer = an_officer()
    for priority in (1, 2, 3):
        item = an_action(officer, priority=priority)
        item.due_on = days_ago(priority)
        item.file()
        store.save([store.changed(item)])
    assert told("actions-overdue") == (3, 3, State.APPROACHING)


def test_a_full_last_page_offers_no_empty_one() -> None:
    for days in range(6):
        filed(a_customer(), kyc_review_on=days_ago(days))
    offenders = CONTROLS["kyc-reviews"].offenders(scope_of(utcnow()))
    first = offenders.page(None, 3)
    assert len(first.rows) == 3
    last = offenders.page(first.next_cursor, 3)
    assert (len(last.rows), last.next_cursor) == (3, None)
