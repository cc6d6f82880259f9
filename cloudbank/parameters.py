"""Parameters: every threshold, limit and deadline is effective-dated, with bounds and a source.

A room declares its parameters beside the code that uses them; a change is an audited item in
BankingAccounts. A process reads all of them at once and keeps them; every few seconds it asks one
small item whether any was changed since. The snapshot carries a version that findings and readings store.
"""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.conf import settings
from pynamodb.attributes import JSONAttribute

from cloudbank import audit, countries, store
from cloudbank.audit import Actor, Audited
from cloudbank.money import in_units_of, is_whole
from cloudbank.store import Update, Write
from cloudbank.tables import AccountsItem, IntegerAttribute

CACHE_SECONDS = 5.0
Value = int | str


@dataclass(frozen=True)
class Parameter:
    """One adjustable number or text. `kind`: money (minor units), int, percent, days, hours, choice, one of TEXTS."""

    code: str
    label: str
    kind: str
    default: Value
    source: str
    minimum: int = 0
    maximum: int = 10**15
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Of a choice: its values, each with the words for it."""
    published: tuple[tuple[str, Value], ...] = ()
    """What others published, by ISO date in order: in force from its day on while the bank has set nothing."""

    @property
    def is_text(self) -> bool:
        """Whether its value is a text."""
        return self.kind in TEXTS

    def initial(self, day: date) -> Value:
        """Its value on a day on which the bank itself has set none."""
        return next((value for since, value in reversed(self.published) if since <= day.isoformat()), self.default)


@dataclass(frozen=True)
class TextKind:
    """A kind whose value is a text. `complaint`: what is wrong with one, "" when nothing is."""

    hint: str
    complaint: Callable[[str], str]


TEXTS = {
    "text": TextKind("Words, separated by commas.", lambda text: ""),
    "countries": TextKind(
        "Two-letter codes of countries (ISO 3166), separated by commas: IR, KP.", countries.complaint
    ),
}
"""Apps add their own."""


class ParameterError(ValueError):
    """The value cannot be set; the message says why."""


class Setting(Audited, AccountsItem, discriminator="setting"):
    """The history of one parameter: [[effective from, value], ...] in order of date."""

    history = JSONAttribute(default=list)
    moving = frozenset[str]()

    @staticmethod
    def key(code: str) -> str:
        """The hash key."""
        return f"setting#{code}"


class SettingChanges(AccountsItem, discriminator="setting_changes"):
    """How often any parameter was set: while it stays the same, nothing has to be read anew."""

    changes = IntegerAttribute(default=0)
    KEY = "setting_changes"

    @classmethod
    def one_more(cls) -> Update:
        """The write that goes with every change of a parameter."""
        return Update(cls, cls.KEY, [cls.changes.add(1), cls.kind.set(cls)])


_declared: dict[str, Parameter] = {}


def declare(parameter: Parameter) -> Parameter:
    """Make a parameter known; ValueError when another one has its code."""
    if _declared.setdefault(parameter.code, parameter) != parameter:
        raise ValueError(f"the parameter '{parameter.code}' is declared twice")
    return parameter


def declared() -> list[Parameter]:
    """All parameters, by code."""
    return [_declared[code] for code in sorted(_declared)]


def initial(code: str, day: date) -> Value:
    """The value of a parameter on a day on which the bank itself has set none."""
    return _declared[code].initial(day)


class Snapshot(Mapping[str, Value]):
    """The values in force on one date. `version` names exactly these values."""

    def __init__(self, values: dict[str, Value]) -> None:
        self._values = values
        text = json.dumps(values, sort_keys=True)
        self.version = hashlib.sha256(text.encode()).hexdigest()[:12]

    def __getitem__(self, code: str) -> Value:
        return self._values[code]

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def number(self, code: str) -> int:
        """The value of a parameter that is a plain number; ValueError for money, whose unit is its currency's."""
        if _declared[code].kind == "money":
            raise ValueError(f"the parameter '{code}' is money: ask for it in a currency")
        return int(self._values[code])

    def money(self, code: str, currency: str) -> int:
        """A parameter that is money, in minor units of this currency: as many whole units as of the bank's own.

        JPY has none, KWD three decimals; a bank without rates has no better equal. This is the one way to read it.
        """
        return in_units_of(int(self._values[code]), settings.BANK_CURRENCY, currency)


Histories = dict[str, list[list[Value]]]


