"""The privacy desk: clock, steps, package, correction, restriction, erasure with holds; and what never leaves."""

import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.test import Client

from accounts import mail
from accounts.models import EmailLock, User
from accounts.queries.people import user
from accounts.services.erasing import set_legal_hold
from accounts.testing import (
    PASSWORD,
    a_customer,
    a_manager,
    a_stranger,
    a_teller,
    an_admin,
    an_analyst,
    an_auditor,
    an_officer,
    signed_in,
)  # fmt: skip
from cloudbank import approvals, audit, documents, parameters, store
from cloudbank.approvals import approve
from cloudbank.clock import iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.parameters import set_value
from compliance.models import PrivacyRequest
from compliance.privacy import deeds
from compliance.privacy.contents import contents_for
from compliance.privacy.holds import Past, Years, binding, holds_of, kept_until, told_to_customer
from compliance.privacy.package import FIELDS, NotAllowedField, checked, write_zip
from compliance.privacy.pasts import holds_on
from compliance.privacy.periods import answer_draft, register
from compliance.privacy.services import answer_request, ask_about_own_data, check_identity, extend_request
from compliance.privacy.terms import STEPS, months_after
from compliance.retention import ANSWERS, RIGHTS
from compliance.steps import NotAllowed
from compliance.testing import actor, an_account_of, cash_in, today, told

pytestmark = pytest.mark.usefixtures("bank")
YEARS = Years(5, 5, 10)
SECRETS = ("alert", "case", "sar", "suspicio", "sanction", "screen", "risk", "badge", "finding", "hit", "hold", "score",
           "filing", "reason", "conductor", "actor", "watch", "rule", "freeze", "internal", "legal")  # fmt: skip


def asked(about: str = "access", *, days: int = 0, who: User | None = None, details: str = "Street is wrong") -> Any:
    received = bank_calendar().local(utcnow()) - timedelta(days=days)
    customer = who or a_customer()
    return ask_about_own_data(about=about, details=details, actor=actor(customer), now=received)


def checked_identity(item: PrivacyRequest, officer: User) -> PrivacyRequest:
    return check_identity(
        request_id=item.user_id, note="Passport seen", version=item.version, actor=actor(officer), now=utcnow()
    )


def step(deed: Any, item: PrivacyRequest, officer: User, **more: Any) -> Any:
    return deed(request_id=item.user_id, version=item.version, actor=actor(officer), now=utcnow(), **more)


# --- the clock ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-03-31", 3, "2026-06-30"),
    ],
)
def test_a_month_ends_on_the_same_day_or_the_last_one(day: str, months: int, due: str) -> None:
    assert months_after(date.fromisoformat(day), months).isoformat() == due


def test_an_extension_is_told_once_and_within_the_month() -> None:
    officer, item = an_officer(), asked(days=3)
    longer = step(extend_request, item, officer, reason="Ten years of movements")
    assert longer.due == months_after(item.received, 3)
    assert longer.first_due_on == item.due_on
    with pytest.raises(NotAllowed, match="once"):
        step(extend_request, longer, officer, reason="Again")
    late = asked("erasure", days=40)
    with pytest.raises(NotAllowed, match="month has passed"):
        step(extend_request, late, officer, reason="Too late")


def test_the_control_counts_from_the_due_day_so_an_extension_counts() -> None:
    officer, item = an_officer(), asked(days=25)
    assert told("privacy-requests")[1] == 25
    step(extend_request, item, officer, reason="Complex")
    assert told("privacy-requests")[:2] == (1, 0)


def test_the_customer_reads_that_it_takes_longer_and_why(client: Client) -> None:
    customer = a_customer()
    step(extend_request, asked(who=customer), an_officer(), reason="Ten years of movements")
    assert "Ten years of movements" in signed_in(client, customer).get("/compliance").content.decode()


# --- steps --------------------------------------------------------------------------------------


