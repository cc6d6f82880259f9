"""Audit records as people read them: who, what, from what to what, with the names and currencies that words need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.audit_words import action_name, changes, kind_name
from accounts.names import program_name
from accounts.queries.people import users
from cloudbank import parameters, store
from cloudbank.approvals import kinds
from cloudbank.audit import AuditRecord
from cloudbank.parameters import Parameter, Setting
from cloudbank.tables import AccountsItem, TransactionsItem
from cloudbank.wording import day_of, last_four, measured

_TABLES: dict[str, type] = {
    "deposit_account": AccountsItem,
    "loan": AccountsItem,
    "hold": TransactionsItem,
    "held_movement": TransactionsItem,
    "payroll": TransactionsItem,
    "standing_order": TransactionsItem,
}
"""Kinds whose amounts are in a currency of their own, and where they are stored."""
KEY, TAIL = 16, 8


@dataclass(frozen=True)
class Told:
    """A record in words. `changes` are (field, before, after)."""

    record: AuditRecord
    what: str
    who: str
    about: str
    changes: list[tuple[str, str, str]]


def told(records: Sequence[AuditRecord]) -> list[Told]:
    """The records in words: one read of the people they name, one a table of what they are about."""
    people = {key: one.name for key, one in users(set(_people_in(records))).items()}
    names = people | {one.code: one.label for one in kinds()}
    currencies = _currencies(records)
    return [_told(one, currencies.get(str(one.subject), settings.BANK_CURRENCY), names) for one in records]


def _told(record: AuditRecord, currency: str, names: Mapping[str, str]) -> Told:
    kind, _, key = str(record.subject).partition("#")
    parameter = _parameter(key) if kind == Setting.discriminator() else None
    before, after = record.before or {}, record.after or {}
    rest = {"history"} if parameter else set()
    shown = changes(_without(before, rest), _without(after, rest), currency, names)
    if parameter:
        shown = [_of_parameter(parameter, before.get("history", []), after.get("history", [])), *shown]
    return Told(
        record,
        action_name(record.action),
        names.get(record.actor_id) or program_name(record.actor_id),
        parameter.label if parameter else _subject(kind, key, names),
        shown,
    )


def _without(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _subject(kind: str, key: str, names: Mapping[str, str]) -> str:
    """ "Account ending 1234", "Mary Manager", "Corrective action ...m44mf"."""
    if key in names:
        return names[key]
    if key.isdigit() and len(key) == KEY:
        return f"{kind_name(kind)} ending {last_four(key)}"
    name = key.rpartition("#")[2]  # some keys begin with what they are
    return f"{kind_name(kind)} {name if len(name) <= KEY else chr(0x2026) + name[-TAIL:]}"


def _parameter(key: str) -> Parameter | None:
    return next((one for one in parameters.declared() if Setting.key(one.code) == key), None)


def _of_parameter(parameter: Parameter, before: list[Any], after: list[Any]) -> tuple[str, str, str]:
    """What was in force from when, and what is: "25,000.00 USD from 1 Dec 2026"."""

    def said(history: list[Any]) -> str:
        new = [one for one in history if one not in before] if history is after else history[-1:]
        shown = [(measured(value, parameter.kind, parameter.unit, settings.BANK_CURRENCY), on) for on, value in new]
        first = measured(parameter.default, parameter.kind, parameter.unit, settings.BANK_CURRENCY)
        return ", ".join(f"{value} from {day_of(on)}" for value, on in shown) or first

    return "value", said(before), said(after)


def _people_in(records: Sequence[AuditRecord]) -> Iterator[str]:
    """Ids of people: who acted, of whom it tells, on whom."""
    for one in records:
        values = [*(one.before or {}).values(), *(one.after or {}).values(), str(one.subject).partition("#")[2]]
        values += [inner for value in values if isinstance(value, dict) for inner in value.values()]
        values += [inner for value in values if isinstance(value, list) for inner in value]
        yield from (value for value in [one.actor_id, *values] if isinstance(value, str) and value.startswith("usr_"))


def _currencies(records: Sequence[AuditRecord]) -> dict[str, str]:
    """Subject -> its currency, of the subjects that have one."""
    found: dict[str, str] = {}
    subjects = {str(one.subject): str(one.subject).partition("#")[::2] for one in records}
    for base in (AccountsItem, TransactionsItem):
        wanted = {key: subject for subject, (kind, key) in subjects.items() if _TABLES.get(kind) is base}
        items = store.load(base, wanted) if wanted else {}
        units = {key: getattr(one, "currency", "") for key, one in items.items()}
        found |= {wanted[key]: str(unit) for key, unit in units.items() if unit}
    return found
