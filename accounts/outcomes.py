"""What becomes of a movement that screening has found something on. Pure.

post < alert < hold < block: the most severe finding wins. What that means for a movement depends on whether it can
still be stopped: what came in from outside is the bank's already, what the bank's programs do is not held.
"""

from collections.abc import Iterable

from accounts.ledger import (
    CHARGE_OFF,
    DEPOSIT,
    FEE,
    HOUSE,
    INTEREST,
    LOAN,
    OPENING,
    RECOVERY,
    REVERSAL,
    SYSTEM,
    TRANSFER,
    WIRE_IN,
    WIRE_OUT,
    WITHDRAWAL,
    Movement,
)

POST, ALERT, HOLD, BLOCK = "post", "alert", "hold", "block"
OUTCOMES = (POST, ALERT, HOLD, BLOCK)
"""From the mildest to the most severe."""

CARRY_OUT, SET_ASIDE, KEEP, REFUSE = "carry_out", "set_aside", "keep", "refuse"
"""Post it; hold its money and wait for a person; post it and hold what came in; nothing moves."""

_BANKS_OWN = frozenset({FEE, INTEREST, OPENING, CHARGE_OFF, RECOVERY, REVERSAL})
_CAN_WAIT = frozenset({TRANSFER, WITHDRAWAL, WIRE_OUT})
_COMES_IN = frozenset({DEPOSIT, WIRE_IN})
_AT_OUR_DOOR = frozenset({"branch", "online"})
"""Channels on which money that comes in can be turned away: who brings it is there."""
NOT_CARRIED_OUT = "The bank cannot carry out this payment. Please contact your branch."
"""All that anybody but the people who judge it reads of a refusal: no rule, no list, no reason."""


def worst(outcomes: Iterable[str]) -> str:
    """The most severe of them; POST when there is none."""
    return max(outcomes, key=OUTCOMES.index, default=POST)


def way_of(outcome: str, movement: Movement, *, alone: bool) -> str:
    """What is done with a movement of this outcome. `alone`: nothing else changes in its transaction.

    Imported history happened elsewhere and the bank's own doing (fees, interest, loan collection, reversals) is never
    stopped: there the alert is all. A payment that is part of something else (a payroll's credit, a loan's repayment)
    can be refused but not wait.
    """
    if outcome in (POST, ALERT) or movement.observed or movement.type in _BANKS_OWN:
        return CARRY_OUT
    if movement.channel == SYSTEM and movement.type != TRANSFER:
        return CARRY_OUT
    if movement.debit in HOUSE:
        turned_away = outcome == BLOCK and movement.channel in _AT_OUR_DOOR
        return REFUSE if turned_away else KEEP if _may_be_kept(movement) else CARRY_OUT
    if outcome == BLOCK:
        return REFUSE
    return SET_ASIDE if alone and movement.type in _CAN_WAIT else CARRY_OUT


def _may_be_kept(movement: Movement) -> bool:
    """Money from outside that came for a deposit account."""
    return movement.type in _COMES_IN and all(line.product != LOAN for line in movement.lines)
