"""A host whose clock is off writes nothing: its business date would stay on every account it touches."""

import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.testing import a_customer
from accounts.tests.makers import an_account, balance
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.tables import UsersItem, clocks
from cloudbank.tables.clocks import ClockWatch

TOLERANCE = 60


@pytest.fixture(autouse=True)
def _watched(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.CLOCK_TOLERANCE_SECONDS = TOLERANCE
    monkeypatch.setattr(clocks, "off", 0.0)
    yield
    clocks.off = 0.0


def look_again() -> None:
    """The next answer of the engine is looked at."""
    clocks._look_at = 0.0
    store.get(UsersItem, "usr_nobody")


@pytest.mark.parametrize("hours", [26, -26])
def test_by_the_engines_own_answers_it_writes_nothing_and_again_when_it_is_right(bank: Any, hours: int) -> None:
    item = an_account(a_customer(), 500)
    with time_machine.travel(utcnow() + timedelta(hours=hours)):
        look_again()
        assert clocks.off == pytest.approx(hours * 3600, abs=5)
        with pytest.raises(store.Unavailable, match="The clock of this host is 93,[56].. seconds"):
            an_account(a_customer(), 500)
        ready = Client().get("/readyz")
        assert ready.status_code == 503
    look_again()
    assert abs(clocks.off) < 5 and Client().get("/readyz").status_code == 200
    assert balance(item) == 500
    assert an_account(a_customer(), 1).balance == 1


def test_a_posting_looks_at_no_date_while_the_last_look_is_young() -> None:
    watch = ClockWatch()
    answer: Any = (SimpleNamespace(headers={"date": "Mon, 23 Nov 2026 02:00:00 GMT"}), {})
    watch.note(response=answer)
    seen, watch.off = watch.off, 1.5
    assert seen != 0.0
    watch.note(response=answer)
    assert watch.off == 1.5
    began = time.perf_counter()
    for _ in range(10_000):
        watch.note(response=answer)
    assert time.perf_counter() - began < 0.2, "under 20 microseconds each, measured 0.3"


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "yesterday"}])
def test_an_answer_without_a_date_tells_nothing(headers: dict[str, str]) -> None:
    watch = ClockWatch()
    watch.note(response=(SimpleNamespace(headers=headers), {}))
    watch.note(response=None)
    assert watch.off == 0.0 and watch.says(TOLERANCE) == ""


@pytest.mark.parametrize(
    ("off", "tolerance", "said"), [(60, 60, False), (61, 60, True), (-61, 60, True), (9_999, 0, False)]
)
def test_the_bound_is_on_both_sides_and_can_be_off(off: float, tolerance: int, said: bool) -> None:
    watch = ClockWatch()
    watch.off = off
    assert bool(watch.says(tolerance)) == said
    assert ("behind" in watch.says(tolerance)) == (said and off < 0)
