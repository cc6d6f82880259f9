"""What monitoring tells of reports on suspicious activity: counted for who may know, not there for anybody else."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import an_analyst, an_auditor, an_officer, signed_in
from cloudbank import approvals
from cloudbank.clock import utcnow
from compliance.filings.models import ActivityReport
from compliance.filings.of_cases import reports_of_cases
from compliance.filings.suspicion import start_report
from compliance.filings.terms import DISMISS
from compliance.filings.testing import agreed, fresh, reviewed, the_way_to_filed
from compliance.testing import actor, today
from compliance.tests.test_suspicion import a_case, written
from monitoring.reported import reports_of
from monitoring.services.case_closing import ask_to_close
from monitoring.services.cases import loaded_case

pytestmark = pytest.mark.usefixtures("bank")


def confirmed_case() -> str:
    """A case that two people closed as structuring."""
    analyst, second = an_analyst(), an_officer()
    case = a_case(analyst)
    asked = ask_to_close(
        case_id=case.case_id, reason_code="structuring", note="Three deposits.", revision=case.revision,
        actor=actor(analyst), name=analyst.name, now=utcnow(),
    )  # fmt: skip
    agreed(asked, second)
    return case.case_id


def a_report(case_id: str) -> ActivityReport:
    officer = an_officer()
    item = start_report(case_id=case_id, determined_on=today(), has_suspect=True, actor=actor(officer), now=utcnow())
    return written(item, officer)


def page(person: User, path: str = "/rules/performance") -> str:
    answer: Any = signed_in(Client(), person).get(path)
    assert answer.status_code == 200
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def test_a_filed_report_counts_for_the_rules_of_its_case_and_only_who_may_know_reads_of_it() -> None:
    case_id = confirmed_case()
    analyst = an_analyst()
    before = page(analyst)
    item = a_report(case_id)
    assert "0\xa0of\xa01" in page(an_officer()), "a draft is no report"
    the_way_to_filed(item, an_officer(), an_officer())
    for who in (an_officer(), an_auditor()):
        told = page(who)
        assert "Led to a SAR" in told and "1\xa0of\xa01" in told and "From the decision to the report" in told
        assert "1\xa0of\xa01" in page(who, "/rules/performance?export=csv&sort=-yield")
    for path in ("/rules/performance", "/rules/performance?export=csv"):
        told = page(analyst, path)
        assert not any(word in told for word in ("SAR", "of\xa01", "to the report", "suspicious activity report"))
    assert len(page(analyst)) == pytest.approx(len(before), abs=200), (
        "nothing of it is there, whether one was filed or not"
    )
    assert "sar" not in str(loaded_case(case_id).to_simple_dict()).lower(), "the case itself says nothing"


def test_who_may_not_know_costs_no_read(monkeypatch: pytest.MonkeyPatch) -> None:
    class Nobody:
        def has_perm(self, permission: str) -> bool:
            return permission != "compliance.view_sar"

    assert reports_of({"cas_1"}, Nobody()) == {}


def test_a_report_that_is_not_due_is_told_as_such_and_an_amended_one_stays_filed() -> None:
    case_id = confirmed_case()
    item = a_report(case_id)
    assert not reports_of_cases({case_id, "cas_none"})[case_id].filed_on
    officer = an_officer()
    agreed(reviewed(item, officer, DISMISS), an_officer())
    told = reports_of_cases({case_id})[case_id]
    assert (told.filed_on, told.is_due) == (None, False)
    assert approvals.find(fresh(item).pending_approval or "none") is None
