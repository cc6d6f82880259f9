"""A case as its page and its papers show it: the timeline in words, and the sections of the export."""

from datetime import datetime
from typing import Any

from cloudbank.audit import AuditRecord, subject_of
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.money import format_amount
from cloudbank.wording import absolute, grouped
from monitoring.case_paper import CasePaper, Section
from monitoring.casework import KINDS, OUTCOMES, STATUSES, CaseFile
from monitoring.models import OUTCOMES as ALERT_OUTCOMES
from monitoring.models import REASON_WORDS, Alert, AlertFinding
from monitoring.models import STATUSES as ALERT_STATUSES
from monitoring.queries.casework import Dossier
from monitoring.showing import Entry, said_of_alert

_WORDS = {
    "add_alerts": "Alerts added",
    "detach": "An alert taken out",
    "note": "Note",
    "add_paper": "File added",
    "add_subject": "Subject added",
    "freeze_account": "Account frozen",
    "block_debits": "Debits blocked on account",
    "not_closed": "Not closed: the second person did not agree",
    "reopen": "Opened again",
}


def name_in(dossier: Dossier, user_id: str) -> str:
    """A person's name, else their id."""
    found = dossier.people.get(user_id)
    return found.name if found else user_id


def timeline(dossier: Dossier) -> list[Entry]:
    """Everything that happened to the case and its alerts, newest first: from the audit chains and the findings."""
    entries = [_entry(record, dossier) for record in dossier.changes]
    entries += [
        Entry(from_iso(one.at), one.sentence, f"Rule {one.number}", "", "lightning-charge", one.severity)
        for one in dossier.findings
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _entry(record: AuditRecord, dossier: Dossier) -> Entry:
    actor = dossier.people.get(record.actor_id)
    who = f"{actor.name} ({record.actor_role})" if actor else record.actor_id
    of_case = record.subject == subject_of(dossier.case)
    words = _said(record, dossier) if of_case else f"Alert: {said_of_alert(record, dossier.people)}"
    return Entry(from_iso(record.at), words, who, record.reason, "pencil")


def _said(record: AuditRecord, dossier: Dossier) -> str:
    after = record.after
    if record.action == "open":
        return f"Opened with {_counted(len(after['alerts']), 'alert')}"
    if record.action == "assign":
        return f"Assigned to {name_in(dossier, after['owner_id'])}"
    if record.action in ("close", "ask_to_close"):
        asked = "Asked a second person to close it as" if record.action == "ask_to_close" else "Closed as"
        reason = REASON_WORDS.get(after["reason_code"], after["reason_code"]).lower()
        return f"{asked} {OUTCOMES.get(after.get('outcome', ''), '').lower()} ({reason})".replace("  ", " ")
    words = _WORDS.get(record.action, record.action)
    detail = after.get("title") if record.action == "add_paper" else after.get("subject") or after.get("account")
    return f"{words}: {detail}" if detail else words


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _when(text: str) -> str:
    return absolute(from_iso(text), bank_calendar().zone) if text else ""


def paper_of(dossier: Dossier, *, bank: str, taken_by: str, now: datetime) -> CasePaper:
    """The case for PDF and JSON."""
    case = dossier.case
    return CasePaper(
        title=f"Case: {case.title}",
        bank=bank,
        made=f"{case.case_id}, taken out {_when(iso(now))} by {taken_by}",
        facts=_facts(dossier, now),
        sections=[
            Section(
                "Subjects", ("Kind", "Name", "Reference"), (2, 5, 5), [_subject(one, dossier) for one in case.subjects]
            ),
            Section(
                "Alerts",
                ("Severity", "What", "Findings", "Flagged", "Status", "Opened"),
                (2, 7, 2, 3, 3, 4),
                [_alert(one) for one in dossier.alerts],
            ),
            Section(
                "Findings", ("Posted", "Rule", "Sentence"), (4, 1, 11), [_finding(one) for one in dossier.findings]
            ),
            Section(
                "Files",
                ("Name", "Bytes", "SHA-256", "By"),
                (5, 2, 8, 3),
                [
                    (f"{p['title']}.{p['extension']}", f"{p['size']:,}", p["sha256"], name_in(dossier, p["by"]))
                    for p in case.papers
                ],
            ),
            Section(
                "Timeline",
                ("When", "What", "Who", "Reason or note"),
                (4, 5, 3, 7),
                [(absolute(e.at, bank_calendar().zone), e.words, e.who, e.reason) for e in timeline(dossier)],
            ),
        ],
        data=_data(dossier, bank=bank, taken_by=taken_by, now=now),
        at=now,
    )


def _facts(dossier: Dossier, now: datetime) -> list[tuple[str, str]]:
    case = dossier.case
    known = [
        ("Case", case.case_id),
        ("Status", STATUSES[case.state_at(iso(now))]),
        ("Severity", case.severity.capitalize()),
        ("Investigated by", name_in(dossier, case.owner_id) if case.owner_id else "nobody"),
        ("Opened", _when(case.opened_at)),
        ("Flagged together", f"{format_amount(dossier.amount, dossier.currency)} {dossier.currency}"),
    ]
    if case.closed_at:
        reason = REASON_WORDS.get(case.reason_code, case.reason_code).lower()
        known += [("Closed", _when(case.closed_at)), ("Outcome", f"{OUTCOMES[case.outcome]} ({reason})")]
        known += [("Decided by", name_in(dossier, case.closed_by)), ("Finding", case.note)]
        known += [("Second person", name_in(dossier, case.approved_by))] if case.approved_by else []
    return known


def _subject(one: list[str], dossier: Dossier) -> tuple[str, str, str]:
    kind, key = one
    if kind == "customer":
        return KINDS[kind], name_in(dossier, key), key
    account = next((held for held in dossier.accounts if held.account_id == key), None)
    return KINDS[kind], name_in(dossier, str(account.owner_id)) if account else "", grouped(key)


def _alert(alert: Alert) -> tuple[str, ...]:
    state = ALERT_OUTCOMES.get(alert.outcome, ALERT_STATUSES[alert.status])
    amount = f"{format_amount(alert.amount, alert.currency)} {alert.currency}"
    return (
        alert.severity.capitalize(),
        alert.headline,
        str(alert.finding_count),
        amount,
        state,
        _when(alert.opened_at),
    )


def _finding(one: AlertFinding) -> tuple[str, str, str]:
    return _when(one.at), str(one.number), one.sentence


_OF_CASE = ("title", "status", "severity", "opened_at", "opened_by", "owner_id", "outcome", "reason_code", "note")
_ENDED = ("closed_at", "closed_by", "approved_by", "reopened", "audit_sequence", "audit_head")
_OF_ALERT = ("family", "severity", "status", "customer_id", "headline", "score", "finding_count", "amount", "currency")
_OPENED = ("opened_at", "last_at", "due_at", "outcome", "reason_code", "note", "closed_at", "closed_by", "approved_by")
_OF_FINDING = ("alert_id", "movement_id", "rule", "number", "severity", "sentence", "value", "threshold", "unit")
_USED = ("inputs", "baseline", "parameters_version", "amount", "currency", "at", "business_date")
_OF_RECORD = ("subject", "sequence", "at", "action", "actor_id", "actor_role", "before", "after", "reason")
_CHAINED = ("source", "previous_hash", "trace", "hash")


def _plain(item: Any, *names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(item, name) for group in names for name in group}


def _data(dossier: Dossier, *, bank: str, taken_by: str, now: datetime) -> dict[str, Any]:
    """Everything, with the hashes of the audit chain, so that it can be checked elsewhere. Amounts in minor units."""
    case: CaseFile = dossier.case
    return {
        "bank": bank,
        "exported_at": iso(now),
        "exported_by": taken_by,
        "case": _plain(case, _OF_CASE, _ENDED) | {"case_id": case.case_id},
        "subjects": [{"kind": kind, "id": key} for kind, key in case.subjects],
        "alerts": [_plain(one, _OF_ALERT, _OPENED) | {"alert_id": one.alert_id} for one in dossier.alerts],
        "findings": [_plain(one, _OF_FINDING, _USED) for one in dossier.findings],
        "files": [{key: value for key, value in one.items() if key != "stored"} for one in case.papers],
        "timeline": [_plain(one, _OF_RECORD, _CHAINED) for one in dossier.changes],
    }
