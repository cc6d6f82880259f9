"""The item kind of standing orders: what a customer has the bank transfer again and again."""

from pynamodb.attributes import UnicodeAttribute

from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem

ACTIVE, PAUSED, ENDED = "active", "paused", "ended"


class StandingOrder(Audited, TransactionsItem, discriminator="standing_order"):
    """A transfer that repeats. What is transferred never changes; another one is another order. Minor units."""

    owner_id = UnicodeAttribute()
    from_account = UnicodeAttribute()
    to_account = UnicodeAttribute()
    to_name = UnicodeAttribute()
    """The recipient's name as its owner read it when the order was made: masked, unless it is their own."""
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    branch = UnicodeAttribute()
    memo = UnicodeAttribute(default="")
    rhythm = UnicodeAttribute()
    first_on = UnicodeAttribute()
    last_on = UnicodeAttribute(default="")
    """Nothing is due after it; "" for no end."""
    state = UnicodeAttribute(default=ACTIVE)
    due_on = UnicodeAttribute()
    """The next due date; a calendar date."""
    run_on = UnicodeAttribute()
    """The business date on whose evening it is tried next."""
    tries = IntegerAttribute(default=0)
    """How often the next due date was tried in vain."""
    paid = IntegerAttribute(default=0)
    missed = IntegerAttribute(default=0)
    last_paid_on = UnicodeAttribute(default="")
    last_movement = UnicodeAttribute(default="")
    problem = UnicodeAttribute(default="")
    """What the owner must know: why the latest due date was not paid. Cleared when one is, or when it was read."""
    problem_on = UnicodeAttribute(default="")
    ended_why = UnicodeAttribute(default="")
    made_at = UnicodeAttribute()
    moving = frozenset[str]()

    @staticmethod
    def subject_of(owner_id: str) -> str:
        """The group of the index by_subject with a customer's orders."""
        return f"standing#{owner_id}"

    @staticmethod
    def worklist_of(currency: str) -> str:
        """The group of the worklist: active orders in the order in which they are tried."""
        return f"standing#{currency}"

    def file(self) -> None:
        """Set the index keys; call before saving."""
        self.subject, self.subject_order = self.subject_of(self.owner_id), f"{self.made_at}#{self.transaction_id}"
        is_active = self.state == ACTIVE
        self.worklist_group = self.worklist_of(self.currency) if is_active else None
        self.worklist_order = f"{self.run_on}#{self.transaction_id}" if is_active else None
