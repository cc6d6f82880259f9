"""The controls of identity and sanctions on the real engine, at the edges of their thresholds."""

from datetime import timedelta

import pytest
from django.test import Client

from accounts.models.people import KYC_HIGH, PENDING, REJECTED
from accounts.testing import a_customer, an_officer, signed_in
from cloudbank import store
from cloudbank.clock import ONE_DAY, iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem
from compliance.kyc.models import KycFile
from compliance.kyc.queries import file_of
from compliance.score import State
from compliance.testing import an_account_of, cash_in, days_ago, filed, rows_of, today, told
from compliance.tests.kyc_makers import RISKY, a_paper, a_pending_customer, checked, declared
from monitoring.list_items import SanctionsList
from monitoring.models import ASSIGNED, CLOSED, ESCALATED, Alert
from monitoring.queries import lists, sanctions
from monitoring.sanctions import Entry
from monitoring.services.sanctions import load_list, screen_customers
from monitoring.tests.test_sanctions import ROBOT

pytestmark = pytest.mark.usefixtures("bank", "store_of_papers")


@pytest.fixture(autouse=True)
def _no_list_of_another_test() -> None:
    lists.forget()
    sanctions.forget()


# --- papers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "state"), [(0, None), (1, State.OK), (30, State.OK), (31, State.APPROACHING), (181, State.BREACHED)]
)
def test_papers_that_expired_are_counted_from_the_day_after_their_last(days: int, state: State | None) -> None:
    officer, customer = an_officer(), a_pending_customer()
    checked(customer, a_paper(customer, officer), officer)
    kyc = file_of(customer.user_id)
    kyc.papers = [kyc.papers[0] | {"expires_on": days_ago(days)}]
    kyc.file()
    store.save([store.changed(kyc)])
    assert told("kyc-papers") == ((0, 0, State.OK) if state is None else (1, days, state))


def test_a_newer_paper_or_leaving_ends_it() -> None:
    officer, customer = an_officer(), a_pending_customer()
    checked(customer, a_paper(customer, officer), officer)
    kyc = file_of(customer.user_id)
    kyc.papers = [kyc.papers[0] | {"expires_on": days_ago(3)}]
    kyc.file()
    store.save([store.changed(kyc)])
    assert told("kyc-papers")[0] == 1
    checked(customer, a_paper(customer, officer, content=b"%PDF-newer"), officer)
    assert told("kyc-papers")[0] == 0
    other = a_pending_customer(email="o@people.example", exited_on=days_ago(2))
    stale = KycFile(user_id=KycFile.key(other.user_id), customer_id=other.user_id, papers=kyc.papers)
    stale.file()
    store.save([store.stored(stale)])
    assert told("kyc-papers")[0] == 0


# --- enhanced reviews ---------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "state"), [(0, State.OK), (1, State.APPROACHING), (31, State.BREACHED)])
def test_high_risk_is_reviewed_by_its_own_date(days: int, state: State) -> None:
    filed(a_customer(), risk_rating="high", kyc_review_on=days_ago(-300), enhanced_due=days_ago(days))
    filed(a_customer(email="low@people.example"), kyc_review_on=days_ago(40))
    filed(a_customer(email="p@people.example"), risk_rating="high", kyc_status=PENDING)
    assert told("kyc-enhanced") == ((1 if days else 0), days, state)


def test_who_becomes_high_risk_has_thirty_days_and_who_falls_leaves_the_list() -> None:
    officer = an_officer()
    customer = filed(a_customer(), kyc_review_on=days_ago(-900))
    declared(customer, officer, RISKY)
    found = list(store.index_keys(type(customer), "by_owner", KYC_HIGH))
    assert [order.partition("#")[0] for order, _ in found] == [(today() + timedelta(days=30)).isoformat()]
    declared(customer, officer)
    assert not list(store.index_keys(type(customer), "by_owner", KYC_HIGH))


# --- activity -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "state"), [(10, None), (11, State.APPROACHING), (31, State.BREACHED)])
def test_who_is_not_verified_and_moves_money_is_counted_after_the_grace(days: int, state: State | None) -> None:
    mover = a_pending_customer()
    cash_in(an_account_of(mover), 5_000)
    filed(mover, registered_on=days_ago(days))
    quiet = a_pending_customer(email="q@people.example")
    an_account_of(quiet)
    filed(quiet, registered_on=days_ago(60))
    assert told("kyc-activity") == ((0, 0, State.OK) if state is None else (1, days, state))


def test_a_rejected_customer_with_movements_counts_at_once() -> None:
    customer = a_pending_customer()
    cash_in(an_account_of(customer), 5_000)
    filed(customer, kyc_status=REJECTED, kyc_decided_on=today().isoformat())
    assert [getattr(one, "user_id", "") for one in rows_of("kyc-activity")] == [customer.user_id]


