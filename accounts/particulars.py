"""What a posting carries beside the money, as one text for files: wires, instruments, places. Pure."""

from accounts.instruments import instrument_of
from accounts.ledger.details import unpacked
from accounts.wires import wire_of

PLACE = "at"
"""The short name of a movement's place among its details (accounts.places.as_text)."""


def particulars(details: str) -> str:
    """ "Beneficiary: Acme GmbH; Country: Germany"; "" for most postings."""
    if not details:
        return ""
    known = unpacked(details)
    shown = wire_of(known).facts() + instrument_of(known).facts()
    shown += [("Place", known[PLACE])] if PLACE in known else []
    return "; ".join(f"{label}: {value}" for label, value in shown)
