"""A currency transaction report on its way: drafted, reviewed, approved by another person, filed, amended."""

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from accounts.services.closing import close_through
from accounts.services.reversals import reverse_movement
from accounts.testing import (
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)
from cloudbank import approvals, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from compliance.filings.amending import amend_cash_report
from compliance.filings.drafting import draft_day, draft_due
from compliance.filings.exempting import Wish, ask_exemption, designate, end_exemption, review_exemption
from compliance.filings.exemptions import Exemption, exemption_of
from compliance.filings.life import record_filed
from compliance.filings.models import CashReport
from compliance.filings.register import OVERDUE, RegisterFilter, counts, filings_about, filings_page, records
from compliance.filings.terms import CTR, DISMISS, FILE, Overtaken, Refused, Status
from compliance.filings.testing import NUMBER, agreed, cash, fresh, reviewed, the_way_to_filed
from compliance.score import State
from compliance.testing import actor, an_account_of, days_ago, rows_of, today, told

pytestmark = pytest.mark.usefixtures("bank")


def noon(days: int) -> datetime:
    """Noon some business days ago, on the bank's clock."""
    calendar = bank_calendar()
    day = calendar.local(utcnow()).date()
    for _ in range(days):
        day = calendar.on_or_before(day - timedelta(days=1))
    return calendar.local(utcnow()).replace(year=day.year, month=day.month, day=day.day, hour=12, minute=0, fold=0)


def a_report(person: User | None = None, amount: int = 1_200_000, days: int = 2) -> CashReport:
    """The draft of a report on cash of some business days ago."""
    account = an_account_of(person or a_customer(), now=noon(days))
    cash(account, amount, noon(days))
    return sealed_and_drafted(days)[-1]


def sealed_and_drafted(days: int = 1) -> list[CashReport]:
    """What is drafted when the days up to that one are sealed."""
    close_through(noon(days).date(), "USD", now=utcnow())
    return draft_due(now=utcnow())


def test_a_draft_knows_the_people_as_they_are_and_what_is_unknown() -> None:
    item = a_report(a_customer(date_of_birth="1980-02-03", address="1 High St"))
    (person,) = item.persons
    assert (person["name"], person["date_of_birth"], person["identity_number"]) == ("Carla Customer", "1980-02-03", "")
    assert item.status == Status.DRAFT
    assert [one.action for one in records(item)] == ["draft_filing"]


def test_an_open_day_is_not_drafted_and_a_sealed_one_only_once() -> None:
    account = an_account_of(a_customer(), now=noon(1))
    cash(account, 1_200_000, noon(1))
    assert draft_due(now=utcnow()) == []
    assert len(sealed_and_drafted()) == 1
    assert draft_due(now=utcnow()) == []
    assert draft_day(day=noon(1).date(), currency="USD", now=utcnow()) == []


def test_a_movement_that_was_taken_back_the_same_day_is_no_cash() -> None:
    account = an_account_of(a_customer(), now=noon(1))
    wrong = cash(account, 1_200_000, noon(1))
    reverse_movement(
        movement_id=wrong.movement_id, reason="Keyed one nought too many.", actor=actor(a_manager()),
        now=noon(1) + timedelta(minutes=5),
    )  # fmt: skip
    cash(account, 120_000, noon(1) + timedelta(minutes=9))
    assert sealed_and_drafted() == []


def test_the_reviewer_never_approves_and_the_second_person_does() -> None:
    item, reviewer, second = a_report(), an_officer(), a_manager()
    request = reviewed(item, reviewer)
    with pytest.raises(approvals.NotAllowed):
        agreed(request, reviewer)
    assert fresh(item).status == Status.REVIEWED
    agreed(request, second)
    found = fresh(item)
    assert (found.status, found.reviewed_by, found.approved_by) == (Status.APPROVED, reviewer.user_id, second.user_id)


