"""Item kinds of movements that screening stopped: held for review, or refused."""

from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute

from accounts.ledger import Actor, Instruction
from cloudbank.audit import Audited
from cloudbank.tables import IntegerAttribute, TransactionsItem

WAITING, RELEASED, REJECTED, EXPIRED, BLOCKED = "waiting", "released", "rejected", "expired", "blocked"
WORKLIST = "held"
"""Group of the worklist: movements that wait for a decision, in the order in which their time runs out."""
NEVER = "9999-12-31"
"""The last day of what no clock sets free: blocked property."""


class HeldMovement(Audited, TransactionsItem, discriminator="held_movement"):
    """A movement that waits for a decision, or was refused by screening. Amounts in minor units.

    `posted` False: the instruction waits, its amount is held on the debited account, no posting exists. True: it came
    from outside and is posted; its amount is held on the credited account. BLOCKED: nothing moved and nothing will.
    """

    movement_id = UnicodeAttribute()
    instruction = JSONAttribute()
    """What the key means (Instruction.content), and the key."""
    asked_by = UnicodeAttribute()
    asked_role = UnicodeAttribute()
    asked_from = UnicodeAttribute()
    on_account = UnicodeAttribute()
    """Where the money is: its customer reads that something waits."""
    owner_id = UnicodeAttribute()
    amount = IntegerAttribute()
    currency = UnicodeAttribute()
    outcome = UnicodeAttribute()
    """hold or block: what screening asked for."""
    state = UnicodeAttribute(default=WAITING)
    posted = BooleanAttribute(default=False)
    hold_id = UnicodeAttribute(default="")
    alerts = JSONAttribute(default=list)
    """Ids of the alerts that say why."""
    known = JSONAttribute(default=list)
    """Findings as screening names them, which a release does not find again."""
    asked_at = UnicodeAttribute()
    expires_on = UnicodeAttribute(default="")
    """The last business date on which it waits; "" when nothing waits."""
    decided_by = UnicodeAttribute(default="")
    decided_at = UnicodeAttribute(default="")
    moving = frozenset[str]()

    @staticmethod
    def key(movement_id: str) -> str:
        """The hash key."""
        return f"held#{movement_id}"

    @staticmethod
    def subject_on(account_id: str) -> str:
        """The group of the index by_subject with what was stopped on an account."""
        return f"held#{account_id}"

    @staticmethod
    def group_of(day: str) -> str:
        """The group of the index by_day with what was stopped on a date (UTC)."""
        return f"held#{day}"

    @property
    def is_waiting(self) -> bool:
        """Whether somebody must decide."""
        return self.state == WAITING

    def asked(self) -> Instruction:
        """The instruction, exactly as it was given."""
        values: dict[str, Any] = dict(self.instruction)
        return Instruction(**values, actor=Actor(self.asked_by, self.asked_role, self.asked_from))

    def born(self) -> dict[str, Any]:
        """What of it never changes: its first audit record says it, and the checker compares."""
        return {name: getattr(self, name) for name in _BORN}

    def file(self) -> None:
        """Set the index keys; call before saving."""
        order = f"{self.asked_at}#{self.transaction_id}"
        self.subject, self.subject_order = self.subject_on(self.on_account), order
        self.day_group, self.day_order = self.group_of(self.asked_at[:10]), order
        self.worklist_group = WORKLIST if self.is_waiting else None
        self.worklist_order = f"{self.expires_on}#{self.transaction_id}" if self.is_waiting else None


_BORN = (
    *("movement_id", "instruction", "asked_by", "asked_role", "asked_from", "on_account", "owner_id", "amount"),
    *("currency", "outcome", "posted", "hold_id", "alerts", "known", "asked_at", "expires_on"),
)


class ReservedPosting(TransactionsItem, discriminator="reserved_posting"):
    """Stands where the debit posting of a stopped movement would: its key can post nothing any more but by release."""

    held = UnicodeAttribute()
    """Key of the HeldMovement."""
