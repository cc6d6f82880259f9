"""Reports to OFAC: drafted from what was blocked or rejected, once an event; written, released by two, filed, closed."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdf
import pytest
from django.core.management import call_command
from django.test import Client

from accounts.testing import a_customer, a_manager, a_teller, an_auditor, an_officer, signed_in
from cloudbank import approvals, store
from cloudbank.approvals import Approval
from cloudbank.clock import iso, utcnow
from cloudbank.conf import bank_calendar
from compliance.controls.ofac_reports import Clock
from compliance.filings.life import record_filed
from compliance.filings.models import OfacReport
from compliance.filings.ofac_drafting import draft_ofac, due_from
from compliance.filings.ofac_life import ask_release, blocked_on
from compliance.filings.register import OVERDUE, counts, records
from compliance.filings.terms import BLOCKED, OFAC, REJECTED, Refused, Status
from compliance.filings.testing import agreed, fresh, reviewed
from compliance.privacy.pasts import holds_on
from compliance.score import HARD_CAP, State
from compliance.testing import actor, an_account_of, cash_in, reading, rows_of, today, told
from compliance.tests.ofac_makers import (
    LISTED,
    REFERENCE,
    a_blocked_report,
    a_listed_customer,
    decided,
    filed_ofac,
    hits,
    kept,
    the_list,
    turned_away,
    written,
)
from monitoring.models import CLOSED, FALSE_POSITIVE, Alert
from monitoring.queries import lists, sanctions

pytestmark = pytest.mark.usefixtures("bank")


@pytest.fixture(autouse=True)
def _no_list_of_another_test() -> None:
    lists.forget()
    sanctions.forget()


def aged(item: OfacReport, business_days: int) -> None:
    """As if it had happened so many business days ago."""
    found, day = fresh(item), today()
    assert isinstance(found, OfacReport)
    while sum(1 for _ in bank_calendar().days(day + timedelta(days=1), today())) < business_days:
        day -= timedelta(days=1)
    found.day, found.due_on = day.isoformat(), due_from(day, utcnow()).isoformat()
    found.file()
    store.save([store.changed(found)])


@pytest.mark.parametrize(
    ("day", "due"),
    [
        ("2026-11-02", "2026-11-17"),  # Veterans Day between
        ("2026-11-20", "2026-12-07"),  # Thanksgiving between
        ("2026-12-18", "2027-01-05"),  # Christmas and New Year's Day between
        ("2026-08-01", "2026-08-14"),  # a Saturday
        ("2026-03-02", "2026-03-16"),  # the clocks change between
    ],
)
def test_ten_business_days_pass_over_weekends_and_bank_holidays(day: str, due: str) -> None:
    assert due_from(date.fromisoformat(day), utcnow()).isoformat() == due


def test_a_confirmed_match_drafts_one_report_of_the_customers_accounts() -> None:
    person, account = a_listed_customer()
    assert draft_ofac(now=utcnow()) == [], "nobody has decided yet"
    (alert,) = hits()
    decided(alert)
    (item,) = draft_ofac(now=utcnow())
    assert (item.deed, item.event, item.main["person_id"]) == (BLOCKED, alert.alert_id, person.user_id)
    assert (item.total, item.currency, item.day) == (250_000, "USD", today().isoformat())
    assert [one["account_id"] for one in item.lines] == [account]
    assert (item.target["entry"], item.target["programs"]) == ("101", "SDGT")
    assert item.due_on == due_from(today(), utcnow()).isoformat()
    assert [one.action for one in records(item)] == ["draft_filing"]
    assert draft_ofac(now=utcnow()) == [], "it has its report"


def refuted(alert: Alert) -> None:
    """As two people would."""
    alert.status, alert.outcome, alert.closed_at = CLOSED, FALSE_POSITIVE, iso(utcnow())
    alert.file_hit()
    store.save([store.changed(alert)])


def test_a_hit_that_is_somebody_else_is_not_reported_nor_what_it_stopped() -> None:
    mine, (_, theirs) = an_account_of(a_customer()), a_listed_customer()
    cash_in(mine, 90_000)
    turned_away(mine, theirs)
    for alert in hits():
        refuted(alert)
    assert draft_ofac(now=utcnow()) == []


def test_a_payment_that_was_turned_away_is_a_rejected_transaction_drafted_once() -> None:
    payer = a_customer()
    mine, theirs = an_account_of(payer), an_account_of(a_customer(name=LISTED))
    cash_in(mine, 90_000)
    the_list("STRANGER, Simon")
    movement = turned_away(mine, theirs)
    call_command("draft_filings", verbosity=0)
    (item,) = [one for one in _all() if one.deed == REJECTED]
    assert (item.event, item.total, item.main["person_id"]) == (movement, 10_000, payer.user_id)
    assert {one["name"] for one in item.persons} == {payer.name, LISTED}
    assert ["Movement", movement] in item.instructions
    for alert in hits():
        decided(alert)
    (other,) = draft_ofac(now=utcnow())
    assert (other.deed, other.main["name"]) == (BLOCKED, LISTED), "the listed payee's own account"
    assert draft_ofac(now=utcnow()) == []


def _all() -> list[OfacReport]:
    return blocked_on(today()) + [row.item for row in rows_of("ofac-reports") if row.item.deed == REJECTED]  # type: ignore[attr-defined]


def test_money_from_who_is_on_the_list_is_blocked_property() -> None:
    account = an_account_of(a_customer())
    the_list("BANCO DE EJEMPLO S.A.")
    made = kept(account, "Banco de Ejemplo S.A.")
    (item,) = draft_ofac(now=utcnow())
    assert (item.deed, item.event, item.total) == (BLOCKED, made.movement_id, 7_000)
    assert ["Originator", "Banco de Ejemplo S.A."] in item.instructions


def test_it_is_written_by_one_released_by_another_and_filed_under_ofacs_reference() -> None:
    item, officer, second = a_blocked_report(), an_officer(), a_manager()
    with pytest.raises(Refused, match="legal authority"):
        reviewed(item, officer)
    written(item, officer)
    request = reviewed(item, officer)
    with pytest.raises(approvals.NotAllowed):
        agreed(request, officer)
    agreed(request, second)
    version: dict[str, Any] = {"filing_id": item.filing_id, "version": fresh(item).version, "filed_on": today()}
    with pytest.raises(Refused) as refused:
        record_filed(acknowledgement="?!", actor=actor(officer), now=utcnow(), **version)
    assert refused.value.field == "acknowledgement"
    found = record_filed(acknowledgement=REFERENCE, actor=actor(officer), now=utcnow(), **version)
    assert (found.status, found.acknowledgement, found.approved_by) == (Status.FILED, REFERENCE, second.user_id)


def test_its_paper_has_what_the_rule_asks_for() -> None:
    officer = an_officer()
    item = written(a_blocked_report(), officer)
    client = signed_in(Client(), officer)
    content = client.get(f"/compliance/filings/{item.filing_id}.pdf").content
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    for words in (
        "Who reports", "Blocked property", "2,500.00 USD", LISTED, "SDGT, 31 CFR part 594", "STRANGER, Simon",
        "Checking account in Springfield.", "Blocked on", item.filing_id,
    ):  # fmt: skip
        assert words in text, words
    assert client.get(f"/compliance/filings/{item.filing_id}.xml").status_code == 302, "OFAC takes no XML of FinCEN"


def test_property_leaves_the_yearly_list_when_two_people_say_it_is_released() -> None:
    item, officer, second = a_blocked_report(), an_officer(), a_manager()
    item = filed_ofac(item, officer, second)
    assert [one.filing_id for one in blocked_on(today())] == [item.filing_id]
    assert blocked_on(today() - timedelta(days=1)) == []
    request = _asked(item, officer)
    assert blocked_on(today()), "only asked"
    with pytest.raises(approvals.NotAllowed):
        agreed(request, officer)
    agreed(request, second)
    assert blocked_on(today()) == []
    found = fresh(item)
    assert isinstance(found, OfacReport)
    assert (found.released_on, found.released_why) == (today().isoformat(), "License IA-2026-1.")
    with pytest.raises(Refused):
        _asked(found, officer)


def _asked(item: OfacReport, officer: Any) -> Approval:
    return ask_release(
        filing_id=item.filing_id, released_on=today(), reason="License IA-2026-1.", version=fresh(item).version,
        actor=actor(officer), name=officer.name, now=utcnow(),
    )  # fmt: skip


def test_the_yearly_list_is_a_page_a_table_and_a_paper() -> None:
    item, officer = a_blocked_report(), an_officer()
    found = fresh(item)
    assert isinstance(found, OfacReport)
    found.day = "2025-05-04"
    store.save([store.changed(found)])
    client = signed_in(Client(), officer)
    page = client.get("/compliance/filings/blocked?year=2025").content.decode()
    assert LISTED in page and "As of June 30, 2025" in page and "30 Sep 2025" in page
    table = b"".join(client.get("/compliance/filings/blocked?year=2025&export=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert item.filing_id in table and "2500.00" in table
    content = client.get("/compliance/filings/blocked/2025.pdf").content
    text = " ".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert "Annual report of blocked property 2025" in text and LISTED in text
    assert LISTED not in client.get("/compliance/filings/blocked?year=2024").content.decode()


def test_the_control_counts_what_its_list_shows_and_an_overdue_report_caps_the_score() -> None:
    assert told("ofac-reports") == (0, 0, State.OK)
    item = a_blocked_report()
    assert (told("ofac-reports")[2], len(rows_of("ofac-reports"))) == (State.OK, 1)
    aged(item, 6)
    assert told("ofac-reports") == (1, 60, State.APPROACHING)
    aged(item, 11)
    assert told("ofac-reports") == (1, 110, State.BREACHED)
    assert counts((OFAC,), today())[OVERDUE] == 1
    assert reading("ofac-reports").part.caps and HARD_CAP == 49
    found = fresh(item)
    found.status, found.filed_on = Status.FILED, today().isoformat()
    found.file()
    store.save([store.changed(found)])
    assert told("ofac-reports") == (0, 0, State.OK)


@pytest.mark.parametrize(
    ("today_is", "used"),
    [
        ("2026-10-16", 0),
        ("2026-10-23", 50),
        ("2026-10-30", 100),  # the last day, a Friday
        ("2026-10-31", 101),
        ("2026-11-02", 110),
    ],
)
def test_a_report_is_late_from_the_day_after_its_last(today_is: str, used: int) -> None:
    item = OfacReport("ofac_x", day="2026-10-16", due_on=due_from(date(2026, 10, 16), utcnow()).isoformat())
    assert Clock(item, date.fromisoformat(today_is)).used == used


def test_officers_and_auditors_read_it_and_tellers_and_the_customer_never_do() -> None:
    item = a_blocked_report()
    url = f"/compliance/filings/{item.filing_id}"
    officer, auditor = signed_in(Client(), an_officer()), signed_in(Client(), an_auditor())
    assert "Blocked property" in officer.get(url).content.decode()
    assert LISTED in auditor.get("/compliance/filings?form=ofac").content.decode()
    assert LISTED not in auditor.get("/compliance/filings?form=ctr").content.decode()
    assert auditor.get(f"{url}/ofac").status_code == 403
    for person in (a_teller(), a_customer()):
        client = signed_in(Client(), person)
        assert {client.get(one).status_code for one in (url, f"{url}/ofac", f"{url}.pdf")} == {403}


def test_it_is_kept_ten_years_and_while_the_property_is_blocked() -> None:
    person, _ = a_listed_customer()
    (alert,) = hits()
    decided(alert)
    draft_ofac(now=utcnow())
    alert = hits()[0]
    alert.last_at = iso(datetime(2010, 1, 2, tzinfo=UTC))
    store.save([store.changed(alert)])
    (hold,) = [one for one in holds_on(person, utcnow()) if one.basis == "sanctions"]
    assert hold.until is not None and hold.until.year == today().year + 10
    assert not hold.told


def test_no_file_for_fincen_is_offered_for_a_report_to_ofac() -> None:
    item, client = a_blocked_report(), signed_in(Client(), an_officer())
    page = client.get(f"/compliance/filings/{item.filing_id}").content.decode()
    assert "XML for E-Filing" not in page and "BSA identifier" not in page
