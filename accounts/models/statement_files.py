"""Item kinds of statement files: whose account a statement is of, what each reference stands for, the imports."""

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.ids import derived_id
from cloudbank.tables import AccountsItem, IntegerAttribute, TransactionsItem

CHECKED, RUNNING, STOPPED, DONE = "checked", "running", "stopped", "done"
IMPORTS = "statement_import"
"""The group of the index by_day that holds all imports of statement files."""
UNDER_WAY = "statement_import"
"""The group of the worklist with those that are running."""


class StatementHolder(Audited, AccountsItem, discriminator="statement_holder"):
    """Binds an account as another bank names it to one of ours."""

    number = UnicodeAttribute()
    """Our account."""
    named = UnicodeAttribute()
    """How the other bank names it, as people read it."""
    format = UnicodeAttribute()
    """Its statements come in this one: the same entry carries another reference in another format."""
    opens_on = UnicodeAttribute(default="")
    """Date from which entries count; those before it are in the opening balance the account was opened with."""
    moving = frozenset[str]()

    @staticmethod
    def key(holder: str) -> str:
        """The hash key."""
        return f"statement_holder#{holder}"


class StatementNumber(AccountsItem, discriminator="statement_number"):
    """The other direction: an account of ours is bound to one name at most."""

    holder = UnicodeAttribute()

    @staticmethod
    def key(number: str) -> str:
        """The hash key."""
        return f"statement_number#{number}"


class StatementEntry(TransactionsItem, discriminator="statement_entry"):
    """What a reference of another bank stands for on one of our accounts. Written before its movement is posted."""

    reference = UnicodeAttribute()
    contents = JSONAttribute()
    """Digest -> content. More than one only where that bank gives a reference to several entries of one file."""
    keys = JSONAttribute()
    """Digest -> idempotency key of its movement."""
    import_id = UnicodeAttribute()
    """The import that first brought it."""

    @staticmethod
    def key(number: str, reference: str) -> str:
        """The hash key; references have no limit to their length, keys have."""
        return f"statement_entry#{number}#{derived_id('ref', reference)}"


class StatementImport(Audited, TransactionsItem, discriminator="statement_import"):
    """One statement file: checked, then confirmed and running, then done."""

    state = UnicodeAttribute(default=CHECKED)
    file_name = UnicodeAttribute()
    format = UnicodeAttribute()
    size = IntegerAttribute()
    sha256 = UnicodeAttribute()
    document = UnicodeAttribute()
    accounts = JSONAttribute()
    """A list of {number, named, currency, opening, closing, entries, first, last} for each statement."""
    account = UnicodeAttribute(default="")
    open_for = UnicodeAttribute(default="")
    """What was chosen when the file came: our account, or the customer to open one for."""
    made_by = UnicodeAttribute()
    made_at = UnicodeAttribute()
    approved_by = UnicodeAttribute(default="")
    """Who approved it, as the second person; "" before, and when an operator ran it on the host."""
    approval = UnicodeAttribute(default="")
    """The id of that request."""
    scope = UnicodeAttribute(default="")
    """What was approved (see services.statement_scope): the run posts nothing beyond it."""
    ended_at = UnicodeAttribute(default="")
    done = IntegerAttribute(default=0)
    total = IntegerAttribute(default=0)
    counts = JSONAttribute(default=dict)
    why = UnicodeAttribute(default="")
    """Why it stopped."""
    moving = frozenset({"done", "total", "worklist_group", "worklist_order"})
    """Hints for the page; and whether it is found by who goes on with it."""

    def file_as_work(self) -> None:
        """Set the keys of the worklist; call before saving a change of state."""
        running = self.state == RUNNING
        self.worklist_group = UNDER_WAY if running else None
        self.worklist_order = f"{self.made_at}#{self.transaction_id}" if running else None