def test_nothing_is_granted_before_its_steps_are_done_and_they_have_an_order() -> None:
    officer, item = an_officer(), asked()
    answer = {"outcome": "granted", "answer": "Here it is."}
    with pytest.raises(NotAllowed, match="identity checked"):
        step(answer_request, item, officer, **answer)
    with pytest.raises(NotAllowed, match="First: identity checked"):
        step(deeds.make_package, item, officer)
    with pytest.raises(NotAllowed, match="no such step"):
        step(deeds.restrict, item, officer, note="x")
    item = checked_identity(item, officer)
    with pytest.raises(NotAllowed, match="package made"):
        step(answer_request, item, officer, **answer)
    item = step(answer_request, step(deeds.make_package, item, officer), officer, **answer)
    assert item.status == "answered"


def test_two_officers_at_once_one_is_told() -> None:
    officer, item = an_officer(), asked()
    checked_identity(item, officer)
    with pytest.raises(NotAllowed, match="meanwhile"):
        checked_identity(store.get(PrivacyRequest, item.user_id) and item, an_officer())


@pytest.mark.parametrize("who", [a_manager, an_auditor, an_admin, a_teller])
def test_only_officers_take_steps(who: Any) -> None:
    with pytest.raises(NotAllowed, match="role"):
        checked_identity(asked(), who())


def test_the_desk_is_in_order_of_due_dates_and_says_what_is_next(client: Client) -> None:
    officer = an_officer()
    for about, days in (("access", 2), ("erasure", 40), ("restriction", 27)):
        asked(about, days=days)
    signed_in(client, officer)
    lines = client.get("/compliance/privacy/desk").context["lines"]
    titles = [str(line.cells[0][1]) for line in lines]
    assert ["Delete" in titles[0], "Stop" in titles[1], "copy" in titles[2]] == [True, True, True]
    text = " ".join(str(cell) for line in lines for _, cell in line.cells)
    assert "late" in text
    assert "Identity checked?" in text
    assert len(client.get("/compliance/privacy/desk?show=overdue").context["lines"]) == 1
    assert len(client.get("/compliance/privacy/desk?about=access").context["lines"]) == 1
    item = asked("portability")
    step(answer_request, item, officer, outcome="refused", answer="Not you.")
    assert len(client.get("/compliance/privacy/desk?show=answered").context["lines"]) == 1


# --- the package --------------------------------------------------------------------------------


def rich_customer() -> User:
    """A customer with a past, some of which is nobody's business but the bank's."""
    customer = a_customer(
        date_of_birth="1980-02-03", address="1 Main St", phone="+1 212 555 0100", identity_number="1234"
    )
    account_id = an_account_of(customer)
    for amount in (950_000, 940_000, 960_000, 1_200_000):
        cash_in(account_id, amount)
    set_legal_hold(
        customer_id=customer.user_id, held=True, reason="Grand jury", actor=actor(an_officer()), now=utcnow()
    )
    return customer


def package(about: str, customer: User) -> tuple[PrivacyRequest, dict[str, bytes]]:
    officer = an_officer()
    item = step(deeds.make_package, checked_identity(asked(about, who=customer), officer), officer)
    content, _ = deeds.open_package(request_id=item.user_id, code="zip", actor=actor(customer), now=utcnow())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return item, {name: archive.read(name) for name in archive.namelist()}


def test_a_package_has_the_fields_of_the_allow_list_and_no_others() -> None:
    _, files = package("access", rich_customer())
    about = json.loads(files["about.json"])
    assert {name: tuple(one["fields"]) for name, one in about["sections"].items()} == dict(FIELDS)
    for section, fields in FIELDS.items():
        for row in json.loads(files[f"{section}.json"]):
            assert tuple(row) == fields
        assert files[f"{section}.csv"].decode().splitlines()[0] == ",".join(fields)
    assert len(json.loads(files["movements.json"])) == 4
    assert not [
        (section, name) for section, names in FIELDS.items() for name in names for bad in SECRETS if bad in name
    ]


def test_nothing_of_a_package_tells_what_the_bank_thinks_of_the_customer() -> None:
    customer = rich_customer()
    _, files = package("access", customer)
    text = b" ".join(files.values()).decode().lower()
    words = [word for word in ("alert", "suspicio", "sar", "structuring", "grand jury", "critical", "screening", "legal")
             if f" {word}" in text or f'"{word}' in text]  # fmt: skip
    assert words == []
    assert "1 main st" in text
    assert customer.password.lower() not in text


