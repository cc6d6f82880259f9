"""Reads of corrections: which movements were taken back later, by when that was booked and by what it corrects."""

from collections.abc import Iterable, Sequence

from accounts.corrections import Correction
from accounts.ledger import Line, posting_id
from accounts.models import Posting, Reversed
from accounts.totals import EXISTING, FEES_PART, INTEREST_PART, OWN, SWITCHED_PART, bridge_part
from cloudbank import store
from cloudbank.tables import TransactionsItem

SIDES = ("debit", "credit")
FIGURES = {
    INTEREST_PART: "Interest paid to customers",
    FEES_PART: "Fees taken from deposits",
    SWITCHED_PART: "Switches between products",
    EXISTING: "Net inflow of customers",
}
"""By part of the bridge of deposits, the figure that a correction would have changed in the past period."""
LOANS = "Fees of loans"


def booked_in(months: Iterable[str], currency: str) -> list[Correction]:
    """What was taken back in these months (YYYY-MM), in order. One query a month, and the movements themselves."""
    marks = [
        one
        for month in months
        for one in Reversed.by_day.query(Reversed.booked_group(currency, month))
        if isinstance(one, Reversed)
    ]
    return _described(marks)


def corrections_of(months: Iterable[str], currency: str, booked_after: str) -> list[Correction]:
    """What was taken back of movements of these months, and booked after a business date (ISO)."""
    after = Reversed.subject_order > f"{booked_after}~"
    marks = [
        one
        for month in months
        for one in Reversed.by_subject.query(Reversed.corrected_group(currency, month), after)
        if isinstance(one, Reversed)
    ]
    return sorted(_described(marks), key=lambda one: (one.booked_on, one.movement_id))


def _described(marks: Sequence[Reversed]) -> list[Correction]:
    movements = [movement for mark in marks for movement in (mark.movement_id, mark.by_movement)]
    ids = [posting_id(movement, side) for movement in movements for side in SIDES]
    found = store.load(TransactionsItem, ids, consistent=False)

    def lines(movement_id: str) -> list[Posting]:
        items = (found.get(posting_id(movement_id, side)) for side in SIDES)
        return [item for item in items if isinstance(item, Posting)]

    pairs = [(lines(mark.movement_id), lines(mark.by_movement)) for mark in marks]
    return [
        correction([one.line() for one in original], [one.line() for one in reversal])
        for original, reversal in pairs
        if original and reversal
    ]


def correction(original: Sequence[Line], reversal: Sequence[Line]) -> Correction:
    """From the lines of a movement and those of the one that takes it back."""
    first = original[0]
    return Correction(
        booked_on=reversal[0].business_date,
        corrects_on=first.business_date,
        movement_id=first.movement_id,
        by_movement=reversal[0].movement_id,
        type=first.type,
        amount=abs(reversal[0].amount),
        deposits=sum(line.amount for line in reversal if line.deposit),
        effect=effect(reversal),
    )


def effect(reversal: Iterable[Line]) -> str:
    """The figures of the bridge of deposits that it belongs to, in words."""
    parts = [bridge_part(line) for line in reversal if line.deposit]
    names = dict.fromkeys(FIGURES[EXISTING if part == OWN else part] for part in parts)
    return ", ".join(names) or LOANS
