"""A suspicious activity report from a case: its clock, its narrative, two people, filed, amended, continued."""

from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, an_analyst, an_officer, signed_in
from cloudbank import approvals, parameters, store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.parameters import set_value
from cloudbank.tables import TransactionsItem
from compliance.filings.duty import thresholds, why_due
from compliance.filings.models import ActivityReport
from compliance.filings.narrative import BLOCK, BLOCKS, QUESTIONS, TooLong, blocks, plain, told
from compliance.filings.suspicion import Content, continue_report, edit_report, reports_of_case, start_report
from compliance.filings.terms import FILE, SAR, Refused, Status
from compliance.filings.testing import NUMBER, agreed, fresh, reviewed, the_way_to_filed
from compliance.score import State
from compliance.testing import actor, an_account_of, cash_in, reading, today
from compliance.testing import told as control_told
from monitoring.casework import CaseFile
from monitoring.models import WORKLIST, Alert
from monitoring.services.cases import escalate

pytestmark = pytest.mark.usefixtures("bank")


def a_case(analyst: User | None = None, now: datetime | None = None, person: User | None = None) -> CaseFile:
    """A case of one cash alert."""
    when = now or utcnow()
    cash_in(an_account_of(person or a_customer(), now=when), 1_200_000, now=when)
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST)]
    (alert,) = [one for one in store.load(TransactionsItem, keys).values() if isinstance(one, Alert)]
    return escalate(
        alerts=[(alert.alert_id, alert.revision)], title="Cash without a shop", reason="No trade is known.", key="c",
        actor=actor(analyst or an_analyst()), now=when,
    )  # fmt: skip


def a_draft(officer: User, *, days_ago: int = 0, has_suspect: bool = True) -> ActivityReport:
    """The draft of a report that was determined some days ago."""
    case = a_case(now=utcnow() - timedelta(days=days_ago + 1))
    determined_on = today() - timedelta(days=days_ago)
    return start_report(
        case_id=case.case_id, determined_on=determined_on, has_suspect=has_suspect, actor=actor(officer), now=utcnow()
    )


def content(item: ActivityReport, **changes: object) -> Content:
    """What an officer writes."""
    known: dict[str, object] = {
        "determined_on": date.fromisoformat(item.determined_on), "has_suspect": item.has_suspect,
        "first_on": date.fromisoformat(item.first_on), "last_on": min(date.fromisoformat(item.last_on), today()),
        "total": item.total, "kinds": ["structuring"], "answers": {code: f"About {code}." for code in QUESTIONS},
    }  # fmt: skip
    if known["first_on"] > known["last_on"]:  # type: ignore[operator]  # cash of tonight counts on the next business day
        known["first_on"] = known["last_on"]
    return Content(**(known | changes))


def written(item: ActivityReport, officer: User, **changes: object) -> ActivityReport:
    """The draft, complete."""
    return edit_report(
        filing_id=item.filing_id, content=content(item, **changes), version=fresh(item).version, actor=actor(officer),
        now=utcnow(),
    )  # fmt: skip


@pytest.mark.parametrize(("has_suspect", "days"), [(True, 30), (False, 60)])
def test_the_clock_runs_from_the_determination(has_suspect: bool, days: int) -> None:
    item = a_draft(an_officer(), days_ago=3, has_suspect=has_suspect)
    assert item.due == today() - timedelta(days=3) + timedelta(days=days)


def test_a_flag_of_the_system_starts_no_clock() -> None:
    a_case()
    assert control_told("sar-filing") == (0, 0, State.OK)


@pytest.mark.parametrize("days", [-1, 9])
def test_the_determination_is_made_in_the_course_of_the_case(days: int) -> None:
    case = a_case(now=utcnow() - timedelta(days=5))
    with pytest.raises(Refused) as refused:
        start_report(
            case_id=case.case_id, determined_on=today() - timedelta(days=days), has_suspect=True,
            actor=actor(an_officer()), now=utcnow(),
        )  # fmt: skip
    assert refused.value.field == "determined_on"