def test_what_is_approved_is_what_was_reviewed() -> None:
    item, reviewer = a_report(), an_officer()
    request = reviewed(item, reviewer)
    changed = fresh(item)
    changed.total += 1
    store.save([store.changed(changed)])
    with pytest.raises(approvals.NotAllowed, match="changed since it was reviewed"):
        agreed(request, a_manager())


def test_a_rejected_report_is_a_draft_again_with_the_reason_in_its_history() -> None:
    item, reviewer, second = a_report(), an_officer(), a_manager()
    request = reviewed(item, reviewer)
    approvals.reject(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        note="The address is old.",
        actor=actor(second),
        name=second.name,
        now=utcnow(),
    )
    found = fresh(item)
    assert (found.status, found.pending_approval) == (Status.DRAFT, "")
    assert records(found)[0].reason == "The address is old."


def test_a_filed_report_leaves_the_open_register_and_keeps_its_acknowledgement() -> None:
    item = the_way_to_filed(a_report(), an_officer(), a_manager())
    assert (item.status, item.acknowledgement, item.filed_on) == (Status.FILED, NUMBER, today().isoformat())
    assert counts((CTR,), today())["open"] == 0
    assert counts((CTR,), today())[Status.FILED] == 1


@pytest.mark.parametrize("number", ["", "1", "3100012345678", "310001234567890", "3100012345678x", "٣١٠٠٠١٢٣٤٥٦٧٨٩"])
def test_an_acknowledgement_has_fourteen_digits(number: str) -> None:
    item, reviewer = a_report(), an_officer()
    agreed(reviewed(item, reviewer), a_manager())
    with pytest.raises(Refused, match="14 digits"):
        record_filed(
            filing_id=item.filing_id, acknowledgement=number, filed_on=today(), version=fresh(item).version,
            actor=actor(reviewer), now=utcnow(),
        )  # fmt: skip


@pytest.mark.parametrize("days", [-1, 1])
def test_a_report_is_filed_between_its_approval_and_today(days: int) -> None:
    item, reviewer = a_report(), an_officer()
    agreed(reviewed(item, reviewer), a_manager())
    with pytest.raises(Refused) as refused:
        record_filed(
            filing_id=item.filing_id, acknowledgement=NUMBER, filed_on=today() + timedelta(days=days),
            version=fresh(item).version, actor=actor(reviewer), now=utcnow(),
        )  # fmt: skip
    assert refused.value.field == "filed_on"


def test_an_amendment_is_a_draft_bound_to_the_filed_report_and_says_why() -> None:
    reviewer = an_officer()
    item = the_way_to_filed(a_report(), reviewer, a_manager())
    new = amend_cash_report(
        filing_id=item.filing_id, why="The date of birth was wrong.", version=item.version, actor=actor(reviewer),
        now=utcnow(),
    )  # fmt: skip
    assert (new.edition, new.amends, new.prior_number, new.status) == (2, item.filing_id, NUMBER, Status.DRAFT)
    assert fresh(item).amended_by == new.filing_id
    with pytest.raises(Refused):
        amend_cash_report(
            filing_id=item.filing_id, why="Again.", version=fresh(item).version, actor=actor(reviewer), now=utcnow()
        )
    assert [one.filing_id for one in filings_about(item.main["person_id"], (CTR,))] == [new.filing_id, item.filing_id]


def test_a_report_that_is_not_due_is_dismissed_by_two_people() -> None:
    item = a_report()
    agreed(reviewed(item, an_officer(), DISMISS), a_manager())
    assert fresh(item).status == Status.DISMISSED
    assert counts((CTR,), today())["open"] == 0


def test_who_saw_an_older_filing_changes_nothing() -> None:
    item, reviewer = a_report(), an_officer()
    agreed(reviewed(item, reviewer), a_manager())
    with pytest.raises(Overtaken, match="Mary Manager changed this filing"):
        record_filed(
            filing_id=item.filing_id, acknowledgement=NUMBER, filed_on=today(), version=item.version,
            actor=actor(reviewer), now=utcnow(),
        )  # fmt: skip