# --- sanctions ----------------------------------------------------------------------------------


def in_force(*names: str) -> None:
    entries = [Entry(str(101 + place), (name,), "individual", "TEST") for place, name in enumerate(names)]
    load_list(entries=entries, origin="SDN.CSV", dry_run=False, actor=ROBOT, now=utcnow())


def test_open_hits_are_counted_until_they_are_decided() -> None:
    in_force("STRANGER, Simon")
    assert told("sanctions-hits") == (0, 0, State.OK)
    customer = a_customer(name="Simon Stranger")
    screen_customers(actor=ROBOT, now=utcnow())
    count, _, _ = told("sanctions-hits")
    assert count == 1
    (alert,) = rows_of("sanctions-hits")
    assert isinstance(alert, Alert) and alert.customer_id == customer.user_id
    for status, open_ in ((ASSIGNED, True), (ESCALATED, True), (CLOSED, False), (ASSIGNED, True)):
        alert.status = status
        alert.file_hit()
        store.save([store.changed(alert)])
        assert len(rows_of("sanctions-hits")) == open_, status


@pytest.mark.parametrize(("days", "state"), [(2, State.OK), (3, State.APPROACHING), (10, State.APPROACHING),
                                             (11, State.BREACHED)])  # fmt: skip
def test_a_hit_waits_business_days(days: int, state: State) -> None:
    in_force("STRANGER, Simon")
    a_customer(name="Simon Stranger")
    screen_customers(actor=ROBOT, now=utcnow())
    (alert,) = rows_of("sanctions-hits")
    assert isinstance(alert, Alert)
    calendar, opened = bank_calendar(), utcnow()
    last = calendar.local(opened).date()
    back = 0
    while back < days:
        back += calendar.is_business_day(last)
        last -= ONE_DAY
        opened -= ONE_DAY
    alert.opened_at = iso(opened)
    alert.file_hit()
    store.save([store.changed(alert)])
    assert told("sanctions-hits") == (1, days, state)


def test_the_list_has_an_age_and_everybody_is_screened_with_it() -> None:
    assert told("sanctions-list") == (0, None, State.NOT_MEASURABLE)
    in_force("STRANGER, Simon")
    assert told("sanctions-list") == (0, 0, State.OK)
    _aged(3)
    assert told("sanctions-list") == (1, 3, State.BREACHED), "nobody was screened with it"
    screen_customers(actor=ROBOT, now=utcnow())
    assert told("sanctions-list") == (0, 3, State.OK)
    _aged(8)
    assert told("sanctions-list") == (1, 8, State.APPROACHING)
    _aged(31)
    assert told("sanctions-list") == (1, 31, State.BREACHED)


def _aged(days: int) -> None:
    item = store.load(AccountsItem, [SanctionsList.KEY])[SanctionsList.KEY]
    assert isinstance(item, SanctionsList)
    noon = bank_calendar().local(utcnow()).replace(hour=12) - timedelta(days=days)
    item.loaded_at = iso(noon)
    store.save([store.changed(item)])


def test_the_drill_down_of_each_shows_its_rows_and_leads_on() -> None:
    officer = an_officer()
    expired = a_pending_customer(name="Petra Paper")
    checked(expired, a_paper(expired, officer), officer)
    kyc = file_of(expired.user_id)
    kyc.papers = [kyc.papers[0] | {"expires_on": days_ago(40)}]
    kyc.file()
    store.save([store.changed(kyc)])
    filed(a_customer(name="Hanna High"), risk_rating="high", enhanced_due=days_ago(5))
    mover = a_pending_customer(name="Max Mover", email="m@people.example")
    cash_in(an_account_of(mover), 5_000)
    filed(mover, registered_on=days_ago(20))
    in_force("STRANGER, Simon")
    a_customer(name="Simon Stranger")
    screen_customers(actor=ROBOT, now=utcnow())
    _aged(9)
    client = signed_in(Client(), officer)
    for code, shown in (
        ("kyc-papers", "Petra Paper"),
        ("kyc-enhanced", "Hanna High"),
        ("kyc-activity", "Max Mover"),
        ("sanctions-hits", "Simon Stranger"),
        ("sanctions-list", "SDN.CSV"),
    ):
        page = client.get(f"/compliance/controls/{code}")
        assert page.status_code == 200 and shown in page.content.decode(), code
        assert client.get(f"/compliance/controls/{code}?export=xlsx").status_code in (200, 429), code
        link = f"/compliance/kyc/{expired.user_id}"
        assert code != "kyc-papers" or (link in page.content.decode() and client.get(link).status_code == 200)
