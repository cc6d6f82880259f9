"""How rules do: shares with their intervals, medians, overlaps, deadlines; the page and its file agree with the decisions."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cloudbank.clock import from_iso, utcnow
from monitoring import reported
from monitoring.models import CONFIRMED, FALSE_POSITIVE, Alert
from monitoring.performance import Decision, by_rule, deadlines, outcomes_by_day, reporting, share_with_interval
from monitoring.queries import decisions
from monitoring.queries.casework import by_status_and_age
from monitoring.queries.decisions import decisions_since
from monitoring.services.case_work import assign_case
from monitoring.services.cases import escalate
from monitoring.services.closing import close_alert, reopen_alert
from monitoring.tests.conftest import Screened

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def decided(rules: str, outcome: str = CONFIRMED, hours: float = 1, due: float | None = 4, **more: Any) -> Decision:
    values = {
        "rules": frozenset(rules.split()),
        "severity": "high",
        "outcome": outcome,
        "opened_at": START,
        "closed_at": START + timedelta(hours=hours),
        "due_at": None if due is None else START + timedelta(hours=due),
        "day": "2026-11-02",
    }
    return Decision(**(values | more))


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    # Wilson's score interval; R: binom::binom.wilson(x, n)
    [(0, 0, None), (0, 10, (0, 0, 28)), (10, 10, (100, 72, 100)), (5, 10, (50, 24, 76)), (1, 1, (100, 21, 100)),
     (30, 100, (30, 22, 40)), (120, 400, (30, 26, 35))],
)  # fmt: skip
def test_a_share_says_how_sure_it_is(part: int, whole: int, expected: tuple[int, int, int] | None) -> None:
    assert share_with_interval(part, whole) == expected


def test_a_rules_row_counts_every_alert_it_stood_on() -> None:
    rows = [
        decided("a b", hours=1), decided("a", FALSE_POSITIVE, hours=3), decided("a", "duplicate", hours=50), decided("b", hours=2),
        decided("a b c", FALSE_POSITIVE, hours=4),
    ]  # fmt: skip
    a, b, c = by_rule(rows)
    assert (a.rule, a.decided, a.confirmed, a.false_positive) == ("a", 4, 1, 2)
    assert a.precision is not None and a.precision[0] == 33, "a duplicate says nothing of the rule"
    assert a.median_hours == 3.5 and a.overlaps == (("b", 50), ("c", 25))
    assert (b.decided, b.confirmed, b.overlaps) == (3, 2, (("a", 67), ("c", 33)))
    assert c.precision == share_with_interval(0, 1)
    assert by_rule([]) == []


def test_deadlines_are_met_to_the_instant_and_history_has_none() -> None:
    rows = [decided("a", hours=4, due=4), decided("a", hours=4.001, due=4), decided("a", due=None)]
    assert deadlines(rows)["high"] == (1, 1) and deadlines(rows)["low"] == (0, 0)
    assert next(iter(deadlines([]))) == "critical"


def test_outcomes_by_day_leave_no_day_out() -> None:
    rows = [decided("a"), decided("a", FALSE_POSITIVE, day="2026-11-04"), decided("a", day="2026-10-01")]
    days = ["2026-11-02", "2026-11-03", "2026-11-04"]
    assert outcomes_by_day(rows, days) == {CONFIRMED: [1, 0, 0], FALSE_POSITIVE: [0, 0, 1]}


def report(filed: str = "", due: str = "2026-12-02", is_due: bool = True) -> reported.Report:
    on = date.fromisoformat(filed) if filed else None
    return reported.Report(date(2026, 11, 2), date.fromisoformat(due), on, is_due)


def test_alerts_that_led_to_a_filed_report_are_counted_by_rule() -> None:
    rows = [decided("a b", case_id="c1"), decided("a", case_id="c2"), decided("a", FALSE_POSITIVE), decided("b")]
    a, b = by_rule(rows, filed={"c1"})
    assert (a.decided, a.reported, a.yields) == (3, 1, 33) and (b.reported, b.yields) == (1, 50)
    assert [one.reported for one in by_rule(rows)] == [0, 0]


def test_the_delay_runs_from_the_decision_to_the_filing_and_the_law_from_the_determination() -> None:
    cases = {
        "in time": report("2026-12-02"),
        "a day late": report("2026-12-03"),
        "before the decision": report("2026-11-01"),
        "on the way": report(),
        "none is due": report(is_due=False),
        "another period": report("2026-11-20"),
    }
    rows = [decided("a", case_id=case) for case in [*cases][:5]]
    rows += [
        decided("b", case_id="in time"),
        decided("a", case_id="not begun"),
        decided("a", FALSE_POSITIVE, case_id="c"),
    ]
    told = reporting(rows, cases, date(2026, 12, 12))
    assert (told.confirmed, told.filed, told.in_time, told.late) == (6, 3, 2, 1)
    assert told.delays == (0, 30, 31) and told.usual_delay == 30
    assert (told.on_the_way, told.longest_wait, told.not_begun) == (1, 40, 1)
    nothing = reporting([], {}, date(2026, 12, 12))
    assert (nothing.usual_delay, nothing.longest_wait) == (None, 0)


def close(screened: Screened, reason: str) -> Alert:
    alert = next(one for one in screened.alerts() if one.is_open)
    return close_alert(
        alert_id=alert.alert_id, revision=alert.revision, reason_code=reason, note="looked at it", actor=screened.actor(), now=utcnow(),
    )  # fmt: skip


def test_the_page_and_its_file_tell_what_was_decided(screened: Screened) -> None:
    screened.cash_in(300_000)
    screened.transfer(250_000)
    close(screened, "fraud")
    (row,) = [one for one in by_rule(decisions_since(utcnow() - timedelta(days=1)).rows) if one.rule == "new_payee"]
    assert (row.decided, row.confirmed) == (1, 1)
    client = screened.client(screened.analyst)
    page = client.get("/rules/performance")
    assert page.status_code == 200 and "100 % (21 to 100 %)" in page.content.decode()
    sent = client.get("/rules/performance?export=csv").getvalue()
    lines = sent.decode().splitlines()
    assert any("First large payment" in line and ",1,1,0," in line for line in lines), lines
    assert client.get("/rules/performance?days=7").status_code == 200
    assert client.get("/rules/performance?days=8").status_code in (200, 422)
    assert screened.client("teller").get("/rules/performance").status_code == 403


def test_rules_are_sorted_and_quiet_ones_are_left_out_unless_asked_for(screened: Screened) -> None:
    screened.cash_in(300_000)
    screened.transfer(250_000)
    close(screened, "expected")
    screened.cash_in()
    close(screened, "reportable")
    client = screened.client(screened.analyst)

    def rules(query: str) -> list[str]:
        page = client.get(f"/rules/performance?{query}").content.decode()
        return re.findall(r'href="/rules#[a-z_]+">([^<]+)</a>', page)

    loud = rules("")
    assert "1 Cash above the reporting limit" in loud and "27 Money went round in a circle" not in loud
    assert "27 Money went round in a circle" in rules("rules=all") and len(rules("rules=all")) > 30
    for sort in ("found", "decided", "precision", "median"):
        assert set(rules(f"sort=-{sort}")) == set(loud)
    assert rules("sort=-precision")[0].startswith("1 Cash") and rules("rules=all&sort=precision")[-1].startswith(
        "1 Cash"
    )
    assert set(rules("sort=yield")) == set(loud), "no such order for who may not know"


def test_no_more_than_the_bound_is_read(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "MOST", 1)
    for place in range(2):
        screened.cash_in(300_000, (screened.account, screened.theirs)[place])
    screened.transfer(250_000)
    close(screened, "expected")
    one = decisions_since(utcnow() - timedelta(days=1))
    assert (len(one.rows), one.is_cut) == (1, False)
    assert decisions_since(utcnow() + timedelta(days=1)).rows == []
    monkeypatch.setattr(decisions, "MOST", 0)
    cut = decisions_since(utcnow() - timedelta(days=1))
    assert (len(cut.rows), cut.is_cut) == (0, True)


def test_a_decision_says_what_the_alert_says_and_one_opened_again_is_none(screened: Screened) -> None:
    screened.cash_in(300_000)
    screened.transfer(250_000)
    alert = close(screened, "expected")
    (found,) = decisions_since(from_iso(alert.closed_at)).rows
    assert (found.rules, found.severity, found.outcome) == (frozenset(alert.rules), alert.severity, alert.outcome)
    assert (found.opened_at, found.closed_at) == (from_iso(alert.opened_at), from_iso(alert.closed_at))
    assert found.due_at == from_iso(alert.due_at)
    reopen_alert(alert_id=alert.alert_id, revision=alert.revision, reason="Again", actor=screened.actor(), now=utcnow())
    assert decisions_since(from_iso(alert.closed_at)).rows == []


def test_open_cases_are_counted_by_status_and_age_for_who_sees_cases(screened: Screened) -> None:
    alert = screened.alert()
    case = escalate(
        alerts=[(alert.alert_id, alert.revision)], title="t", reason="r", key="k", actor=screened.actor(),
        now=utcnow() - timedelta(days=12),
    )  # fmt: skip
    assert by_status_and_age(utcnow())["open"] == {"0-2": 0, "3-10": 0, "11-30": 1, "30+": 0}
    add_actor = {"actor": screened.actor(), "now": utcnow()}
    assign_case(case_id=case.case_id, owner_id=screened.analyst.user_id, revision=case.revision, **add_actor)
    assert by_status_and_age(utcnow())["investigating"]["11-30"] == 1
    page = screened.client().get("/rules/performance").content.decode()
    assert '<a href="/cases?status=investigating&amp;age=11-30">1</a>' in page
    assert "Open cases by status" not in screened.client("admin").get("/rules/performance").content.decode()
