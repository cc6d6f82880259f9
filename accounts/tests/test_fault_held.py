"""Held and refused movements through a network that loses, delays and doubles: each ends once, and the books say how."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from accounts import participants
from accounts.ledger import CASH, Actor, Refused
from accounts.models.held import BLOCKED, REJECTED, RELEASED
from accounts.queries.held import held_movement
from accounts.queries.ledger import movement_lines
from accounts.services.held import Overtaken, let_go, turn_away
from accounts.services.posting import post
from accounts.tests import quiet
from accounts.tests.conftest import instruct, stored, two_people
from accounts.tests.fault_proxy import FaultProxy, proxied
from accounts.tests.test_concurrency import sound
from accounts.tests.test_fault_proxy import SEEDS, patiently
from cloudbank import store, tables
from cloudbank.clock import utcnow

ANA = Actor("usr_ana", "analyst", "test")
KNOWN: dict[str, Any] = {"reason": "seen", "actor": ANA}


@pytest.fixture
def proxy(bank: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    """The bank behind the proxy, with a screening that finds what the memo says."""
    monkeypatch.setattr(settings, "POSTING_PARTICIPANTS", ["accounts.tests.quiet.Stern"])
    participants.participant.cache_clear()
    real = store.pause
    monkeypatch.setattr(store, "pause", lambda attempt, **_: real(min(attempt, 2)))
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 50)))
    with proxied(bank.url) as running:
        tables.connect(running.url)
        yield running
        tables.connect(bank.url)
    quiet.LATER.clear()
    participants.participant.cache_clear()


def decided(act: Callable[[], Any]) -> None:
    """Decide until there is an answer; that it was decided before is one: the first answer was lost."""
    with suppress(Overtaken):
        patiently(act)


@pytest.mark.slow
def test_each_held_movement_ends_once_and_its_key_answers_the_same_for_ever(proxy: FaultProxy) -> None:
    people = two_people()
    for seed in range(max(4, SEEDS // 8)):
        mine = stored(people.mine).balance
        theirs = stored(people.theirs).balance

        def send(memo: str, name: str, seed: int = seed) -> Any:
            asked = instruct("transfer", 1_000, people.mine, people.theirs, key=f"{seed}-{name}", memo=memo)
            return patiently(lambda: post(asked, now=utcnow()))

        with proxy.faulty(seed, share=0.35):
            first, second = send("hold", "a"), send("hold", "b")
            with pytest.raises(Refused) as caught:
                send("block", "c")
            assert caught.value.code == "not_carried_out"
            decided(partial(let_go, movement_id=first.movement_id, now=utcnow(), **KNOWN))
            decided(partial(turn_away, movement_id=second.movement_id, now=utcnow(), **KNOWN))
            cash = instruct("deposit", 500, CASH, people.mine, key=f"{seed}-d", memo="hold")
            kept = patiently(partial(post, cash, now=utcnow()))
            decided(partial(let_go, movement_id=kept.movement_id, now=utcnow(), **KNOWN))
            assert send("hold", "a").lines
            for memo, name in (("hold", "b"), ("block", "c")):
                with pytest.raises(Refused):
                    send(memo, name)
        blocked = instruct("transfer", 1, people.mine, people.theirs, key=f"{seed}-c").movement_id
        ends = {first.movement_id: RELEASED, second.movement_id: REJECTED, blocked: BLOCKED, kept.movement_id: RELEASED}
        for movement, state in ends.items():
            found = held_movement(movement)
            assert found is not None and found.state == state, f"seed {seed}"
        assert [bool(movement_lines(one)) for one in ends] == [True, False, False, True]
        assert (stored(people.mine).balance, stored(people.theirs).balance) == (mine - 500, theirs + 1_000)
        assert stored(people.mine).held == 0
    sound()
