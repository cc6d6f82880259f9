"""Cases: escalation, work, two people at the end, reopening; everything in the audit chain and in one transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.ledger import Refused
from accounts.models import User
from accounts.queries.deposits import account
from accounts.testing import a_manager, a_teller, an_admin, an_analyst, an_officer, signed_in
from cloudbank import approvals, audit
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import iso, utcnow
from compliance.queries import cash_days
from monitoring.casework import ACCOUNT, CUSTOMER, CaseFile
from monitoring.models import Alert
from monitoring.queries.alerts import get_alert, queue_size
from monitoring.queries.casework import AGES, CaseFilter, ages, cases_about, cases_page, dossier_of, get_case
from monitoring.services.case_closing import ask_to_close, close_case, reopen_case
from monitoring.services.case_work import add_note, add_paper, add_subject, assign_case, protect_from_case
from monitoring.services.cases import detach_alert, escalate
from monitoring.services.changing import TakenOver
from monitoring.services.closing import reopen_alert
from monitoring.tests.conftest import OVER, Screened

PDF = b"%PDF-1.4 a paper"


def stored(case: CaseFile) -> CaseFile:
    found = get_case(case.case_id)
    assert found is not None
    return found


def alert_of(alert: Alert) -> Alert:
    found = get_alert(alert.alert_id)
    assert found is not None
    return found


def escalated(screened: Screened, *alerts: Alert, **more: Any) -> CaseFile:
    known: dict[str, Any] = {"title": "Cash at two branches", "reason": "same person", "key": "k"} | more
    seen = [(one.alert_id, alert_of(one).revision) for one in alerts]
    return escalate(alerts=seen, actor=screened.actor(), now=utcnow(), **known)


@pytest.fixture
def two(screened: Screened) -> list[Alert]:
    """Two critical alerts of two customers."""
    screened.cash_in(OVER)
    screened.cash_in(OVER, screened.theirs)
    return sorted(screened.alerts(), key=lambda one: one.customer_id != screened.customer.user_id)


@pytest.fixture
def case(screened: Screened, two: list[Alert]) -> CaseFile:
    return escalated(screened, *two)


def doing(screened: Screened, case: CaseFile, **more: Any) -> dict[str, Any]:
    return {"case_id": case.case_id, "actor": screened.actor(), "now": utcnow()} | more


def seeing(screened: Screened, case: CaseFile, **more: Any) -> dict[str, Any]:
    return doing(screened, case, revision=stored(case).revision) | more


def ask(screened: Screened, case: CaseFile, reason_code: str = "structuring") -> Approval:
    return ask_to_close(
        reason_code=reason_code, note="two branches, one hour", name="Ana Analyst", **seeing(screened, case)
    )


def decide(screened: Screened, request: Approval, who: User, agrees: bool = True) -> Approval:
    act = approvals.approve if agrees else approvals.reject
    return act(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        note="read the file",
        actor=screened.actor(who),
        name=who.name,
        now=utcnow(),
    )


def actions(item: Any) -> list[str]:
    return [one.action for one in audit.AuditRecord.by_subject.query(audit.subject_of(item))]


# --- in ------------------------------------------------------------------------------------------


def test_alerts_of_two_customers_become_one_case(screened: Screened, case: CaseFile, two: list[Alert]) -> None:
    assert (case.severity, case.status, len(case.alert_ids)) == ("critical", "open", 2)
    assert set(case.customers) == {one.customer_id for one in two}
    for alert in two:
        after = alert_of(alert)
        assert (after.status, after.case_id, after.is_open) == ("escalated", case.case_id, False)
        assert actions(alert) == ["escalate"]
        assert [one.case_id for one in cases_about(CUSTOMER, alert.customer_id)] == [case.case_id]
    assert queue_size().total == 0 and screened.alerts(status="open") == []
    assert {one.alert_id for one in screened.alerts(status="escalated")} == {one.alert_id for one in two}
    assert actions(case) == ["open"]


def test_what_is_found_next_is_a_new_alert_that_may_join(screened: Screened, case: CaseFile, two: list[Alert]) -> None:
    screened.cash_in(500_000)
    (fresh,) = screened.alerts(status="open")
    escalated(screened, fresh, case_id=case.case_id, key="other")
    assert len(stored(case).alert_ids) == 3 and actions(case) == ["open", "add_alerts"]


def test_two_alerts_of_one_customer_leave_the_risk_state_together(screened: Screened) -> None:
    screened.cash_in(OVER)
    for number in range(5):
        screened.transfer(1_000 + number)
    mine = [one for one in screened.alerts() if one.customer_id == screened.customer.user_id]
    assert len(mine) == 2
    escalated(screened, *mine)
    assert screened.activity().open_alerts == {}


def test_a_form_sent_twice_opens_one_case(screened: Screened, two: list[Alert]) -> None:
    first, seen = two[0], [(two[0].alert_id, 0)]
    known: dict[str, Any] = {"title": "t", "reason": "r", "key": "k", "actor": screened.actor(), "now": utcnow()}
    assert escalate(alerts=seen, **known).case_id == escalate(alerts=seen, **known).case_id
    assert actions(alert_of(first)) == ["escalate"]


def test_a_cash_report_stays_due_while_a_case_decides(screened: Screened, two: list[Alert]) -> None:
    before, _ = cash_days.awaiting()
    escalated(screened, *two)
    after, _ = cash_days.awaiting()
    assert len(before) == len(after) == 2


@pytest.mark.parametrize(("changes", "field"), [({"title": " "}, "title"), ({"reason": ""}, "reason")])
def test_a_case_needs_a_title_and_a_reason(
    screened: Screened, two: list[Alert], changes: dict[str, str], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        escalated(screened, *two, **changes)
    assert refusal.value.field == field
    assert alert_of(two[0]).is_open


def test_a_closed_or_escalated_alert_is_not_escalated_again(
    screened: Screened, case: CaseFile, two: list[Alert]
) -> None:
    with pytest.raises(Refused, match="in a case"):
        escalated(screened, two[0], key="again")


# --- work ----------------------------------------------------------------------------------------


def test_notes_stand_in_the_audit_chain_and_get_in_nobodys_way(screened: Screened, case: CaseFile) -> None:
    before = stored(case).revision
    add_note(text="called the branch", **doing(screened, case))
    assert stored(case).revision == before
    records = [
        one for one in audit.AuditRecord.by_subject.query(audit.subject_of(case)) if isinstance(one, audit.AuditRecord)
    ]
    assert (records[-1].action, records[-1].reason) == ("note", "called the branch")
    assert audit.broken_at(records) == ""


def test_two_notes_at_once_are_both_kept(screened: Screened, case: CaseFile) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda n: add_note(text=f"note {n}", **doing(screened, case)), range(6)))
    assert actions(case).count("note") == 6


def test_a_file_is_kept_with_its_hash_and_once(screened: Screened, case: CaseFile) -> None:
    paper = add_paper(name="C:\\fakepath\\Slip 1.PDF", content=PDF, **doing(screened, case))
    assert (paper.title, paper.extension, paper.size) == ("Slip 1", "pdf", len(PDF))
    assert stored(case).paper(paper.paper_id) == paper
    with pytest.raises(Refused, match="already"):
        add_paper(name="again.pdf", content=PDF, **doing(screened, case))


WRONG = {
    "empty.pdf": b"",
    "page.html": b"<script>",
    "fake.pdf": b"MZ not a pdf",
    "fake.png": PDF,
    "binary.txt": b"\xff\xfe\x00",
    "zero.csv": b"a\x00b",
    "noending": PDF,
    "big.pdf": PDF + b"x" * (10 * 1024 * 1024),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_paper_is_refused(screened: Screened, case: CaseFile, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        add_paper(name=name, content=WRONG[name], **doing(screened, case))
    assert refusal.value.field == "file" and stored(case).papers == []


def test_subjects_are_customers_and_accounts_that_exist(screened: Screened, case: CaseFile) -> None:
    add_subject(kind=ACCOUNT, key=screened.account, **seeing(screened, case))
    assert stored(case).accounts == [screened.account]
    for kind, key in ((CUSTOMER, "usr_none"), (ACCOUNT, "0"), (CUSTOMER, screened.analyst.user_id), ("loan", "x")):
        with pytest.raises(Refused, match="no such customer or account"):
            add_subject(kind=kind, key=key, **seeing(screened, case))
    with pytest.raises(Refused, match="already"):
        add_subject(kind=ACCOUNT, key=screened.account, **seeing(screened, case))


def test_only_who_works_on_cases_gets_one(screened: Screened, case: CaseFile) -> None:
    assign_case(owner_id=screened.analyst.user_id, **seeing(screened, case))
    assert (stored(case).status, stored(case).owner_id) == ("investigating", screened.analyst.user_id)
    for nobody in (a_teller(), a_manager()):
        with pytest.raises(Refused, match="works on cases"):
            assign_case(owner_id=nobody.user_id, **seeing(screened, case))


def test_freezing_from_the_case_is_on_both_trails(screened: Screened, case: CaseFile) -> None:
    protect_from_case(account_id=screened.account, reason="flight risk", **seeing(screened, case))
    held = account(screened.account)
    assert held is not None and held.status == "frozen"
    assert actions(case)[-1] == "freeze_account" and actions(held)[-1] == "freeze"


def test_only_accounts_of_the_case_are_frozen_from_it(screened: Screened) -> None:
    screened.cash_in(OVER)
    case = escalated(screened, *screened.alerts())
    with pytest.raises(Refused, match="does not belong"):
        protect_from_case(account_id=screened.theirs, reason="x", **seeing(screened, case))


def test_an_alert_that_does_not_belong_goes_back_to_the_queue(
    screened: Screened, case: CaseFile, two: list[Alert]
) -> None:
    detach_alert(alert_id=two[1].alert_id, reason="another matter", **seeing(screened, case))
    back = alert_of(two[1])
    assert (back.status, back.case_id) == ("new", "") and stored(case).alert_ids == [two[0].alert_id]
    assert [one.alert_id for one in screened.alerts(status="open")] == [back.alert_id]
    with pytest.raises(Refused, match="cannot leave"):
        detach_alert(alert_id=two[0].alert_id, reason="x", **seeing(screened, case))
    screened.cash_in(500_000, screened.theirs)
    assert alert_of(two[1]).finding_count == 2, "findings join it again"


# --- the end -------------------------------------------------------------------------------------


def test_a_request_leads_only_those_to_the_case_who_may_open_it(screened: Screened, case: CaseFile) -> None:
    path = f"/approvals/{ask(screened, case).approval_id}"
    for user, may in ((an_officer(), True), (an_admin(), False)):
        page = signed_in(Client(), user).get(path).content.decode()
        assert (f'href="/cases/{case.case_id}"' in page) == may
        assert (signed_in(Client(), user).get(f"/cases/{case.case_id}").status_code == 200) == may


def test_a_confirmed_case_is_closed_by_two_people_with_its_alerts(
    screened: Screened, case: CaseFile, two: list[Alert]
) -> None:
    with pytest.raises(Refused, match="second person"):
        close_case(reason_code="structuring", note="x", **seeing(screened, case))
    request, officer = ask(screened, case), an_officer()
    assert stored(case).status == "pending_approval"
    for not_the_one in (screened.analyst, an_analyst(name="Bob Brown")):
        with pytest.raises(NotAllowed):
            decide(screened, request, not_the_one)
    decide(screened, request, officer)
    after = stored(case)
    assert (after.status, after.outcome, after.reason_code) == ("closed", "confirmed", "structuring")
    assert (after.closed_by, after.approved_by) == (screened.analyst.user_id, officer.user_id)
    for alert in two:
        ended = alert_of(alert)
        assert (ended.status, ended.outcome, ended.closed_by) == ("closed", "confirmed", screened.analyst.user_id)
    assert actions(case) == ["open", "ask_to_close", "close"]


def test_a_refuted_critical_case_needs_two_and_a_mild_one_does_not(screened: Screened, case: CaseFile) -> None:
    with pytest.raises(Refused, match="second person"):
        close_case(reason_code="explained", note="x", **seeing(screened, case))
    for number in range(5):
        screened.transfer(1_000 + number)
    mild = escalated(screened, *screened.alerts(status="open"), key="mild", title="mild")
    assert mild.severity != "critical"
    close_case(reason_code="explained", note="rent", **seeing(screened, mild))
    assert stored(mild).outcome == "refuted"
    assert {one.outcome for one in screened.alerts(status="closed")} == {"false_positive"}


def test_while_it_waits_nothing_but_notes_and_files_changes(screened: Screened, case: CaseFile) -> None:
    ask(screened, case)
    add_note(text="still", **doing(screened, case))
    add_paper(name="a.pdf", content=PDF, **doing(screened, case))
    for attempt in (
        lambda: assign_case(owner_id=screened.analyst.user_id, **seeing(screened, case)),
        lambda: add_subject(kind=ACCOUNT, key=screened.account, **seeing(screened, case)),
        lambda: ask(screened, case, "laundering"),
    ):
        with pytest.raises((Refused, NotAllowed), match=r"second person|asked already"):
            attempt()


def test_who_does_not_agree_puts_it_under_investigation_again(screened: Screened, case: CaseFile) -> None:
    decide(screened, ask(screened, case), a_manager(), agrees=False)
    assert stored(case).status == "investigating" and actions(case)[-1] == "not_closed"
    ask(screened, case)


def test_a_request_that_nobody_decides_lapses(screened: Screened, case: CaseFile) -> None:
    ask(screened, case)
    later = utcnow() + timedelta(days=8)
    assert stored(case).state_at(iso(later)) == "investigating"
    assign_case(**seeing(screened, case, owner_id=screened.analyst.user_id, now=later))


def test_opened_again_its_alerts_wait_for_it_again(screened: Screened, case: CaseFile, two: list[Alert]) -> None:
    decide(screened, ask(screened, case), an_officer())
    with pytest.raises(Refused, match="open the case again"):
        reopen_alert(
            alert_id=two[0].alert_id,
            reason="x",
            revision=alert_of(two[0]).revision,
            actor=screened.actor(),
            now=utcnow(),
        )
    reopen_case(reason="new papers", **seeing(screened, case))
    after = stored(case)
    assert (after.status, after.outcome, after.reopened) == ("investigating", "", 1)
    assert {alert_of(one).status for one in two} == {"escalated"}
    decide(screened, ask(screened, case), an_officer(email="other@bank.example"))
    assert stored(case).status == "closed"


def test_of_two_who_change_it_at_once_the_second_is_told_who_what_and_when(screened: Screened, case: CaseFile) -> None:
    bob = an_analyst(name="Bob Brown")

    def take(who: User) -> str:
        try:
            assign_case(case_id=case.case_id, owner_id=who.user_id, revision=1, actor=screened.actor(who), now=utcnow())
        except TakenOver as taken:
            return taken.message
        return "mine"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(take, [screened.analyst, bob]))
    assert answers.count("mine") == 1
    winner = "Bob Brown" if stored(case).owner_id == bob.user_id else "Ana Analyst"
    assert any(one.startswith(f"{winner} took this case at ") for one in answers)


# --- lists ---------------------------------------------------------------------------------------


def test_ages_and_filters_count_days_on_the_banks_calendar(screened: Screened, two: list[Alert]) -> None:
    now = utcnow()
    seen = [(two[0].alert_id, 0)]
    old = escalate(alerts=seen, title="old", reason="r", key="1", actor=screened.actor(), now=now - timedelta(days=12))
    new = escalated(screened, two[1], title="new", key="2")
    assert ages(now) == {"0-2": 1, "3-10": 0, "11-30": 1, "30+": 0}
    assert list(AGES) == ["0-2", "3-10", "11-30", "30+"]

    def listed(sort: str = "opened", descending: bool = False, **wanted: Any) -> list[str]:
        rows, _, _ = cases_page(CaseFilter(now=now, **wanted), sort=sort, descending=descending)
        return [one.title for one in rows]

    assert listed() == ["old", "new"] and listed(descending=True) == ["new", "old"]
    assert listed(age="11-30") == ["old"] and listed(customer_id=two[1].customer_id) == ["new"]
    assert listed(sort="changed", descending=True) == ["new", "old"]
    assert listed(status="investigating") == [] and listed(owner_id=screened.analyst.user_id) == ["old", "new"]
    assert {old.case_id, new.case_id} == {one.case_id for one in cases_page(CaseFilter(now=now))[0]}


def test_the_timeline_holds_every_event_of_case_and_alerts(
    screened: Screened, case: CaseFile, two: list[Alert]
) -> None:
    add_note(text="hello", **doing(screened, case))
    dossier = dossier_of(stored(case))
    assert {one.action for one in dossier.changes} == {"open", "note", "escalate"}
    assert len(dossier.findings) == 2 and dossier.amount == 2 * OVER
