"""What a month end keeps of alerts and of the score: as they stood, whatever is decided afterwards."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from accounts.month_ends import SHEETS, Ended
from accounts.queries.month_ends import month_end, rows
from accounts.services.closing import close_through
from accounts.services.verification import verify
from accounts.testing import a_customer, an_officer
from cloudbank import store
from cloudbank.clock import iso, utcnow
from compliance.models import ControlDay
from compliance.testing import actor, an_account_of, cash_in
from monitoring.models import CONFIRMED, Alert, alert_group
from monitoring.services.closing import close_alert, reopen_alert

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
pytestmark = pytest.mark.usefixtures("bank")


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 16, tzinfo=UTC)


def cash_alert(when: datetime) -> Alert:
    """The alert of 12,000.00 in cash."""
    cash_in(an_account_of(a_customer(), when), 1_200_000, now=when)
    found = [item for item in Alert.by_day.query(alert_group(when.date().isoformat())) if isinstance(item, Alert)]
    return next(one for one in found if "ctr_aggregate" in one.rules)


def decided(alert: Alert, officer: Any, when: datetime) -> Alert:
    fresh = store.get(Alert, alert.alert_id)
    assert fresh is not None
    return close_alert(
        alert_id=fresh.alert_id, reason_code="reportable", note="Form 112 filed.", revision=fresh.revision,
        actor=actor(officer), now=when,
    )  # fmt: skip


def kept(day: date, code: str) -> dict[str, Any]:
    item = month_end(day, "USD", code)
    assert item is not None
    return {row.id: row for row in rows(item)}


def test_an_alert_is_kept_as_it_stood_and_a_later_decision_counts_later() -> None:
    with time_machine.travel(at(3, 26), tick=True) as clock:
        officer, alert = an_officer(), cash_alert(utcnow())
        clock.move_to(at(4, 8))
        decided(alert, officer, utcnow())
        clock.move_to(at(5, 4))
        close_through(APRIL, "USD", now=utcnow())
        assert kept(MARCH, "alerts")[alert.alert_id].closed_on == "", "nobody had decided in March"
        row = kept(APRIL, "alerts")[alert.alert_id]
        assert (row.closed_on, row.outcome, row.opened_on) == ("2026-04-08", CONFIRMED, "2026-03-26")
        sealed = month_end(APRIL, "USD", "alerts")
        assert sealed and sealed.numbers()["in_time_0"] == 1
        fresh = store.get(Alert, alert.alert_id)
        assert fresh is not None
        reopen_alert(
            alert_id=alert.alert_id, reason="New facts", revision=fresh.revision, actor=actor(officer), now=utcnow()
        )
        assert kept(APRIL, "alerts")[alert.alert_id] == row, "what is sealed stays"
        assert not verify("USD", full=True, now=utcnow()).problems


def test_the_scores_of_three_months_are_kept() -> None:
    with time_machine.travel(at(4, 1), tick=True):
        cash_in(an_account_of(a_customer(), at(3, 26)), 100, now=at(3, 26))
        for day, value in ((date(2026, 1, 15), 90), (date(2026, 3, 31), 70), (date(2026, 4, 1), 10)):
            item = ControlDay(
                transaction_id=ControlDay.key(day), version=1, day=day.isoformat(), taken_at=iso(utcnow()), score=1,
                open_score=value, parameters_version="", readings={},
            )  # fmt: skip
            item.file()
            store.save([store.new(item)])
        close_through(MARCH, "USD", now=utcnow())
        assert {day: row.score for day, row in kept(MARCH, "compliance").items()} == {
            "2026-01-15": 90,
            "2026-03-31": 70,
        }
        sealed = month_end(MARCH, "USD", "compliance")
        assert sealed and {"days_0": 1, "score_0": 70, "lowest_2": 90}.items() <= sealed.numbers().items()
        assert list(SHEETS["compliance"].live(Ended(MARCH, "EUR"))) == []
