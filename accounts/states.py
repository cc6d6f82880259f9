"""The states of an account and who may move it from one to another. Pure."""

from dataclasses import dataclass

from accounts.ledger import ACTIVE, CLOSED, CREDIT_BLOCKED, DEBIT_BLOCKED, DORMANT, FROZEN, STATUSES

OPEN_STATES = frozenset(STATUSES) - {CLOSED}
SAID = {
    ACTIVE: "Active: money moves in and out",
    DORMANT: "Dormant: money may come in, none leaves",
    CREDIT_BLOCKED: "Credits blocked: money may leave, none comes in",
    DEBIT_BLOCKED: "Debits blocked: money may come in, none leaves",
    FROZEN: "Frozen: no money moves",
    CLOSED: "Closed for ever",
}
"""What a state means, in a few words."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One way from state to state. What protects is one person's; what lifts a protection needs a second one."""

    code: str
    """As the address has it."""
    start: frozenset[str]
    end: str
    permission: str
    """Of who does it; with four eyes, of who asks."""
    second: str = ""
    """Permission of the other person who approves; "" when one person does it alone."""

    @property
    def four_eyes(self) -> bool:
        """Whether it takes two people."""
        return bool(self.second)

    @property
    def action(self) -> str:
        """As the audit trail has it."""
        return "close_account" if self.end == CLOSED else self.code.replace("-", "_")


_BLOCK, _FREEZE = "accounts.block_account", "accounts.freeze_account"
FREEZE = Transition("freeze", OPEN_STATES - {FROZEN}, FROZEN, _FREEZE)
UNFREEZE = Transition("unfreeze", frozenset({FROZEN}), ACTIVE, _FREEZE, "accounts.unfreeze_account")
BLOCK_DEBITS = Transition("block-debits", frozenset({ACTIVE}), DEBIT_BLOCKED, _BLOCK)
BLOCK_CREDITS = Transition("block-credits", frozenset({ACTIVE}), CREDIT_BLOCKED, _BLOCK)
UNBLOCK = Transition("unblock", frozenset({CREDIT_BLOCKED, DEBIT_BLOCKED}), ACTIVE, _BLOCK, "accounts.unblock_account")
WAKE = Transition("wake", frozenset({DORMANT}), ACTIVE, "accounts.wake_account", "accounts.approve_wake")
CLOSE = Transition("close", frozenset({ACTIVE, DORMANT}), CLOSED, "accounts.close_account")

TRANSITIONS = {one.code: one for one in (FREEZE, UNFREEZE, BLOCK_DEBITS, BLOCK_CREDITS, UNBLOCK, WAKE, CLOSE)}
"""All of them. Falling dormant is the end of day's doing, opening is how an account begins."""


def state_in_words(status: str) -> str:
    """ "debit_blocked" -> "blocked for debits"."""
    words = {CREDIT_BLOCKED: "blocked for credits", DEBIT_BLOCKED: "blocked for debits"}
    return words.get(status, status)
