"""How much customers may move by themselves: a movement, a business day. Pure.

Limits hold for what an owner sets off, not for what the bank's staff does with them at the counter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ledger import CUSTOMERS_OWN, SYSTEM, TRANSFER, Line, Movement, Plan, Refused
from cloudbank.money import format_amount, in_units_of


@dataclass(frozen=True, slots=True)
class Limits:
    """Amounts in minor units of `currency`."""

    movement: int
    day: int
    verified: bool
    currency: str = "USD"

    def of(self, currency: str) -> "Limits":
        """The same limits in another currency."""
        movement, day = (in_units_of(amount, self.currency, currency) for amount in (self.movement, self.day))
        return Limits(movement, day, self.verified, currency)


def keep_within(decided: Plan, limits: Mapping[str, Limits]) -> None:
    """Raise Refused when an owner moves more out of an account than their limits allow. `limits`: by owner."""
    movement = decided.movement
    if movement.observed or movement.type not in CUSTOMERS_OWN:
        return
    for line, state in zip(movement.lines, decided.states, strict=True):
        if line.owner_id not in limits or line.amount > 0 or not _by_owner(movement, line):
            continue
        limit = limits[line.owner_id].of(line.currency)
        if -line.amount > limit.movement:
            raise _refusal("limit_movement", "a movement", limit.movement, limit)
        if state.sent_today > limit.day:
            raise _refusal("limit_day", "a business day", limit.day, limit)


def _by_owner(movement: Movement, line: Line) -> bool:
    """Whether the owner set it off: now, or once with a standing order."""
    return movement.actor.user_id == line.owner_id or (movement.channel == SYSTEM and movement.type == TRANSFER)


def _refusal(code: str, span: str, amount: int, limit: Limits) -> Refused:
    most = f"{format_amount(amount, limit.currency)} {limit.currency}"
    what = f"You can send at most {most} {span} by yourself."
    way = "A branch can send more." if limit.verified else "The limit rises once your identity is verified."
    return Refused(code, f"{what} {way}", "amount")