def test_the_facts_of_the_case_are_filled_in() -> None:
    item = a_draft(an_officer())
    assert item.total == 1_200_000
    assert "Carla Customer" in item.answers["who"]
    assert "12,000.00 USD" in item.answers["what"]
    assert "12,000.00" in item.answers["how"]
    assert [one["name"] for one in item.persons] == ["Carla Customer"]


def test_a_case_has_one_first_report() -> None:
    officer = an_officer()
    item = a_draft(officer)
    again = start_report(
        case_id=item.case_id, determined_on=today(), has_suspect=False, actor=actor(officer), now=utcnow()
    )
    assert (again.filing_id, again.has_suspect) == (item.filing_id, True)


def test_an_incomplete_report_is_not_reviewed() -> None:
    officer = an_officer()
    item = a_draft(officer)
    written(item, officer, answers={code: "x" for code in QUESTIONS if code != "how"})
    with pytest.raises(Refused, match="does not say yet: how"):
        reviewed(item, officer)
    written(item, officer, kinds=[])
    with pytest.raises(Refused, match="what kind of activity"):
        reviewed(item, officer)


def test_filed_by_two_people_and_acknowledged() -> None:
    officer = an_officer()
    item = a_draft(officer)
    written(item, officer)
    with pytest.raises(approvals.NotAllowed):
        agreed(reviewed(item, officer), officer)
    agreed(approvals.find(fresh(item).pending_approval), an_officer())
    assert fresh(item).status == Status.APPROVED


def test_continuing_activity_is_due_120_days_after_the_report_before() -> None:
    officer = an_officer()
    item = a_draft(officer)
    written(item, officer)
    filed = the_way_to_filed(item, officer, an_officer())
    new = continue_report(filing_id=item.filing_id, version=filed.version, actor=actor(officer), now=utcnow())
    assert new.due == today() + timedelta(days=120)
    assert (new.prior_number, new.continues) == (NUMBER, item.filing_id)
    assert [one.filing_id for one in reports_of_case(item.case_id)] == [new.filing_id, item.filing_id]
    with pytest.raises(Refused):
        continue_report(filing_id=item.filing_id, version=fresh(item).version, actor=actor(officer), now=utcnow())


@pytest.mark.parametrize(
    ("days", "used", "state"),
    [(0, 0, State.OK), (22, 73, State.OK), (23, 76, State.APPROACHING), (30, 100, State.APPROACHING)],
)
def test_the_control_shows_how_much_of_the_time_is_used(days: int, used: int, state: State) -> None:
    a_draft(an_officer(), days_ago=days)
    assert control_told("sar-filing") == (1, used, state)


def test_an_overdue_report_breaches_and_caps_the_score() -> None:
    a_draft(an_officer(), days_ago=31)
    found = reading("sar-filing")
    assert found.state is State.BREACHED
    assert found.part.caps


# --- narrative ----------------------------------------------------------------------------------


def test_the_narrative_is_one_line_without_hidden_characters() -> None:
    text = told({"who": " A\tperson\r\n\u200bhere ", "why": "\x00because", "how": ""})
    assert text == "WHO: A person here WHY: because"


def test_blocks_hold_all_words_and_none_is_too_long() -> None:
    text = " ".join(["seventeen-letters"] * 1000)
    found = blocks(text)
    assert " ".join(found) == plain(text)
    assert max(len(one) for one in found) <= BLOCK
    assert all(one == one.strip() for one in found)


def test_exactly_five_full_blocks_fit_and_one_word_more_does_not() -> None:
    block = ("x" * 3999 + " ") * BLOCKS
    assert len(blocks(block)) == BLOCKS
    with pytest.raises(TooLong, match="1 characters too long"):
        blocks(block + "y")


def test_a_word_longer_than_a_block_is_broken() -> None:
    assert [len(one) for one in blocks("x" * 9000)] == [4000, 4000, 1000]


# --- pages --------------------------------------------------------------------------------------


