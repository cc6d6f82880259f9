"""Counts tries before they are evaluated, so that N parallel guesses are N counted tries, on any number of hosts.

One atomic UpdateItem a count; the time is compared in code (DynamoDB's TTL only clears away).
A view that lets TooMany through is answered with the page of status 429 (cloudbank.middleware).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from cloudbank import store
from cloudbank.tables import IntegerAttribute, UsersItem

ATTEMPTS = 10
TTL_GRACE = timedelta(hours=1)


class Throttle(UsersItem, discriminator="throttle"):
    """Tries counted under one key until a second of the epoch."""

    backed_up = False
    tries = IntegerAttribute(default=0)
    until = IntegerAttribute()

    @staticmethod
    def key(scope: str, *parts: str) -> str:
        """The hash key: what is counted, and the SHA-256 of for whom (addresses stay out of the table)."""
        return f"throttle#{scope}#{hashlib.sha256(chr(31).join(parts).encode()).hexdigest()}"


@dataclass(frozen=True)
class Limit:
    """At most `tries` in `seconds` from the first; who uses them up waits `seconds` from the last."""

    scope: str
    tries: int
    seconds: int
    own: bool = False
    """Counts one person's tries only: a right one forgets them all."""


class TooMany(Exception):
    """The limit is used up. `seconds` until it is free again, for Retry-After.

    `first`: whether this is the first try that is refused; of any number of parallel ones exactly one is.
    """

    def __init__(self, seconds: int, scope: str = "", first: bool = False) -> None:
        super().__init__(f"Too many tries. Wait {_words(seconds)}, then try again.")
        self.seconds, self.scope, self.first = seconds, scope, first


def _words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


@dataclass(frozen=True)
class Count:
    """One counter: a limit, and for whom."""

    limit: Limit
    parts: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its hash key."""
        return Throttle.key(self.limit.scope, *self.parts)


def count(counts: Sequence[Count], now: datetime, tries: int = 1) -> None:
    """Count so many tries on each, or raise TooMany. Call it before they are answered."""
    for counter in counts:
        _count(counter, int(now.timestamp()), tries)


def _count(counter: Count, second: int, tries: int) -> None:
    for attempt in range(ATTEMPTS):
        try:
            found = _add(counter, second, tries)
        except _Over:
            _restart(counter, second)
        except store.Conflict:
            store.pause(attempt)
        else:
            return _judge(counter, found, second, tries)
    raise TooMany(1)


class _Over(Exception):
    """The counter's period is over."""


def _add(counter: Count, second: int, tries: int) -> Throttle:
    """So many more tries in the running period; the answer is the counter after it, in the same request."""
    until = second + counter.limit.seconds
    item = Throttle(user_id=counter.key)
    actions: list[Action] = [
        Throttle.kind.set(Throttle),
        Throttle.tries.add(tries),
        Throttle.until.set(Throttle.until | until),
        Throttle.expires_at.set(_ttl(until)),
    ]
    try:
        item.update(actions, Throttle.until.does_not_exist() | (Throttle.until > second))
    except UpdateError as error:
        raise _named(error) from error
    return item


def _named(error: UpdateError) -> Exception:
    if error.cause_response_code == "ConditionalCheckFailedException":
        return _Over()
    if error.cause_response_code in ("TransactionConflictException", "ProvisionedThroughputExceededException"):
        return store.Conflict(error.cause_response_code)
    return store.Unavailable(str(error.cause_response_code))


def _restart(counter: Count, second: int) -> None:
    """The period is over: forget it, unless somebody else just did."""
    try:
        store.save([store.Delete(Throttle, counter.key, Throttle.until <= second)])
    except (store.ConditionFailed, store.Conflict):
        return


def _judge(counter: Count, found: Throttle, second: int, tries: int) -> None:
    limit, before = counter.limit, found.tries - tries
    used_up = before < limit.tries <= found.tries
    if used_up:
        _close(counter, second)
    if found.tries > limit.tries:
        wait = limit.seconds if used_up else max(1, found.until - second)
        raise TooMany(wait, limit.scope, first=before <= limit.tries)


def _close(counter: Count, second: int) -> None:
    """That was the last one: the wait starts now."""
    until = second + counter.limit.seconds
    _change(counter, [Throttle.until.set(until), Throttle.expires_at.set(_ttl(until))])


def _change(counter: Count, actions: list[Action]) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return store.save([store.Update(Throttle, counter.key, actions, Throttle.tries.exists())])
        except store.Conflict:
            store.pause(attempt)
        except store.ConditionFailed:
            return None  # cleared away meanwhile: nothing to change
    return None


def _ttl(until: int) -> datetime:
    return datetime.fromtimestamp(until, UTC) + TTL_GRACE


def forgive(counts: Sequence[Count]) -> None:
    """The try was right. The person's own tries from here are forgotten; on the shared counters, only this one."""
    for counter in counts:
        if counter.limit.own:
            store.save([store.Delete(Throttle, counter.key)])
        else:
            _change(counter, [Throttle.tries.add(-1)])
