"""Item kinds of the ledger: accounts, postings, totals, closed days."""

import json
import zlib
from dataclasses import fields
from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, JSONAttribute, UnicodeAttribute

from accounts.ledger import CHECKING, CLOSED, GENESIS, SAVINGS, Line
from accounts.models.account import LedgerAccount
from cloudbank.audit import Audited
from cloudbank.tables import AccountsItem, IntegerAttribute, TransactionsItem, UsersItem

PRODUCTS = {CHECKING: "Checking", SAVINGS: "Savings"}


class DepositAccount(LedgerAccount, discriminator="deposit_account"):
    """A customer's checking or savings account."""

    def file_in_book(self) -> None:
        """Set the keys of the index by_book: call before saving an account that is new or closed.

        They do not change with its balance, so no posting writes that index.
        """
        held = self.status != CLOSED
        self.book = self.product if held else None
        self.book_order = f"{self.opened_on}#{self.account_id}" if held else None


class Posting(TransactionsItem, discriminator="posting"):
    """One line of one account's statement; see accounts.ledger.Line. Written once, never changed."""

    movement_id = UnicodeAttribute()
    type = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    product = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    balance_after = IntegerAttribute()
    sequence = IntegerAttribute()
    counter = UnicodeAttribute()
    counter_owner = UnicodeAttribute(default="")
    channel = UnicodeAttribute()
    branch = UnicodeAttribute()
    segment = UnicodeAttribute()
    memo = UnicodeAttribute(default="")
    link = UnicodeAttribute(default="")
    posted_at = UnicodeAttribute()
    business_date = UnicodeAttribute()
    actor_id = UnicodeAttribute()
    actor_role = UnicodeAttribute()
    source = UnicodeAttribute()
    conductor_id = UnicodeAttribute(default="")
    observed = BooleanAttribute(default=False)
    badge = UnicodeAttribute()
    previous_hash = UnicodeAttribute()
    split = UnicodeAttribute(null=True)
    """Only of postings on loans; see Line.split."""
    details = UnicodeAttribute(null=True)
    """Only where there are any; see Line.details."""
    trace = UnicodeAttribute(null=True)
    """Of live ones; see Line.trace."""
    hash = UnicodeAttribute()
    owner_seen_on = UnicodeAttribute(null=True)
    """On an owner's own movement: the date of the one before ("" for the first). Counts active customers."""

    @classmethod
    def of(cls, line: Line, file: str, owner_seen_on: str | None) -> "Posting":
        """The item for a sealed line, filed under its account and its day's file (queries.totals.file_of)."""
        rare: dict[str, Any] = {name: getattr(line, name) or None for name in OPTIONAL}
        return cls(
            transaction_id=line.posting_id,
            version=1,
            owner_seen_on=owner_seen_on,
            account_order=account_order(line.business_date, line.sequence),
            day_group=posting_group(line.currency, line.business_date, file),
            day_order=f"{line.posted_at}#{line.posting_id}",
            **rare,
            **{name: getattr(line, name) for name in _LINE},
        )

    @property
    def filed_right(self) -> bool:
        """Whether its index keys are those `of` gave it: they are not under the hash, and decide who finds it."""
        order = account_order(self.business_date, self.sequence)
        return (self.account_order, self.day_order) == (order, f"{self.posted_at}#{self.transaction_id}")

    def line(self) -> Line:
        """The pure line again, for verification and drill-down."""
        values = {name: getattr(self, name) for name in _LINE}
        values |= {name: getattr(self, name) or "" for name in OPTIONAL}
        return Line(posting_id=self.transaction_id, **values)


OPTIONAL = ("split", "details", "trace")
"""Of a line; "" is stored as nothing."""
_LINE = tuple(field.name for field in fields(Line) if field.name not in ("posting_id", *OPTIONAL))


def account_order(day: str, sequence: int) -> str:
    """Order of an account's postings: by business date, then by sequence (both only grow)."""
    return f"{day}#{sequence:010d}"


def posting_group(currency: str, day: str, file: str) -> str:
    """The group of the index by_day that holds a day's postings of one file."""
    return f"posting#{currency}#{day}#{file}"


