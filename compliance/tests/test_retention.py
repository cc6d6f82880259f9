"""`manage.py apply_retention`: what goes, what a hold keeps, what a dry run writes, and how a run is carried on."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.queries.people import user
from accounts.services.erasing import pseudonymise, set_legal_hold
from accounts.testing import a_customer, an_officer
from cloudbank import documents, jobs, store
from cloudbank.audit import AuditRecord
from cloudbank.clock import iso, utcnow
from cloudbank.tables import TABLES
from compliance.models import PrivacyRequest
from compliance.privacy import deeds, engine
from compliance.privacy.services import answer_request, ask_about_own_data, check_identity
from compliance.privacy.terms import months_after
from compliance.score import State
from compliance.services.audit_check import verify_audit
from compliance.testing import actor, an_account_of, cash_in, today, told

pytestmark = pytest.mark.usefixtures("bank")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("apply_retention", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def former(months: int, **more: Any) -> User:
    """A customer whose last account closed so many months ago."""
    return a_customer(exited_on=months_after(today(), -months).isoformat(), phone="+1 212 555 0100", **more)


def everything() -> dict[str, Any]:
    return {item.hash_key: item.serialize() for base in TABLES for item in base.scan()}


def erased(person: User) -> bool:
    return bool(user(person.user_id).erased_on)  # type: ignore[union-attr]


def test_a_former_customer_goes_after_five_years_and_not_before() -> None:
    kept, gone, active = former(59), former(60), a_customer()
    cash_in(an_account_of(active), 10_000)
    out = run("--class", "customers")
    assert "1 gone, 0 held, 0 left" in out
    assert [erased(one) for one in (kept, gone, active)] == [False, True, False]
    assert gone.name not in out
    assert "0 gone" in run("--class", "customers")
    (record,) = AuditRecord.by_subject.query(f"user#{gone.user_id}")
    assert (record.action, record.actor_id) == ("pseudonymise", "command:apply_retention")
    assert verify_audit().problems == {}


def test_every_hold_keeps_and_none_is_named_that_is_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    held, filed = former(70), former(80)
    set_legal_hold(customer_id=held.user_id, held=True, reason="Grand jury", actor=actor(an_officer()), now=utcnow())
    days = {filed.user_id: iso(utcnow())[:10]}
    monkeypatch.setattr("compliance.privacy.pasts.last_filing", lambda customer_id: days.get(customer_id, ""))
    out = run("--class", "customers")
    assert "0 gone, 2 held" in out
    assert not any(word in out.lower() for word in ("grand jury", "filing", "sar", "sanction"))
    assert not erased(held)
    assert not erased(filed)
    set_legal_hold(customer_id=held.user_id, held=False, reason="Over", actor=actor(an_officer()), now=utcnow())
    assert "1 gone, 1 held" in run("--class", "customers")


def test_a_dry_run_tells_the_same_and_writes_nothing() -> None:
    gone = former(61)
    before = everything()
    out = run("--dry-run")
    assert f"customers {gone.user_id} over since" in out
    assert "1 would go" in out
    assert everything() == before
    assert jobs.last_run(engine.JOB) is None


def answered(days: int) -> PrivacyRequest:
    """An access request with a package, answered so many days ago."""
    officer, at = actor(an_officer()), utcnow() - timedelta(days=days)
    item = ask_about_own_data(about="access", details="Everything", actor=actor(a_customer()), now=at)
    who: Any = {"request_id": item.user_id, "actor": officer, "now": at}
    check_identity(**who, note="Passport 123", version=1)
    deeds.make_package(**who, version=2)
    return answer_request(**who, outcome="granted", answer="Here it is, Carla.", version=3)


def test_packages_go_when_they_expire_and_words_after_five_years() -> None:
    fresh, expired, old = answered(3), answered(15), answered(6 * 365)
    names = {one.user_id: [file[0] for file in one.package["files"].values()] for one in (fresh, expired, old)}
    out = run()
    assert "Data packages" in out
    kept = {key: [documents.documents().exists(name) for name in some] for key, some in names.items()}
    assert kept == {fresh.user_id: [True, True], expired.user_id: [False, False], old.user_id: [False, False]}
    assert [store.get(PrivacyRequest, one.user_id).answer != "" for one in (fresh, expired, old)] == [True, True, False]  # type: ignore[union-attr]
    cleared = store.get(PrivacyRequest, old.user_id)
    assert cleared is not None
    assert "Passport" not in str(cleared.steps)
    assert (cleared.details, cleared.outcome) == ("", "granted")
    assert verify_audit().problems == {}
    assert "0 gone" in run("--class", "requests")


def test_postings_and_audit_records_never_go() -> None:
    person = former(100)
    account_id = an_account_of(a_customer())
    cash_in(account_id, 10_000)
    kinds = ("posting", "audit")
    before = {key: one for key, one in everything().items() if one["kind"]["S"] in kinds}
    run()
    after = everything()
    assert erased(person)
    assert all(after.get(key) == one for key, one in before.items())


def test_a_run_is_bounded_and_the_next_one_goes_on_behind_it() -> None:
    people = [former(61, name=f"Person {number}") for number in range(5)]
    assert "2 gone, 0 held, 0 left; more is left" in run("--class", "customers", "--limit", "2")
    assert sum(erased(one) for one in people) == 2
    run("--class", "customers", "--limit", "2")
    assert "1 gone" in run("--class", "customers", "--limit", "2")
    assert all(erased(one) for one in people)


def test_a_run_that_breaks_off_is_carried_on(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [former(61, name=f"Person {number}") for number in range(3)]
    seen: list[str] = []

    def dies(**more: Any) -> Any:
        seen.append(more["customer_id"])
        if len(seen) == 2:
            raise KeyboardInterrupt
        return pseudonymise(**more)

    monkeypatch.setattr("compliance.privacy.classes.pseudonymise", dies)
    with pytest.raises(KeyboardInterrupt):
        run("--class", "customers")
    assert told("retention-backlog")[2] == State.BREACHED
    run("--class", "customers")
    run("--class", "customers")
    assert all(erased(one) for one in people)
    assert told("retention-backlog") == (0, 0, State.OK)


def test_what_cannot_go_is_left_named_and_breaches_the_control(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told("retention-backlog") == (0, None, State.NOT_MEASURABLE)
    item = answered(15)

    def stuck(name: str) -> None:
        raise documents.NotDeleted(5, "the disk")

    whole = documents.delete_document
    monkeypatch.setattr(documents, "delete_document", stuck)
    with pytest.raises(CommandError, match="1 thing could not be let go") as refused:
        run("--class", "packages")
    assert refused.value.returncode == 2
    assert told("retention-backlog") == (1, 0, State.BREACHED)
    monkeypatch.setattr(documents, "delete_document", whole)
    assert "1 gone" in run("--class", "packages")
    assert not any(documents.documents().exists(one[0]) for one in item.package["files"].values())


def test_reports_are_a_class_of_it_and_bad_arguments_are_refused() -> None:
    assert [one.code for one in engine.classes()] == ["customers", "packages", "reports", "requests"]
    with pytest.raises(CommandError, match="at least 1"):
        run("--limit", "0")
    with pytest.raises(CommandError):
        run("--class", "postings")
    assert date.fromisoformat(former(60).exited_on)
