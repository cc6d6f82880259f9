"""The fees that staff charge on an account; each one is a parameter."""

from datetime import datetime

from accounts.parameters import POLICY
from cloudbank import parameters
from cloudbank.parameters import Parameter, declare

_MOST = 100_000


def _fee(code: str, label: str, default: int) -> Parameter:
    return declare(Parameter(f"fee.{code}", f"Fee: {label}", "money", default, POLICY, 0, _MOST))


FEES = {
    "wire_out": (_fee("wire_out", "outgoing wire", 2_500), "Outgoing wire"),
    "statement_copy": (_fee("statement_copy", "copy of a statement", 500), "Copy of a statement"),
    "returned_item": (_fee("returned_item", "returned item", 3_000), "Returned item"),
    "stop_payment": (_fee("stop_payment", "stop payment", 3_000), "Stop payment"),
    "bank_letter": (_fee("bank_letter", "letter of the bank", 1_500), "Letter of the bank"),
    "card_again": (_fee("card_again", "replaced card", 1_000), "Replaced card"),
}
"""Code -> its parameter, and what it is called on a statement."""


WIRE_FEE = "wire_out"


def wire_fee_key(movement_id: str) -> str:
    """The key under which the fee of a wire is posted, by who sent the wire: once, whoever tries again."""
    return f"wire#{movement_id}"


def schedule(currency: str, now: datetime) -> list[tuple[str, str, int]]:
    """(code, name, minor units of the currency) of the fees in force; a fee of zero is not charged."""
    values = parameters.snapshot(now)
    found = [(code, name, values.money(parameter.code, currency)) for code, (parameter, name) in FEES.items()]
    return [one for one in found if one[2]]
