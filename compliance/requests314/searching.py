"""Everybody whom a request asks about, part after part, each read by its index and none by Scan.

Parts: customers by name (the index that the screening of all customers reads), with former ones of the last months and
the owners of companies; days of the ledger, of whose postings DynamoDB gives the wires; months of the register of
instruments. A part is told in small pieces, each with the place behind it, so that a search can stop anywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import InstrumentSale, Posting, User
from accounts.models.ledger import posting_group
from accounts.queries.books import currencies_with_books
from accounts.queries.loans import loans_of
from accounts.queries.people import people_by_name
from accounts.queries.totals import written_files
from accounts.wires import wire_of
from cloudbank.clock import ONE_DAY
from cloudbank.roles import Role
from compliance.requests314.matching import CUSTOMER, FORMER, INSTRUMENT, OWNER, WIRE, Party
from compliance.requests314.models import InformationRequest

CUSTOMERS, WIRES, INSTRUMENTS = "customers", "wires", "instruments"
PARTS = (CUSTOMERS, WIRES, INSTRUMENTS)
AT_ONCE, DAYS_AT_ONCE = 250, 10
_WIRES = ("wire_in", "wire_out")


@dataclass(frozen=True)
class Piece:
    """Some records of a part. `cursor`: where the part goes on behind them, "" when this was its last piece."""

    part: str
    parties: Iterator[Party]
    cursor: str


def pieces(item: InformationRequest, today: date) -> Iterator[Piece]:
    """All that is left of the search, from the place where it stands on."""
    part, cursor = item.place or (CUSTOMERS, "")
    for one in PARTS[PARTS.index(part) :]:
        yield from _OF[one](item, cursor, today)
        cursor = ""


def place_behind(piece: Piece) -> list[str]:
    """Where the search goes on; [] behind the last piece of all."""
    if piece.cursor:
        return [piece.part, piece.cursor]
    later = PARTS[PARTS.index(piece.part) + 1 :]
    return [later[0], ""] if later else []


def _customers(item: InformationRequest, cursor: str, today: date) -> Iterator[Piece]:
    while True:
        page = people_by_name(Role.CUSTOMER, cursor=cursor, limit=AT_ONCE)
        cursor = page.cursor
        yield Piece(CUSTOMERS, (party for one in page.rows for party in _people(one, item.accounts_since)), cursor)
        if not cursor:
            return


def _people(person: User, since: str) -> Iterator[Party]:
    """The customer and, of a company, its owners; nobody of whose accounts the last was closed before `since`."""
    if person.exited_on and person.exited_on < since and not _borrows(person):
        return
    what = FORMER if person.exited_on else CUSTOMER
    yield Party(what, person.name, person.user_id, person.date_of_birth, person.identity_number)
    for name in sorted(person.owner_names or ()):
        yield Party(OWNER, name, person.user_id)


def _borrows(person: User) -> bool:
    """Whether a loan goes on after the last deposit account was closed: a loan is an account too."""
    return any(one.loan().is_live for one in loans_of(person.user_id))


def _wires(item: InformationRequest, cursor: str, today: date) -> Iterator[Piece]:
    """Day by day, file by file. A business date may lie ahead of the calendar: Friday night's is Monday."""
    begin, _, done = cursor.partition("|")
    day, end = date.fromisoformat(begin or item.movements_since), today + timedelta(days=DAYS_AT_ONCE)
    currencies = currencies_with_books()
    while day <= end:
        some = [day + timedelta(days=number) for number in range(DAYS_AT_ONCE)]
        files = {code: written_files(some, code) for code in currencies}
        for one in map(str, some):
            found = [(code, file) for code in currencies for file in files[code].get(date.fromisoformat(one), ())]
            for group in sorted(posting_group(code, one, file) for code, file in found):
                if one != begin or group > done:
                    yield Piece(WIRES, _parties_of(group), f"{one}|{group}")
        day = some[-1] + ONE_DAY
    yield Piece(WIRES, iter(()), "")


def _parties_of(group: str) -> Iterator[Party]:
    for posting in Posting.by_day.query(group, filter_condition=Posting.type.is_in(*_WIRES)):
        wire = wire_of(posting.details or "")
        for name in dict.fromkeys((wire.originator_name, wire.beneficiary_name)):
            if name:
                yield Party(WIRE, name, posting.owner_id, day=posting.business_date)


def _sales(item: InformationRequest, cursor: str, today: date) -> Iterator[Piece]:
    month, end = cursor or item.movements_since[:7], (today + timedelta(days=DAYS_AT_ONCE)).isoformat()[:7]
    while month <= end:
        after = (date.fromisoformat(f"{month}-01") + timedelta(days=31)).isoformat()[:7]
        yield Piece(INSTRUMENTS, _payees(month, item.movements_since), after if after <= end else "")
        month = after


def _payees(month: str, since: str) -> Iterator[Party]:
    group, later = InstrumentSale.group_of(month), InstrumentSale.day_order >= since
    for sale in InstrumentSale.by_day.query(group, later):
        yield Party(INSTRUMENT, sale.payee, sale.customer_id, day=sale.business_date)


_OF = {CUSTOMERS: _customers, WIRES: _wires, INSTRUMENTS: _sales}
