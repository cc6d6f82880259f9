"""Currency transaction reports draft themselves: every sealed business day's cash is looked through once, whole.

A sealed day takes no more postings, so what is drafted from it is complete; which day comes next is known by the date
that `CashDrafted` keeps: nothing is missed when a run is late, only drafted later.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from accounts.ledger import CASH, REVERSAL, Actor
from accounts.models import Posting, User
from accounts.models.ledger import posting_group
from accounts.queries.books import currencies_with_books
from accounts.queries.people import users
from accounts.queries.totals import books, files_of
from cloudbank import audit, parameters, store
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Parameter, declare
from cloudbank.tables import AccountsItem
from compliance.filings.cash import CashDay, CashLine, Involved, cash_days
from compliance.filings.exemptions import Exemptions, note_first
from compliance.filings.models import CashDrafted, CashReport, JointHolders
from compliance.filings.terms import Status
from compliance.queries import standing
from compliance.services.saving import save_audited
from monitoring.rules.ctr_aggregate import LIMIT

COMMAND = Actor("command:draft_filings", "system", "command")
FILING_DAYS = declare(
    Parameter(
        "filing.ctr_days",
        "Days in which a currency transaction report is filed",
        "days",
        15,
        "31 CFR 1010.306(a)(1): within 15 days following the day of the transaction",
        minimum=1,
        maximum=60,
    )
)
_FIELDS = (
    *("movement_id", "type", "account_id", "owner_id", "amount", "currency", "counter", "channel", "branch"),
    *("posted_at", "conductor_id", "observed", "link"),
)


def draft_due(
    *,
    now: datetime,
    since: date | None = None,
    actor: Actor = COMMAND,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[CashReport]:
    """Draft what the sealed days ask for that nobody looked through yet, in all currencies; returns what is new.

    `since`: a bank that never drafted begins there instead of with its first day.
    """
    made: list[CashReport] = []
    for currency in currencies_with_books():
        days = undrafted(currency, since)
        for number, day in enumerate(days, 1):
            made += draft_day(day=day, currency=currency, now=now, actor=actor)
            _looked_through(currency, day)
            progress(number, len(days))
    if made:
        standing.forget()
    return made


def undrafted(currency: str, since: date | None = None) -> list[date]:
    """The sealed business days of a currency that nobody looked through yet, oldest first."""
    known = books(currency)
    through = drafted_through(currency)
    start = (date.fromisoformat(through) + ONE_DAY) if through else since
    if start is None and known.first_day:
        start = date.fromisoformat(known.first_day)
    if start is None or not known.last_closed:
        return []
    return list(bank_calendar().days(start, date.fromisoformat(known.last_closed)))


def drafted_through(currency: str) -> str:
    """The last business day (ISO) whose cash was looked through, "" before the first."""
    found = store.get(CashDrafted, CashDrafted.key(currency))
    return found.through if found else ""


def _looked_through(currency: str, day: date) -> None:
    """Two that run at once look at the same days and draft the same filings: who is later changes nothing."""
    key = CashDrafted.key(currency)
    item = store.get(CashDrafted, key) or CashDrafted(account_id=key)
    if item.through < day.isoformat():
        item.through = day.isoformat()
        store.save([store.Put(item)])


def draft_day(*, day: date, currency: str, now: datetime, actor: Actor = COMMAND) -> list[CashReport]:
    """Draft the reports of one business day that are not there yet; a day may be looked through again."""
    keyed = {
        CashReport.key(one.person_id, day.isoformat(), one.incoming, currency): one for one in found_on(day, currency)
    }
    there = store.load(CashReport, keyed)
    new = [one for key, one in keyed.items() if key not in there]
    people = users({person.person_id for one in new for person in one.involved})
    drafted = (report_of(one, day, people, now=now, actor=actor) for one in new)
    return [item for item in drafted if _saved(item, now, actor)]


def found_on(day: date, currency: str) -> list[CashDay]:
    """The reports that the cash of a business day asks for; notes of an exempt person when their first one was due."""
    lines = list(cash_lines(day, currency))
    exempt = Exemptions.of({line.holders[0] for line in lines}, day)
    found = cash_days(lines, lambda code: limit_on(day, code), exempt.covers)
    if exempt.people:
        spared = [one for one in cash_days(lines, lambda code: limit_on(day, code)) if exempt.covers(one.person_id)]
        note_first({one.person_id for one in spared}, day)
    return found


def limit_on(day: date, currency: str) -> int:
    """Above how much cash a report is due on a business day, in minor units of a currency."""
    return parameters.snapshot(datetime.combine(day, time(12), UTC)).money(LIMIT.code, currency)


def cash_lines(day: date, currency: str) -> Iterator[CashLine]:
    """The cash movements of a business day with everybody who holds the account; corrected ones are no cash.

    Imported history is left out: it happened elsewhere and is not ours to file.
    """
    raws = [raw for raw in _raw_cash(day, currency) if not raw["observed"].get("BOOL")]
    undone = {_text(raw, "link") for raw in raws if _text(raw, "type") == REVERSAL}
    kept = [raw for raw in raws if _text(raw, "type") != REVERSAL and _text(raw, "movement_id") not in undone]
    joint = joint_holders({_text(raw, "account_id") for raw in kept})
    for raw in kept:
        line = _line(raw)
        yield replace(line, holders=(line.holders[0], *joint.get(line.account_id, ())))


def _raw_cash(day: date, currency: str) -> Iterator[dict[str, Any]]:
    for file in files_of(day, currency, consistent=True):
        group = posting_group(currency, day.isoformat(), file)
        yield from store.index_rows(Posting, "by_day", group, fields=_FIELDS, having={"counter": CASH})


def _text(raw: Mapping[str, Any], name: str) -> str:
    return str(raw.get(name, {}).get("S", ""))


def _line(raw: Mapping[str, Any]) -> CashLine:
    amount = int(raw["amount"]["N"])
    return CashLine(
        movement_id=_text(raw, "movement_id"),
        account_id=_text(raw, "account_id"),
        holders=(_text(raw, "owner_id"),),
        conductor_id=_text(raw, "conductor_id"),
        amount=abs(amount),
        incoming=amount > 0,
        currency=_text(raw, "currency"),
        type=_text(raw, "type"),
        channel=_text(raw, "channel"),
        branch=_text(raw, "branch"),
        at=_text(raw, "posted_at"),
    )


def joint_holders(account_ids: set[str]) -> dict[str, list[str]]:
    """Account -> who holds it beside its owner, of those accounts that have any."""
    found = store.load(AccountsItem, [JointHolders.key(one) for one in sorted(account_ids)])
    return {item.on_account: list(item.people) for item in found.values() if isinstance(item, JointHolders)}


def report_of(
    found: CashDay, day: date, people: Mapping[str, User], *, now: datetime, actor: Actor, edition: int = 1
) -> CashReport:
    """The draft of a report, with everybody in it as they are known now."""
    days = parameters.snapshot(now).number(FILING_DAYS.code)
    item = CashReport(
        transaction_id=CashReport.key(found.person_id, day.isoformat(), found.incoming, found.currency, edition),
        edition=edition,
        day=day.isoformat(),
        incoming=found.incoming,
        lines=[line.stored() for line in found.lines],
        limit=limit_on(day, found.currency),
        persons=[person_facts(one, people.get(one.person_id)) for one in found.involved],
        total=found.total,
        currency=found.currency,
        due_on=(day + timedelta(days=days)).isoformat(),
        drafted_at=iso(now),
        drafted_by=actor.user_id,
    )
    item.file()
    return item


def person_facts(one: Involved, known: User | None) -> dict[str, Any]:
    """A person as the report names them: what is unknown is ""."""
    return identity_facts(one.person_id, known) | {
        "role": one.role,
        "amount": one.amount,
        "accounts": list(one.accounts),
        "movements": one.movements,
    }


def identity_facts(person_id: str, known: User | None) -> dict[str, Any]:
    """Who somebody is, as the bank knows it now."""
    names = ("name", "date_of_birth", "address", "phone", "identity_number", "segment")
    return {"person_id": person_id} | {name: getattr(known, name) if known else "" for name in names}


def _saved(item: CashReport, now: datetime, actor: Actor) -> bool:
    """Whether it is new: another run may have been faster."""
    after = {"status": Status.DRAFT, "person": item.main["person_id"], "day": item.day, "direction": item.direction}
    after |= {"total": item.total, "due_on": item.due_on}
    entry = audit.record(item, "draft_filing", actor=actor, now=now, after=after)
    try:
        save_audited(item, entry)
    except store.ConditionFailed:
        return False
    return True
