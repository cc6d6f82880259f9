"""verify_ledger: the register of instruments sold says what the postings say, all of it and nothing else (I7)."""

from typing import Any

from accounts.models import InstrumentSale
from accounts.queries.ledger import movement_lines
from accounts.services.instruments import entry_of
from accounts.verifying import LedgerCheck


def check_sale(check: LedgerCheck, raw: dict[str, Any]) -> None:
    """An entry is what its posting makes it, to the last attribute; `check.sold` loses the movement."""
    key = raw["transaction_id"]["S"]
    movement_id = key.removeprefix(InstrumentSale.key(""))
    check.sold.discard(movement_id)
    lines = movement_lines(movement_id)
    if not lines or entry_of(lines[0].line()).serialize() != raw:
        check.report("I7 register", f"sale {key}: its posting does not say what it says")


def check_registered(check: LedgerCheck) -> None:
    """What was sold stands in the register."""
    for movement_id in sorted(check.sold):
        check.report("I7 register", f"movement {movement_id}: sold an instrument and stands in no register")