def test_what_is_not_on_the_allow_list_stops_the_package() -> None:
    with pytest.raises(NotAllowedField, match="badge"):
        checked("movements", {"account": "1", "badge": "ALERT"})
    contents = contents_for(a_customer(), "access", utcnow())
    spoilt = type(contents)("access", utcnow(), "Bank", {"person": iter([{"name": "A", "risk_rating": "high"}])})
    with pytest.raises(NotAllowedField, match="risk_rating"):
        write_zip(spoilt, io.BytesIO())


def test_portability_carries_what_the_customer_gave_and_did() -> None:
    item, files = package("portability", rich_customer())
    assert set(json.loads(files["person.json"])[0]) == {
        "name", "email", "phone", "date_of_birth", "address", "customer_number",
    }  # fmt: skip
    assert "sign_ins.json" not in files
    assert set(item.package["files"]) == {"zip", "pdf"}


def test_formulas_and_odd_signs_stay_text() -> None:
    _, files = package("access", a_customer(address="=HYPERLINK(1)", name="Łódź 🙂"))
    assert "'=HYPERLINK(1)" in files["person.csv"].decode()
    assert json.loads(files["person.json"])[0]["address"] == "=HYPERLINK(1)"


def test_the_owner_fetches_it_until_it_expires_and_each_time_is_on_record(client: Client) -> None:
    customer = rich_customer()
    item, _ = package("access", customer)
    signed_in(client, customer)
    assert "My data as PDF" in client.get("/compliance").content.decode()
    answer = client.post(f"/compliance/privacy/{item.user_id}/files/pdf", {"password": PASSWORD})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    records = list(audit.AuditRecord.by_subject.query(f"privacy_request#{item.user_id}"))
    assert [one.action for one in records].count("download_package") == 2
    late = utcnow() + timedelta(days=15)
    with pytest.raises(NotAllowed, match="some days only"):
        deeds.open_package(request_id=item.user_id, code="zip", actor=actor(customer), now=late)
    fresh = store.get(PrivacyRequest, item.user_id)
    assert fresh is not None
    names = [one[0] for one in fresh.package["files"].values()]
    deeds.expire_package(item=fresh, actor=actor(an_officer()), now=late)
    assert [documents.documents().exists(name) for name in names] == [False, False]


def test_a_package_leaves_only_for_the_password_typed_again_and_guesses_are_counted(client: Client) -> None:
    customer, officer = rich_customer(), an_officer()
    item, _ = package("access", customer)
    path = f"/compliance/privacy/{item.user_id}/files/zip"
    for person in (customer, officer):
        signed_in(client, person)
        asked_for = client.post(path)
        assert asked_for.status_code == 200 and "Your password, please" in asked_for.content.decode()
        wrong = client.post(path, {"password": "a guess"})
        assert wrong.status_code == 422 and "password" in wrong.context["form"].errors
        assert "a guess" not in wrong.content.decode()
        assert client.post(path, {"password": PASSWORD})["Content-Type"] == "application/zip"
    for _ in range(5):
        client.post(path, {"password": "a guess"})
    assert client.post(path, {"password": PASSWORD}).status_code == 429
    records = audit.AuditRecord.by_subject.query(f"privacy_request#{item.user_id}")
    assert [one.action for one in records].count("download_package") == 3


@pytest.mark.parametrize("who", [a_stranger, a_teller, an_analyst, a_manager, an_auditor, an_admin])
def test_nobody_else_fetches_it(client: Client, who: Any) -> None:
    item, _ = package("access", rich_customer())
    assert signed_in(client, who()).post(f"/compliance/privacy/{item.user_id}/files/zip").status_code in (403, 404)


def test_made_again_the_old_files_are_gone() -> None:
    officer = an_officer()
    item = checked_identity(asked(), officer)
    first = step(deeds.make_package, item, officer)
    old = [one[0] for one in first.package["files"].values()]
    second = step(deeds.make_package, first, officer)
    assert not any(documents.documents().exists(name) for name in old)
    assert all(documents.documents().exists(one[0]) for one in second.package["files"].values())