def test_the_register_pages_through_all_and_finds_by_name_and_number() -> None:
    for name in ("Ann One", "Bob Two", "Cid Three"):
        cash(an_account_of(a_customer(name=name), now=noon(1)), 1_200_000, noon(1))
    made = sealed_and_drafted()
    assert len(made) == 3
    wanted, seen, cursor = RegisterFilter(forms=(CTR,), today=today().isoformat()), [], None
    while True:
        rows, cursor = filings_page(wanted, cursor, 2)
        seen += [row.filing_id for row in rows]
        if cursor is None:
            break
    assert sorted(seen) == sorted(one.filing_id for one in made)
    rows, _ = filings_page(RegisterFilter(forms=(CTR,), text="bob two"), None, 10)
    assert [row.main["name"] for row in rows] == ["Bob Two"]


def test_an_overdue_report_is_counted_and_shown_as_such() -> None:
    a_report(days=15)
    assert counts((CTR,), today())[OVERDUE] == 1
    page = signed_in(Client(), an_officer()).get("/compliance/filings?state=overdue").content.decode()
    assert "Carla Customer" in page
    assert "overdue" in page


def test_the_command_says_how_many_and_is_safe_to_repeat(capsys: pytest.CaptureFixture[str]) -> None:
    cash(an_account_of(a_customer(), now=noon(1)), 1_200_000, noon(1))
    close_through(noon(1).date(), "USD", now=utcnow())
    call_command("draft_filings", dry_run=True)
    call_command("draft_filings")
    call_command("draft_filings")
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("USD: ")
    assert told[1:] == ["1 currency transaction reports drafted.", "0 currency transaction reports drafted."]


# --- pages --------------------------------------------------------------------------------------


def test_the_page_takes_a_report_from_the_draft_to_the_acknowledgement() -> None:
    item, reviewer, second = a_report(), an_officer(), a_manager()
    officer, url = signed_in(Client(), reviewer), f"/compliance/filings/{item.filing_id}"
    shown = officer.get(url).content.decode()
    assert "12,000.00" in shown
    assert "Carla Customer" in shown
    said = {"step": "review", "version": item.version, "decision": FILE, "note": "Slips agree."}
    assert officer.post(url, said).status_code == 302
    agreed(approvals.find(fresh(item).pending_approval), second)
    said = {"step": "filed", "version": fresh(item).version, "acknowledgement": NUMBER, "filed_on": today().isoformat()}
    assert officer.post(url, said).status_code == 302
    assert NUMBER in officer.get(url).content.decode()
    said = {"step": "amend", "version": fresh(item).version, "reason": "A branch was missing."}
    answer = officer.post(url, said)
    assert answer["Location"] != url
    assert "A branch was missing." in officer.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"decision": "", "note": "x"}, "decision"),
        ({"decision": "burn", "note": "x"}, "decision"),
        ({"decision": FILE, "note": ""}, "note"),
        ({"decision": FILE, "note": "x" * 2001}, "note"),
        ({"decision": FILE, "note": "a\x00b"}, "note"),
    ],
)
def test_a_bad_review_is_told_at_its_field_and_keeps_what_was_typed(said: dict[str, str], field: str) -> None:
    item = a_report()
    client = signed_in(Client(), an_officer())
    answer = client.post(f"/compliance/filings/{item.filing_id}", said | {"step": "review", "version": item.version})
    assert answer.status_code == 422
    assert f"error_1_id_{field}" in answer.content.decode() or f'id="id_{field}"' in answer.content.decode()
    assert fresh(item).status == Status.DRAFT


@pytest.mark.parametrize("maker", [a_teller, an_analyst, an_admin, a_customer])
def test_who_may_not_know_filings_gets_none(maker: object) -> None:
    item = a_report(a_stranger())
    client = signed_in(Client(), maker())  # type: ignore[operator]
    assert client.get("/compliance/filings").status_code == 403
    assert client.get(f"/compliance/filings/{item.filing_id}").status_code == 403
    assert client.get("/compliance/filings?export=csv").status_code == 403


