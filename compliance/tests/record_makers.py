"""One record of each kind, for the tests that loop over them."""

from datetime import date, timedelta

from accounts.models import User
from accounts.queries.deposits import accounts_of
from accounts.services.access import end_all_sessions, record_reveal
from accounts.testing import a_customer, a_teller
from cloudbank import audit, jobs, parameters, store
from cloudbank.audit import AuditRecord
from cloudbank.clock import iso, utcnow
from cloudbank.ids import new_id
from compliance.filings.suspicion import start_report
from compliance.models import CorrectiveAction
from compliance.privacy.services import ask_about_own_data
from compliance.services.actions import edit_action
from compliance.testing import actor, an_action, content, today
from compliance.tests.kyc_makers import declared
from compliance.tests.test_suspicion import a_case
from monitoring.services.lists import Asked, add_entry
from reporting.models import Report

THRESHOLD = "control.kyc-reviews.breach"


def an_edited_action(officer: User) -> CorrectiveAction:
    """An action whose due date and plan were changed."""
    item = an_action(officer)
    changed = content(officer, plan="Hire a deputy.", due_on=today() + timedelta(days=30))
    return edit_action(
        action_id=item.transaction_id, content=changed, version=item.version, actor=actor(officer), now=utcnow()
    )


def a_report(officer: User) -> Report:
    """A report of the archive, without its files' bytes."""
    now, key = utcnow(), new_id("rep")
    item = Report(
        transaction_id=key, title="Board pack", period="2026-Q3", currency="USD", parameters={"Compared with": "none"},
        order={}, as_of="2026-09-30", cutoff="2026-09-30", sha256="ab" * 32, built_at=iso(now), built_by=officer.user_id,
        built_by_role=officer.role, duration_ms=1_200, files={"csv": ["x", 12, "cd" * 32]}, content=["x", 1, "e"],
        stem="Board pack",
    )  # fmt: skip
    item.file_under(now)
    entry = audit.record(item, "build_report", actor=actor(officer), now=now, after={"files": 1})
    store.save([store.stored(item), entry])
    return item


def a_run(job: str = "verify_ledger", *, fails: bool = False, **counts: int | str) -> str:
    """A job run; its key."""
    try:
        with jobs.run(job, key="all", now=utcnow()) as run:
            run.counts |= counts
            if fails:
                raise RuntimeError("the disk is full")
    except RuntimeError:
        pass
    last = jobs.last_run(job)
    assert last is not None
    return str(last.transaction_id)


def one_of_each(officer: User) -> dict[str, str]:
    """Code of the kind -> key of a record of it. The filing is a report on suspicious activity."""
    customer = a_customer()
    case = a_case(person=customer)
    filing = start_report(
        case_id=case.case_id, determined_on=today(), has_suspect=True, actor=actor(officer), now=utcnow()
    )
    action = an_edited_action(officer)
    entry = add_entry(
        asked=Asked("watch", "name", "Quentin Quick", "Fraud ring", date(2099, 1, 1), ""),
        actor=actor(officer),
        now=utcnow(),
    )
    parameters.set_value(
        code=THRESHOLD, value=2, effective_from=utcnow().date(), actor=actor(officer), now=utcnow(), reason="stricter"
    )
    declared(customer, officer)
    now, by = utcnow(), actor(officer)
    record_reveal(user_id=customer.user_id, reason="A call from the branch", actor=by, now=now)
    colleague = a_teller()
    end_all_sessions(user_id=colleague.user_id, reason="A lost laptop", actor=by, now=now)
    asked = ask_about_own_data(about="access", details="", actor=actor(customer), now=utcnow())
    return {
        "accounts": accounts_of(customer.user_id)[0].account_id,
        "actions": str(action.transaction_id),
        "alerts": case.alert_ids[0],
        "audit": AuditRecord.key(f"corrective_action#{action.transaction_id}", 2),
        "cases": case.case_id,
        "customers": customer.user_id,
        "filings": filing.filing_id,
        "jobs": a_run(postings=1),
        "kyc": customer.user_id,
        "list-entries": entry.entry_id,
        "privacy": str(asked.user_id),
        "reports": str(a_report(officer).transaction_id),
        "staff": colleague.user_id,
        "thresholds": THRESHOLD,
    }
