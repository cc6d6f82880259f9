"""Reads of statements: an account's lines over some days, and the pack of them."""

from datetime import date, datetime
from itertools import islice

from django.conf import settings

from accounts.models import LedgerAccount, Loan, Posting, User
from accounts.names import product_name
from accounts.queries.ledger import balance_before, statement_lines
from accounts.queries.loans import loans_of, visible_loan
from accounts.queries.people import user
from accounts.queries.totals import books
from accounts.queries.visible import visible_account
from accounts.wires import wire_of
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from reporting.pack import Pack
from reporting.queries import NothingToReport
from reporting.statements import Account, Entry, Span, statement

LINES = 20_000
"""Most lines of one statement; more than a person can read and a PDF should hold."""


def own_loans(owner_id: str) -> list[Loan]:
    """A customer's loans that were paid out, newest first: the others have no line yet."""
    return [loan for loan in loans_of(owner_id) if loan.sequence]


def statement_account(account_id: str, viewer: User) -> LedgerAccount | None:
    """The account or loan if this person may see it: to a customer other people's do not exist."""
    return visible_account(account_id, viewer) or visible_loan(account_id, viewer)


def entries_of(account_id: str, first: date, last: date) -> list[Entry]:
    """The lines of a period. Raises NothingToReport when there are too many for one statement."""
    lines = [_entry(posting) for posting in islice(statement_lines(account_id, first, last), LINES + 1)]
    if len(lines) > LINES:
        raise NothingToReport(f"A statement holds at most {LINES:,} lines; choose a shorter period.")
    return lines


def _entry(posting: Posting) -> Entry:
    return Entry(
        day=posting.business_date,
        type=posting.type,
        channel=posting.channel,
        counter=posting.counter,
        memo=posting.memo,
        amount=posting.amount,
        balance_after=posting.balance_after,
        party=wire_of(posting.details).party(posting.amount > 0) if posting.details else "",
    )


def statement_pack(owned: LedgerAccount, first: date, last: date, now: datetime) -> Pack:
    """The statement of an account. Raises NothingToReport, periods.FootingError."""
    entries = entries_of(owned.account_id, first, last)
    opening = balance_before(owned.account_id, first)
    holder = user(owned.owner_id or "")
    account_ = Account(
        account_id=owned.account_id,
        holder=holder.name if holder else "",
        product=product_name(owned.product),
        currency=owned.currency,
    )
    return statement(settings.BANK_NAME, account_, span_of(owned.currency, first, last, now), opening, entries)


def span_of(currency: str, first: date, last: date, now: datetime) -> Span:
    """The period, with what its data was when it was taken: sealed, or as of now."""
    sealed = books(currency, consistent=False).last_closed or ""
    if last.isoformat() <= sealed or (sealed and bank_calendar().on_or_before(last).isoformat() <= sealed):
        return Span(first, last, f"business day {bank_calendar().on_or_before(last).isoformat()} sealed", False)
    return Span(first, last, iso(now), True)