def test_the_auditor_reads_and_changes_nothing() -> None:
    item = a_report()
    client = signed_in(Client(), an_auditor())
    url = f"/compliance/filings/{item.filing_id}"
    assert "What next" not in client.get(url).content.decode()
    assert client.post(url, {"step": "review", "version": 1, "decision": FILE, "note": "x"}).status_code == 403
    assert client.post("/compliance/filings/draft").status_code == 403


def test_the_register_leaves_as_a_file() -> None:
    a_report()
    answer = signed_in(Client(), an_officer()).get("/compliance/filings?export=csv")
    told = b"".join(answer).decode()
    assert "Carla Customer" in told
    assert "12000.00" in told


def test_the_button_drafts_what_the_evening_left() -> None:
    cash(an_account_of(a_customer(), now=noon(1)), 1_200_000, noon(1))
    close_through(noon(1).date(), "USD", now=utcnow())
    client = signed_in(Client(), an_officer())
    assert "Draft now" in client.get("/compliance/filings").content.decode()
    client.post("/compliance/filings/draft")
    page = client.get("/compliance/filings").content.decode()
    assert "Carla Customer" in page
    assert "Draft now" not in page


# --- exemptions ---------------------------------------------------------------------------------


def wish(person: User, **changes: object) -> Wish:
    """What an officer writes."""
    known: dict[str, object] = {
        "customer_id": person.user_id, "basis": "non_listed", "since": today(), "reportable": 6, "ineligible": 10,
        "risk_assessed": False,
    }  # fmt: skip
    return Wish(**(known | changes))


def exempted(person: User, **changes: object) -> None:
    """Asked by one officer, approved by another."""
    asker = an_officer()
    request = ask_exemption(
        wish=wish(person, **changes), reason="Grocer, many deposits.", key="k", actor=actor(asker), name=asker.name,
        now=utcnow(),
    )  # fmt: skip
    agreed(request, an_officer())


def old_customer() -> User:
    return a_customer(first_account_on=(today() - timedelta(days=200)).isoformat())


@pytest.mark.parametrize(
    ("first_account", "changes", "field"),
    [
        (10, {}, "risk_assessed"),
        (200, {"reportable": 4}, "reportable"),
        (200, {"ineligible": 51}, "ineligible"),
        (200, {"basis": "friend"}, "basis"),
    ],
)
def test_phase_two_has_its_conditions(first_account: int, changes: dict[str, object], field: str) -> None:
    person = a_customer(first_account_on=(today() - timedelta(days=first_account)).isoformat())
    with pytest.raises(approvals.NotAllowed) as refused:
        exempted(person, **changes)
    assert refused.value.field == field
    assert exemption_of(person.user_id) is None


def test_a_risk_assessment_stands_for_the_two_months() -> None:
    person = a_customer(first_account_on=today().isoformat())
    exempted(person, risk_assessed=True)
    assert exemption_of(person.user_id) is not None


def test_the_designation_is_due_thirty_days_after_the_first_cash_that_was_spared() -> None:
    person = old_customer()
    exempted(person, basis="listed")
    item = exemption_of(person.user_id)
    assert item is not None
    assert item.doep_due(30) == ""
    item.since = "2020-01-01"
    store.save([store.changed(item)])
    cash(an_account_of(person, now=noon(2)), 1_200_000, noon(2))
    assert sealed_and_drafted(2) == []
    item = exemption_of(person.user_id)
    assert item is not None
    spared = noon(2).date()
    assert (item.first_used_on, item.doep_due(30)) == (
        spared.isoformat(), (spared + timedelta(days=30)).isoformat()
    )  # fmt: skip
    designate(customer_id=person.user_id, number=NUMBER, on=today(), actor=actor(an_officer()), now=utcnow())
    item = exemption_of(person.user_id)
    assert item is not None
    assert item.doep_due(30) == ""


