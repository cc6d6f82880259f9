"""Makers for tests of requests under 314(a)."""

from datetime import date, datetime, timedelta
from typing import Any

from accounts.instruments import Instrument
from accounts.ledger import CLEARING, INSTRUMENTS, Instruction
from accounts.models import User
from accounts.services.instruments import sell_instrument
from accounts.services.posting import post
from accounts.wires import Wire
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from compliance.requests314.models import InformationRequest
from compliance.requests314.services import receive_request, search_request
from compliance.testing import TILL, actor, today

TRACKING = "314A-2026-23"
PERSONS = "tracking_number,last_name,first_name,alias_last_name,alias_first_name,number,dob,city,country"
BUSINESSES = "tracking_number,business_name,dba_name,number,country"


def persons(*lines: str) -> bytes:
    """A file of persons with these lines."""
    return "\n".join((PERSONS, *lines)).encode()


def businesses(*lines: str) -> bytes:
    """A file of businesses with these lines."""
    return "\n".join((BUSINESSES, *lines)).encode()


def received(officer: User, content: bytes, others: bytes = b"", **more: Any) -> InformationRequest:
    """A request that this officer took in."""
    known: dict[str, Any] = {"tracking": TRACKING, "posted_on": today(), "now": utcnow()} | more
    return receive_request(persons=content, businesses=others, actor=actor(officer), **known)


def searched(item: InformationRequest, officer: User) -> InformationRequest:
    """Searched to the end."""
    while item.status == "search":
        item = search_request(request_id=item.request_id, version=item.version, actor=actor(officer), now=utcnow())
    return item


def noon_of(day: date) -> datetime:
    """Noon on the bank's clock of a business day on or before a date."""
    calendar = bank_calendar()
    while not calendar.is_business_day(day):
        day -= timedelta(days=1)
    return datetime(day.year, day.month, day.day, 12, tzinfo=calendar.local(utcnow()).tzinfo)


def wire_from(account_id: str, beneficiary: str, now: datetime) -> None:
    """A wire that leaves this account for somebody."""
    wire = Wire(
        "Carla Customer", account_id, "1 Main Street", beneficiary, "DE89370400440532013000", "COBADEFFXXX", "DE"
    )
    post(_asked("wire_out", account_id, CLEARING, wire.packed(), channel="wire"), now=now)


def check_from(account_id: str, payee: str, now: datetime) -> None:
    """A cashier's check sold to the owner of this account."""
    sold = Instrument("cashiers_check", "100234", payee, "Passport C01X00T47")
    sell_instrument(sale=_asked("instrument", account_id, INSTRUMENTS, sold.packed(), channel="branch"), now=now)


def _asked(kind: str, account_id: str, house: str, details: str, channel: str) -> Instruction:
    return Instruction(
        type=kind, key=new_id("key"), amount=10_000, currency="USD", debit=account_id, credit=house, channel=channel,
        branch="main", actor=TILL, details=details,
    )  # fmt: skip
