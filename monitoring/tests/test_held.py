"""A rule that holds: from the customer's transfer to the analyst's decision, on the real rules and pages."""

from typing import Any

import pytest
from django.test import Client

from accounts.ledger import Refused
from accounts.models import HeldMovement
from accounts.queries.held import held_movement
from accounts.services.posting import Receipt
from accounts.services.verification import verify
from accounts.testing import an_analyst, make_user, signed_in
from accounts.tests.conftest import stored
from accounts.tests.makers import form_of
from cloudbank import approvals, parameters
from cloudbank.clock import ONE_DAY, utcnow
from monitoring.rulebook import RULES, outcome_code
from monitoring.services.held import pending_release
from monitoring.tests.conftest import Screened

BIG = 900_000
"""More than half of the balance, to somebody new: rule 19."""
AML = ("launder", "rule", "alert", "suspic", "screening", "structur", "sanction", "monitor", "payee")


def set_outcome(rule: str, outcome: str) -> None:
    """As two people's approval would."""
    who = type("Actor", (), {"user_id": "usr_setup", "role": "compliance", "source": "test"})()
    today = (utcnow() - ONE_DAY).date()
    parameters.set_value(
        code=outcome_code(rule), value=outcome, effective_from=today, actor=who, now=utcnow(), reason="test"
    )


@pytest.fixture
def holding(screened: Screened) -> Screened:
    """Rule 19 holds."""
    screened.cash_in(990_000)
    set_outcome("new_payee", "hold")
    return screened


def item_of(receipt: Receipt) -> HeldMovement:
    found = held_movement(receipt.movement_id)
    assert found is not None
    return found


def test_every_rule_says_what_may_become_of_a_movement() -> None:
    for rule in RULES:
        known = {one.code: one for one in rule.parameters}
        if outcome_code(rule.code) in known:
            assert known[outcome_code(rule.code)].default == rule.outcome
            assert rule.alone
    assert outcome_code("ctr_aggregate") not in {one.code for one in RULES["ctr_aggregate"].parameters}


def test_an_outcome_outside_of_what_the_rule_allows_is_refused(bank: Any) -> None:
    for value in ("block", "nonsense", 3):
        with pytest.raises(parameters.ParameterError):
            parameters.check(outcome_code("new_payee"), value)


def test_a_rule_set_to_hold_holds_and_its_alert_is_written_with_it(holding: Screened) -> None:
    made = holding.transfer(BIG)
    assert made.held
    item = item_of(made)
    (alert,) = holding.alerts(rule="new_payee")
    assert item.alerts == [alert.alert_id]
    assert (stored(holding.account).balance, stored(holding.account).held) == (990_000, BIG)


def test_what_did_not_happen_does_not_count_in_the_customers_activity(holding: Screened) -> None:
    before = holding.activity()
    holding.transfer(BIG)
    after = holding.activity()
    assert set(after.open_alerts) - set(before.open_alerts) == {"new_payee"}
    after.open_alerts, after.fired = before.open_alerts, before.fired
    assert after == before


def test_a_released_movement_is_found_only_once(holding: Screened) -> None:
    made = holding.transfer(BIG)
    (before,) = holding.alerts(rule="new_payee")
    web = holding.client(holding.analyst)
    page = f"/held-movements/{made.movement_id}"
    assert web.post(page, form_of(web, page) | {"action": "release", "reason": "Invoice seen"}).status_code == 302
    assert item_of(made).state == "released"
    assert stored(holding.theirs).balance == BIG
    (alert,) = holding.alerts(rule="new_payee")
    assert (alert.finding_count, alert.score, alert.amount) == (before.finding_count, before.score, before.amount)
    assert verify("USD", full=True, now=utcnow()).problems == {}


def test_the_customer_reads_under_review_and_no_reason(holding: Screened) -> None:
    made = holding.transfer(BIG)
    for who in (holding.customer, make_user("teller")):
        web = holding.client(who)
        receipt = web.get(f"/receipts/{made.movement_id}").content.decode()
        main = receipt[receipt.index("<main") :]
        account = web.get(f"/accounts/{holding.account}").content.decode()
        held = account[account.index('id="holds-title"') :]
        main += held[: held.index("</section>")] if who is not holding.customer else account[account.index("<main") :]
        assert "under review" in main.lower()
        assert "held-movements" not in main
        assert not [word for word in AML if word in main.lower().replace('role="alert"', "").replace('"alert', "")]
    assert holding.client(holding.stranger).get(f"/receipts/{made.movement_id}").status_code == 404
    assert "Decide on it" in holding.client().get(f"/receipts/{made.movement_id}").content.decode()


