"""Item kinds of reporting: reports that were built, the runs that build them, statements that were handed out."""

from datetime import datetime, timedelta

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.clock import from_iso, iso
from cloudbank.documents import StoredDocument
from cloudbank.tables import AccountsItem, IntegerAttribute, TransactionsItem


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
    deleted_at = UnicodeAttribute(default="")
    """When its files were deleted under retention ("": they are there). Their hashes stay: a copy can be verified."""

    @staticmethod
    def group(year: int) -> str:
        """The group of the index by_day that holds a year's reports, newest last."""
        return f"report#{year}"

    def file_under(self, moment: datetime) -> None:
        """Set the keys of the archive's indexes; call before saving a new one."""
        self.subject, self.subject_order = self.content_subject(self.sha256), iso(moment)
        self.day_group, self.day_order = self.group(moment.year), f"{iso(moment)}#{self.transaction_id}"

    @staticmethod
    def content_subject(sha256: str) -> str:
        """The group of the index by_subject that holds the reports of one content."""
        return f"report_content#{sha256}"

    def document(self, code: str) -> StoredDocument | None:
        """The file of a format, or None when it was not asked for, or is deleted."""
        found = None if self.deleted_at else self.files.get(code)
        return StoredDocument(*found) if found else None

    @property
    def built(self) -> datetime:
        """When."""
        return from_iso(self.built_at)

    @property
    def deleted(self) -> datetime | None:
        """When its files were deleted; None while they are there."""
        return from_iso(self.deleted_at) if self.deleted_at else None

    @property
    def status(self) -> str:
        """provisional, final or deleted."""
        return "deleted" if self.deleted_at else "provisional" if self.provisional else "final"


class ReportFile(TransactionsItem, discriminator="report_file"):
    """A file that was built, found by its own SHA-256."""

    report_id = UnicodeAttribute()
    format = UnicodeAttribute()

    @staticmethod
    def key(sha256: str) -> str:
        """The hash key."""
        return f"report-file#{sha256}"


QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
UNDER_WAY = (QUEUED, RUNNING)
LEASE = timedelta(seconds=120)
"""Longer than any step of a build: who is silent for so long has died."""
SILENT = {
    QUEUED: "No worker took it up in two minutes.",
    RUNNING: "The worker that built it stopped answering; nothing half done was kept.",
}


class ReportRun(Audited, TransactionsItem, discriminator="report_run"):
    """One report being built: who asked, how far it is, what came of it. `attempt` is its fencing token."""

    title = UnicodeAttribute()
    period = UnicodeAttribute()
    order = JSONAttribute()
    """orders.Order.as_data."""
    formats = JSONAttribute()
    """Writers' codes."""
    cause = UnicodeAttribute()
    """page, command or schedule."""
    keyed = BooleanAttribute(default=True)
    """It archives a report of its own, also when the same content stands in the archive."""
    recipients = JSONAttribute(default=list)
    """Ids of the colleagues it is mailed to."""
    delivered = JSONAttribute(default=list)
    """Those who have it."""
    asked_by = UnicodeAttribute()
    asked_role = UnicodeAttribute()
    asked_from = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    state = UnicodeAttribute(default=QUEUED)
    attempt = IntegerAttribute(default=0)
    until = UnicodeAttribute(default="")
    """Whoever waits for it or works on it must be heard of before this instant."""
    done = IntegerAttribute(default=0)
    total = IntegerAttribute(default=0)
    started_at = UnicodeAttribute(default="")
    ended_at = UnicodeAttribute(default="")
    error = UnicodeAttribute(default="")
    report_id = UnicodeAttribute(default="")

    @staticmethod
    def group(year: int) -> str:
        """The group of the index by_day that holds the runs asked for in a year."""
        return f"report_run#{year}"

    def file_under(self, moment: datetime) -> None:
        """Set the keys of the index."""
        self.day_group, self.day_order = self.group(moment.year), f"{iso(moment)}#{self.transaction_id}"

    def is_silent(self, now: datetime) -> bool:
        """Whether it waits, or is worked on, and nobody was heard of for the length of a lease."""
        return self.state in UNDER_WAY and self.until < iso(now)

    def state_at(self, now: datetime) -> str:
        """Its state; what nobody works on any more has failed."""
        return FAILED if self.is_silent(now) else self.state

    def why(self, now: datetime) -> str:
        """Why it failed, in one sentence; "" when it did not."""
        return SILENT[self.state] if self.is_silent(now) else self.error

    @property
    def asked(self) -> datetime:
        """When."""
        return from_iso(self.asked_at)


SHARED = "shared"


class PackShelf(Audited, AccountsItem, discriminator="report_packs"):
    """The packs that a manager saved for themselves, or the shared ones."""

    entries = JSONAttribute(default=list)
    """packs.SavedPack.as_data, by title."""

    @staticmethod
    def key(owner: str) -> str:
        """The hash key; `owner` is a person's id, or SHARED."""
        return f"report-packs#{owner}"


SCHEDULES = "report_schedule"


class ReportSchedule(Audited, AccountsItem, discriminator="report_schedule"):
    """A report that is built and mailed by itself, once each period, after the period's end."""

    title = UnicodeAttribute()
    pack = UnicodeAttribute()
    """The code of a declared or shared pack."""
    token = UnicodeAttribute()
    """last_quarter, last_month or yesterday."""
    formats = JSONAttribute()
    recipients = JSONAttribute()
    """Ids of colleagues who may read reports."""
    currency = UnicodeAttribute()
    days_after = IntegerAttribute(default=1)
    """So many calendar days after the period's last one it is built."""
    at = UnicodeAttribute(default="07:00")
    """From this time on, on the bank's clock."""
    active = BooleanAttribute(default=True)
    made_by = UnicodeAttribute()
    made_at = UnicodeAttribute()
    since = UnicodeAttribute(default="")
    """When its rhythm was changed last; "" when it never was."""

    @property
    def begins(self) -> datetime:
        """Periods that were due before are not caught up with."""
        return from_iso(self.since or self.made_at)

    @property
    def schedule_id(self) -> str:
        """The hash key under its own name."""
        return self.account_id

    def file(self) -> None:
        """Set the keys of the index by_book; call before saving a new one."""
        self.book, self.book_order = SCHEDULES, f"{self.made_at}#{self.account_id}"


class StatementTaken(Audited, TransactionsItem, discriminator="statement_taken"):
    """A statement that was handed out: whose, of what, and the hash of its content and of the file."""

    of_account = UnicodeAttribute()
    period = UnicodeAttribute()
    format = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    file_sha256 = UnicodeAttribute()
