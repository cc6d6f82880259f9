"""What stands on the demo bank's own lists, and a wire that waits for a person."""

from collections.abc import Mapping
from datetime import datetime

from accounts.ledger import CLEARING, WIRE_OUT, Instruction, Refused
from accounts.models import DepositAccount, User
from accounts.queries.deposits import accounts_of
from accounts.queries.people import user
from accounts.services.wires import send_wire
from accounts.wires import Wire
from cloudbank.conf import business_date
from cloudbank.management.demo.work import actor_of
from monitoring.listing import read_rows
from monitoring.services.lists import load_rows

LISTED = """list,kind,value,reason,expires_on
block,name,Harbour Light Trading,Goods that were paid for never came; three customers lost money.,
block,account,GB33 BUKB 2020 1555 5555 55,Account of a fraud that the police named.,
watch,name,Northgate Advisory,Asked for the beneficiaries of its payments; no answer yet.,
watch,country,KY,Wires of two cases went there.,
"""
AMOUNT, LEAST = 185_000, 400_000
"""Of the wire, and what the account must have at least; minor units."""
TRIED = 40
"""Customers that are looked at for one who can pay it."""


def keep_lists(staff: Mapping[str, User], until: datetime) -> int:
    """Put some entries on the lists; how many there are. Repeating adds none."""
    rows = read_rows(LISTED, business_date(until))
    load_rows(
        rows=rows, origin="demo.csv", dry_run=False, actor=actor_of(staff["analyst@cloudbank.example"]), now=until
    )
    return len(rows)


def hold_a_wire(staff: Mapping[str, User], customers: list[str], until: datetime) -> bool:
    """Send a wire to a country of the call for action, which screening holds; whether anybody could pay it.

    Repeating sends none: the key says which it is.
    """
    payer = next((one for who in customers[:TRIED] if (one := _able(who))), None)
    if payer is None:
        return False
    owner = user(payer.owner_id or "")
    wire = Wire(
        owner.name if owner else "Unknown", payer.account_id, "1 Main Street, Springfield", "Shiraz Carpets",
        "IR062960000000100324200001", "MELIIRTHXXX", "IR",
    )  # fmt: skip
    asked = Instruction(
        type=WIRE_OUT,
        key="demo held wire",
        amount=AMOUNT,
        currency=payer.currency,
        debit=payer.account_id,
        credit=CLEARING,
        channel="wire",
        branch=payer.branch,
        details=wire.packed(),
        actor=actor_of(staff["teller@cloudbank.example"]),
    )
    try:
        return send_wire(instruction=asked, now=until).held
    except Refused:
        return False  # whoever was able in the history may be limited by their file: the demo goes on without


def _able(customer_id: str) -> DepositAccount | None:
    usable = (one for one in accounts_of(customer_id) if one.status == "active" and one.product == "checking")
    return next((one for one in usable if one.balance > LEAST), None)
