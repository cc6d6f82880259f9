"""What it costs to watch: about one small read a second for each process, however many people and pages watch."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import watchers
from accounts.models import User
from accounts.testing import an_analyst, signed_in
from cloudbank import store
from cloudbank.testing import Requests
from monitoring.queries import news
from monitoring.tests.conftest import OVER, Screened

POLL = {"X-Poll": "1"}


def poll(client: Client, url: str) -> Any:
    return client.get(url, headers=POLL)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A clock of the process that only the test moves, and a signal that only the test gives."""
    monkeypatch.setattr(news, "_signal", tmp_path / "news")
    clock = {"now": time.monotonic()}

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return clock["now"]

    monkeypatch.setattr(watchers, "time", Clock)
    monkeypatch.setattr(news, "time", Clock)
    return clock


def test_however_many_watch_a_second_costs_one_query_and_one_batched_look_up(
    screened: Screened, requests_made: Requests, frozen: Any
) -> None:
    """Forty people, each with a queue that asks every 400 ms, for ten seconds."""
    people = [
        signed_in(Client(), an_analyst(name=f"Watcher {number}", email=f"w{number}@b.example")) for number in range(40)
    ]
    url = screened.client().get("/alerts").context["pulse_url"]
    for client in people:
        poll(client, url)
    requests_made.clear()
    for _ in range(25):
        frozen["now"] += 0.4
        for client in people:
            assert poll(client, url).status_code == 204
    assert requests_made.count("Query") <= 10 and requests_made.count("BatchGetItem") <= 10, requests_made.operations
    assert set(requests_made.operations) == {"Query", "BatchGetItem"}
    assert len(requests_made) <= 20, "a thousand polls"


def test_who_signed_out_or_was_shut_out_stops_watching_within_a_second(screened: Screened, frozen: Any) -> None:
    ana, bob = screened.client(), an_analyst(name="Bob Brown")
    other = signed_in(Client(), bob)
    url = ana.get("/alerts").context["pulse_url"]
    for client in (ana, other):
        assert poll(client, url).status_code == 204
    ana.post("/logout")
    shut_out(screened, bob)
    frozen["now"] += 1.1
    for client in (ana, other):
        assert poll(client, url).status_code in (302, 401)


def shut_out(screened: Screened, person: User) -> None:
    item = store.load(User, [person.user_id])[person.user_id]
    item.disabled = True
    store.save([store.changed(item)])


def test_all_but_watching_reads_afresh(screened: Screened, requests_made: Requests) -> None:
    client = screened.client()
    url = client.get("/alerts").context["pulse_url"]
    poll(client, url)
    client.post("/logout")
    assert client.get("/alerts").status_code == 302, "at once"
    assert client.get("/alerts/pulse").status_code == 302


def test_an_alert_of_this_process_is_seen_at_once(screened: Screened, frozen: Any) -> None:
    client = screened.client()
    url = client.get("/alerts").context["pulse_url"]
    assert poll(client, url).status_code == 204
    screened.cash_in(OVER)
    frozen["now"] += 0.2
    assert poll(client, url).json()["count"] == 1, "although the last read is younger than a second"


def test_another_process_of_this_host_is_heard_at_once(screened: Screened, frozen: Any, tmp_path: Path) -> None:
    client = screened.client()
    url = client.get("/alerts").context["pulse_url"]
    screened.cash_in(1_000)
    news._signal.touch()
    poll(client, url)
    frozen["now"] += 1.1
    poll(client, url)
    screened.cash_in(OVER)
    news._expected_at = 0.0  # as if it had been raised by the other worker
    frozen["now"] += 0.1
    poll(client, url)  # it is heard, and given time to be stored
    frozen["now"] += 0.2
    assert poll(client, url).json()["count"] == 1


def test_an_alert_of_another_host_is_seen_within_a_second(screened: Screened, frozen: Any, tmp_path: Path) -> None:
    client = screened.client()
    url = client.get("/alerts").context["pulse_url"]
    poll(client, url)
    screened.cash_in(OVER)
    news._expected_at = 0.0  # as if it had been raised on another host
    (tmp_path / "news").unlink()
    frozen["now"] += 0.5
    assert poll(client, url).status_code == 204
    frozen["now"] += 0.6
    assert poll(client, url).json()["count"] == 1


def test_it_survives_a_restart(screened: Screened) -> None:
    client = screened.client()
    url = client.get("/alerts").context["pulse_url"]
    screened.cash_in(OVER)
    news.forget()
    watchers.forget()
    assert poll(client, url).json()["count"] == 1, "the mark is in the page, not in the process"