def test_the_pages_take_a_case_to_a_filed_report() -> None:
    officer, second = an_officer(), an_officer()
    client, case = signed_in(Client(), officer), a_case()
    assert f"/compliance/filings/of-case/{case.case_id}" in client.get(f"/cases/{case.case_id}").content.decode()
    said = {"determined_on": today().isoformat(), "has_suspect": "yes"}
    url = client.post(f"/compliance/filings/of-case/{case.case_id}", said)["Location"]
    assert "Confidential" in client.get(url).content.decode()
    (item,) = reports_of_case(case.case_id)
    local = bank_calendar().local(utcnow()).date().isoformat()
    said |= {
        "first_on": local, "last_on": local, "total": "12,000.00", "kinds": "structuring", "version": "1",
        **{code: f"Text of {code}." for code in QUESTIONS},
    }  # fmt: skip
    for bad, field in (
        ({"total": "much"}, "total"), ({"first_on": "2999-01-01"}, "first_on"), ({"last_on": "2999-01-01"}, "last_on"),
        ({"kinds": "magic"}, "kinds"), ({"who": "x" * 20_001}, "who"), ({"why": "w " * 9_900, "how": "h " * 9_000}, "why"),
    ):  # fmt: skip
        answer = client.post(f"{url}/edit", said | bad)
        assert answer.status_code == 422, bad
        assert field in answer.context["form"].errors
        assert "Text of when." in answer.content.decode()
    assert client.post(f"{url}/edit", said)["Location"] == url
    step = {"step": "review", "version": fresh(item).version, "decision": FILE, "note": "Read against the slips."}
    assert client.post(url, step).status_code == 302
    agreed(approvals.find(fresh(item).pending_approval), second)
    step = {"step": "filed", "version": fresh(item).version, "acknowledgement": NUMBER, "filed_on": local}
    assert client.post(url, step).status_code == 302
    step = {"step": "continue", "version": fresh(item).version}
    assert client.post(url, step).status_code == 302
    assert len(reports_of_case(case.case_id)) == 2
    step = {"step": "amend", "version": fresh(item).version, "reason": "A name was wrong."}
    answer = client.post(url, step)
    assert answer.status_code == 302
    assert "A name was wrong." in client.get(answer["Location"]).content.decode()
    assert SAR in answer["Location"]


@pytest.mark.parametrize(
    ("kinds", "total", "has_suspect", "said"),
    [
        (["insider"], 1, False, "whatever the amount"),
        (["fraud_check"], 499_999, True, ""),
        (["fraud_check"], 500_000, True, "from 5,000.00 USD: with a suspect"),
        (["fraud_check"], 500_000, False, ""),
        (["fraud_check"], 2_499_999, False, ""),
        (["fraud_check"], 2_500_000, False, "from 25,000.00 USD: also without"),
        (["structuring"], 499_999, False, ""),
        (["structuring"], 500_000, False, "Bank Secrecy Act"),
        (["fraud_wire", "terrorism"], 500_000, False, "Bank Secrecy Act"),
        ([], 500_000, True, "with a suspect"),
    ],
)
def test_whether_the_law_asks_for_a_report_is_said_by_amount_and_kind(
    kinds: list[str], total: int, has_suspect: bool, said: str
) -> None:
    why = why_due(kinds, total, has_suspect, thresholds(utcnow(), "USD"), "USD")
    assert bool(why) == bool(said) and said in why


def test_the_page_of_a_report_says_whether_it_is_required(client: Client) -> None:
    officer = an_officer()
    item = a_draft(officer)
    signed_in(client, officer)
    assert "Required from 5,000.00 USD" in client.get(f"/compliance/filings/{item.filing_id}").content.decode()
    set_value(
        code="filing.sar_bsa", value=10**9, effective_from=utcnow().date(), actor=actor(officer), now=utcnow(),
        reason="S. 3017 is law",
    )  # fmt: skip
    set_value(
        code="filing.sar_suspect", value=10**9, effective_from=utcnow().date(), actor=actor(officer), now=utcnow(),
        reason="S. 3017 is law",
    )  # fmt: skip
    parameters.forget()
    assert "may report, and need not" in client.get(f"/compliance/filings/{item.filing_id}").content.decode()