def test_who_may_see_and_who_may_decide(holding: Screened) -> None:
    made = holding.transfer(BIG)
    page = f"/held-movements/{made.movement_id}"
    for role, sees, decides in [
        *(("customer", 403, 403), ("teller", 403, 403), ("auditor", 200, 403)),
        *(("manager", 200, 403), ("admin", 200, 403)),
    ]:
        web = holding.client(role)
        assert (web.get("/held-movements").status_code, web.get(page).status_code) == (sees, sees), role
        assert web.post(page, {"action": "release", "reason": "x"}).status_code == decides, role
    assert item_of(made).is_waiting
    shown = holding.client().get("/held-movements").content.decode()
    assert "9,000.00" in shown and "3 business days" in shown


def test_over_the_limit_a_second_person_releases(holding: Screened) -> None:
    holding.cash_in(2_000_000)
    made = holding.transfer(1_500_000)
    web = holding.client(holding.analyst)
    page = f"/held-movements/{made.movement_id}"
    asked = web.post(page, form_of(web, page) | {"action": "release", "reason": "Invoice seen"})
    assert asked["Location"].startswith("/approvals/")
    assert item_of(made).is_waiting
    request = pending_release(item_of(made), utcnow())
    assert request is not None
    mary = make_user("manager", name="Mary")
    known = {"approval_id": request.approval_id, "content_hash": request.content_hash, "now": utcnow()}
    with pytest.raises(approvals.NotAllowed):
        approvals.approve(**known, actor=holding.actor(), name="Ana")
    done = approvals.approve(**known, actor=holding.actor(mary), name="Mary")
    assert done.state == approvals.APPROVED
    assert (item_of(made).state, item_of(made).decided_by) == ("released", mary.user_id)
    assert stored(holding.theirs).balance == 1_500_000


def test_two_who_decide_at_once_one_is_told_who_and_what(holding: Screened) -> None:
    made = holding.transfer(BIG)
    page = f"/held-movements/{made.movement_id}"
    ana, other = holding.client(), signed_in(Client(), an_analyst(name="Bea Analyst"))
    first, second = (form_of(web, page) | {"reason": "Seen"} for web in (ana, other))
    assert ana.post(page, first | {"action": "reject"}).status_code == 302
    late = other.post(page, second | {"action": "release"})
    assert late.status_code == 409
    assert "Ana Analyst rejected this movement before" in late.content.decode()


def test_the_alert_shows_what_it_stopped_with_the_decision(holding: Screened) -> None:
    made = holding.transfer(BIG)
    (alert,) = holding.alerts(rule="new_payee")
    shown = holding.client().get(f"/alerts/{alert.alert_id}").content.decode()
    assert f"/held-movements/{made.movement_id}" in shown
    assert "Release or reject" in shown
    assert "Release or reject" not in holding.client("auditor").get(f"/alerts/{alert.alert_id}").content.decode()


def test_a_reason_is_needed(holding: Screened) -> None:
    made = holding.transfer(BIG)
    web, page = holding.client(), f"/held-movements/{made.movement_id}"
    assert web.post(page, form_of(web, page) | {"action": "release", "reason": ""}).status_code == 422
    assert item_of(made).is_waiting


def test_a_usual_posting_costs_what_it_did(screened: Screened, requests_made: Any) -> None:
    screened.cash_in(10_000)
    requests_made.clear()
    screened.transfer(100)
    assert requests_made.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_a_held_posting_costs_no_more_requests(holding: Screened, requests_made: Any) -> None:
    parameters.snapshot(utcnow())  # read now and then, not by a posting
    requests_made.clear()
    assert holding.transfer(BIG).held
    assert requests_made.operations == ["BatchGetItem", "BatchGetItem", "TransactWriteItems"]


def test_cash_that_a_rule_holds_is_on_the_account_and_cannot_leave(screened: Screened) -> None:
    set_outcome("structuring", "hold")
    for _ in range(3):
        screened.cash_in(900_000)
    state = stored(screened.account).state()
    assert (state.balance, state.held) == (2_700_000, 900_000)
    with pytest.raises(Refused):
        screened.transfer(1_800_001)
