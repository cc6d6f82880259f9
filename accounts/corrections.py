"""A correction: a movement that takes an earlier one back, and which figures it moves. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correction:
    """Minor units. `amount` is what was taken back, `deposits` by how much deposit accounts grew with it."""

    booked_on: str
    corrects_on: str
    movement_id: str
    by_movement: str
    type: str
    amount: int
    deposits: int
    effect: str
