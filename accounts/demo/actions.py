"""What somebody intends to do, and the purse that knows whether it can happen. Amounts in minor units."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from accounts.bulk.events import Move
from accounts.ledger import DEPOSIT, HOUSE, OPENING, TRANSFER, WITHDRAWAL, Actor, Instruction

ALL = 100
"""As a `share`: whatever is on the account."""


@dataclass(frozen=True, slots=True)
class Action:
    """A movement as it is intended; with a `share`, so many percent of what is on the account."""

    at: datetime
    debit: str
    credit: str
    amount: int
    channel: str
    branch: str
    memo: str
    actor: Actor
    conductor_id: str = ""
    opening: bool = False
    share: int = 0

    @property
    def type(self) -> str:
        """What the ledger calls it."""
        if self.opening:
            return OPENING
        if self.debit in HOUSE:
            return DEPOSIT
        return WITHDRAWAL if self.credit in HOUSE else TRANSFER


class Purse:
    """The balances, so that nobody intends to spend what is not there."""

    def __init__(self, currency: str) -> None:
        self.balances: Counter[str] = Counter()
        self._currency, self._numbers = currency, count(1)

    def take(self, action: Action) -> Move | None:
        """The movement, or None when the money is not there."""
        number = next(self._numbers)
        amount = self.balances[action.debit] * action.share // 100 if action.share else action.amount
        if amount <= 0 or (action.debit not in HOUSE and amount > self.balances[action.debit]):
            return None
        for account, sign in ((action.debit, -1), (action.credit, 1)):
            if account not in HOUSE:
                self.balances[account] += sign * amount
        return Move(self._instruction(action, amount, number), action.at)

    def _instruction(self, action: Action, amount: int, number: int) -> Instruction:
        return Instruction(
            type=action.type,
            key=f"demo {number}",
            amount=amount,
            currency=self._currency,
            debit=action.debit,
            credit=action.credit,
            channel=action.channel,
            branch=action.branch,
            actor=action.actor,
            memo=action.memo,
            conductor_id=action.conductor_id,
        )
