"""What a suspicious activity report begins with: the facts of its case. An officer writes the rest."""

from collections.abc import Sequence
from datetime import date, datetime

from accounts.ledger import Actor
from accounts.names import channel_name
from accounts.queries.people import users
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.money import format_amount
from cloudbank.wording import day_of
from compliance.filings.drafting import identity_facts
from compliance.filings.models import ActivityReport
from monitoring.casework import CaseFile
from monitoring.models import AlertFinding
from monitoring.queries.casework import Dossier, dossier_of

MOST_SENTENCES, MOST_NAMED = 12, 40
_KIND_OF = {"structuring": ["structuring"], "laundering": ["source"], "fraud": ["takeover"]}
"""Why a case was confirmed -> what the report begins with."""


def drafted_from(
    case: CaseFile, filing_id: str, determined_on: date, has_suspect: bool, actor: Actor, now: datetime
) -> ActivityReport:
    """A draft with what the case knows."""
    dossier, people = dossier_of(case), users(case.customers)
    days = sorted(one.business_date for one in dossier.findings) or [bank_calendar().local(now).date().isoformat()]
    return ActivityReport(
        transaction_id=filing_id,
        case_id=case.case_id,
        determined_on=determined_on.isoformat(),
        has_suspect=has_suspect,
        first_on=days[0],
        last_on=days[-1],
        total=dossier.amount,
        currency=dossier.currency,
        kinds=list(_KIND_OF.get(case.reason_code, [])),
        persons=[
            identity_facts(one, people.get(one)) | {"accounts": _accounts_of(one, dossier)} for one in case.customers
        ],
        answers=answers_from(dossier, days),
        drafted_at=iso(now),
        drafted_by=actor.user_id,
    )


def _accounts_of(person_id: str, dossier: Dossier) -> list[str]:
    return [one.account_id for one in dossier.accounts if one.owner_id == person_id]


def answers_from(dossier: Dossier, days: Sequence[str]) -> dict[str, str]:
    """What the case knows, question by question; an officer writes the rest. A SAR tells facts, no rule's name."""
    case = dossier.case
    people = [dossier.people[one] for one in case.customers if one in dossier.people]
    named = (
        f"{one.name}, customer since {day_of(one.registered_on)}" if one.registered_on else one.name
        for one in people[:MOST_NAMED]
    )
    held = ", ".join(f"{one.account_id} ({one.product})" for one in dossier.accounts[:MOST_NAMED])
    channels = ", ".join(dict.fromkeys(channel_name(one.channel) for one in dossier.findings))
    amount = f"{format_amount(dossier.amount, dossier.currency)} {dossier.currency}"
    movements = len({one.movement_id for one in dossier.findings})
    return {
        "who": "; ".join(named) + (f". Accounts: {held}." if held else "."),
        "what": f"{movements} movement{'' if movements == 1 else 's'} of {amount} together.",
        "when": f"From {day_of(days[0])} to {day_of(days[-1])}.",
        "where": f"Through: {channels}." if channels else "",
        "why": " ".join(one.headline for one in dossier.alerts) + (f" {case.note}" if case.note else ""),
        "how": " ".join(_sentences(dossier.findings)),
    }


def _sentences(findings: Sequence[AlertFinding]) -> list[str]:
    """The findings as they happened, the first dozen of them."""
    ordered = sorted(findings, key=lambda one: (one.at, one.transaction_id))
    return list(dict.fromkeys(one.sentence for one in ordered))[:MOST_SENTENCES]
