"""A customer's file on the real engine: factors re-rate, papers are kept outside the tables, decisions need them."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.ledger import Refused
from accounts.models import User
from accounts.models.people import BUSINESS, KYC_HIGH, REJECTED, VERIFIED
from accounts.queries.people import user
from accounts.services.people import next_review, verify_customer
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_officer
from cloudbank import approvals, audit, documents, parameters, store
from cloudbank.clock import utcnow
from cloudbank.ids import new_id
from cloudbank.parameters import set_value
from cloudbank.tables import TABLES
from compliance.kyc.models import EXPIRING, TO_CHECK, KycFile
from compliance.kyc.owners import Owner
from compliance.kyc.queries import file_of
from compliance.kyc.services.deciding import decide_identity
from compliance.kyc.services.lowering import ask_lower_rating
from compliance.kyc.services.owners import add_owner, remove_owner, state_no_owner
from compliance.kyc.services.papers import READS, read_paper
from compliance.privacy.contents import contents_for
from compliance.services.audit_check import verify_audit
from compliance.services.reviews import complete_review
from compliance.steps import NotAllowed
from compliance.testing import actor, days_ago, filed, today
from compliance.tests.kyc_makers import (
    PDF,
    PLAIN,
    RISKY,
    a_paper,
    a_pending_customer,
    checked,
    declared,
    ready,
)

pytestmark = pytest.mark.usefixtures("bank", "store_of_papers")


def again(person: User) -> User:
    """As it is stored now."""
    found = user(person.user_id)
    assert found is not None
    return found


def decide(customer: User, officer: User, approve: bool = True, **more: Any) -> approvals.Approval | None:
    known: dict[str, Any] = {"method": "documents", "reason": "Passport seen", "key": new_id("key")} | more
    seen = known.pop("seen", None)
    return decide_identity(
        customer_id=customer.user_id,
        approve=approve,
        seen=file_of(customer.user_id).version if seen is None else seen,
        actor=actor(officer),
        name=officer.name,
        now=utcnow(),
        **known,
    )


# --- rating -------------------------------------------------------------------------------------


def test_factors_rate_and_date_the_customer_with_two_records() -> None:
    officer = an_officer()
    customer = filed(a_customer(), kyc_review_on=(today() + timedelta(days=1500)).isoformat())
    kyc = declared(customer, officer, RISKY)
    now = again(customer)
    assert (now.risk_rating, kyc.rated["points"]) == ("high", 50)
    assert now.kyc_review_on == next_review("high", today(), utcnow()).isoformat(), "sooner, because the risk rose"
    assert now.enhanced_due == (today() + timedelta(days=30)).isoformat()
    for subject in (audit.subject_of(now), audit.subject_of(kyc)):
        records = list(audit.AuditRecord.by_subject.query(subject))
        assert audit.broken_at(records) == ""
        assert records[-1].reason == "questionnaire"
    assert [key for _, key in store.index_keys(User, "by_owner", KYC_HIGH)] == [customer.user_id]


def test_a_fall_of_the_rating_counts_from_the_last_review_and_not_from_today() -> None:
    officer = an_officer()
    looked_at = today() - timedelta(days=200)
    customer = filed(
        a_customer(), risk_rating="high", kyc_review_on=next_review("high", looked_at, utcnow()).isoformat()
    )
    declared(customer, officer, PLAIN)
    now = again(customer)
    assert [now.risk_rating, now.enhanced_due, now.owner_id or ""] == ["low", "", ""]
    assert abs((date.fromisoformat(now.kyc_review_on) - next_review("low", looked_at, utcnow())).days) <= 1


def test_the_same_factors_again_write_nothing_and_other_points_rate_anew() -> None:
    officer, customer = an_officer(), a_pending_customer()
    before = declared(customer, officer).version
    assert declared(customer, officer).version == before
    known: dict[str, Any] = {"actor": actor(officer), "now": utcnow(), "reason": "stricter"}
    set_value(code="kyc.points.product.basic", value=30, effective_from=utcnow().date(), **known)
    assert declared(customer, officer).version == before + 1
    assert again(customer).risk_rating == "medium"


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", "XX"), ("product", "nothing"), ("occupation", ""), ("pep", "maybe"), ("turnover", -1),
     ("judgement", "low")],
)  # fmt: skip
def test_what_is_no_factor_is_refused_at_its_field(field: str, value: Any) -> None:
    officer, customer = an_officer(), a_pending_customer()
    factors = type(PLAIN)(**(PLAIN.stored() | {field: value}))
    with pytest.raises(NotAllowed) as caught:
        declared(customer, officer, factors)
    assert caught.value.field == field
    assert file_of(customer.user_id).version == 0


def test_who_looked_at_an_older_file_changes_nothing() -> None:
    officer, customer = an_officer(), a_pending_customer()
    declared(customer, officer)
    with pytest.raises(NotAllowed, match="Somebody changed"):
        decide(customer, officer, seen=0)
    assert again(customer).kyc_status == "pending"


# --- papers -------------------------------------------------------------------------------------


def test_a_paper_is_kept_outside_the_tables_and_proven_when_read() -> None:
    officer, customer = an_officer(), a_pending_customer()
    secret = PDF + b"SECRET-BYTES-OF-THE-PASSPORT"
    paper = a_paper(customer, officer, content=secret)
    for table in TABLES:
        for item in store.load_raw(table, [KycFile.key(customer.user_id)]):
            assert "SECRET-BYTES" not in repr(item)
    _, content = read_paper(
        customer_id=customer.user_id, paper_id=paper.paper_id, path="/x", actor=actor(officer), now=utcnow()
    )
    assert content == secret
    (taken,) = audit.AuditRecord.by_subject.query(f"exports#exports#{officer.user_id}")
    assert taken.after["customer"] == customer.user_id and paper.sha256 in taken.after["paper"]
    folder = Path(django_settings.STORAGES["documents"]["OPTIONS"]["location"])
    (folder / paper.stored).chmod(0o600)
    (folder / paper.stored).write_bytes(b"other bytes")
    with pytest.raises(documents.Damaged):
        read_paper(customer_id=customer.user_id, paper_id=paper.paper_id, path="/x", actor=actor(officer), now=utcnow())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"content": b""}, "file"),
        ({"content": b"MZ\x90 a program"}, "file"),
        ({"name": "scan.exe"}, "file"),
        ({"name": "list.csv", "content": b"a,b"}, "file"),
        ({"content": PDF + b"x" * (10 * 1024 * 1024)}, "file"),
        ({"kind": "diary"}, "kind"),
        ({"until": date(2020, 1, 1)}, "expires_on"),
        ({"until": date(2999, 1, 1)}, "expires_on"),
    ],
)
def test_a_file_of_another_kind_size_or_day_is_refused(change: dict[str, Any], field: str) -> None:
    officer, customer = an_officer(), a_pending_customer()
    with pytest.raises(NotAllowed) as caught:
        a_paper(customer, officer, **change)
    assert caught.value.field == field
    assert file_of(customer.user_id).papers == []


def test_the_same_file_twice_and_a_stranger_are_refused_and_a_customer_sends_own_papers() -> None:
    officer, customer, stranger = an_officer(), a_pending_customer(), a_stranger()
    a_paper(customer, customer)
    for by in (officer, customer):
        with pytest.raises(NotAllowed, match="already"):
            a_paper(customer, by)
    with pytest.raises(NotAllowed):
        a_paper(customer, stranger, content=PDF + b"2")
    with pytest.raises(NotAllowed):
        a_paper(customer, customer, kind="register_extract", content=PDF + b"3")


def test_a_check_files_the_paper_by_its_last_day_and_takes_it_off_the_desk() -> None:
    officer, customer = an_officer(), a_pending_customer()
    paper = a_paper(customer, customer, until=today() + timedelta(days=10))
    assert [one.customer_id for one in KycFile.by_name.query(TO_CHECK)] == [customer.user_id]
    kyc = checked(customer, paper, officer)
    assert not list(KycFile.by_name.query(TO_CHECK))
    assert (kyc.review_group, kyc.review_date) == (EXPIRING, paper.expires_on)
    assert kyc.shows_identity(today() + timedelta(days=10)) and not kyc.shows_identity(today() + timedelta(days=11))
    with pytest.raises(NotAllowed, match="what is wrong"):
        checked(customer, paper, officer, accept=False, note=" ")
    refused = checked(customer, paper, officer, accept=False, note="a forgery")
    assert not refused.shows_identity(today()) and not (refused.review_group or "")


def test_a_colleague_opens_only_so_many_papers_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (READS.tries, READS.seconds) == (60, 3600)


# --- decisions ----------------------------------------------------------------------------------


def test_a_customer_is_verified_when_nothing_is_missing_and_not_before() -> None:
    officer, customer = an_officer(), a_pending_customer(address="")
    with pytest.raises(NotAllowed, match="address"):
        decide(customer, officer)
    customer = a_pending_customer(email="second@people.example")
    with pytest.raises(NotAllowed, match="factors"):
        decide(customer, officer)
    declared(customer, officer)
    with pytest.raises(NotAllowed) as caught:
        decide(customer, officer)
    assert caught.value.field == "method"
    checked(customer, a_paper(customer, officer), officer)
    assert decide(customer, officer) is None
    now = again(customer)
    assert now.kyc_status == VERIFIED
    assert now.kyc_review_on == next_review("low", date.fromisoformat(now.kyc_decided_on), utcnow()).isoformat()


def test_an_expired_passport_verifies_nobody_but_other_sources_named_in_the_reason_do() -> None:
    officer = an_officer()
    customer = ready(officer)
    kyc = file_of(customer.user_id)
    kyc.papers = [kyc.papers[0] | {"expires_on": days_ago(1)}]
    kyc.file()
    store.save([store.changed(kyc)])
    with pytest.raises(NotAllowed, match="expired"):
        decide(customer, officer)
    decide(customer, officer, method="without", reason="Credit bureau and call-back")
    records = list(audit.AuditRecord.by_subject.query(audit.subject_of(again(customer))))
    assert "Without papers" in records[-1].reason and "Credit bureau" in records[-1].reason


def test_high_risk_needs_a_second_person_who_is_not_the_first() -> None:
    first, second, manager = an_officer(), an_officer(name="Olivia"), a_manager()
    customer = ready(first, RISKY)
    with pytest.raises(Refused, match="two people"):
        verify_customer(customer_id=customer.user_id, approve=True, reason="x", actor=actor(first), now=utcnow())
    asked = decide(customer, first)
    assert asked is not None and again(customer).kyc_status == "pending"
    known: dict[str, Any] = {"approval_id": asked.approval_id, "content_hash": asked.content_hash, "now": utcnow()}
    with pytest.raises(approvals.NotAllowed):
        approvals.approve(**known, actor=actor(first), name=first.name)
    with pytest.raises(approvals.NotAllowed):
        teller = a_teller()
        approvals.approve(**known, actor=actor(teller), name=teller.name)
    approvals.approve(**known, actor=actor(manager), name=manager.name)
    now = again(customer)
    assert now.kyc_status == VERIFIED and now.enhanced_due == now.kyc_review_on
    record = list(audit.AuditRecord.by_subject.query(audit.subject_of(now)))[-1]
    assert (record.actor_id, record.after["approval"]) == (manager.user_id, asked.approval_id)
    assert second.role == first.role


def test_a_file_that_changed_after_it_was_asked_is_not_verified() -> None:
    first, manager = an_officer(), a_manager()
    customer = ready(first, RISKY)
    asked = decide(customer, first)
    assert asked is not None
    a_paper(customer, first, kind="other", content=PDF + b"more")
    with pytest.raises(approvals.NotAllowed, match="changed since"):
        approvals.approve(
            approval_id=asked.approval_id,
            content_hash=asked.content_hash,
            actor=actor(manager),
            name=manager.name,
            now=utcnow(),
        )
    assert again(customer).kyc_status == "pending"


def test_the_policy_says_who_needs_two_people() -> None:
    officer = an_officer()
    known: dict[str, Any] = {"actor": actor(officer), "now": utcnow(), "reason": "new policy"}
    set_value(code="kyc.second_person", value="low", effective_from=utcnow().date(), **known)
    parameters.forget()
    customer = ready(officer)
    assert decide(customer, officer) is not None
    assert again(customer).kyc_status == "pending"


def test_a_rejected_customer_stands_among_the_rejected_and_is_never_lost() -> None:
    officer, customer = an_officer(), a_pending_customer()
    with pytest.raises(NotAllowed) as caught:
        decide(customer, officer, approve=False, reason=" ")
    assert caught.value.field == "reason"
    decide(customer, officer, approve=False, reason="forged")
    now = again(customer)
    assert (now.kyc_status, now.review_group) == (REJECTED, "kyc-rejected")


# --- reviews ------------------------------------------------------------------------------------


def test_a_review_of_high_risk_is_enhanced_or_refused() -> None:
    officer = an_officer()
    customer = filed(a_customer(), risk_rating="high", kyc_review_on=days_ago(3))
    known: dict[str, Any] = {"customer_id": customer.user_id, "note": "all", "actor": actor(officer), "now": utcnow()}
    with pytest.raises(NotAllowed) as caught:
        complete_review(**known)
    assert caught.value.field == "enhanced"
    done = complete_review(**known, enhanced=True)
    assert done.kyc_review_on == done.enhanced_due == next_review("high", today(), utcnow()).isoformat()


# --- owners -------------------------------------------------------------------------------------


def a_company(officer: User) -> User:
    customer = a_pending_customer(name="Acme Trading", segment=BUSINESS, date_of_birth="")
    declared(customer, officer)
    return customer


def owner(share: int, name: str = "Olga Owner", **more: Any) -> Owner:
    return Owner(**({"name": name, "born": "1970-01-01", "country": "US", "share": share} | more))


def add(customer: User, officer: User, one: Owner) -> KycFile:
    seen = file_of(customer.user_id).version
    return add_owner(customer_id=customer.user_id, owner=one, seen=seen, actor=actor(officer), now=utcnow())


@pytest.mark.parametrize(
    ("before", "added", "field"),
    [
        ((), owner(2_499), "share"),
        ((owner(6_000, "A"),), owner(4_001, "B"), "share"),
        ((owner(0, "A", control=True, title="CEO"),), owner(0, "B", control=True, title="CFO"), "control"),
        ((), owner(0, control=True), "title"),
        ((owner(3_000),), owner(3_000), "name"),
        ((), owner(3_000, country="ZZ"), "country"),
        ((), owner(3_000, born="2999-01-01"), "born"),
        ((), owner(3_000, name=" "), "name"),
    ],
)
def test_owners_that_cannot_be_are_refused_at_their_field(before: tuple[Owner, ...], added: Owner, field: str) -> None:
    officer = an_officer()
    customer = a_company(officer)
    for one in before:
        add(customer, officer, one)
    with pytest.raises(NotAllowed) as caught:
        add(customer, officer, added)
    assert caught.value.field == field
    assert len(file_of(customer.user_id).owners) == len(before)


def test_owners_up_to_100_percent_and_one_in_control_make_a_company_ready() -> None:
    officer = an_officer()
    customer = a_company(officer)
    checked(customer, a_paper(customer, officer, kind="register_extract"), officer)
    with pytest.raises(NotAllowed, match="controls"):
        decide(customer, officer)
    add(customer, officer, owner(7_500, "A"))
    add(customer, officer, owner(2_500, "B", control=True, title="Director"))
    assert again(customer).owner_names == {"A", "B"}
    assert decide(customer, officer) is None
    assert again(customer).kyc_status == VERIFIED


def test_nobody_owns_that_much_has_to_be_stated() -> None:
    officer = an_officer()
    customer = a_company(officer)
    checked(customer, a_paper(customer, officer, kind="register_extract"), officer)
    add(customer, officer, owner(0, control=True, title="Director"))
    with pytest.raises(NotAllowed, match="25 %"):
        decide(customer, officer)
    known: dict[str, Any] = {"customer_id": customer.user_id, "actor": actor(officer), "now": utcnow()}
    state_no_owner(reason="statement of 3 May", seen=file_of(customer.user_id).version, **known)
    assert decide(customer, officer) is None
    gone = remove_owner(place=0, reason="left", seen=file_of(customer.user_id).version, **known)
    assert gone.owners == [] and again(customer).owner_names is None


def test_a_person_has_no_owners() -> None:
    officer, customer = an_officer(), a_pending_customer()
    with pytest.raises(NotAllowed, match="company"):
        add(customer, officer, owner(3_000))


# --- what others make of it ---------------------------------------------------------------------


def test_the_audit_of_all_of_it_is_whole_and_a_changed_file_is_named() -> None:
    officer, manager = an_officer(), a_manager()
    customer = ready(officer, RISKY)
    asked = decide(customer, officer)
    assert asked is not None
    approvals.approve(
        approval_id=asked.approval_id,
        content_hash=asked.content_hash,
        actor=actor(manager),
        name=manager.name,
        now=utcnow(),
    )
    add(a_company(officer), officer, owner(3_000))
    assert verify_audit().problems == {}
    kyc = file_of(customer.user_id)
    kyc.audit_head = "f" * 64
    store.save([store.changed(kyc)])
    assert any(KycFile.key(customer.user_id) in one.first for one in verify_audit().problems.values())


def test_a_customer_s_package_names_the_papers_and_nothing_of_the_rating() -> None:
    officer = an_officer()
    customer = again(ready(officer, RISKY))
    contents = contents_for(customer, "access", utcnow())
    rows = {name: list(section) for name, section in contents.sections.items()}
    assert [(one["kind"], one["state"]) for one in rows["papers"]] == [("Passport", "Accepted")]
    told = repr(rows).casefold()
    assert "public office" not in told and "rated" not in told and "high" not in told


def test_services_ask_for_the_right_themselves_and_not_only_the_pages() -> None:
    officer, teller, manager = an_officer(), a_teller(), a_manager()
    customer = ready(officer)
    paper = file_of(customer.user_id).all_papers()[0]
    company = a_company(officer)
    known: dict[str, Any] = {"customer_id": company.user_id, "reason": "x", "now": utcnow()}
    seen = file_of(company.user_id).version
    for person in (teller, manager, customer):
        for attempt in (
            lambda by=person: checked(customer, paper, by),
            lambda by=person: declared(customer, by, RISKY),
            lambda by=person: decide(customer, by),
            lambda by=person: decide(customer, by, approve=False),
            lambda by=person: add(company, by, owner(3_000)),
            lambda by=person: remove_owner(place=0, seen=seen, actor=actor(by), **known),
            lambda by=person: state_no_owner(seen=seen, actor=actor(by), **known),
        ):
            with pytest.raises(NotAllowed, match="Your role"):
                attempt()
    with pytest.raises(NotAllowed, match="Your role"):
        read_paper(customer_id=customer.user_id, paper_id=paper.paper_id, path="/x", actor=actor(teller), now=utcnow())
    assert again(customer).kyc_status == "pending"


# --- below the points -----------------------------------------------------------------------------


def lowered(customer: User, officer: User, to: str = "medium") -> approvals.Approval:
    return ask_lower_rating(
        customer_id=customer.user_id, to=to, reason="Retired since; only a pension comes in.",
        seen=file_of(customer.user_id).version, key=new_id("key"), actor=actor(officer), name=officer.name, now=utcnow(),
    )  # fmt: skip


def agreed_by(request: approvals.Approval, second: User) -> None:
    approvals.approve(
        approval_id=request.approval_id, content_hash=request.content_hash, actor=actor(second), name=second.name,
        now=utcnow(),
    )  # fmt: skip


def test_a_rating_below_the_points_takes_two_people_and_holds_until_the_factors_change() -> None:
    officer, boss, customer = an_officer(), a_manager(), a_pending_customer()
    many = type(PLAIN)("US", "cash", "money_services", "none", 900_000_000)
    declared(customer, officer, many)
    assert again(customer).risk_rating == "high"
    request = lowered(customer, officer)
    assert again(customer).risk_rating == "high", "nothing before the second person"
    with pytest.raises(approvals.NotAllowed, match="yourself"):
        agreed_by(request, officer)
    agreed_by(request, boss)
    kyc = file_of(customer.user_id)
    assert again(customer).risk_rating == "medium" and kyc.working and kyc.working.by_points == "high"
    (rated,) = [one for one in audit.AuditRecord.by_subject.query(f"user#{customer.user_id}")
                if one.action == "rate_customer" and "approval" in one.after]  # fmt: skip
    assert (rated.actor_id, rated.after["asked_by"]) == (boss.user_id, officer.user_id)
    declared(customer, officer, many)
    assert again(customer).risk_rating == "high", "one person may raise it"
    old = lowered(customer, officer, "low")
    declared(customer, officer, type(PLAIN)("US", "cash", "dealer", "none", 900_000_000))
    with pytest.raises(approvals.NotAllowed, match="changed since"):
        agreed_by(old, boss)
    with pytest.raises(NotAllowed, match="second person"):
        declared(customer, officer, type(PLAIN)(**(many.stored() | {"ceiling": "low"})))


def test_what_the_law_rates_high_stays_high() -> None:
    officer, customer = an_officer(), a_pending_customer()
    declared(customer, officer, RISKY)
    with pytest.raises(approvals.NotAllowed, match="law asks for it"):
        lowered(customer, officer)
    with pytest.raises(approvals.NotAllowed, match="role"):
        lowered(customer, a_teller())