@dataclass(frozen=True)
class _Known:
    """What this process has read. `changes`: how many there had been before it was read."""

    asked_at: float
    changes: int
    histories: Histories


_cache: _Known | None = None
_snapshots: dict[tuple[int, date], Snapshot] = {}


def _histories() -> Histories:
    """As of at most CACHE_SECONDS ago: one read unit, unless something was changed meanwhile."""
    global _cache
    known = _cache
    if known is None or time.monotonic() - known.asked_at > CACHE_SECONDS or len(known.histories) != len(_declared):
        asked_at, counted = time.monotonic(), store.get(SettingChanges, SettingChanges.KEY)
        changes = counted.changes if counted else 0
        if known is None or changes != known.changes or len(known.histories) != len(_declared):
            known = _Known(asked_at, changes, _read())
            _snapshots.clear()
        _cache = known = replace(known, asked_at=asked_at)
    return known.histories


def _read() -> Histories:
    items = store.load(AccountsItem, [Setting.key(code) for code in _declared])
    found = {code: items.get(Setting.key(code)) for code in _declared}
    return {code: item.history if isinstance(item, Setting) else [] for code, item in found.items()}


def forget() -> None:
    """Drop what this process has cached."""
    global _cache
    _cache = None
    _snapshots.clear()


def snapshot(now: datetime) -> Snapshot:
    """The values in force at an instant (parameters change at midnight UTC of their date)."""
    histories, today = _histories(), now.date()
    slot = (len(histories), today)
    if slot not in _snapshots:
        _snapshots[slot] = Snapshot({code: _value_on(code, history, today) for code, history in histories.items()})
    return _snapshots[slot]


def _value_on(code: str, history: list[list[Value]], day: date) -> Value:
    in_force = [value for effective, value in history if str(effective) <= day.isoformat()]
    return in_force[-1] if in_force else _declared[code].initial(day)


def value_on(code: str, day: date) -> Value:
    """The value of a parameter that is in force on a date, as far as it is known now. Reads it strongly."""
    return _value_on(code, setting_of(code).history, day)


def setting_of(code: str) -> Setting:
    """What is stored of a parameter: its history and the head of its audit chain; empty while it was never set."""
    return store.get(Setting, Setting.key(code)) or Setting(account_id=Setting.key(code))


def check(code: str, value: Value) -> Parameter:
    """The parameter, when the value lies within its bounds; raises ParameterError."""
    parameter = _declared.get(code)
    if parameter is None:
        raise ParameterError(f"There is no parameter '{code}'.")
    if parameter.is_text:
        if not isinstance(value, str):
            raise ParameterError(f"{parameter.label} is a text.")
        if problem := TEXTS[parameter.kind].complaint(value):
            raise ParameterError(problem)
    elif parameter.kind == "choice":
        if value not in dict(parameter.choices):
            raise ParameterError(f"{parameter.label} is one of: {', '.join(dict(parameter.choices))}.")
    elif not (is_whole(value) and parameter.minimum <= value <= parameter.maximum):
        raise ParameterError(f"{parameter.label} must lie between {parameter.minimum} and {parameter.maximum}.")
    return parameter


def setting_writes(
    setting: Setting,
    *,
    code: str,
    value: Value,
    effective_from: date,
    actor: Actor,
    now: datetime,
    reason: str,
    approved: Mapping[str, str] | None = None,
) -> list[Write]:
    """The writes that set a parameter from a date on, with its audit record; `forget` when they are saved.

    `approved` says in the record who asked for it.
    """
    check(code, value)
    if not reason.strip():
        raise ParameterError("Give the reason of the change.")
    before = list(setting.history)
    kept = [entry for entry in before if entry[0] != effective_from.isoformat()]
    setting.history = sorted([*kept, [effective_from.isoformat(), value]])
    after = {"history": setting.history} | dict(approved or {})
    entry = audit.record(setting, "set", actor=actor, now=now, before={"history": before}, after=after, reason=reason)
    return [store.stored(setting), entry, SettingChanges.one_more()]


def set_value(*, code: str, value: Value, effective_from: date, actor: Actor, now: datetime, reason: str) -> None:
    """Set a parameter from a date on, by one person: for set-up and tests; pages ask for a second one.

    Raises ParameterError, or store.ConditionFailed when somebody was faster.
    """
    check(code, value)
    setting = setting_of(code)
    store.save(
        setting_writes(
            setting, code=code, value=value, effective_from=effective_from, actor=actor, now=now, reason=reason
        )
    )
    forget()
