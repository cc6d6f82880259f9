"""A bank of any size: four quarters of ten thousand postings each, and one of as many as wanted, by the bulk path."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from accounts.bulk.events import Event, Move, NewAccount, NewCustomer, Verified
from accounts.bulk.register import Identity
from accounts.bulk.run import run as run_bulk
from accounts.ledger import CASH, CLEARING, Instruction
from accounts.services.closing import close_through
from benchmarks.stage import TELLER
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.quarters import Quarter

REPORTED = Quarter(2026, 3)
HISTORY, BEFORE = 4, 10_000
"""Quarters before the reported one, and the postings of each."""
CUSTOMERS = 2_000
A_MOVEMENT = 1.4
"""Postings of a movement on average: two in five are transfers, which have two."""
OPENS, HOURS = time(14, 0, tzinfo=UTC), 7.5
"""From 9 or 10 in the morning to half past four or five on the bank's clock."""
BRANCHES, SEGMENTS = ("main", "harbor", "airport"), ("retail", "business", "private")
KINDS = (
    ("deposit", CASH, "branch"),
    ("deposit", CLEARING, "ach"),
    ("deposit", CLEARING, "wire"),
    ("withdrawal", CASH, "branch"),
    ("withdrawal", CLEARING, "card"),
    ("withdrawal", CLEARING, "online"),
)


def quarters() -> list[Quarter]:
    """The quarters of the bank, oldest first."""
    found = [REPORTED]
    while len(found) <= HISTORY:
        found.insert(0, found[0].previous())
    return found


def make(postings: int, *, close: bool = True) -> None:
    """Fill the bank in use with this many postings in the reported quarter, and close its days."""
    first, last = quarters()[0].first, REPORTED.last
    identity = Identity(f"scale-{postings}", {"postings": postings}, {"USD": (first, last)})
    run_bulk(identity, events(postings), actor=TELLER, now=utcnow())
    if close:
        close_through(bank_calendar().on_or_before(last), "USD", now=utcnow(), history=True)


def events(postings: int) -> Iterator[Event]:
    """Everybody joins on the first day with money; then each day its share of the quarter's movements."""
    random_ = random.Random(postings)
    days = {quarter: list(bank_calendar().days(quarter.first, quarter.last)) for quarter in quarters()}
    yield from _joining(days[quarters()[0]][0])
    for quarter, business_days in days.items():
        wanted = postings if quarter == REPORTED else BEFORE
        movements = round(wanted / A_MOVEMENT)
        for place, day in enumerate(business_days):
            count = movements * (place + 1) // len(business_days) - movements * place // len(business_days)
            yield from _day(day, count, random_)


def _joining(day: date) -> Iterator[Event]:
    at = datetime.combine(day, OPENS) - timedelta(minutes=30)
    for number in range(CUSTOMERS):
        owner, account = f"usr_{number:06d}", f"acc_{number:06d}"
        yield NewCustomer(owner, f"Customer {number}", at, {"segment": SEGMENTS[number % 3]})
        yield Verified(owner, at)
        yield NewAccount(account, owner, "savings" if number % 4 == 0 else "checking", "USD", BRANCHES[number % 3], at)
        yield Move(_instruction(f"join {number}", "deposit", CASH, account, 10**9, "branch", number), at)


def _day(day: date, count: int, random_: random.Random) -> Iterator[Event]:
    begins = datetime.combine(day, OPENS)
    for number in range(count):
        at = begins + timedelta(hours=HOURS * number / count)
        payer, key = random_.randrange(CUSTOMERS), f"{day} {number}"
        amount = int(random_.lognormvariate(8.5, 1.4)) + 1
        account = f"acc_{payer:06d}"
        if random_.random() < 0.4:
            other = f"acc_{(payer + random_.randrange(1, CUSTOMERS)) % CUSTOMERS:06d}"
            yield Move(_instruction(key, "transfer", account, other, amount, "online", payer), at)
            continue
        kind, house, channel = random_.choice(KINDS)
        sides = (house, account) if kind == "deposit" else (account, house)
        yield Move(_instruction(key, kind, *sides, amount, channel, payer), at)


def _instruction(key: str, kind: str, debit: str, credit: str, amount: int, channel: str, number: int) -> Instruction:
    memo = f"Invoice {number:06d}" if number % 3 else ""
    return Instruction(kind, key, amount, "USD", debit, credit, channel, BRANCHES[number % 3], TELLER, memo)
