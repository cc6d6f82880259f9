"""What processes count, tell each other and tell CloudWatch: from the posting to the sums of the last hour."""

import json
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import time_machine
from django.test import override_settings

from accounts.ledger import CASH, DEPOSIT, Actor, Instruction, Refused
from accounts.queries import deposits as queries
from accounts.services.posting import post
from accounts.testing import a_customer
from accounts.tests.makers import an_account
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from cloudbank.ids import new_id
from cloudbank.telling import fleet, metrics, tally
from cloudbank.telling.speaker import Speaker
from cloudbank.telling.tally import Counts, Tally
from cloudbank.testing import running_server
from cloudbank.tests.rights import lacking

NOON = datetime(2026, 11, 20, 16, 58, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    tally.tally.clear()
    yield
    tally.tally.clear()


def paid_in(account: Any, amount: int, **more: Any) -> Instruction:
    known: dict[str, Any] = {"type": DEPOSIT, "currency": "USD", "channel": "branch", "branch": "main"}
    till = Actor("usr_till", "teller", "127.0.0.1")
    return Instruction(
        key=new_id("key"), amount=amount, debit=CASH, credit=account.account_id, actor=till, **known | more
    )


def counted() -> dict[str, int]:
    return dict(tally.tally.untold().numbers)


def test_postings_are_counted_by_how_they_ended_and_timed_and_cost_no_request(bank: Any, requests_made: Any) -> None:
    account = an_account(a_customer(), 100)
    tally.tally.clear()
    requests_made.clear()
    post(paid_in(account, 100), now=utcnow())
    made = len(requests_made)
    with pytest.raises(Refused):
        post(paid_in(account, 100, currency="EUR"), now=utcnow())
    told = tally.tally.untold()
    assert told.numbers == {"posted": 1, "refused": 1}
    assert told.timed("posting") == 2
    assert made == 3 and told.timed("engine") == len(requests_made)


def test_conflicts_and_lost_answers_are_counted(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    account = an_account(a_customer())
    tally.tally.clear()
    real, ends = store.save, [store.Conflict("x"), store.OutcomeUnknown("y")]

    def failing(writes: Any) -> None:
        if ends:
            raise ends.pop(0)
        real(writes)

    monkeypatch.setattr(store, "save", failing)
    post(paid_in(account, 100), now=utcnow())
    assert counted()["retries"] == 2


@pytest.mark.parametrize(
    ("code", "reasons", "name"),
    [
        ("TransactionCanceledException", ["TransactionConflict", "None"], "conflicts"),
        ("TransactionCanceledException", ["ThrottlingError"], "throttles"),
        ("ThrottlingException", [], "throttles"),
        ("InternalServerError", [], "lost"),
    ],
)
def test_what_the_engine_says_is_counted_by_its_meaning(
    bank: Any, monkeypatch: pytest.MonkeyPatch, code: str, reasons: list[str], name: str
) -> None:
    error = store.ClientError({"Error": {"Code": code}}, "TransactWriteItems")
    error.cancellation_reasons = [type("Reason", (), {"code": one}) for one in reasons]

    def failing(operation: str, kwargs: Any) -> Any:
        raise error

    monkeypatch.setattr(store.connection(), "dispatch", failing)
    with pytest.raises(store.StoreError):
        store.save([])
    assert counted() == {name: 1}
    assert tally.tally.urgent.is_set() == (name == "lost")


def test_who_came_too_late_has_met_another_and_who_came_twice_has_not(bank: Any) -> None:
    account = an_account(a_customer(), 100)
    mine, theirs = (queries.account(account.account_id) for _ in range(2))
    assert mine and theirs
    store.save([store.changed(mine)])
    tally.tally.clear()
    with pytest.raises(store.ConditionFailed):
        store.save([store.changed(theirs)])
    assert counted() == {"conflicts": 1}
    asked = paid_in(account, 100)
    assert [post(asked, now=utcnow()).replayed for _ in range(2)] == [False, True]
    assert "conflicts" not in counted()


def test_an_hour_is_told_by_minutes_and_heard_together(bank: Any, requests_made: Any) -> None:
    """Two processes, one of which has ended, over the turn of an hour; what is older than an hour is not heard."""
    first, second = Tally(), Tally()
    for minutes, number in ((-70, 5), (-40, 3), (0, 1)):
        with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
            first.add("posted", number)
            first.time("engine", 0.004)
    with time_machine.travel(NOON + timedelta(minutes=3), tick=False):
        second.add("conflicts", 2)
        first.add("posted", 10)
    gone, here = fleet.Me("web", NOON, "host-1:11"), fleet.Me("close_day", NOON, "host-2:22")
    fleet.tell(gone, first, NOON, since=fleet.hour_of(NOON) - 1)
    requests_made.clear()
    fleet.tell(gone, first, NOON + timedelta(minutes=3), since=fleet.hour_of(NOON))
    assert requests_made.operations == ["PutItem", "PutItem"], "the hour that ended, and the one that has begun"
    assert [lacking(*one) for one in requests_made] == ["", ""], "the web hosts' role must allow it"
    fleet.tell(here, second, NOON + timedelta(minutes=3), since=fleet.hour_of(NOON))
    requests_made.clear()
    heard = fleet.hear(NOON + timedelta(minutes=4))
    assert requests_made.operations == ["Query", "Query"]
    whole = heard.last(60, NOON + timedelta(minutes=4))
    assert whole.numbers == {"posted": 14, "conflicts": 2} and whole.timed("engine") == 2
    assert heard.last(5, NOON + timedelta(minutes=4)).numbers == {"posted": 11, "conflicts": 2}
    assert [(one.name, one.what) for one in heard.processes] == [("host-1:11", "web"), ("host-2:22", "close_day")]


def test_a_word_is_small_and_goes_by_itself(bank: Any) -> None:
    """A busy hour of one process, sixty minutes with everything counted, and its TTL."""
    busy = Tally()
    for minute in range(60):
        with time_machine.travel(NOON.replace(minute=minute, second=0), tick=False):
            for name in ("posted", "refused", "busy", "conflicts", "retries"):
                busy.add(name, 100)
            for milliseconds in (3, 8, 12, 25, 60, 250):
                busy.time("posting", milliseconds / 1000)
                busy.time("engine", milliseconds / 2000)
    fleet.tell(fleet.Me("web", NOON), busy, NOON.replace(minute=59), since=fleet.hour_of(NOON))
    (item,) = fleet.ProcessHour.by_subject.query(fleet.ProcessHour.group(fleet.hour_of(NOON)))
    assert len(item.packed) < 1_500
    assert item.expires_at == NOON.replace(minute=59) + timedelta(hours=3)


def test_times_are_told_as_they_are_spread() -> None:
    counts = Counts()
    for place, number in ((4, 90), (12, 9), (20, 1)):  # up to 4, 50 and 700 ms
        counts.times.setdefault("engine", Counter())[place] += number
    assert [counts.quantile("engine", share) for share in (0.5, 0.95, 1)] == [4, 50, 700]
    assert counts.quantile("posting", 0.5) is None
    few = counts.samples("engine", 10)
    assert len(few) == 10 and few.count(3.5) == 9
    assert len(counts.samples("engine", 100)) == 100
    assert Counts.unpacked(json.loads(json.dumps(counts.packed()))) == counts


def test_the_line_is_what_cloudwatch_s_specification_asks_for(caplog: Any) -> None:
    counts = Counts()
    counts.numbers.update({"posted": 3, "lost": 1})
    counts.times["engine"] = Counter({4: 250})
    logging.getLogger("cloudbank.telling.metrics").addHandler(caplog.handler)
    with override_settings(METRICS_NAMESPACE="Bank/tested"), caplog.at_level("INFO"):
        metrics.tell_counts(counts, NOON, process="host:1")
    logging.getLogger("cloudbank.telling.metrics").removeHandler(caplog.handler)
    (line,) = {record.getMessage() for record in caplog.records}
    told = json.loads(line)
    assert told["_aws"]["Timestamp"] == int(NOON.timestamp() * 1000)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Bank/tested" and directive["Dimensions"] == [[]]
    named = {one["Name"]: one["Unit"] for one in directive["Metrics"]}
    assert named == {"PostingsDone": "Count", "OutcomesUnknown": "Count", "EngineMs": "Milliseconds"}
    assert named.keys() <= set(metrics.METRICS) and len(metrics.METRICS) <= 100
    assert (told["PostingsDone"], told["OutcomesUnknown"], told["process"]) == (3, 1, "host:1")
    assert told["EngineMs"] == [3.5] * 100


def test_without_a_namespace_there_is_no_line(caplog: Any) -> None:
    with caplog.at_level("INFO"):
        metrics.tell({"DaysUnsealed": 1}, metrics.OF_HEALTH, NOON)
    assert not caplog.records


def test_what_cannot_be_told_is_told_later(
    bank: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any, requests_made: Any
) -> None:
    """Also of the hour before; what was told is not written again."""
    one = Speaker()
    with override_settings(TELL_SECONDS=60):
        with time_machine.travel(NOON, tick=False):
            tally.tally.add("posted", 4)
            with monkeypatch.context() as down:
                down.setattr(store, "put", _down)
                one.speak("web", NOON)
        later = NOON + timedelta(minutes=5)  # an hour further
        with time_machine.travel(later, tick=False):
            one.speak("web", later)
            requests_made.clear()
            one.speak("web", later)
    assert requests_made.operations == ["PutItem"]
    assert "could not tell" in caplog.text
    assert fleet.hear(later).last(60, later).numbers["posted"] == 4


def _down(*_: Any) -> None:
    raise store.Unavailable("away")


def test_a_job_tells_at_its_end(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "speaker", Speaker())
    with override_settings(TELL_SECONDS=60), jobs.run("escalate_actions", key="k", now=utcnow()):
        tally.tally.add("conflicts", 7)
    heard = fleet.hear(utcnow())
    assert heard.last(60, utcnow()).numbers["conflicts"] == 7
    assert [one.what for one in heard.processes] == ["escalate_actions"]


def test_counting_costs_next_to_nothing() -> None:
    """A posting counts about ten things; a tenth of a millisecond for a hundred is far more than it takes."""
    mine = Tally()
    begun = time.perf_counter()
    for _ in range(2_000):
        mine.add("posted")
        mine.time("engine", 0.0042)
    assert (time.perf_counter() - begun) / 4_000 < 50e-6


@pytest.mark.slow
def test_real_processes_tell_by_themselves_and_once_more_when_they_end(
    bank: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of gunicorn, which counts what a readiness probe asks; the lines are JSON and nothing else."""
    monkeypatch.setitem(os.environ, "TELL_SECONDS", "600")
    monkeypatch.setitem(os.environ, "METRICS_NAMESPACE", "Bank/tested")
    log = tmp_path / "web.log"
    with running_server(bank, log, "--workers=1") as url:
        for _ in range(4):
            urlopen(f"{url}/readyz", timeout=5).read()  # noqa: S310
    heard = fleet.hear(utcnow())
    assert [one.what for one in heard.processes] == ["web"]
    assert heard.last(5, utcnow()).timed("engine") >= 4
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert {line["what"] for line in lines} == {"web"} and all("EngineMs" in line for line in lines)
