"""Several drafted cash reports reviewed at once: each a request of its own, bound to what was seen, to somebody else."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, an_analyst, an_officer, signed_in
from cloudbank import approvals, store
from cloudbank.clock import utcnow
from compliance.filings.bulk import ticket
from compliance.filings.models import CashReport
from compliance.filings.suspicion import start_report
from compliance.filings.terms import FILE, Status
from compliance.filings.testing import agreed, cash, fresh, reviewed
from compliance.services.audit_check import verify_audit
from compliance.testing import actor, an_account_of, today
from compliance.tests.test_filings import noon, sealed_and_drafted
from compliance.tests.test_suspicion import a_case

pytestmark = pytest.mark.usefixtures("bank")
WHERE, NOTE = "/compliance/filings", "Slips and identities agree."


def drafts(number: int) -> list[CashReport]:
    """So many drafts, each on a person of its own."""
    for place in range(number):
        cash(an_account_of(a_customer(name=f"Carla Number{place}"), now=noon(1)), 1_100_000 + place, noon(1))
    return sorted(sealed_and_drafted(), key=lambda one: str(one.main["name"]))


def sent(officer: User, tickets: list[str], reason: str = NOTE) -> dict[str, tuple[bool, str]]:
    """What became of each ticked row: id -> (done, why)."""
    page = signed_in(Client(), officer).post(WHERE, {"action": "review", "ids": tickets, "reason": reason})
    assert page.status_code == 200
    return {one.id: (one.ok, one.message) for one in page.context["results"]}


def test_what_the_list_shows_is_ticked_reviewed_and_released_by_another_person_each_for_itself() -> None:
    officer, second = an_officer(), an_officer(name="Olga Officer")
    first, other = drafts(2)
    page = signed_in(Client(), officer).get(f"{WHERE}?state=draft").content.decode()
    assert "Reviewed: file them" in page and f'value="{ticket(first)}"' in page
    assert {ok for ok, _ in sent(officer, [ticket(first), ticket(other)]).values()} == {True}
    waiting = [approvals.find(fresh(one).pending_approval) for one in (first, other)]
    for report, request in zip((first, other), waiting, strict=True):
        assert request is not None and request.reason == NOTE
        assert request.content == {
            "filing_id": report.filing_id, "decision": FILE, "hash": fresh(report).content_hash,
        }  # fmt: skip
        assert (fresh(report).status, fresh(report).reviewed_by) == (Status.REVIEWED, officer.user_id)
        with pytest.raises(approvals.NotAllowed):
            agreed(request, officer)
    agreed(waiting[0], second)
    assert [fresh(one).status for one in (first, other)] == [Status.APPROVED, Status.REVIEWED]
    assert not verify_audit().problems


def test_each_row_says_why_it_is_refused_and_holds_no_other_back() -> None:
    officer, colleague = an_officer(), an_officer(name="Olga Officer")
    good, reviewed_by_other, changed = drafts(3)
    tickets = [ticket(one) for one in (reviewed_by_other, changed)]
    reviewed(reviewed_by_other, colleague)
    stored = fresh(changed)
    stored.total += 1
    store.save([store.changed(stored)])
    told = sent(officer, [*tickets, good.filing_id, "ctr_madeup~1", "~", ticket(good)])
    assert "Olga Officer changed this filing" in told[reviewed_by_other.filing_id][1]
    assert "changed this filing" in told[changed.filing_id][1], "it is not what was seen in the list"
    assert told["ctr_madeup"] == (False, "There is no such report.") == told[""]
    assert told[good.filing_id][0] and fresh(good).status == Status.REVIEWED
    assert fresh(changed).status == Status.DRAFT
    assert sent(officer, [good.filing_id])[good.filing_id] == (
        False, "It is not known what you saw of it: tick it in the list again.",
    )  # fmt: skip


def test_who_may_not_work_on_filings_has_no_button_and_a_secret_report_is_not_reviewed_by_the_dozen() -> None:
    officer = an_officer()
    report = start_report(
        case_id=a_case().case_id, determined_on=today(), has_suspect=True, actor=actor(officer), now=utcnow()
    )
    for other in (a_manager(), an_analyst()):
        client = signed_in(Client(), other)
        assert "Reviewed: file them" not in client.get(WHERE).content.decode()
        assert client.post(WHERE, {"action": "review", "ids": [ticket(report)], "reason": NOTE}).status_code == 403
    told = sent(officer, [ticket(report)])
    assert told[report.filing_id] == (False, "A report on suspicious activity is read and reviewed by itself.")
    assert fresh(report).status == Status.DRAFT


def test_without_a_word_on_what_was_checked_nothing_happens_and_the_ticks_stay() -> None:
    officer, (draft,) = an_officer(), drafts(1)
    page = signed_in(Client(), officer).post(WHERE, {"action": "review", "ids": [ticket(draft)], "reason": " "})
    assert page.status_code == 422 and f'value="{ticket(draft)}"' in page.content.decode()
    assert fresh(draft).status == Status.DRAFT
