"""Decisions on alerts: audited, optimistic, told to whoever came second."""

from typing import Any

import pytest

from accounts.ledger import Refused
from accounts.queries.deposits import account
from accounts.services.posting import Busy
from accounts.testing import a_teller, an_analyst
from cloudbank import audit, store
from cloudbank.clock import utcnow
from monitoring.models import Alert
from monitoring.queries.alerts import get_alert, queue_size
from monitoring.services import changing
from monitoring.services.alerts import assign_alert, protect_from_alert, release_alert
from monitoring.services.cases import escalate
from monitoring.services.changing import TakenOver
from monitoring.services.closing import close_alert
from monitoring.tests.conftest import Screened


def stored(alert: Alert) -> Alert:
    found = get_alert(alert.alert_id)
    assert found is not None
    return found


def records(alert: Alert) -> list[audit.AuditRecord]:
    return list(audit.AuditRecord.by_subject.query(audit.subject_of(alert)))


def take(screened: Screened, alert: Alert, who: Any = None, revision: int | None = None) -> Alert:
    person = who or screened.analyst
    return assign_alert(
        alert_id=alert.alert_id,
        assignee_id=person.user_id,
        revision=alert.revision if revision is None else revision,
        actor=screened.actor(person),
        now=utcnow(),
    )


def close(screened: Screened, alert: Alert, **changes: Any) -> Alert:
    values: dict[str, Any] = {"reason_code": "reportable", "note": "salary", "revision": alert.revision} | changes
    return close_alert(alert_id=alert.alert_id, actor=screened.actor(), now=utcnow(), **values)


def test_assigning_is_audited_in_its_own_transaction(screened: Screened) -> None:
    alert = screened.alert()
    taken = stored(take(screened, alert))
    assert (taken.status, taken.assignee_id, taken.revision) == ("assigned", screened.analyst.user_id, 1)
    (record,) = records(alert)
    assert (record.action, record.actor_id, record.before["status"]) == ("assign", screened.analyst.user_id, "new")
    assert record.hash == record.computed_hash() == taken.audit_head


def test_only_people_who_work_on_alerts_can_be_given_one(screened: Screened) -> None:
    alert = screened.alert()
    with pytest.raises(Refused, match="works on alerts"):
        assign_alert(
            alert_id=alert.alert_id,
            assignee_id=a_teller().user_id,
            revision=0,
            actor=screened.actor(),
            now=utcnow(),
        )
    assert stored(alert).status == "new"


def test_of_two_analysts_one_wins_and_the_other_is_told_who_did_what(screened: Screened) -> None:
    alert, bob = screened.alert(), an_analyst(name="Bob Brown")
    take(screened, alert)
    with pytest.raises(TakenOver, match="Ana Analyst took this alert"):
        take(screened, alert, bob, revision=0)
    assert stored(alert).assignee_id == screened.analyst.user_id
    closed = close(screened, stored(alert))
    with pytest.raises(TakenOver, match="Ana Analyst closed this alert as confirmed"):
        take(screened, alert, bob, revision=closed.revision - 1)
    with pytest.raises(Refused, match="closed already"):
        take(screened, alert, bob, revision=closed.revision)


def test_a_finding_that_joins_meanwhile_does_not_get_in_the_way(screened: Screened) -> None:
    alert = screened.alert()
    screened.cash_in(7_000)
    take(screened, alert)
    assert stored(alert).finding_count == 2, "the finding is kept"


def test_a_finding_that_joins_between_load_and_save_is_kept(
    screened: Screened, monkeypatch: pytest.MonkeyPatch
) -> None:
    alert, joined = screened.alert(), list[Any]()
    load = changing.loaded

    def then_join(alert_id: str) -> Alert:
        found = load(alert_id)
        if not joined:
            joined.append(screened.cash_in(7_000))
        return found

    monkeypatch.setattr(changing, "loaded", then_join)
    take(screened, alert)
    after = stored(alert)
    assert (after.finding_count, after.assignee_id) == (2, screened.analyst.user_id)


def test_releasing_puts_it_back(screened: Screened) -> None:
    alert = screened.alert()
    take(screened, alert)
    release_alert(alert_id=alert.alert_id, revision=1, actor=screened.actor(), now=utcnow())
    assert (stored(alert).status, stored(alert).assignee_id) == ("new", "")
    with pytest.raises(Refused, match="Nobody"):
        release_alert(alert_id=alert.alert_id, revision=2, actor=screened.actor(), now=utcnow())


def test_closing_leaves_the_worklist_and_the_customers_activity(screened: Screened) -> None:
    alert = screened.alert()
    close(screened, alert)
    after = stored(alert)
    assert (after.status, after.outcome, after.note) == ("closed", "confirmed", "salary")
    assert after.closed_by == screened.analyst.user_id and after.closed_on
    assert queue_size().total == 0
    assert screened.alerts(status="open") == []
    assert screened.activity().open_alerts == {}
    (record,) = records(alert)
    assert (record.action, record.reason, record.after["outcome"]) == ("close", "salary", "confirmed")


