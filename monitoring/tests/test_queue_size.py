"""How long the queue is, is counted again as soon as anything on it changed."""

import os
from typing import Any

import pytest

from cloudbank.clock import utcnow
from cloudbank.testing import Requests
from monitoring.queries import size
from monitoring.queries.news import mark_now
from monitoring.queries.size import size_as_of
from monitoring.services.closing import close_alert
from monitoring.tests.conftest import Screened


@pytest.fixture(autouse=True)
def _own_file(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(size, "_touched", tmp_path / "queue")
    size.forget()


def total() -> int:
    return size_as_of(mark_now(utcnow())).total


def counts(requests: Requests) -> int:
    return sum("'S': 'alert'" in str(arguments.get("ExpressionAttributeValues")) for _, arguments in requests)


def test_it_is_counted_once_while_nothing_changes(screened: Screened, requests_made: Requests) -> None:
    screened.cash_in()
    requests_made.clear()
    assert [total() for _ in range(3)] == [1, 1, 1]
    assert counts(requests_made) == 1


def test_a_new_alert_is_in_the_count_of_the_next_page(screened: Screened) -> None:
    screened.cash_in()
    assert total() == 1
    screened.cash_in(to=screened.theirs)
    assert total() == 2


def test_a_closed_alert_is_out_of_it(screened: Screened) -> None:
    alert = screened.alert()
    screened.cash_in(to=screened.theirs)
    assert total() == 2
    known = {"actor": screened.actor(), "now": utcnow()}
    close_alert(alert_id=alert.alert_id, revision=alert.revision, reason_code="reportable", note="Reported", **known)
    assert total() == 1


def test_what_another_process_of_the_host_did_counts_at_once(screened: Screened) -> None:
    screened.cash_in()
    before = size_as_of(mark_now(utcnow()))
    assert size_as_of(mark_now(utcnow())) is before
    size._touched.touch()
    os.utime(size._touched, ns=(1, 1))
    assert size_as_of(mark_now(utcnow())) is not before


def test_what_another_host_did_counts_after_some_seconds(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    screened.cash_in()
    before = size_as_of(mark_now(utcnow()))
    monkeypatch.setattr(size, "CACHE_SECONDS", 0.0)
    assert size_as_of(mark_now(utcnow())) is not before
