"""What a key had led to before: the postings, a movement that waits, a refusal for ever (I8)."""

from dataclasses import dataclass

from accounts import ledger
from accounts.ledger import Instruction, Line, Refused
from accounts.models import HeldMovement, Posting
from accounts.outcomes import NOT_CARRIED_OUT
from accounts.queries.held import answer_of


class Busy(Exception):
    """Too many others move money on these accounts: try again with the same key."""


class NotKnownYet(Exception):
    """The engine did not answer: the movement may have happened. The same key finds out safely."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"The bank's books did not answer. Reference {reference}; sending the form again is safe.")
        self.reference = reference


@dataclass(frozen=True)
class Receipt:
    """What was posted. `replayed`: this key had been posted before; nothing was written now.

    `held`: it waits for a decision of the bank; its money is on hold and there are no lines.
    """

    movement_id: str
    lines: tuple[Line, ...]
    badge: str
    replayed: bool
    held: bool = False


@dataclass(frozen=True)
class Cleared:
    """What a person decided on a held movement: it may be posted, on the place that is reserved for it."""

    outcome: str
    known: tuple[str, ...]


def not_carried_out() -> Refused:
    """What everybody reads of a movement that screening refused."""
    return Refused("not_carried_out", NOT_CARRIED_OUT)


def earlier_answer(instruction: Instruction, cleared: Cleared | None = None) -> Receipt | None:
    """The result this key had before, if any. `cleared`: it waits, and that is why somebody releases it.

    Raises Refused when it meant another movement, or was refused then.
    """
    items, stopped = answer_of(instruction.movement_id)
    difference = _difference(instruction, items, stopped)
    if difference:
        raise Refused(
            "key_reused",
            f"This form was sent before with another {difference}. Open the form again for a new movement.",
            difference,
        )
    if items:
        lines = tuple(item.line() for item in items)
        return Receipt(instruction.movement_id, lines, lines[0].badge, replayed=True)
    if stopped is None or cleared:
        return None
    if not stopped.is_waiting:
        raise not_carried_out()
    return Receipt(instruction.movement_id, (), "", replayed=True, held=True)


def _difference(instruction: Instruction, items: list[Posting], stopped: HeldMovement | None) -> str:
    """Name of the first field in which the earlier movement under this key differs, or ""."""
    if items:
        return ledger.first_difference(instruction, {item.transaction_id: item.line() for item in items})
    if stopped is None:
        return ""
    earlier = stopped.instruction
    return next((name for name, value in instruction.content().items() if earlier.get(name) != value), "")
