"""Cases of the demo bank: one under investigation, one that waits for a second person, one that two people closed."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import User
from cloudbank import approvals, store
from cloudbank.clock import from_iso
from cloudbank.management.demo.work import actor_of
from cloudbank.tables import TransactionsItem
from monitoring.casework import CaseFile
from monitoring.models import WORKLIST, Alert
from monitoring.queries.casework import get_case
from monitoring.services.case_closing import ask_to_close
from monitoring.services.case_work import add_note, assign_case
from monitoring.services.cases import escalate

PLANNED = (
    ("Cash in round sums, quickly sent on", 1.5, ("note",)),
    ("Same payer through several accounts", 3, ("note", "ask")),
    ("Deposits just below the reporting limit", 6, ("note", "ask", "agree")),
)
"""Title, how many days before the demo's end it was opened at most, and how far it went."""
LOOKED_AT = 60


def open_cases(staff: Mapping[str, User], until: datetime) -> int:
    """Escalate some of the alerts that are left open; returns how many cases there are. Repeating opens none twice."""
    analyst, officer = staff["analyst@cloudbank.example"], staff["compliance@cloudbank.example"]
    free = [alert for alert in _open_alerts() if not alert.assignee_id]
    made = 0
    for (title, days, steps), alert in zip(PLANNED, free, strict=False):
        at = max(until - timedelta(days=days), from_iso(alert.opened_at) + timedelta(minutes=20))
        case = escalate(
            alerts=[(alert.alert_id, alert.revision)],
            title=title,
            reason="The movements fit the typology; the customer's explanation does not.",
            key=f"demo {title}",
            actor=actor_of(analyst),
            now=min(at, until),
        )
        _worked(case, steps, analyst, officer, min(at, until))
        made += 1
    return made


def _open_alerts() -> list[Alert]:
    """The most urgent open alerts, one for each customer."""
    keys = [key for _, key in store.index_keys(TransactionsItem, "worklist", WORKLIST, limit=LOOKED_AT)]
    found = store.load(TransactionsItem, keys)
    alerts = [item for key in keys if isinstance(item := found.get(key), Alert) and item.is_open]
    return list({alert.customer_id: alert for alert in reversed(alerts)}.values())[::-1]


def _worked(case: CaseFile, steps: tuple[str, ...], analyst: User, officer: User, at: datetime) -> None:
    """The steps that this case has not taken yet."""
    if case.revision > 1:
        return  # an earlier, interrupted run took them already
    actor, case_id = actor_of(analyst), case.case_id
    assign_case(case_id=case_id, owner_id=analyst.user_id, revision=case.revision, actor=actor, now=at)
    add_note(case_id=case_id, text="Asked the branch for the slips and who brought the cash.", actor=actor, now=at)
    if "ask" not in steps:
        return
    request = ask_to_close(
        case_id=case_id,
        reason_code="structuring",
        note="The slips agree with the pattern. A report is to be filed.",
        revision=case.revision + 1,
        actor=actor,
        name=analyst.name,
        now=at,
    )
    if "agree" in steps and get_case(case_id):
        approvals.approve(
            approval_id=request.approval_id,
            content_hash=request.content_hash,
            note="Read the file; agreed.",
            actor=actor_of(officer),
            name=officer.name,
            now=at,
        )
