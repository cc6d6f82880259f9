"""Reading whose account a number is: counted before the answer, so that nobody learns names by walking numbers."""

import logging
from collections.abc import Sequence
from datetime import date, datetime

from accounts.ledger import Actor
from accounts.models import User
from accounts.services.people import persistently
from accounts.tries import look_up_counts
from cloudbank import audit, throttle
from cloudbank.roles import STAFF
from cloudbank.store import Write

log = logging.getLogger(__name__)


def count_look_up(*, actor: Actor, now: datetime, numbers: int = 1) -> None:
    """Count what this person looks up, one number or several of a file, before it is answered.

    Raises throttle.TooMany; the first one refused is kept in the audit trail.
    """
    try:
        throttle.count(look_up_counts(actor.user_id, actor.source, staff=actor.role in STAFF), now, numbers)
    except throttle.TooMany as over:
        log.warning("look-ups of %s refused: %s", actor.user_id, over.scope)
        if over.first:
            _keep_burst(over.scope, actor, now)
        raise


def _keep_burst(scope: str, actor: Actor, now: datetime) -> None:
    def change(person: User, _: date) -> Sequence[Write]:
        return [audit.record(person, "look_ups_refused", actor=actor, now=now, after={"limit": scope})]

    persistently(actor.user_id, change, now)
