"""One history through configurations of rules: the bank in memory of an import, the nightly search, what they noted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from accounts.bulk.bank import MemoryBank
from accounts.bulk.events import Move, NewAccount, NewCustomer
from accounts.ledger import CLEARING, OPENING, Actor, Instruction
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from monitoring.evaluation.paid import Paid
from monitoring.evaluation.people import Person
from monitoring.evaluation.town import History
from monitoring.evaluation.watching import Configuration, Noted, Watching
from monitoring.patternbook import PATTERNS, Search, still_stands
from monitoring.rulebook import listed
from monitoring.services.patterns import LONGEST

ACTOR = Actor("import:evaluation", "system", "evaluate_rules")
START = "2025-01-06T00:00:00"
"""A Monday, on the bank's clock: minute 0 of every history."""
AGE_DAYS = 700
"""The accounts are so much older than the history: nobody is new."""
TAKEN_AT = 5_000


@dataclass
class Done:
    """A history and what each configuration noted in it."""

    history: History
    configurations: list[Configuration]
    refused: int


def run_trial(history: History, configurations: list[Configuration], progress: Callable[[int], None]) -> Done:
    """Enter the whole history in order of time, then look for patterns night by night."""
    watching = Watching(configurations)
    bank = MemoryBank("evaluation", watching, ACTOR)
    start = datetime.fromisoformat(START).replace(tzinfo=bank_calendar().zone)
    owners = {one.account: one for one in history.people}
    for person in history.people:
        for event in _opened(person, start):
            bank.enter(event)
    for line, paid in enumerate(history.movements):
        watching.line = line
        bank.enter(Move(_instruction(paid, line), start + timedelta(minutes=paid.at)))
        if line % TAKEN_AT == 0:
            bank.postings.clear()
            progress(min(TAKEN_AT, len(history.movements) - line))
    for one in configurations:
        if one.patterns:
            one.noted += _nightly(watching, one, {person.ref: person.segment for person in owners.values()})
    return Done(history, configurations, bank.counts.refused.total())


def _opened(person: Person, start: datetime) -> Iterator[NewCustomer | NewAccount | Move]:
    before = start - timedelta(days=AGE_DAYS)
    details = {"segment": person.segment, "kyc_status": "verified", "kyc_decided_on": before.date().isoformat()}
    if person.password_changed >= 0:
        details["password_set_at"] = iso(start + timedelta(minutes=person.password_changed))
    yield NewCustomer(person.ref, person.ref, before, details)
    opened_on = before.date().isoformat()
    yield NewAccount(person.account, person.ref, "checking", "USD", person.branch, before, opened_on)
    if person.balance:
        below = person.balance < 0
        sides = (person.account, CLEARING) if below else (CLEARING, person.account)
        paid = Paid(0, OPENING, *sides, abs(person.balance), "import")
        yield Move(_instruction(paid, -1 - int(person.account)), start + timedelta(minutes=person.opens))


def _instruction(paid: Paid, line: int) -> Instruction:
    return Instruction(
        type=paid.type,
        key=f"line {line}",
        amount=paid.amount,
        currency="USD",
        debit=paid.source,
        credit=paid.target,
        channel=paid.channel,
        branch=paid.branch,
        actor=ACTOR,
        conductor_id=paid.conductor,
        observed=True,
    )


def _nightly(watching: Watching, configuration: Configuration, segments: dict[str, str]) -> Iterator[Noted]:
    """What `detect_patterns` finds when it is run every night: the same search, the same exemptions."""
    search = Search(configuration.parameters, LONGEST)
    exempt = {
        code: frozenset().union(
            *(
                listed(str(configuration.parameters[t.code]))
                for t in PATTERNS[code].parameters
                if t.code.endswith(".exempt")
            )
        )
        for code in PATTERNS.codes()
    }
    for _, edges in groupby(watching.edges, key=lambda one: one[1].day):
        for found in search.take_day(edge for _, edge in edges):
            trades = frozenset(who for who in found.members if segments.get(who) in exempt[found.rule])
            if still_stands(found, trades):
                pattern, hit = PATTERNS[found.rule], found.hit
                yield Noted(
                    *(found.customer_id, found.rule, pattern.family, found.severity or pattern.severity, True),
                    *(hit.value, hit.threshold, hit.unit, int(found.last.movement_id)),
                    lines=tuple(int(one.movement_id) for one in found.path),
                    members=found.members,
                    scores=not pattern.names_members,
                )
