"""Reads of thresholds: what is declared, in force, waiting, and how it came to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from accounts.queries.people import users
from cloudbank import approvals, parameters, store
from cloudbank.approvals import Approval
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import from_iso
from cloudbank.parameters import Parameter, Setting, Value
from cloudbank.tables import AccountsItem

MOST = 100


@dataclass(frozen=True)
class Threshold:
    """A parameter with its history: (from, value), in order of date."""

    parameter: Parameter
    history: list[tuple[date, Value]]

    def on(self, day: date) -> Value:
        """The value in force on a day."""
        return next((value for since, value in reversed(self.history) if since <= day), self.parameter.initial(day))

    def since(self, day: date) -> date | None:
        """Since when; None while it is the default."""
        return next((since for since, _ in reversed(self.history) if since <= day), self._published_on(day))

    def _published_on(self, day: date) -> date | None:
        """Of a list that others publish: its own date."""
        days = [date.fromisoformat(since) for since, _ in self.parameter.published]
        return max((one for one in days if one <= day), default=None)

    def planned(self, day: date) -> list[tuple[date, Value]]:
        """What takes effect later."""
        return [(since, value) for since, value in self.history if since > day]


@dataclass(frozen=True)
class Change:
    """One change: what was set from when on, by whom, when and why."""

    record: AuditRecord
    names: Mapping[str, str]

    @property
    def at(self) -> datetime:
        """When it was set."""
        return from_iso(self.record.at)

    @property
    def entries(self) -> list[tuple[date, Value]]:
        """(from, value) that this change brought."""
        before = self.record.before.get("history", [])
        return [
            (date.fromisoformat(str(day)), value)
            for day, value in self.record.after["history"]
            if [day, value] not in before
        ]

    @property
    def who(self) -> str:
        """Who decided."""
        return self._name(self.record.actor_id)

    @property
    def asked_by(self) -> str:
        """Who asked, "" when one person set it up."""
        return self._name(self.record.after.get("asked_by", ""))

    @property
    def approval_id(self) -> str:
        """The request, "" without one."""
        return str(self.record.after.get("approval", ""))

    def _name(self, user_id: str) -> str:
        return self.names.get(user_id, user_id)


def thresholds() -> list[Threshold]:
    """All parameters of the bank, by code. One BatchGet for each hundred."""
    declared = parameters.declared()
    found = store.load(AccountsItem, [Setting.key(one.code) for one in declared])
    return [_threshold(one, found.get(Setting.key(one.code))) for one in declared]


def threshold(code: str) -> Threshold | None:
    """One of them, read strongly, or None."""
    parameter = next((one for one in parameters.declared() if one.code == code), None)
    return _threshold(parameter, parameters.setting_of(code)) if parameter else None


def _threshold(parameter: Parameter, setting: AccountsItem | None) -> Threshold:
    history = setting.history if isinstance(setting, Setting) else []
    return Threshold(parameter, [(date.fromisoformat(str(day)), value) for day, value in history])


def changes(code: str) -> list[Change]:
    """How a parameter came to its value, newest first."""
    subject = subject_of(Setting(account_id=Setting.key(code)))
    records = list(AuditRecord.by_subject.query(subject, scan_index_forward=False, limit=MOST))
    ids = {one.actor_id for one in records} | {one.after.get("asked_by", "") for one in records}
    people = users({one for one in ids if one.startswith("usr_")})
    return [Change(one, {key: item.name for key, item in people.items()}) for one in records]


def waiting(code: str, now: datetime) -> list[Approval]:
    """The requests to change a parameter that wait for a decision, newest first."""
    return approvals.open_about(subject_of(Setting(account_id=Setting.key(code))), now)


def waiting_codes(kind: str, now: datetime) -> set[str]:
    """Codes of the parameters for which a change waits (of the hundred that expire first)."""
    rows, _ = approvals.listed(
        approvals.PENDING, now=now, wanted=lambda filed: filed.code == kind, cursor=None, limit=MOST
    )
    return {str(item.content["code"]) for item in rows}
