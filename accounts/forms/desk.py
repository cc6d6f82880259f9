"""Where a movement is asked for."""

from dataclasses import dataclass

from accounts.ledger import CASH, CLEARING, Actor


@dataclass(frozen=True)
class Desk:
    """Where a movement is asked for: a customer's own pages, or the bank's counter (any account, cash)."""

    actor: Actor
    branch: str
    at_counter: bool

    @property
    def channel(self) -> str:
        """The channel of what is posted here."""
        return "branch" if self.at_counter else "online"

    @property
    def house(self) -> str:
        """The house account on the other side of a deposit or withdrawal."""
        return CASH if self.at_counter else CLEARING