# --- correction ---------------------------------------------------------------------------------


def correct(item: PrivacyRequest, officer: User, **changes: str) -> Any:
    customer = user(item.owner_id or "")
    assert customer is not None
    values = {name: getattr(customer, name) for name in ("name", "date_of_birth", "address", "phone")} | changes
    return step(deeds.rectify, item, officer, values=values, note="Deed seen", key="k1", name=officer.name)


def test_an_address_is_corrected_at_once_with_old_and_new_on_record() -> None:
    officer, customer = an_officer(), a_customer(address="1 Main St")
    assert (
        correct(checked_identity(asked("rectification", who=customer), officer), officer, address="2 Oak Ave") is None
    )
    fresh = user(customer.user_id)
    assert fresh is not None
    assert fresh.address == "2 Oak Ave"
    (record,) = audit.AuditRecord.by_subject.query(f"user#{customer.user_id}")
    assert (record.action, record.before, record.after) == (
        "rectify",
        {"address": "1 Main St"},
        {"address": "2 Oak Ave"},
    )


def test_a_name_waits_for_a_second_person_who_is_not_the_first() -> None:
    officer, second, customer = an_officer(), an_officer(), a_customer(name="Jon Doe")
    asked_for = correct(checked_identity(asked("rectification", who=customer), officer), officer, name="John Doe")
    assert user(customer.user_id).name == "Jon Doe"  # type: ignore[union-attr]
    decision = {
        "approval_id": asked_for.approval_id,
        "content_hash": asked_for.content_hash,
        "note": "",
        "now": utcnow(),
    }
    with pytest.raises(approvals.NotAllowed):
        approve(actor=actor(officer), name="x", **decision)
    approve(actor=actor(second), name=second.name, **decision)
    fresh = user(customer.user_id)
    assert fresh is not None
    assert (fresh.name, fresh.name_key) == ("John Doe", f"john doe#{fresh.user_id}")


def test_an_address_to_sign_in_with_is_corrected_by_two_and_told_at_both(client: Client) -> None:
    officer, second, taken = an_officer(), an_officer(), a_stranger()
    customer = a_customer(email="old@people.example", identity_number="1111")
    item = checked_identity(asked("rectification", who=customer), officer)
    with pytest.raises(approvals.NotAllowed, match="Somebody else signs in"):
        correct(item, officer, email=taken.email)
    again = store.get(PrivacyRequest, item.user_id)
    assert again is not None
    asked_for = correct(again, officer, email="new@people.example", identity_number="9z9Z")
    signed_in(client, customer)
    approve(
        approval_id=asked_for.approval_id, content_hash=asked_for.content_hash, note="", actor=actor(second),
        name=second.name, now=utcnow(),
    )  # fmt: skip
    fresh = user(customer.user_id)
    assert fresh is not None
    assert (fresh.email, fresh.identity_number) == ("new@people.example", "9z9Z")
    locks = [store.get(EmailLock, EmailLock.key(one)) for one in ("old@people.example", "new@people.example")]
    assert [one.holder_id if one else None for one in locks] == [None, customer.user_id]
    assert client.get("/compliance").status_code == 302, "the session of the old address is over"
    mail.settle()
    assert {one for message in django_mail.outbox for one in message.to} == {"old@people.example", "new@people.example"}
    trail = signed_in(client, an_admin()).get(f"/compliance/audit?subject=user%23{customer.user_id}&export=csv")
    told = b"".join(trail).decode()
    assert "rectify" in told and "9z9Z" not in told and "new@people.example" not in told


def test_the_texts_say_the_periods_that_are_in_force(client: Client) -> None:
    customer = a_customer()
    assert "Until five years after your last account" in signed_in(client, customer).get("/compliance").content.decode()
    set_value(
        code="retention.identity", value=7, effective_from=date(2020, 1, 1), actor=actor(an_officer()), now=utcnow(),
        reason="AMLR",
    )  # fmt: skip
    parameters.forget()
    assert "Until seven years after your last account" in client.get("/compliance").content.decode()
    assert "until seven years after" in answer_draft("erasure", utcnow())
    assert "seven years after the last account closed" in next(one.kept for one in register(utcnow()))
    assert "for 7 years after you leave" in Client().get("/register").content.decode()


