"""How much customers may move by themselves: a movement, a business day. Pure.

Limits hold for what an owner sets off, not for what the bank's staff does with them at the counter.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ledger import CUSTOMERS_OWN, Plan, Refused
from cloudbank.money import format_amount


@dataclass(frozen=True, slots=True)
class Limits:
    """Minor units of the bank's currency."""

    movement: int
    day: int
    verified: bool


def keep_within(decided: Plan, limits: Mapping[str, Limits]) -> None:
    """Raise Refused when an owner moves more out of an account than their limits allow. `limits`: by owner."""
    movement = decided.movement
    if movement.observed or movement.type not in CUSTOMERS_OWN:
        return
    for line, state in zip(movement.lines, decided.states, strict=True):
        limit = limits.get(line.owner_id)
        if limit is None or line.amount > 0 or movement.actor.user_id != line.owner_id:
            continue
        if -line.amount > limit.movement:
            raise _refusal("limit_movement", "a movement", limit.movement, line.currency, limit)
        if state.sent_today > limit.day:
            raise _refusal("limit_day", "a business day", limit.day, line.currency, limit)


def _refusal(code: str, span: str, amount: int, currency: str, limit: Limits) -> Refused:
    what = f"You can send at most {format_amount(amount, currency)} {currency} {span} by yourself."
    way = "A branch can send more." if limit.verified else "The limit rises once your identity is verified."
    return Refused(code, f"{what} {way}", "amount")
