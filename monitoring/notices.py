"""The events of monitoring that those outside are told of, and what is said of them. Ids and codes only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudbank import outbox
from cloudbank.store import Put

ALERT = outbox.declare("alert.opened", "An alert was opened, or rose to a higher severity")
DIGEST = outbox.declare("alert.digest", "The day's digest of the alert queue", personal=True)
CRITICAL_MAIL, DIGEST_MAIL = "critical", "digest"
KINDS = {
    CRITICAL_MAIL: ("Critical alerts", "An e-mail at once when an alert of critical severity is opened."),
    DIGEST_MAIL: ("Daily digest", "One e-mail a day: how many alerts are open, how many are late, what came in."),
}
"""What a colleague can turn off: (title, what it is)."""
MAIL = "mail"
"""The receiver that writes e-mails to colleagues; an address is a person's id."""


def alert_notice(*, alert_id: str, severity: str, family: str, rules: set[str], now: datetime) -> Put:
    """The message that an alert stands in the queue with this severity: once for each severity it rises to."""
    facts = {"alert": alert_id, "severity": severity, "family": family, "rules": sorted(rules)}
    return outbox.message(ALERT, f"{alert_id}#{severity}", facts, now=now)


def digest_notice(*, day: str, person_id: str, facts: Mapping[str, Any], now: datetime) -> Put:
    """The digest of a day for one colleague."""
    return outbox.message(DIGEST, f"{day}#{person_id}", dict(facts) | {"day": day}, now=now, to=f"{MAIL}|{person_id}")
