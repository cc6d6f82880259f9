"""Item kinds of what stands between a balance and its use: holds, and the mark of a reversed movement."""

from pynamodb.attributes import UnicodeAttribute

from accounts.customer_texts import BY_BANK, HOLDS
from accounts.ledger import Line
from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem

OPEN, CAPTURED, RELEASED, EXPIRED = "open", "captured", "released", "expired"
WORKLIST = "hold"
"""Group of the worklist: open holds in the order in which they expire."""


class Hold(Audited, TransactionsItem, discriminator="hold"):
    """Money set aside on an account; it resolves once. Amounts in minor units."""

    on_account = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    state = UnicodeAttribute(default=OPEN)
    reason = UnicodeAttribute()
    """Why, for the staff only."""
    told = UnicodeAttribute(default="")
    """What its customer reads instead (accounts.customer_texts)."""
    placed_at = UnicodeAttribute()
    placed_by = UnicodeAttribute()
    expires_on = UnicodeAttribute()
    """The last business date on which it counts."""
    captured = IntegerAttribute(default=0)
    movement_id = UnicodeAttribute(null=True)
    """The movement that captured it."""
    resolved_at = UnicodeAttribute(null=True)
    held_for = UnicodeAttribute(default="")
    """Key of the HeldMovement whose money this is: only the decision on it resolves the hold."""
    moving = frozenset[str]()

    @property
    def said(self) -> str:
        """What it is for, as its customer reads it."""
        return self.told or HOLDS[BY_BANK]

    @property
    def review_of(self) -> str:
        """The movement under review whose money this is, or ""."""
        return self.held_for.partition("#")[2] if self.held_for else ""

    @staticmethod
    def subject_of(account_id: str) -> str:
        """The group of the index by_subject with the holds of an account."""
        return f"holds#{account_id}"

    def file(self) -> None:
        """Set the index keys; call before saving."""
        self.subject, self.subject_order = self.subject_of(self.on_account), f"{self.placed_at}#{self.transaction_id}"
        is_open = self.state == OPEN
        self.worklist_group = WORKLIST if is_open else None
        self.worklist_order = f"{self.expires_on}#{self.transaction_id}" if is_open else None


class Reversed(TransactionsItem, discriminator="reversed"):
    """Marks that a movement is reversed, so that none is reversed twice; filed by when, and by what it corrects.

    Reports tell by it which figures of quarters that are closed a later movement takes back.
    """

    by_movement = UnicodeAttribute()
    reason = UnicodeAttribute()
    """What its customer reads, the reversal's memo; why it was done is in the audit trail."""
    at = UnicodeAttribute()
    currency = UnicodeAttribute()
    booked_on = UnicodeAttribute()
    """Business date of the reversal."""
    corrects_on = UnicodeAttribute()
    """Business date of the movement that is taken back."""

    @classmethod
    def of(cls, original: Line, reversal: Line, at: str) -> "Reversed":
        """The mark that these two movements must have; of each the line that stands for it."""
        mark = cls(
            transaction_id=cls.key(original.movement_id),
            version=1,
            by_movement=reversal.movement_id,
            reason=reversal.memo,
            at=at,
            currency=original.currency,
            booked_on=reversal.business_date,
            corrects_on=original.business_date,
        )
        mark.day_group = cls.booked_group(mark.currency, mark.booked_on[:7])
        mark.subject = cls.corrected_group(mark.currency, mark.corrects_on[:7])
        mark.day_order = mark.subject_order = f"{mark.booked_on}#{original.movement_id}"
        return mark

    @property
    def movement_id(self) -> str:
        """The movement that is taken back."""
        return self.transaction_id.removeprefix(self.key(""))

    @staticmethod
    def key(movement_id: str) -> str:
        """The hash key."""
        return f"reversed#{movement_id}"

    @staticmethod
    def booked_group(currency: str, month: str) -> str:
        """The group of the index by_day with what was taken back in a month (YYYY-MM)."""
        return f"reversed#{currency}#{month}"

    @staticmethod
    def corrected_group(currency: str, month: str) -> str:
        """The group of the index by_subject with what was taken back of a month's movements."""
        return f"corrects#{currency}#{month}"
