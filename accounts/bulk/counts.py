"""What a bulk run has done, as its record and its command tell it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts import ledger
from accounts.ledger import Movement
from accounts.participants import OK


@dataclass
class Counts:
    """What a run has done so far. Amounts in minor units."""

    customers: int = 0
    accounts: int = 0
    movements: int = 0
    postings: int = 0
    below_zero: int = 0
    """Movements that took the paying account below zero (or further below)."""
    lowest: int = 0
    suspicious: int = 0
    findings: Counter[str] = field(default_factory=Counter)
    """By rule."""
    refused: Counter[str] = field(default_factory=Counter)
    """By the code of the refusal."""
    house: Counter[str] = field(default_factory=Counter)
    """What the house accounts hold, by currency."""

    def as_json(self) -> dict[str, Any]:
        """For the run's record."""
        return {**vars(self), "findings": dict(self.findings), "refused": dict(self.refused), "house": dict(self.house)}

    def add(self, movement: Movement, badge: str, findings: Iterable[Any]) -> None:
        """Count a movement that was posted."""
        self.movements += 1
        self.postings += len(movement.lines)
        self.suspicious += badge != OK
        for line in movement.lines:
            if line.counter in ledger.HOUSE:
                self.house[line.currency] -= line.amount
            if line.deposit and line.amount < 0 and line.balance_after < 0:
                self.below_zero += 1
                self.lowest = min(self.lowest, line.balance_after)
        for finding in findings:
            if getattr(finding, "severity", ""):  # one that could not judge has none
                self.findings[finding.rule] += 1
