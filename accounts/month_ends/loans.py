"""The loans sheet: every loan that was ever paid out, as it stood at the end of the month (accounts.loans.rows)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from itertools import islice

from accounts.loans import sheet as numbers
from accounts.loans.rows import MONTHS_BACK, LoanRow, Place, carried, row_of
from accounts.loans.state import LoanState
from accounts.models.loans import Loan
from accounts.month_ends import Ended, InMemory, Sheet, month_end_before, sheet
from accounts.parameters import PROVISION
from accounts.queries.loans_then import book_at_end
from accounts.queries.people import users
from cloudbank import parameters, store
from cloudbank.conf import bank_calendar

CODE = "loans"
NOON = time(12)


def _ends(day: date) -> list[date]:
    found = [day]
    while len(found) <= MONTHS_BACK:
        found.append(month_end_before(found[-1], bank_calendar()))
    return found


def _row(item: Loan, state: LoanState, segment: str, ended_on: str, ends: list[date]) -> LoanRow:
    place = Place(
        item.loan_id, item.owner_id or "", item.offer, item.branch, segment, item.opened_on, item.disbursed_on, ended_on
    )
    return row_of(place, state, ends)


def live(ended: Ended) -> Iterator[LoanRow]:
    """From the tables: loans as they were at the end of the day, their borrowers' segments as they are read."""
    rest, ends = book_at_end(ended.day, ended.currency, ended.since), _ends(ended.day)
    while some := list(islice(rest, store.BATCH_GET)):
        owners = users({one.item.owner_id or "" for one in some})
        for one in some:
            owner = owners.get(one.item.owner_id or "")
            yield _row(one.item, one.state, owner.segment if owner else "", one.ended_on, ends)


def told(memory: InMemory, ended: Ended) -> Iterator[LoanRow]:
    """From a bulk run's memory."""
    ends = _ends(ended.day)
    for item in memory.loans.values():
        state = item.loan()
        if item.currency == ended.currency and state.disbursed:
            segment = memory.users[item.owner_id].segment
            yield _row(item, state, segment, "" if state.is_live else item.closed_on or "", ends)


def ties(found: Mapping[str, int], end: Mapping[str, int]) -> dict[str, int]:
    """What the sheet says less than the closed day: of the portfolio, of the principal on the books."""
    glp = found.get("glp", 0)
    return {"glp": end.get("loan_glp", 0) - glp, "principal": end.get("book_principal", 0) - glp}


def policy(day: date, currency: str) -> dict[str, int]:
    """The provision rates in force on the day, by bucket: what a loss allowance is made with, for ever."""
    values = parameters.snapshot(datetime.combine(day, NOON, UTC))
    return {f"rate_{name}": values.number(one.code) for name, one in PROVISION.items()}


LOANS = sheet(
    Sheet(
        code=CODE,
        title="Loans",
        row=LoanRow,
        live=live,
        told=told,
        fold=lambda rows, ended: numbers.fold(rows, ended.day),
        carried=lambda now, before, ended: carried(now, before, ended.day),
        ties=ties,
        policy=policy,
        of_row=lambda row, ended: numbers.of_row(row, ended.day),
        view="loan",
    )
)
