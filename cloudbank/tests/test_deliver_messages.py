"""The command: once for cron, with its exit codes; for ever until SIGTERM; the engine may be away."""

import json
import os
import signal
import threading
import time
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cloudbank import outbox, store
from cloudbank.clock import utcnow
from cloudbank.management.commands import deliver_messages
from cloudbank.outbox import receivers
from cloudbank.tests.test_outbox import EVENT, Post


@pytest.fixture
def post(bank: Any, monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(receivers, "_receivers", {"post": made})
    monkeypatch.setattr(deliver_messages, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(deliver_messages, "PAUSE_WHEN_DOWN", 0.02)
    return made


def leave(key: str) -> None:
    store.save([outbox.message(EVENT, key, {}, now=utcnow())])


def test_for_cron_it_delivers_what_is_due_and_ends(post: Post) -> None:
    for number in range(60):
        leave(str(number))
    said = StringIO()
    call_command("deliver_messages", stdout=said)
    assert json.loads(said.getvalue()) == {"delivered": 60, "failed": 0} and len(post.heard) == 120


def test_what_was_not_taken_is_said_and_gives_exit_code_2(post: Post) -> None:
    leave("one")
    post.down = {"bob"}
    said = StringIO()
    with pytest.raises(CommandError, match="1 addresses did not") as ended:
        call_command("deliver_messages", stdout=StringIO(), stderr=said)
    assert ended.value.returncode == 2 and "post|bob: nobody there" in said.getvalue()


def test_watching_it_delivers_within_a_moment_and_outlives_an_engine_that_goes_away(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = [True, True, False]
    deliver = outbox.deliver_due

    def now_and_then(*args: Any) -> Any:
        if away and away.pop(0):
            raise store.Unavailable("the engine is away")
        return deliver(*args)

    monkeypatch.setattr(outbox, "deliver_due", now_and_then)

    def life() -> None:
        leave("one")
        until = time.monotonic() + 20
        while not post.heard and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    thread = threading.Thread(target=life)
    said = StringIO()
    try:
        thread.start()
        call_command("deliver_messages", "--watch", stdout=StringIO(), stderr=said)
    finally:
        thread.join()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert len(post.heard) == 2 and said.getvalue().count("the engine is away") == 2
