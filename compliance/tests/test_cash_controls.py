"""The controls over large cash and over the deadlines of alerts, from the posting to the row."""

from datetime import timedelta

import pytest

from accounts.ledger import CASH, WITHDRAWAL, Instruction
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.testing import a_customer, a_stranger, an_officer
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from cloudbank.tables import TransactionsItem
from compliance.filings.drafting import draft_due
from compliance.filings.testing import the_way_to_filed
from compliance.score import State
from compliance.testing import TILL, actor, an_account_of, cash_in, reading, rows_of, told
from monitoring.models import WORKLIST, Alert
from monitoring.services.closing import close_alert

pytestmark = pytest.mark.usefixtures("bank")


def open_alerts() -> list[Alert]:
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST)]
    return [item for item in store.load(TransactionsItem, keys).values() if isinstance(item, Alert)]


# --- large cash ---------------------------------------------------------------------------------


def test_exactly_the_limit_is_no_report_and_one_cent_more_is() -> None:
    account = an_account_of(a_customer())
    cash_in(account, 1_000_000)
    assert told("ctr-filing") == (0, 0, State.OK)
    cash_in(account, 1)
    assert told("ctr-filing") == (1, 0, State.OK)


def test_two_accounts_of_one_person_are_one_cash_day() -> None:
    person = a_customer()
    cash_in(an_account_of(person), 600_000)
    cash_in(an_account_of(person), 600_000)
    assert reading("ctr-filing").measure.count.number == 1


def test_cash_in_and_cash_out_are_two_cash_days_and_never_netted() -> None:
    account = an_account_of(a_customer())
    cash_in(account, 1_100_000)
    out = Instruction(
        type=WITHDRAWAL,
        key=new_id("key"),
        amount=1_050_000,
        currency="USD",
        debit=account,
        credit=CASH,
        channel="branch",
        branch="main",
        actor=TILL,
    )
    post(out, now=utcnow())
    assert reading("ctr-filing").measure.count.number == 2
    directions = {row.direction for row in rows_of("ctr-filing")}  # type: ignore[attr-defined]
    assert directions == {"Cash in", "Cash out"}


def test_each_business_day_is_a_report_of_its_own_though_one_alert_holds_them() -> None:
    account = an_account_of(a_customer(), now=utcnow() - timedelta(days=20))
    for days in (8, 1):
        cash_in(account, 1_200_000, now=utcnow() - timedelta(days=days))
    assert len(open_alerts()) == 1
    assert reading("ctr-filing").measure.count.number == 2


def test_a_row_shows_the_days_total_and_the_due_date() -> None:
    account = an_account_of(a_customer())
    cash_in(account, 700_000)
    cash_in(account, 400_000)
    (row,) = rows_of("ctr-filing")
    assert row.total == 1_100_000  # type: ignore[attr-defined]
    assert (row.due_on.isoformat(), row.name) == (  # type: ignore[attr-defined]
        (bank_calendar().business_date(utcnow()) + timedelta(days=15)).isoformat(),
        "Carla Customer",
    )


def cash_day_before(days: int) -> None:
    """Cash over the limit on a business day that was this many calendar days before today."""
    account = an_account_of(a_customer(), now=utcnow() - timedelta(days=40))
    noon = bank_calendar().local(utcnow()).replace(hour=12, minute=0) - timedelta(days=days)
    cash_in(account, 1_200_000, now=noon)


@pytest.mark.parametrize("days", range(8, 20))
def test_the_fifteenth_day_is_in_time_and_the_sixteenth_is_not(days: int) -> None:
    cash_day_before(days)
    count, gauge, state = told("ctr-filing")
    assert count == 1
    assert gauge is not None
    assert gauge <= days  # weekends roll forward
    assert state is (State.BREACHED if gauge > 15 else State.APPROACHING if gauge > 10 else State.OK)


def test_an_overdue_report_caps_the_score() -> None:
    cash_day_before(22)
    overdue = reading("ctr-filing")
    assert overdue.state is State.BREACHED
    assert overdue.part.caps


def test_before_the_day_is_sealed_closing_its_alert_takes_the_cash_day_off_the_page() -> None:
    cash_in(an_account_of(a_customer()), 1_000_001)
    (alert,) = open_alerts()
    officer = an_officer()
    close_alert(
        alert_id=alert.transaction_id,
        reason_code="reportable",
        note="Form 112 filed, acknowledgement 1.",
        revision=alert.revision,
        actor=actor(officer),
        now=utcnow(),
    )
    assert told("ctr-filing") == (0, 0, State.OK)


def test_a_sealed_day_is_counted_by_its_filing_whatever_became_of_the_alert_and_off_once_it_is_filed() -> None:
    noon = bank_calendar().local(utcnow()).replace(hour=12, minute=0) - timedelta(days=10)
    cash_in(an_account_of(a_customer(), now=noon), 1_200_000, now=noon)
    close_through(bank_calendar().business_date(noon), "USD", now=utcnow())
    (item,) = draft_due(now=utcnow())
    (alert,) = open_alerts()
    officer = an_officer()
    reason = {"reason_code": "reportable", "note": "A report is drafted."}
    close_alert(alert_id=alert.transaction_id, **reason, revision=alert.revision, actor=actor(officer), now=utcnow())
    count, gauge, _ = told("ctr-filing")
    assert count == 1
    assert gauge is not None
    assert gauge > 5
    the_way_to_filed(item, officer, an_officer(email="second@bank.example"))
    assert told("ctr-filing") == (0, 0, State.OK)


# --- alerts -------------------------------------------------------------------------------------


def test_an_alert_is_late_when_its_deadline_has_passed() -> None:
    account = an_account_of(a_customer(), now=utcnow() - timedelta(days=5))
    cash_in(account, 1_200_000, now=utcnow())
    assert told("alert-deadlines") == (0, 0, State.OK)
    other = an_account_of(a_stranger(), now=utcnow() - timedelta(days=20))
    cash_in(other, 1_200_000, now=utcnow() - timedelta(days=10))  # four business hours have passed since, surely
    assert told("alert-deadlines") == (1, 1, State.APPROACHING)
    of = reading("alert-deadlines").measure.of
    assert of is not None
    assert of.number == 2
