"""Entering and correcting capital and liquidity figures: dated, audited, with who and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts.ledger import Actor
from accounts.queries.people import user
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.roles import allows
from compliance.prudential.models import AMOUNTS, PrudentialFigures
from compliance.queries import standing
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

ENTER = "compliance.enter_figures"
EARLIEST = date(2000, 1, 1)


@dataclass(frozen=True)
class Entry:
    """What a person types: amounts in minor units by the names of AMOUNTS."""

    as_of: date
    amounts: Mapping[str, int]
    note: str
    reason: str = ""
    """Why figures that stand are changed."""


def enter_figures(*, entry: Entry, version: int, actor: Actor, now: datetime) -> PrudentialFigures:
    """Keep the figures of a day, or correct them; `version` is what the person saw (0: there were none).

    Raises NotAllowed naming the field.
    """
    if not allows(actor.role, ENTER):
        raise NotAllowed("Your role may look at these figures, but not enter them.")
    _check(entry, now)
    item = store.get(PrudentialFigures, PrudentialFigures.key(entry.as_of))
    if (item.version if item else 0) != version:
        raise NotAllowed(
            "There are figures of this day already, or somebody just changed them. Open them first.", "as_of"
        )
    values: dict[str, Any] = {name: int(entry.amounts.get(name, 0)) for name in AMOUNTS} | {"note": entry.note.strip()}
    before = {name: getattr(item, name) for name in values} if item else {}
    changed = {name: value for name, value in values.items() if before.get(name) != value}
    if item and not changed:
        return item
    if item and not entry.reason.strip():
        raise NotAllowed("Say why the figures are corrected; it is kept with the change.", "reason")
    person = user(actor.user_id)
    item = item or PrudentialFigures(
        transaction_id=PrudentialFigures.key(entry.as_of), as_of=entry.as_of.isoformat(), **values
    )
    for name, value in values.items():
        setattr(item, name, value)
    item.entered_by, item.entered_at = actor.user_id, iso(now)
    item.entered_name = person.name if person else actor.user_id
    item.file()
    record = audit.record(
        item,
        "correct_figures" if before else "enter_figures",
        actor=actor,
        now=now,
        before={name: before[name] for name in changed if name in before},
        after=changed,
        reason=entry.reason.strip(),
    )
    try:
        save_audited(item, record)
    except store.ConditionFailed as error:
        raise NotAllowed("Somebody entered figures of this day just now. Look at them first.", "as_of") from error
    standing.forget()
    return item


def _check(entry: Entry, now: datetime) -> None:
    today = bank_calendar().local(now).date()
    if not EARLIEST <= entry.as_of <= today:
        raise NotAllowed("Choose a day that is not in the future.", "as_of")
    if not entry.note.strip():
        raise NotAllowed("Say where the figures are from, for example: Call report of 30 September.", "note")
    amounts = entry.amounts
    for part, whole in (("cet1", "tier1"), ("tier1", "total")):
        if amounts[part] > amounts[whole]:
            raise NotAllowed(f"{AMOUNTS[whole]} includes {AMOUNTS[part].lower()}, so it is not less.", whole)
    for name in ("weighted", "assets"):
        if amounts[name] <= 0:
            raise NotAllowed("The ratio is taken of this amount: it is more than nothing.", name)
    if amounts.get("liquid") and not amounts.get("outflows"):
        raise NotAllowed("Enter the outflows too, or leave liquidity out.", "outflows")
