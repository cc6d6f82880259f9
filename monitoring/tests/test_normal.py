"""What was normal before an alert, and which account it speaks of."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.services.posting import post
from accounts.tests.conftest import an_account, instruct, set_by_hand
from cloudbank.clock import utcnow
from monitoring.models import Alert
from monitoring.queries import normal
from monitoring.queries.alerts import get_alert
from monitoring.queries.cases import case_of
from monitoring.tests.conftest import OVER, Screened


def facts(screened: Screened, alert: Alert) -> dict[str, tuple[str, str]]:
    page = screened.client().get(f"/alerts/{alert.alert_id}")
    return {name: (value, note) for name, value, note in page.context["usual"]}


@pytest.fixture
def flagged(screened: Screened) -> Alert:
    """Four quiet days, then cash above the limit, then more of it."""
    now = utcnow()
    for days in (9, 8, 3, 2):
        screened.cash_in(10_000, now=now - timedelta(days=days))
    screened.cash_in(OVER, now=now)
    screened.cash_in(OVER, now=now)
    (found,) = screened.alerts()
    return found


def test_the_flagged_movement_is_no_part_of_what_was_normal(screened: Screened, flagged: Alert) -> None:
    known = facts(screened, flagged)
    assert known["Usual money in"] == ("100.00 USD", "± 0.00, over 4")
    chart = screened.client().get(f"/alerts/{flagged.alert_id}").context["chart"]
    assert sum(chart.datasets[0].data) == 40_000


def test_what_came_after_it_does_not_change_it_either(screened: Screened, flagged: Alert) -> None:
    before = facts(screened, flagged)
    screened.cash_in(70_000)
    assert facts(screened, flagged) == before


def test_the_first_movement_of_all_has_nothing_before_it(screened: Screened) -> None:
    assert facts(screened, screened.alert())["Usual money in"] == ("—", "none so far")


def test_it_is_what_screening_itself_had_kept(screened: Screened) -> None:
    """Made anew from the lines, the activity is the one that the postings had built."""
    second = an_account(screened.customer)
    for amount in (5_000, 7_000):
        screened.cash_in(amount)
        screened.transfer(amount // 2)
        post(instruct("transfer", amount // 5, screened.account, second), now=utcnow())
    kept = screened.activity()
    alert = screened.alert()
    again = case_of(alert).normal.activity
    for name in ("stats_in", "stats_out", "days_in", "days_out", "daily", "counterparties", "ring_in", "last_at"):
        assert getattr(again, name) == getattr(kept, name), name


def test_of_a_long_history_the_newest_part_is_read_and_said(
    screened: Screened, flagged: Alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normal, "MOST_LINES", 4)
    page = screened.client().get(f"/alerts/{flagged.alert_id}")
    assert page.context["case"].normal.lines == 2, "four were read, two of them were not before it"
    assert "from the 2 movements before it" in page.content.decode()
    assert page.context["case"].normal.activity.opened_on == screened.activity().opened_on


class TestFlaggedAccount:
    """Of several accounts, the one that was flagged comes first and is marked."""

    def accounts(self, screened: Screened, alert: Alert) -> list[Any]:
        return [
            (account.account_id, flagged, form is not None)
            for account, form, flagged in screened.client().get(f"/alerts/{alert.alert_id}").context["accounts"]
        ]

    def test_it_is_marked_and_first(self, screened: Screened) -> None:
        others = [an_account(screened.customer) for _ in range(4)]
        for to in (others[2], others[2], others[0]):
            screened.cash_in(OVER, to)
        (alert,) = screened.alerts()
        shown = self.accounts(screened, alert)
        assert [(number, count) for number, count, _ in shown[:2]] == [(others[2], 2), (others[0], 1)]
        assert [count for _, count, _ in shown[2:]] == [0, 0, 0]
        page = screened.client().get(f"/alerts/{alert.alert_id}").content.decode()
        assert "2 flagged movements on this account" in page and page.count("held-flagged") == 2

    def test_the_receiving_side_of_a_transfer_is_marked_too(self, screened: Screened) -> None:
        screened.cash_in(900_000)
        for _ in range(6):
            screened.transfer(1_000)
        rows = [one for one in screened.alerts() if one.customer_id == screened.customer.user_id]
        assert rows
        for alert in rows:
            assert self.accounts(screened, alert)[0][:1] == (screened.account,)

    def test_one_that_is_blocked_may_still_be_frozen(self, screened: Screened) -> None:
        alert = screened.alert()
        set_by_hand(screened.account, status="debit_blocked")
        assert self.accounts(screened, alert) == [(screened.account, 1, True)]
        asked = {"action": "freeze", "revision": 0, "account": screened.account, "reason": "cash"}
        assert screened.client().post(f"/alerts/{alert.alert_id}", asked).status_code == 302
        stored = get_alert(alert.alert_id)
        assert stored is not None and self.accounts(screened, stored) == [(screened.account, 1, False)]
