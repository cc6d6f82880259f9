"""Lists that people take away as files: counted first, and each one kept in the audit trail of who took it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudbank import audit, store, throttle
from cloudbank.audit import Audited
from cloudbank.tables import TransactionsItem
from cloudbank.throttle import Count, Limit

A_MINUTE, AN_HOUR = Limit("export_minute", 5, 60), Limit("export_hour", 10, 60 * 60)
"""So much a person takes away (security.md, row 43): enough for work, too little to copy the bank."""
ATTEMPTS = 6


class Exports(Audited, TransactionsItem, discriminator="exports"):
    """What one person took away: the head of the trail."""

    @staticmethod
    def key(user_id: str) -> str:
        """The hash key."""
        return f"exports#{user_id}"


class SecretExports(Audited, TransactionsItem, discriminator="secret_exports"):
    """The same of what tells that there is a report on suspicious activity (31 CFR 1020.320(e)): a trail apart."""

    seen_with = "compliance.view_sar"

    @staticmethod
    def key(user_id: str) -> str:
        """The hash key."""
        return f"secret-exports#{user_id}"


@dataclass(frozen=True)
class Taker:
    """Who takes a list away, from where."""

    user_id: str
    role: str
    source: str


def take_away(
    taker: Taker, *, path: str, extension: str, facts: Sequence[tuple[str, str]], now: datetime, secret: bool = False
) -> None:
    """Count an export and keep what is taken, before a row of it is read. `secret`: in a trail that few may read.

    Raises throttle.TooMany, or store.Unavailable when it cannot be kept: then nothing is taken.
    """
    count_taken(taker, now)
    keep_taken(taker, path=path, extension=extension, facts=facts, now=now, secret=secret)


def keep_taken(
    taker: Taker, *, path: str, extension: str, facts: Sequence[tuple[str, str]], now: datetime, secret: bool = False
) -> None:
    """Keep what is taken, without counting: commands are run by who may read the database anyway.

    Raises store.Unavailable when it cannot be kept.
    """
    after = {"path": path, "format": extension} | {name.lower(): text for name, text in facts}
    trail: type[Exports] | type[SecretExports] = SecretExports if secret else Exports
    keep_in(trail, trail.key(taker.user_id), taker, after, now)


def count_taken(taker: Taker, now: datetime) -> None:
    """Count an export of this person. Raises throttle.TooMany."""
    throttle.count([Count(A_MINUTE, (taker.user_id,)), Count(AN_HOUR, (taker.user_id,))], now)


def keep_in(trail: type[Any], key: str, taker: Taker, after: dict[str, Any], now: datetime) -> None:
    """Put what is taken into a trail (a kind of audited item) by its key. Raises store.Unavailable."""
    for attempt in range(ATTEMPTS):
        item = store.get(trail, key) or trail(transaction_id=key)
        entry = audit.record(item, "export", actor=taker, now=now, after=after)
        try:
            return store.save([store.stored(item), entry])
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("The export could not be kept in the audit trail just now; try again.")