def test_after_closing_the_next_finding_opens_a_new_alert(screened: Screened) -> None:
    first = screened.alert()
    close(screened, first)
    screened.cash_in(3_000)
    assert [one.finding_count for one in screened.alerts()] == [1, 1]
    assert screened.activity().open_alerts["cash_reporting"][0] != first.alert_id


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"note": "  "}, "note"), ({"reason_code": "whatever"}, "reason_code"), ({"note": "x" * 2001}, "note")],
)
def test_closing_needs_a_reason_code_and_a_note(screened: Screened, changes: dict[str, str], field: str) -> None:
    alert = screened.alert()
    with pytest.raises(Refused) as refusal:
        close(screened, alert, **changes)
    assert refusal.value.field == field
    assert stored(alert).is_open


def test_freezing_from_the_alert_stops_the_money_and_is_on_both_trails(screened: Screened) -> None:
    alert = screened.alert()
    protect_from_alert(
        alert_id=alert.alert_id,
        account_id=screened.account,
        reason="structuring suspected",
        revision=0,
        actor=screened.actor(),
        now=utcnow(),
    )
    held = account(screened.account)
    assert held is not None and (held.status, held.status_by) == ("frozen", screened.analyst.user_id)
    assert [record.action for record in records(alert)] == ["freeze_account"]
    trail = list(audit.AuditRecord.by_subject.query(audit.subject_of(held)))
    assert [record.action for record in trail] == ["open_account", "freeze"]
    with pytest.raises(Refused, match="frozen"):
        screened.cash_in(100)
    with pytest.raises(TakenOver, match="froze an account"):
        take(screened, alert, revision=0)


def test_only_the_customers_own_accounts_can_be_frozen_from_their_alert(screened: Screened) -> None:
    alert = screened.alert()
    with pytest.raises(Refused, match="does not belong"):
        protect_from_alert(
            alert_id=alert.alert_id,
            account_id=screened.theirs,
            reason="x",
            revision=0,
            actor=screened.actor(),
            now=utcnow(),
        )
    found = account(screened.theirs)
    assert found is not None and found.status == "active"
    assert records(alert) == []


def test_debits_are_blocked_by_hand_from_the_alert_and_the_case(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    assert "Block debits" in client.get(f"/alerts/{alert.alert_id}").content.decode()
    asked = {"action": "block", "account": screened.account, "reason": "money must not leave"}
    assert screened.client("auditor").post(f"/alerts/{alert.alert_id}", asked | {"revision": 0}).status_code == 403
    assert client.post(f"/alerts/{alert.alert_id}", asked | {"revision": 0}).status_code == 302
    with pytest.raises(Refused, match="blocked for debits"):
        screened.transfer(100)
    screened.cash_in(100)
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "Debits blocked on account" in page and "Block debits" not in page
    case = escalate(alerts=[(alert.alert_id, 1)], title="t", reason="r", key="k", actor=screened.actor(), now=utcnow())
    again = client.post(f"/cases/{case.case_id}", asked | {"revision": case.revision})
    assert again.status_code == 302, "what is so already stays, and is noted"
    frozen = asked | {"action": "freeze", "revision": case.revision + 1}
    assert client.post(f"/cases/{case.case_id}", frozen).status_code == 302
    refused = client.post(f"/cases/{case.case_id}", asked | {"revision": case.revision + 2})
    assert refused.status_code == 422 and "frozen" in refused.content.decode()


def test_an_unknown_alert_is_refused(screened: Screened) -> None:
    with pytest.raises(Refused, match="no such alert"):
        close_alert(
            alert_id="alt_none", reason_code="reportable", note="x", revision=0, actor=screened.actor(), now=utcnow()
        )


def test_a_lost_answer_is_found_out_by_reading(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    alert, save, lost = screened.alert(), store.save, list[bool]()

    def answer_lost(writes: Any) -> None:
        save(writes)
        if not lost:
            lost.append(True)
            raise store.OutcomeUnknown("read timed out")

    monkeypatch.setattr(store, "save", answer_lost)
    take(screened, alert)
    assert stored(alert).revision == 1
    assert len(records(alert)) == 1


def test_endless_conflicts_end_in_busy(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    alert = screened.alert()

    def conflict(_: Any) -> None:
        raise store.Conflict("TransactionConflict")

    monkeypatch.setattr(store, "save", conflict)
    monkeypatch.setattr(store, "pause", lambda attempt: None)
    with pytest.raises(Busy):
        take(screened, alert)
