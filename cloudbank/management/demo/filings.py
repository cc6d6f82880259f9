"""Filings of the demo bank: cash reports in several states, one report on suspicious activity, the bank's own facts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from accounts.models import User
from cloudbank import approvals, parameters, store
from cloudbank.conf import bank_calendar
from cloudbank.management.demo.work import actor_of
from cloudbank.tables import TransactionsItem
from compliance.filings.batching import make_batch
from compliance.filings.drafting import draft_due
from compliance.filings.life import ask_approval, filing, record_filed
from compliance.filings.models import CashReport
from compliance.filings.suspicion import reports_of_case, start_report
from compliance.filings.terms import FILE, Status
from monitoring.casework import WORKLIST_CASES, WORKLIST_CASES_CLOSED, CaseFile
from monitoring.models import Alert

LOOKED_BACK = timedelta(days=14)
"""Younger than the 15 days of a report, so that none is late in the demo."""
MOST_CASES = 5
"""Of each kind that are looked at."""
FURTHER = 3
"""One cash report is filed, two are approved and stand in one file; the others stay drafts, to be reviewed together."""
BANK = {
    "ein": "12-3456789",
    "street": "1 Bank Plaza",
    "city": "Springfield",
    "state": "VT",
    "zip": "05156",
    "phone": "802-555-0100",
}


def file_reports(staff: Mapping[str, User], until: datetime) -> int:
    """Draft, and take some of them further; returns how many filings there are. Repeating makes none twice."""
    officer, second = staff["compliance@cloudbank.example"], staff["compliance2@cloudbank.example"]
    _know_the_bank(officer, until)
    made = draft_due(now=until, since=(until - LOOKED_BACK).date())
    for place, item in enumerate(made[:FURTHER]):
        _further(item, officer, second, until, filed=place == 0)
    if len(together := [one.filing_id for one in made[1:FURTHER]]) > 1:
        make_batch(filing_ids=together, actor=actor_of(officer), now=until)
    return len(made) + _suspicion(officer, until)


def _know_the_bank(officer: User, until: datetime) -> None:
    for name, value in BANK.items():
        code = f"filing.bank_{name}"
        if not parameters.setting_of(code).history:
            parameters.set_value(
                code=code,
                value=value,
                effective_from=(until - LOOKED_BACK).date(),
                actor=actor_of(officer),
                now=until,
                reason="The demo bank, as it files.",
            )


def _further(item: CashReport, officer: User, second: User, until: datetime, *, filed: bool) -> None:
    """Approved by a second person; filed, when it is to be."""
    request = ask_approval(
        filing_id=item.filing_id,
        decision=FILE,
        note="Slips and identities agree.",
        version=item.version,
        actor=actor_of(officer),
        name=officer.name,
        now=until,
    )
    approvals.approve(
        approval_id=request.approval_id,
        content_hash=request.content_hash,
        note="Agreed.",
        actor=actor_of(second),
        name=second.name,
        now=until,
    )
    found = filing(item.filing_id)
    if filed and found and found.status == Status.APPROVED:
        record_filed(
            filing_id=item.filing_id,
            acknowledgement="31000000000001",
            filed_on=bank_calendar().local(until).date(),
            version=found.version,
            actor=actor_of(officer),
            now=until,
        )


def _suspicion(officer: User, until: datetime) -> int:
    """The draft of a report from the case with the most money in it."""
    keys = [
        key
        for group in (WORKLIST_CASES_CLOSED, WORKLIST_CASES)
        for _, key in store.index_keys(TransactionsItem, "worklist", group, limit=MOST_CASES)
    ]
    cases = [one for one in store.load(TransactionsItem, keys).values() if isinstance(one, CaseFile)]
    chosen = max(cases, key=lambda one: (_money_in(one), one.case_id), default=None)
    if chosen and not reports_of_case(chosen.case_id):
        day = bank_calendar().local(until).date()
        start_report(case_id=chosen.case_id, determined_on=day, has_suspect=True, actor=actor_of(officer), now=until)
    return int(chosen is not None)


def _money_in(case: CaseFile) -> int:
    """Minor units that its alerts flag."""
    alerts = store.load(TransactionsItem, case.alert_ids).values()
    return sum(one.amount for one in alerts if isinstance(one, Alert))
