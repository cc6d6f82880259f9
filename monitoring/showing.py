"""An alert's findings and changes as its page shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from cloudbank.audit import AuditRecord
from cloudbank.clock import from_iso
from cloudbank.money import format_amount
from monitoring.models import OUTCOMES, REASON_WORDS, STATUSES, AlertFinding
from monitoring.patternbook import named
from monitoring.queries.cases import Case
from monitoring.rulebook import RANK

UNITS = {
    "count": "",
    "sd": "\N{NO-BREAK SPACE}sd",
    "percent": "\N{NO-BREAK SPACE}%",
    "days": "\N{NO-BREAK SPACE}days",
    "hours": "\N{NO-BREAK SPACE}hours",
    "speed": "\N{NO-BREAK SPACE}km/h",
}


def shown(value: Any, unit: str, currency: str) -> str:
    """A finding's value or threshold: money, a count, or a number with its unit."""
    if unit == "money":
        return f"{format_amount(int(value), currency)}\N{NO-BREAK SPACE}{currency}"
    return f"{value:,}{UNITS.get(unit, '')}"


@dataclass(frozen=True)
class Flagged:
    """One rule of the alert: its worst and latest finding, and how often it fired."""

    code: str
    title: str
    number: int
    severity: str
    sentence: str
    value: str
    threshold: str
    facts: list[tuple[str, str]]
    count: int
    share: int
    """Percent of the alert's points."""
    definition: str
    source: str
    at: datetime
    parameters_version: str
    supports: bool = False
    """It opens no alert of its own."""


_NAMES = {
    "cash_in": "Cash in that day",
    "cash_out": "Cash out that day",
    "amount": "This movement",
    "sum": "Together",
    "deposits": "Deposits",
    "payments": "Payments",
    "new_senders": "New senders",
    "hours": "Hours",
    "days": "Earlier days",
    "mean": "Their mean",
    "sd": "Their spread",
    "n": "Earlier movements",
    "mean_amount": "Their mean",
    "sd_amount": "Their spread",
    "known_counterparties": "Known before",
    "business_date": "Business date",
    "least_sum": "Needed together",
    "largest": "The largest",
    "branches": "Branches",
    "weeks": "Weeks before",
    "came": "Came in",
    "left": "Left again",
    "depositors": "Depositors or branches",
    "new_receivers": "New receivers",
    "quiet_days": "Days of silence",
    "age_days": "Days since the beginning",
    "volume": "In and out together",
    "balance": "Balance before",
    "round": "Round amounts",
    "of": "Among the last",
    "overdue_days": "Days overdue",
    "principal": "Principal",
    "hours_after": "Hours after the change",
    "amounts": "Amounts",
    "digits": "First digits 1 to 9",
    "sent": "Was paid before",
    "days_between": "Days between",
    "went_out": "Went out",
    "came_back": "Came back",
    "middles": "Customers in between",
    "layers": "Customers in each layer",
    "missing": "Not given",
    "country": "Country",
    "bank": "Other bank",
    "entry": "Entry",
    "list_version": "Version of the list",
    "here": "Place",
    "there": "Place before",
    "number": "Instruments",
    "score": "Score",
    "subject": "Whose name",
    "evidence": "What speaks for it",
}
_MONEY = {
    *("cash_in", "cash_out", "amount", "sum", "mean_amount", "sd_amount", "least_sum", "largest"),
    *("came", "left", "volume", "balance", "principal", "sent", "went_out", "came_back", "arrived"),
}


def _facts(finding: AlertFinding, currency: str) -> list[tuple[str, str]]:
    known = {**finding.inputs, **finding.baseline}
    return [
        (
            _NAMES.get(name, name.replace("_", " ").capitalize()),
            shown(value, "money", currency) if name in _MONEY else str(value),
        )
        for name, value in known.items()
    ]


def flagged_rules(findings: Sequence[AlertFinding], currency: str) -> list[Flagged]:
    """The rules of an alert, the most severe first, then those that only support. `findings` are newest first."""
    by_rule: dict[str, list[AlertFinding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    points = {code: sum(one.points for one in group) for code, group in by_rule.items()}
    whole = sum(points.values()) or 1
    rules = [_flagged(group, round(100 * points[code] / whole), currency) for code, group in by_rule.items()]
    return sorted(rules, key=lambda one: (one.supports, RANK[one.severity], one.number))


def _flagged(group: list[AlertFinding], share: int, currency: str) -> Flagged:
    worst = min(group, key=lambda one: (RANK[one.severity], -one.value))  # the newest of the worst
    rule = named(worst.rule)
    return Flagged(
        code=worst.rule,
        title=rule.title if rule else worst.rule,
        number=worst.number,
        severity=worst.severity,
        sentence=worst.sentence,
        value=shown(worst.value, worst.unit, currency),
        threshold=shown(worst.threshold, worst.unit, currency),
        facts=_facts(worst, currency),
        count=len(group),
        share=share,
        definition=rule.definition if rule else "",
        source=rule.source if rule else "",
        at=from_iso(worst.at),
        parameters_version=worst.parameters_version,
        supports=rule is not None and not rule.alone,
    )


@dataclass(frozen=True)
class Entry:
    """One line of the timeline."""

    at: datetime
    words: str
    who: str
    reason: str
    icon: str
    severity: str = ""


_WORDS = {
    "release": "Put back into the queue",
    "freeze_account": "Account frozen",
    "block_debits": "Debits blocked on account",
    "raise": "Raised by the nightly search",
    "join": "Joined by the nightly search",
    "claim": "Opened to work",
    "escalate": "Escalated into a case",
    "detach": "Taken out of its case, back in the queue",
    "reopen": "Opened again",
    "not_closed": "Not closed: the second person did not agree",
}
_ICONS = {
    "take_over": "person-check",
    "claim": "person-check",
    "escalate": "folder2-open",
    "reopen": "arrow-counterclockwise",
    "ask_to_close": "hourglass-split",
    "not_closed": "x-circle-fill",
    "assign": "person-check",
    "release": "arrow-counterclockwise",
    "close": "check2-circle",
    "freeze_account": "snow",
    "block_debits": "lock",
}


def timeline(case: Case) -> list[Entry]:
    """Findings and changes together, newest first."""
    entries = [
        Entry(from_iso(one.at), one.sentence, f"Rule {one.number}", "", "lightning-charge", one.severity)
        for one in case.findings
    ]
    entries += [_changed(record, case) for record in case.changes]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _changed(record: AuditRecord, case: Case) -> Entry:
    actor = case.people.get(record.actor_id)
    who = f"{actor.name} ({record.actor_role})" if actor else record.actor_id
    return Entry(
        from_iso(record.at), said_of_alert(record, case.people), who, record.reason, _ICONS.get(record.action, "pencil")
    )


def said_of_alert(record: AuditRecord, people: Mapping[str, User]) -> str:
    """What an audit record of an alert says."""
    after = record.after
    if record.action in ("assign", "take_over"):
        assignee = people.get(after["assignee_id"])
        taken = "Taken over: assigned to" if record.action == "take_over" else "Assigned to"
        return f"{taken} {assignee.name if assignee else after['assignee_id']}"
    if record.action in ("close", "ask_to_close"):
        asked = "Asked a second person to close it as" if record.action == "ask_to_close" else "Closed as"
        reason = REASON_WORDS.get(after.get("reason_code", ""), "")
        return f"{asked} {OUTCOMES[after['outcome']].lower()}" + (f" ({reason.lower()})" if reason else "")
    words = _WORDS.get(record.action, STATUSES.get(str(after.get("status")), record.action))
    return f"{words} {after['account']}" if "account" in after else words