def test_what_is_personal_is_not_shown_in_the_form_of_a_correction(client: Client) -> None:
    customer = a_customer(
        address="1 Main St", date_of_birth="1980-02-03", phone="+1 212 555 0100", identity_number="6789"
    )
    item = checked_identity(asked("rectification", who=customer), an_officer())
    page = signed_in(client, an_officer()).get(f"/compliance/privacy/{item.user_id}").content.decode()
    assert [one for one in ("1 Main St", "1980-02-03", "555 0100", "6789", customer.email) if one in page] == []


def test_bad_input_keeps_what_was_typed(client: Client) -> None:
    officer = an_officer()
    item = checked_identity(asked("rectification"), officer)
    signed_in(client, officer)
    path = f"/compliance/privacy/{item.user_id}/correct"
    good = {
        "name": "A B",
        "date_of_birth": "",
        "address": "9 Elm",
        "phone": "",
        "note": "seen",
        "version": item.version,
        "key": "k",
    }
    for field, bad in {
        "name": "",
        "date_of_birth": "2199-01-01",
        "email": "nobody",
        "identity_number": "12",
        "address": "x" * 301,
        "note": "",
        "phone": "\u202e1",
    }.items():
        answer = client.post(path, good | {field: bad})
        assert answer.status_code == 422, field
        assert field in answer.context["step_form"].errors
        assert "9 Elm" in answer.content.decode() or field == "address"
    assert client.post(path.replace("correct", "nonsense"), good).status_code == 404


# --- restriction --------------------------------------------------------------------------------


def test_restricted_data_is_flagged_to_staff_and_shown_to_nobody(client: Client) -> None:
    officer, customer = an_officer(), a_customer(phone="+1 212 555 0100")
    item = checked_identity(asked("restriction", who=customer), officer)
    step(deeds.restrict, item, officer, note="Disputes the address")
    signed_in(client, a_teller())
    assert "Processing is restricted" in client.get(f"/people/{customer.user_id}").content.decode()
    signed_in(client, officer)
    answer = client.post(f"/people/{customer.user_id}/reveal", {"reveal-reason": "Curious"})
    assert answer.status_code == 422
    assert "555 0100" not in answer.content.decode()


# --- erasure and holds --------------------------------------------------------------------------


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("past", "until"),
    [
        (Past(False, day("2024-02-29"), None), "2029-02-28"),
        (Past(False, day("2024-01-01"), day("2024-03-01")), "2029-03-01"),
        (Past(False, day("2024-01-01"), None, filed_on=day("2025-06-30")), "2030-06-30"),
        (Past(False, day("2024-01-01"), None, sanctions_on=day("2023-01-01")), "2033-01-01"),
        (Past(True, None, day("2024-03-01")), ""),
        (Past(False, day("2010-01-01"), None, legal_hold="Court"), ""),
    ],
)
def test_the_hold_is_the_latest_of_the_law_the_sanctions_and_the_court(past: Past, until: str) -> None:
    holds, now = holds_of(past, YEARS), day("2026-11-23")
    found = kept_until(holds, now)
    assert (found.isoformat() if found else "") == until
    assert binding(holds, now)


def test_what_the_customer_is_told_never_moves_with_what_is_secret() -> None:
    now = day("2026-11-23")
    plain = Past(False, day("2024-01-01"), day("2024-03-01"))
    for more in ({"filed_on": day("2026-01-01")}, {"sanctions_on": day("2026-01-01")}, {"legal_hold": "Court"}):
        secret = Past(False, day("2024-01-01"), day("2024-03-01"), **more)
        assert told_to_customer(holds_of(secret, YEARS), YEARS, now) == told_to_customer(
            holds_of(plain, YEARS), YEARS, now
        )
    text = told_to_customer(holds_of(plain, YEARS), YEARS, now)
    assert "2029-03-01 at the earliest" in text
    assert "31 CFR 1020.220" in text


