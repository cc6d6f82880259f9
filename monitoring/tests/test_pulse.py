"""What is new: nothing is missed, nothing is told twice, and watching costs little."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cloudbank.clock import iso, utcnow
from cloudbank.testing import Requests
from monitoring.queries import news
from monitoring.queries.news import Mark, mark_now, news_since, read_mark
from monitoring.tests.conftest import OVER, Screened


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "CACHE_SECONDS", 0.0)


def since(client: Any) -> str:
    """The mark a page starts with."""
    url = client.get("/alerts").context["pulse_url"]
    return str(parse_qs(urlsplit(url).query)["since"][0])


def test_nothing_new_is_204(screened: Screened) -> None:
    screened.alert()
    client = screened.client()
    answer = client.get("/alerts/pulse", {"since": since(client)}, headers={"X-Poll": "1"})
    assert answer.status_code == 204 and not answer.content


def test_a_new_alert_is_told_until_the_page_shows_it(screened: Screened) -> None:
    client = screened.client()
    mark = since(client)
    screened.cash_in(OVER)
    for _ in range(2):
        assert client.get("/alerts/pulse", {"since": mark}).json() == {"count": 1, "word": "new alert"}
    shown = client.get("/alerts", headers={"HX-Request": "true"})
    assert 'hx-swap-oob="true"' in shown.content.decode()
    fresh = parse_qs(urlsplit(shown.context["pulse_url"]).query)["since"][0]
    assert client.get("/alerts/pulse", {"since": fresh}).status_code == 204


def test_a_finding_that_joins_an_open_alert_is_news_too(screened: Screened) -> None:
    screened.cash_in(OVER)
    client = screened.client()
    mark = since(client)
    screened.cash_in(1_000)
    screened.cash_in(1_000)
    assert client.get("/alerts/pulse", {"since": mark}).json()["count"] == 1, "one alert, however many findings"


def test_a_stamp_that_turns_up_late_is_not_missed(screened: Screened) -> None:
    """A posting that began earlier commits after one that began later."""
    now = utcnow()
    screened.cash_in(OVER, now=now)
    mark = mark_now(utcnow())
    screened.cash_in(OVER, screened.theirs, now=now - timedelta(seconds=3))
    assert news_since(mark, utcnow()).count == 1


def test_a_page_without_a_mark_gets_one_to_begin_with(screened: Screened) -> None:
    screened.alert()
    client = screened.client()
    first = client.get("/alerts/pulse").json()
    assert first["count"] == 0
    assert client.get(first["next"]).status_code == 204
    screened.cash_in(OVER, screened.theirs)
    assert client.get(first["next"]).json()["count"] == 1


@pytest.mark.parametrize("wrong", ["", "x", "2026-01-01", "~3", "2026-01-01T00:00:00Z~-1", "2026-01-01T00:00:00Z~x",
                                   "0001-01-01T00:00:00Z~0", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00~1"])  # fmt: skip
def test_a_mark_that_is_none_begins_anew(wrong: str) -> None:
    assert read_mark(wrong) is None


def test_a_plain_time_is_a_mark(screened: Screened) -> None:
    before = Mark(iso(utcnow()))
    assert read_mark(before.text) == before
    screened.cash_in(OVER)
    assert news_since(before, utcnow()).count == 1
    assert news_since(Mark(iso(utcnow())), utcnow()).count == 0


def test_many_watchers_share_one_read(
    screened: Screened, requests_made: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(news, "CACHE_SECONDS", 60.0)
    mark = mark_now(utcnow())
    requests_made.clear()
    for _ in range(50):
        news_since(mark, utcnow())
    assert requests_made.count("Query") <= 1