class DayShard(TransactionsItem, discriminator="day_shard"):
    """Totals of one shard of a business day (numbers with names of accounts.totals), and the day's gate.

    The numbers are attributes of their own, added to without reading; `closed` is the gate.
    """

    closed = UnicodeAttribute(null=True)

    @staticmethod
    def key(currency: str, day: str, shard: str) -> str:
        """The hash key."""
        return f"day#{currency}#{day}#{shard}"


class CubeCell(TransactionsItem, discriminator="cube_cell"):
    """Count, sum and log buckets of one (day, hour, type, channel, branch, segment), or of a part of its movements."""

    @staticmethod
    def key(currency: str, day: str, writer: str, cell: str) -> str:
        """The hash key; `writer` is "live", a part of it ("live.3") or an import's id, `cell` is CellName.text."""
        return f"{cell_group(currency, day, writer)}#{cell}"


def cell_group(currency: str, day: str, group: str) -> str:
    """The group of the index cells_by_day that holds a day's cells of one writer."""
    return f"cell#{currency}#{day}#{group}"


class Books(Audited, AccountsItem, discriminator="books"):
    """The state of the books of one currency: which days are closed, which imports have shards of their own."""

    first_day = UnicodeAttribute(null=True)
    last_closed = UnicodeAttribute(null=True)
    seal = UnicodeAttribute(default=GENESIS)
    shards = IntegerAttribute(default=0)
    """The most shards that live postings ever had: readers look into all of them."""
    imports = JSONAttribute(default=dict)
    """Import id -> [first day, last day]: these days have the import's shards as well."""
    moving = frozenset[str]()

    @property
    def currency(self) -> str:
        """Whose books they are."""
        return self.account_id.removeprefix("books#")

    @staticmethod
    def key(currency: str) -> str:
        """The hash key."""
        return f"books#{currency}"


class ClosedDay(AccountsItem, discriminator="closed_day"):
    """A sealed business day: its totals, what it ended with, the seal over both and the day before."""

    day = UnicodeAttribute()
    currency = UnicodeAttribute()
    numbers = JSONAttribute()
    end = JSONAttribute()
    packed_cells = BinaryAttribute(legacy_encoding=False)
    last_seen = JSONAttribute()
    postings_hash = UnicodeAttribute()
    sheets = JSONAttribute(null=True)
    """Of the last business day of a month: the hash of each of its sheets (accounts.month_ends), by code."""
    previous_seal = UnicodeAttribute()
    seal = UnicodeAttribute()
    closed_at = UnicodeAttribute()

    @staticmethod
    def key(currency: str, day: str) -> str:
        """The hash key."""
        return f"closed#{currency}#{day}"

    @staticmethod
    def pack(cells: dict[str, dict[str, int]]) -> bytes:
        """Cells by CellName.text, as stored: compressed JSON with sorted keys."""
        return zlib.compress(json.dumps(cells, sort_keys=True, separators=(",", ":")).encode())

    def cells(self) -> dict[str, dict[str, int]]:
        """The inverse of `pack`."""
        cells: dict[str, Any] = json.loads(zlib.decompress(self.packed_cells))
        return cells


class ClosedMonth(AccountsItem, discriminator="closed_month"):
    """The sealed days of a month in one piece (accounts.months); made with the seal of its last business day."""

    month = UnicodeAttribute()
    currency = UnicodeAttribute()
    data = BinaryAttribute(legacy_encoding=False)
    hash = UnicodeAttribute()
    """Over the content and the seals of its days."""

    @staticmethod
    def key(currency: str, month: str) -> str:
        """The hash key."""
        return f"closed_month#{currency}#{month}"


class CustomerActivity(UsersItem, discriminator="activity"):
    """A customer's risk state: one packed part for each posting participant, and the last own movement."""

    last_movement_on = UnicodeAttribute(default="")
    state = BinaryAttribute(legacy_encoding=False, null=True)

    @staticmethod
    def key(customer_id: str) -> str:
        """The hash key."""
        return f"activity#{customer_id}"