def test_an_active_customer_is_restricted_not_erased_and_told_why() -> None:
    officer, customer = an_officer(), a_customer()
    an_account_of(customer)
    item = step(
        deeds.decide_erasure, checked_identity(asked("erasure", who=customer), officer), officer, note="All of it"
    )
    fresh = user(customer.user_id)
    assert fresh is not None
    assert (fresh.name, bool(fresh.restricted_on), fresh.erased_on) == (customer.name, True, "")
    assert item.answer.startswith("Restricted, not erased. You are our customer")
    assert "5 years after your last account is closed (31 CFR 1020.220)" in item.answer


def former(closed_on: str) -> User:
    return a_customer(exited_on=closed_on, phone="+1 212 555 0100", address="1 Main St")


def test_a_former_customer_is_kept_to_the_day_and_erased_after_it() -> None:
    officer = an_officer()
    kept = former(months_after(today(), -59).isoformat())
    item = step(deeds.decide_erasure, checked_identity(asked("erasure", who=kept), officer), officer, note="All")
    assert f"until {months_after(day(kept.exited_on), 60)} at the earliest" in item.answer
    assert user(kept.user_id).name == kept.name  # type: ignore[union-attr]
    gone = former(months_after(today(), -61).isoformat())
    step(deeds.decide_erasure, checked_identity(asked("erasure", who=gone), officer), officer, note="All")
    fresh = user(gone.user_id)
    assert fresh is not None
    assert fresh.name.startswith("Erased person")
    assert (fresh.email, fresh.phone, fresh.address, fresh.disabled) == ("", "", "", True)
    assert store.get(EmailLock, EmailLock.key(gone.email)) is None


def test_a_filing_holds_too(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = former(months_after(today(), -61).isoformat())
    assert not binding(holds_on(gone, utcnow()), today())
    monkeypatch.setattr("compliance.privacy.pasts.last_filing", lambda customer_id: iso(utcnow())[:10])
    assert [one.basis for one in binding(holds_on(gone, utcnow()), today())] == ["filing"]


def test_every_right_has_its_steps_and_the_draft_of_an_answer() -> None:
    assert set(STEPS) == set(RIGHTS) == set(ANSWERS)


# --- holds and restriction by the page ----------------------------------------------------------


def test_an_officer_sets_and_releases_a_legal_hold_and_lifts_a_restriction(client: Client) -> None:
    customer = former(months_after(today(), -61).isoformat())
    signed_in(client, an_officer())
    path = f"/compliance/holds/{customer.user_id}"
    assert "Holds and restriction" in client.get(f"/people/{customer.user_id}").content.decode()
    for change, held, restricted in (
        ("hold", True, False), ("restrict", True, True), ("lift", True, False), ("release", False, False),
    ):  # fmt: skip
        assert client.post(path, {"change": change, "reason": "Court of Queens"}).status_code == 302
        fresh = user(customer.user_id)
        assert fresh is not None
        assert (bool(fresh.legal_hold), bool(fresh.restricted_on)) == (held, restricted)
        assert bool(binding(holds_on(fresh, utcnow()), today())) is held
    for bad in ({"change": "hold", "reason": ""}, {"change": "burn", "reason": "x"}, {"reason": "x" * 501}):
        assert client.post(path, bad).status_code == 422
    assert client.get("/compliance/holds/usr_nobody").status_code == 404


def test_a_hold_for_the_sake_of_a_filing_is_shown_only_to_who_may_know(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("compliance.privacy.pasts.last_filing", lambda customer_id: iso(utcnow())[:10])
    officer, customer = an_officer(), former(months_after(today(), -30).isoformat())
    item = step(deeds.decide_erasure, checked_identity(asked("erasure", who=customer), officer), officer, note="All")
    path = f"/compliance/privacy/{item.user_id}"
    assert "Filing" in [what for what, _, _ in signed_in(client, officer).get(path).context["holds"]]
    shown = signed_in(client, an_admin()).get(path).context["holds"]
    assert "Filing" not in [what for what, _, _ in shown]
    later = str(today().year + 5)
    records = list(audit.AuditRecord.by_subject.query(f"privacy_request#{item.user_id}"))
    assert not [one for one in records if later in str(one.after.get("until", ""))]
