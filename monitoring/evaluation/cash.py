"""The cash reporting suite: who must be reported on which day, by plain addition, against what rule 1 found."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from accounts.ledger import CASH
from cloudbank.conf import bank_calendar
from monitoring.evaluation.town import History
from monitoring.evaluation.trial import START
from monitoring.evaluation.watching import Noted

LIMIT = 1_000_000
RULE = "ctr_aggregate"


def reportable(history: History) -> set[tuple[str, date]]:
    """(person, business day) with more than 10,000.00 in or out in cash, by or on behalf of them (31 CFR 1010.311)."""
    owners = {one.account: one.ref for one in history.people}
    moved: Counter[tuple[str, date, bool]] = Counter()
    for line, paid in enumerate(history.movements):
        if CASH in (paid.source, paid.target):
            coming = paid.source == CASH
            owner = owners[paid.target if coming else paid.source]
            for person in {owner, paid.conductor} - {""}:
                moved[person, day_of(history, line), coming] += paid.amount
    return {(person, day) for (person, day, _), whole in moved.items() if whole > LIMIT}


def found(history: History, noted: Sequence[Noted]) -> set[tuple[str, date]]:
    """(person, business day) of the rule's findings."""
    return {(one.customer, day_of(history, one.line)) for one in noted if one.rule == RULE}


def day_of(history: History, line: int) -> date:
    """The business day of a movement."""
    start = datetime.fromisoformat(START).replace(tzinfo=bank_calendar().zone)
    return bank_calendar().business_date(start + timedelta(minutes=history.movements[line].at))
