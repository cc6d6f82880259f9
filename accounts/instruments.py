"""Monetary instruments that the bank sells for cash: what the record of a sale says (31 CFR 1010.415). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from accounts.ledger.details import packed, unpacked

KINDS = {
    "cashiers_check": "Cashier's check",
    "money_order": "Money order",
    "bank_draft": "Bank check or draft",
    "travelers_check": "Traveler's check",
}
"""The kinds that the regulation names."""
SERIAL_LENGTH, PAYEE_LENGTH, IDENTITY_LENGTH = 30, 100, 120
_SHORT = {"kind": "ik", "serial": "is", "payee": "ip", "identity": "iv"}


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument. `identity`: how the buyer's was verified; kept for the register, customers do not read it."""

    kind: str = ""
    serial: str = ""
    payee: str = ""
    identity: str = ""

    def packed(self) -> str:
        """As a posting's details."""
        return packed({short: getattr(self, name) for name, short in _SHORT.items()})

    @property
    def name(self) -> str:
        """ "Cashier's check"; "" when it is none."""
        return KINDS.get(self.kind, "")

    def facts(self) -> list[tuple[str, str]]:
        """(label, value) of what a receipt says."""
        rows = [("Instrument", self.name), ("Serial number", self.serial), ("Payee", self.payee)]
        return [row for row in rows if row[1]]


def instrument_of(details: str | Mapping[str, str]) -> Instrument:
    """What a posting's details say."""
    known = unpacked(details) if isinstance(details, str) else details
    return Instrument(**{name: known.get(short, "") for name, short in _SHORT.items()})
