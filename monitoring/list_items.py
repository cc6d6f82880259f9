"""Item kinds of the bank's lists: the entries with their history, and the small pages that processes keep in memory."""

import zlib

from pynamodb.attributes import BinaryAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.ids import derived_id
from cloudbank.tables import AccountsItem, IntegerAttribute
from monitoring.listing import Listed

ACTIVE, ENDED = "active", "ended"
ENDED_BOOK = "list#ended"
PAGES = 16
MOST_ON_PAGE = 2_000
"""An entry takes about 100 bytes of a page; an item holds 400 KB."""


class ListEntry(Audited, AccountsItem, discriminator="list_entry"):
    """One entry of the block or the watch list. The same value is one entry for ever: ended and begun again."""

    list = UnicodeAttribute()
    entry_kind = UnicodeAttribute()
    value = UnicodeAttribute()
    shown = UnicodeAttribute()
    """As it was typed."""
    reason = UnicodeAttribute()
    expires_on = UnicodeAttribute(default="")
    state = UnicodeAttribute(default=ACTIVE)
    added_by = UnicodeAttribute()
    added_at = UnicodeAttribute()
    origin = UnicodeAttribute(default="")
    """The alert or the file that it came from."""
    ended_at = UnicodeAttribute(default="")

    @staticmethod
    def key(list_: str, kind: str, value: str) -> str:
        """The hash key: what makes two entries the same."""
        return derived_id("lst", list_, kind, value)

    @property
    def entry_id(self) -> str:
        """The hash key under its own name."""
        return self.account_id

    @property
    def page(self) -> str:
        """The page that carries it."""
        return page_of(self.account_id)

    def listed(self) -> Listed:
        """As it is compared."""
        return Listed(self.account_id, self.list, self.entry_kind, self.value, self.expires_on)

    def file(self) -> None:
        """Set the index keys; call before saving."""
        ended = self.state == ENDED
        self.book = ENDED_BOOK if ended else None
        self.book_order = f"{self.ended_at}#{self.account_id}" if ended else None


class ListPage(AccountsItem, discriminator="list_page"):
    """Entries in force, as processes keep them: id -> [list, kind, value, last day]."""

    entries = JSONAttribute(default=dict)

    @staticmethod
    def key(page: str) -> str:
        """The hash key."""
        return f"list_page#{page}"


class ListHead(AccountsItem, discriminator="list_head"):
    """Which version each page has: all that a process reads every few seconds."""

    pages = JSONAttribute(default=dict)
    changes = IntegerAttribute(default=0)
    sanctions = JSONAttribute(default=dict)
    """Version and number of pages of the sanctions list in force; empty while none is loaded."""

    KEY = "list_head"


class SanctionsList(Audited, AccountsItem, discriminator="sanctions_list"):
    """Which sanctions list is in force, and which was before; its audit trail has every load."""

    version_in_force = UnicodeAttribute(default="")
    pages_in_force = IntegerAttribute(default=0)
    before = UnicodeAttribute(default="")
    pages_before = IntegerAttribute(default=0)
    origin = UnicodeAttribute(default="")
    loaded_at = UnicodeAttribute(default="")
    loaded_by = UnicodeAttribute(default="")
    screened_version = UnicodeAttribute(default="")
    """The version that all customers were last held against, and when."""
    screened_at = UnicodeAttribute(default="")
    counts = JSONAttribute(default=dict)

    KEY = "sanctions_list"


class SanctionsPage(AccountsItem, discriminator="sanctions_page"):
    """Some entries of one version of the list; written once, never changed."""

    packed = BinaryAttribute(legacy_encoding=False)

    @staticmethod
    def key(version: str, number: int) -> str:
        """The hash key."""
        return f"sanctions#{version}#{number:03d}"


def page_of(entry_id: str) -> str:
    """The page of an entry."""
    return f"{zlib.crc32(entry_id.encode()) % PAGES:02d}"
