"""The record of a bulk run: what it is made of, and how far its postings are stored; the loan books it tells of."""

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.tables import AccountsItem, IntegerAttribute

RUNNING, DONE = "running", "done"


class ImportRun(Audited, AccountsItem, discriminator="import_run"):
    """One import of history, or the demo bank. Until it is done none of its days can be closed."""

    state = UnicodeAttribute(default=RUNNING)
    made_of = JSONAttribute()
    """What decides its content (file hashes, mapping, start date; seed and day): the same again resumes it."""
    days = JSONAttribute()
    """Currency -> [first business day, last business day]."""
    stored = IntegerAttribute(default=0)
    """The checkpoint: the postings of so many events are stored."""
    rules_version = UnicodeAttribute(default="")
    started_at = UnicodeAttribute()
    ended_at = UnicodeAttribute(default="")
    counts = JSONAttribute(default=dict)
    moving = frozenset({"stored"})

    @property
    def import_id(self) -> str:
        """The run's name."""
        return self.account_id.partition("#")[2]

    @staticmethod
    def key(import_id: str) -> str:
        """The hash key."""
        return f"import_run#{import_id}"


class ImportedLoanBook(AccountsItem, discriminator="imported_loan_book"):
    """What a run's loans added up to at the end of one of its days: by the time the day is closed they moved on."""

    numbers = JSONAttribute()
    """Names of accounts.loans.book; minor units of the run's currency."""

    @staticmethod
    def key(currency: str, day: str, import_id: str) -> str:
        """The hash key."""
        return f"loan_book#{currency}#{day}#{import_id}"