def test_an_exemption_that_ended_spares_nothing_from_then_on() -> None:
    person, officer = old_customer(), actor(an_officer())
    exempted(person)
    review_exemption(customer_id=person.user_id, reason="Looked at a year of cash.", actor=officer, now=utcnow())
    item = end_exemption(customer_id=person.user_id, reason="Sold the shop.", actor=officer, now=utcnow())
    assert not item.holds_on(bank_calendar().business_date(utcnow()))
    with pytest.raises(Refused):
        end_exemption(customer_id=person.user_id, reason="Again.", actor=officer, now=utcnow())
    exempted(person, basis="listed")  # and can be exempt again


def test_the_pages_of_exemptions_show_ask_review_and_end() -> None:
    person, officer = old_customer(), an_officer()
    client = signed_in(Client(), officer)
    said = {
        "customer": person.email, "basis": "non_listed", "since": today().isoformat(), "reportable": "2",
        "ineligible": "5", "reason": "Grocer.", "key": "k" * 20,
    }  # fmt: skip
    bad = client.post("/compliance/exemptions/new", said)
    assert bad.status_code == 422
    assert "at least 5 reportable" in bad.content.decode()
    answer = client.post("/compliance/exemptions/new", said | {"reportable": "7"})
    assert answer.status_code == 302
    agreed(approvals.find(answer["Location"].rpartition("/")[2]), an_officer(email="two@bank.example"))
    assert person.name in client.get("/compliance/exemptions").content.decode()
    url = f"/compliance/exemptions/{person.user_id}"
    assert client.post(url, {"step": "review", "reason": ""}).status_code == 422
    assert client.post(url, {"step": "designate", "number": "1", "filed_on": "2026-01-01"}).status_code == 422
    assert client.post(url, {"step": "review", "reason": "Still fits."}).status_code == 302
    assert client.post(url, {"step": "end", "reason": "Closed."}).status_code == 302
    assert "ended" in client.get(url).content.decode()


def test_joint_holders_are_named_on_their_page() -> None:
    account, other = an_account_of(a_customer()), a_stranger()
    client, url = signed_in(Client(), an_officer()), "/compliance/joint-holders"
    said = {"account": account, "customer": other.email, "holds": "yes", "reason": "Signature card."}
    assert client.post(url, said | {"customer": "nobody@x.example"}).status_code == 422
    assert client.post(url, said).status_code == 302
    assert client.post(url, said).status_code == 422
    assert other.name in client.get(f"{url}?account={account}").content.decode()
    assert client.post(url, said | {"holds": "no"}).status_code == 302
    assert other.name not in client.get(f"{url}?account={account}").content.decode()


def test_a_review_that_nobody_decided_on_is_a_draft_again() -> None:
    officer, item = an_officer(), a_report()
    request = reviewed(item, officer)
    assert fresh(item).status == Status.REVIEWED
    late = utcnow() + timedelta(days=8)
    assert approvals.expire_due(actor=actor(officer), now=late) == 1
    assert (fresh(item).status, fresh(item).pending_approval) == (Status.DRAFT, "")
    assert approvals.find(request.approval_id).state == approvals.EXPIRED  # type: ignore[union-attr]
    reviewed(item, officer)


def test_an_exemption_that_is_not_reviewed_or_designated_in_time_stands_in_its_control() -> None:
    assert told("exemption-reviews") == (0, 0, State.OK)
    for name, fields in {
        "review": {"review_on": days_ago(12)}, "form 110": {"first_used_on": days_ago(41), "review_on": days_ago(1)},
        "ended": {"review_on": days_ago(90), "until": days_ago(50)}, "in time": {"review_on": days_ago(0)},
    }.items():  # fmt: skip
        person = a_customer(name=name)
        key = Exemption.key(person.user_id)
        one = Exemption(user_id=key, customer_id=person.user_id, basis="payroll", since=days_ago(400), **fields)
        one.file()
        store.save([store.new(one)])
    assert told("exemption-reviews") == (2, 12, State.APPROACHING)
    shown = [(row.name, row.what) for row in rows_of("exemption-reviews")]  # type: ignore[attr-defined]
    assert shown == [("review", "Annual review"), ("form 110", "Designation (Form 110)")]
