"""Reports to OFAC draft themselves from what screening stopped and what people confirmed, once an event."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings

from accounts.ledger import HOUSE, Actor
from accounts.models import HeldMovement
from accounts.names import channel_name, product_name, type_name
from accounts.queries.deposits import accounts
from accounts.queries.people import users
from accounts.wires import wire_of
from cloudbank import audit, parameters, store
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Parameter, declare
from cloudbank.wording import absolute, grouped
from compliance.filings.drafting import COMMAND, identity_facts
from compliance.filings.models import OfacDrafted, OfacReport
from compliance.filings.ofac_events import LOOKED_BACK, Event, events
from compliance.filings.terms import Status
from compliance.queries import standing
from compliance.services.saving import save_audited
from monitoring.models import AlertFinding
from monitoring.queries import sanctions

OFAC_DAYS = declare(
    Parameter(
        "filing.ofac_days",
        "Business days in which blocked property and rejected transactions are reported to OFAC",
        "days",
        10,
        "31 CFR 501.603(b)(1)(i), 501.604(c): within 10 business days",
        minimum=1,
        maximum=30,
    )
)


def due_from(day: date, now: datetime) -> date:
    """The last day of reporting in time: so many business days of the bank's calendar after the event."""
    for _ in range(parameters.snapshot(now).number(OFAC_DAYS.code)):
        day = bank_calendar().after(day)
    return day


def draft_ofac(*, now: datetime, since: date | None = None, actor: Actor = COMMAND) -> list[OfacReport]:
    """Draft what happened since the last look and has no report yet; returns what is new.

    `since`: look from this day on. A bank that never looked begins with the last sixty days.
    """
    today, mark = now.astimezone(UTC).date(), store.get(OfacDrafted, OfacDrafted.KEY)
    known = date.fromisoformat(mark.through) - ONE_DAY if mark else today - LOOKED_BACK
    made = [item for one in events(since or known, today) if (item := _drafted(one, now, actor))]
    mark = mark or OfacDrafted(account_id=OfacDrafted.KEY)
    if mark.through < today.isoformat():
        mark.through = today.isoformat()
        store.save([store.Put(mark)])
    if made:
        standing.forget()
    return made


def _drafted(event: Event, now: datetime, actor: Actor) -> OfacReport | None:
    """The new report of an event; None when it has one, also when another run was faster."""
    if store.get(OfacReport, OfacReport.key(event.event_id)):
        return None
    item = report_of(event, now=now, actor=actor)
    after = {"status": Status.DRAFT, "deed": item.deed, "event": item.event, "day": item.day, "due_on": item.due_on}
    entry = audit.record(item, "draft_filing", actor=actor, now=now, after=after)
    try:
        save_audited(item, entry)
    except store.ConditionFailed:
        return None
    return item


def report_of(event: Event, *, now: datetime, actor: Actor) -> OfacReport:
    """The draft, with the customer, the property and the list's entry as they are known now."""
    lines = _movement_lines(event.held) if event.held else _account_lines(event)
    currencies = {str(one["currency"]) for one in lines}
    currency = settings.BANK_CURRENCY if settings.BANK_CURRENCY in currencies else min(currencies)
    ids = _people(event)
    known = users(set(ids))
    item = OfacReport(
        transaction_id=OfacReport.key(event.event_id),
        deed=event.deed,
        event=event.event_id,
        day=event.day.isoformat(),
        lines=lines,
        target=_target(event.finding),
        instructions=_instructions(event.held) if event.held else [],
        persons=[identity_facts(one, known.get(one)) | {"accounts": ids[one]} for one in ids],
        total=sum(one["amount"] for one in lines if one["currency"] == currency),
        currency=currency,
        due_on=due_from(event.day, now).isoformat(),
        drafted_at=iso(now),
        drafted_by=actor.user_id,
    )
    item.file()
    return item


def _account_lines(event: Event) -> list[dict[str, Any]]:
    """The customer's accounts with what is on them."""
    return [
        {
            "what": f"{product_name(one.product)} account",
            "account_id": one.account_id,
            "amount": one.balance,
            "currency": one.currency,
        }
        for one in event.accounts
    ]


def _movement_lines(item: HeldMovement) -> list[dict[str, Any]]:
    return [
        {
            "what": type_name(str(item.instruction["type"])),
            "account_id": item.on_account,
            "amount": item.amount,
            "currency": item.currency,
        }
    ]


def _people(event: Event) -> dict[str, list[str]]:
    """The customers in it with their accounts, whom it is mainly about first."""
    if event.held is None:
        return {event.customer_id: [one.account_id for one in event.accounts]}
    sides = [str(event.held.instruction[side]) for side in ("debit", "credit")]
    owned = accounts(side for side in sides if side not in HOUSE)
    found: dict[str, list[str]] = {event.customer_id: []}
    for one in owned.values():
        found.setdefault(one.owner_id, []).append(one.account_id)
    return found


def _instructions(item: HeldMovement) -> list[list[str]]:
    """The payment as it was instructed: OFAC wants a copy."""
    asked: Mapping[str, Any] = item.instruction
    facts = [
        ("Movement", item.movement_id),
        ("Instructed", absolute(datetime.fromisoformat(item.asked_at), bank_calendar().zone)),
        ("Channel", channel_name(str(asked["channel"]))),
        *((label, _side(str(asked[side]))) for label, side in (("From", "debit"), ("To", "credit"))),
        *wire_of(asked.get("details", "")).facts(),
    ]
    return [[label, value] for label, value in facts]


def _side(account: str) -> str:
    return "Outside the bank" if account in HOUSE else grouped(account)


def _target(finding: AlertFinding | None) -> dict[str, Any]:
    """Who on the list, as the list in force has them; what the finding said of one that left it."""
    if finding is None:
        return {}
    uid = str(finding.inputs.get("entry", ""))
    known = next((one for one in sanctions.index().entries if one.uid == uid), None)
    return {
        "entry": uid,
        "name": known.names[0] if known else "",
        "programs": known.programs if known else "",
        "countries": ", ".join(known.countries) if known else "",
        "said": finding.sentence,
    }
