"""The record of a payroll: what was read back, and how far it is."""

from pynamodb.attributes import JSONAttribute, UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem

CHECKED, RUNNING, RETURNING, DONE = "checked", "running", "returning", "done"
UNDER_WAY = (RUNNING, RETURNING)
PAYROLLS = "payroll"
"""The group of the index by_day with all payrolls, and of the worklist with those under way."""


class Payroll(Audited, TransactionsItem, discriminator="payroll"):
    """One payroll. `running` and the payer's debit are written together; so is everything after it decided by postings.

    States: checked -> running (the payer is debited, payees are credited) -> returning (nobody is credited any
    more; what has no credit goes back) -> done.
    """

    state = UnicodeAttribute(default=CHECKED)
    payer = UnicodeAttribute()
    """The account that pays."""
    owner = UnicodeAttribute()
    currency = UnicodeAttribute()
    total = IntegerAttribute()
    """Minor units of the rows that are paid."""
    rows = IntegerAttribute()
    """How many rows are paid."""
    largest = IntegerAttribute(default=0)
    """What the payee who gets most gets, over all their rows; minor units."""
    rejected = JSONAttribute(default=dict)
    """Line -> why it is not paid; decided when the file came, and never paid afterwards."""
    returned = JSONAttribute(default=dict)
    """Line -> why it could not be credited."""
    returned_sum = IntegerAttribute(default=0)
    file_name = UnicodeAttribute()
    sha256 = UnicodeAttribute()
    size = IntegerAttribute()
    document = UnicodeAttribute()
    round = IntegerAttribute(default=1)
    """The same file may be paid again on purpose; each time is a payroll of its own."""
    actor_id = UnicodeAttribute()
    """Who brought it; all its movements are asked in this name, whoever lets it go on."""
    actor_role = UnicodeAttribute()
    source = UnicodeAttribute()
    channel = UnicodeAttribute()
    branch = UnicodeAttribute()
    made_at = UnicodeAttribute()
    started_at = UnicodeAttribute(default="")
    ended_at = UnicodeAttribute(default="")
    done = IntegerAttribute(default=0)
    why = UnicodeAttribute(default="")
    """What keeps it from going on."""
    moving = frozenset({"done", "why"})
    """Hints for the page, while it runs; how many were paid is known from the postings."""

    @property
    def payroll_id(self) -> str:
        """The key."""
        return self.transaction_id

    def file_as_work(self) -> None:
        """Set the keys of the worklist; call before saving a change of state."""
        under_way = self.state in UNDER_WAY
        self.worklist_group = PAYROLLS if under_way else None
        self.worklist_order = f"{self.made_at}#{self.transaction_id}" if under_way else None
