"""Delivery: take what is due, try every address that has not taken it, file it for the next try or for good.

A message is claimed by moving its next try into the future on condition of its version: of two
dispatchers one has it, and when that one dies it falls due again.
"""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudbank import store, trace
from cloudbank.clock import iso
from cloudbank.outbox.item import DELIVERED, DUE, GIVEN_UP, Message
from cloudbank.outbox.receivers import NotDelivered, addresses_of, hand_over

log = logging.getLogger(__name__)
CLAIM = timedelta(minutes=5)
"""Longer than any try takes."""
WAITS = (10, 30, 120, 600, 1800)
"""Seconds before the second, third ... try; then an hour each time."""
HOUR = 3600
TOGETHER = 4
"""Addresses of one message that are tried at the same time."""


@dataclass
class Delivered:
    """What one round did."""

    messages: int = 0
    delivered: int = 0
    """Messages that everybody has taken now."""
    failed: list[str] = field(default_factory=list)
    """One line an address that did not."""


def deliver_due(now: datetime, limit: int = 50) -> Delivered:
    """Try the messages that are due at `now`, the longest waiting first."""
    done = Delivered()
    for key in [key for group in DUE for key in _due(group, now, limit)]:
        if (claimed := _claim(key, now)) is not None:
            done.messages += 1
            done.failed += _try(claimed, now)
            done.delivered += claimed.state == DELIVERED
    return done


def _due(group: str, now: datetime, limit: int) -> list[str]:
    return [key for _, key in store.index_keys(Message, "worklist", group, upto=f"{iso(now)}~", limit=limit)]


def deliver_these(keys: Iterable[str], now: datetime) -> list[str]:
    """Try these messages now, if they are due and nobody else has them; one line for each address that failed."""
    claimed = (_claim(key, now) for key in keys)
    return [line for item in claimed if item is not None for line in _try(item, now)]


def _claim(key: str, now: datetime) -> Message | None:
    """The message, if it is still due and nobody else has it."""
    item = store.get(Message, key)
    if item is None or item.worklist_group not in DUE or (item.worklist_order or "") > f"{iso(now)}~":
        return None
    if item.pending is None:
        item.pending = addresses_of(item)
    item.wait_until(now + CLAIM)
    try:
        store.save([store.changed(item)])
    except (store.ConditionFailed, store.Conflict):
        return None
    return item


def _try(item: Message, now: datetime) -> list[str]:
    """Every address that has not taken it, and what follows; one line for each that failed."""
    answers = dict(_answers(item))
    item.attempts, item.tried_at = item.attempts + 1, iso(now)
    item.taken = [*item.taken, *([address, iso(now)] for address, error in answers.items() if error is None)]
    still = {address: why for address, why in item.errors.items() if address not in answers}
    item.errors = still | {address: str(error) for address, error in answers.items() if error is not None}
    item.pending = [address for address, error in answers.items() if error is not None and not error.for_good]
    _file(item, now)
    store.save([store.changed(item)])
    return [f"{item.message_id} {address}: {error}" for address, error in answers.items() if error is not None]


def _answers(item: Message) -> Iterator[tuple[str, NotDelivered | None]]:
    with ThreadPoolExecutor(TOGETHER, thread_name_prefix="outbox") as pool:
        tries = {address: pool.submit(trace.carried(_hand_over), address, item) for address in item.pending or ()}
    yield from ((address, tried.result()) for address, tried in tries.items())


def _hand_over(address: str, item: Message) -> NotDelivered | None:
    try:
        hand_over(address, item)
    except NotDelivered as error:
        return error
    except Exception as error:  # a receiver's fault is no reason to leave the others untold
        log.exception("message %s could not be delivered", item.message_id)
        return NotDelivered(f"{type(error).__name__}: {error}"[:200])
    return None


def _file(item: Message, now: datetime) -> None:
    if item.pending and iso(now) < item.give_up_at:
        place = item.attempts - 1
        item.wait_until(now + timedelta(seconds=WAITS[place] if place < len(WAITS) else HOUR))
    else:
        item.end(GIVEN_UP if item.errors else DELIVERED, now)
