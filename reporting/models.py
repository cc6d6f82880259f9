"""Item kinds of reporting: reports that were built, statements that were handed out."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.clock import from_iso, iso
from cloudbank.documents import StoredDocument
from cloudbank.tables import IntegerAttribute, TransactionsItem


class Report(Audited, TransactionsItem, discriminator="report"):
    """A built report: who, when, with what parameters, from which data, how long it took, and its files by hash."""

    title = UnicodeAttribute()
    period = UnicodeAttribute()
    currency = UnicodeAttribute()
    parameters = JSONAttribute()
    """In words, as they stand in its files."""
    order = JSONAttribute()
    """What was asked for (orders.Order.as_data): asked again, it gives the same figures."""
    as_of = UnicodeAttribute()
    cutoff = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    provisional = BooleanAttribute(default=False)
    built_at = UnicodeAttribute()
    built_by = UnicodeAttribute()
    built_by_role = UnicodeAttribute()
    duration_ms = IntegerAttribute()
    files = JSONAttribute()
    """Writer's code -> [name in the document store, size, SHA-256]."""
    content = JSONAttribute()
    """[name, size, SHA-256] of the pack's canonical JSON: what the figures are compared with when they are checked."""
    stem = UnicodeAttribute()
    """What its files are called, in words."""

    @staticmethod
    def group(year: int) -> str:
        """The group of the index by_day that holds a year's reports, newest last."""
        return f"report#{year}"

    def file_under(self, moment: datetime) -> None:
        """Set the keys of the archive's index."""
        self.day_group, self.day_order = self.group(moment.year), f"{iso(moment)}#{self.transaction_id}"

    def document(self, code: str) -> StoredDocument | None:
        """The file of a format, or None when it was not asked for."""
        found = self.files.get(code)
        return StoredDocument(*found) if found else None

    @property
    def built(self) -> datetime:
        """When."""
        return from_iso(self.built_at)


class StatementTaken(Audited, TransactionsItem, discriminator="statement_taken"):
    """A statement that was handed out: whose, of what, and the hash of its content and of the file."""

    of_account = UnicodeAttribute()
    period = UnicodeAttribute()
    format = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    file_sha256 = UnicodeAttribute()
