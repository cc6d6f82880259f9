"""The breach register: noted, assessed, told to the authority and to the persons, closed. Each change is audited."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.ledger import Actor
from accounts.queries.people import users
from cloudbank import audit, parameters, store
from cloudbank.clock import iso
from cloudbank.ids import derived_id
from cloudbank.parameters import Parameter
from cloudbank.roles import Role, allows
from compliance.privacy.models import CLOSED, CLOSED_BREACHES, OPEN_BREACHES, Breach
from compliance.privacy.services import WORK
from compliance.privacy.terms import HIGH, RISKS, UNASSESSED, UNLIKELY
from compliance.queries import standing
from compliance.queries.selections import Selected, Selection
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

HOURS = "privacy.breach"
parameters.declare(
    Parameter(HOURS, "Breaches: authority told within", "hours", 72, "GDPR art. 33(1)", minimum=1, maximum=720)
)
MOST_PERSONS = 500
"""So many customers are listed one by one; of more the number is kept."""


@dataclass(frozen=True)
class Facts:
    """What is known of a breach."""

    title: str
    happened: str
    data: str
    persons: int
    customer_ids: Sequence[str]
    risk: str
    why_risk: str
    measures: str


def open_breaches() -> Selected:
    """Those that are not closed, the oldest awareness first."""
    return Selected([Selection(Breach, "worklist", OPEN_BREACHES, keys_only=True)])


def closed_breaches() -> Selected:
    """Those that are closed, the latest first."""
    return Selected([Selection(Breach, "worklist", CLOSED_BREACHES, keys_only=True, newest_first=True)])


def breach(breach_id: str) -> Breach | None:
    """The breach, read strongly, or None."""
    return store.get(Breach, breach_id)


def note_breach(*, facts: Facts, aware_at: datetime, key: str, actor: Actor, now: datetime) -> Breach:
    """Put a breach into the register; the form sent twice notes one. Raises NotAllowed."""
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may read the register, but not write it.")
    if aware_at > now:
        raise NotAllowed("Nobody is aware of what is still to come.", "aware_at")
    breach_id = derived_id("brc", actor.user_id, key)
    if there := breach(breach_id):
        return there
    item = Breach(
        transaction_id=breach_id,
        aware_at=iso(aware_at),
        noted_by=actor.user_id,
        noted_at=iso(now),
        hours=parameters.snapshot(now).number(HOURS),
        title="",
        happened="",
        data="",
    )
    after = _take(item, facts)
    item.file()
    entry = audit.record(item, "note_breach", actor=actor, now=now, after={"aware_at": item.aware_at} | after)
    try:
        save_audited(item, entry)
    except store.ConditionFailed:
        return breach(breach_id) or item
    standing.forget()
    return item


def _take(item: Breach, facts: Facts) -> dict[str, Any]:
    """Set what is known on the item; what changed. Raises NotAllowed."""
    if facts.risk not in RISKS:
        raise NotAllowed("Choose the risk.", "risk")
    if facts.risk != UNASSESSED and not facts.why_risk.strip():
        raise NotAllowed("Say why; the authority may ask.", "why_risk")
    ids = list(dict.fromkeys(facts.customer_ids))
    if len(ids) > MOST_PERSONS:
        raise NotAllowed(f"List at most {MOST_PERSONS} customers; of more, give the number.", "customers")
    known = users(ids)
    if wrong := [one for one in ids if one not in known or known[one].role != Role.CUSTOMER]:
        raise NotAllowed(f"Not a customer's id: {', '.join(wrong[:3])}.", "customers")
    if facts.persons < len(ids):
        raise NotAllowed(f"You list {len(ids)} customers; it concerns at least as many.", "persons")
    new = {
        "title": facts.title.strip(), "happened": facts.happened.strip(), "data": facts.data.strip(),
        "persons": facts.persons, "customer_ids": ids, "risk": facts.risk, "why_risk": facts.why_risk.strip(),
        "measures": facts.measures.strip(),
    }  # fmt: skip
    changed = {name: value for name, value in new.items() if getattr(item, name) != value}
    for name, value in changed.items():
        setattr(item, name, value)
    return changed


Change = Callable[[Breach], dict[str, Any]]
"""Changes the breach; answers what is new."""


def _changed(breach_id: str, version: int, action: str, change: Change, actor: Actor, now: datetime) -> Breach:
    if not allows(actor.role, WORK):
        raise NotAllowed("Your role may read the register, but not write it.")
    item = breach(breach_id)
    if item is None:
        raise NotAllowed("There is no such breach.")
    if not item.is_open or item.version != version:
        raise NotAllowed("Somebody else has changed this breach meanwhile. Look at it again.")
    was = {name: getattr(item, name) for name in item.get_attributes() if name not in ("kind", "version")}
    after = change(item)
    if not after:
        raise NotAllowed("Nothing differs from what is on record.")
    item.file()
    before = {name: was[name] for name in after if was.get(name)}
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after)
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("Somebody else has changed this breach meanwhile. Look at it again.") from error
    standing.forget()
    return item


def assess_breach(*, breach_id: str, facts: Facts, version: int, actor: Actor, now: datetime) -> Breach:
    """What is known by now, and what it means for the persons. Raises NotAllowed."""
    return _changed(breach_id, version, "assess_breach", lambda item: _take(item, facts), actor, now)


def tell_authority(
    *, breach_id: str, at: datetime, reference: str, why_late: str, version: int, actor: Actor, now: datetime
) -> Breach:
    """Keep when the authority was told; after the deadline with the reasons (art. 33(1)). Raises NotAllowed."""

    def change(item: Breach) -> dict[str, Any]:
        _within(item, at, now)
        if item.authority_at:
            raise NotAllowed("The authority was told already.")
        if at > item.due and not why_late.strip():
            raise NotAllowed(f"{item.hours} hours had passed: give the reasons for the delay.", "why_late")
        item.authority_at, item.authority_reference = iso(at), reference.strip()
        item.why_late = why_late.strip() if at > item.due else ""
        return {name: getattr(item, name) for name in ("authority_at", "authority_reference", "why_late")}

    return _changed(breach_id, version, "tell_authority", change, actor, now)


def tell_persons(*, breach_id: str, at: datetime, how: str, version: int, actor: Actor, now: datetime) -> Breach:
    """Keep when and how the persons were told (art. 34). Raises NotAllowed."""

    def change(item: Breach) -> dict[str, Any]:
        _within(item, at, now)
        if item.persons_at:
            raise NotAllowed("The persons were told already.")
        if not how.strip():
            raise NotAllowed("Say how they were told.", "how")
        item.persons_at, item.persons_how = iso(at), how.strip()
        return {"persons_at": item.persons_at, "persons_how": item.persons_how}

    return _changed(breach_id, version, "tell_persons", change, actor, now)


def _within(item: Breach, at: datetime, now: datetime) -> None:
    if not item.aware <= at <= now:
        raise NotAllowed("This is before the bank was aware, or still to come.", "at")


def close_breach(*, breach_id: str, version: int, actor: Actor, now: datetime) -> Breach:
    """Close it when all was done that its risk asks for. Raises NotAllowed."""

    def change(item: Breach) -> dict[str, Any]:
        if left := missing(item):
            raise NotAllowed(left)
        item.status, item.closed_at = CLOSED, iso(now)
        return {"status": CLOSED}

    return _changed(breach_id, version, "close_breach", change, actor, now)


def missing(item: Breach) -> str:
    """What is still to be done before it can be closed; "" for nothing."""
    if item.risk == UNASSESSED:
        return "Assess the risk first."
    if item.risk != UNLIKELY and not item.authority_at:
        return "Tell the authority first."
    if item.risk == HIGH and not item.persons_at:
        return "Tell the persons first."
    return "" if item.measures else "Write down what was done about it first."
