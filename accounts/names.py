"""What types, channels, products, branches, segments ... are called: one place for pages, files and reports. Pure."""

from accounts.ledger import (
    CAPTURE,
    CHARGE_OFF,
    CHECKING,
    DEPOSIT,
    DISBURSEMENT,
    FEE,
    INSTRUMENT,
    INTEREST,
    LOAN,
    OPENING,
    PAYROLL,
    RECOVERY,
    REPAYMENT,
    REVERSAL,
    SAVINGS,
    SYSTEM,
    TRANSFER,
    WIRE_IN,
    WIRE_OUT,
    WITHDRAWAL,
)

Choices = list[tuple[str, str]]

TYPES = {
    OPENING: "Opening balance",
    DEPOSIT: "Deposit",
    WITHDRAWAL: "Withdrawal",
    TRANSFER: "Transfer",
    WIRE_OUT: "Outgoing wire",
    WIRE_IN: "Incoming wire",
    INSTRUMENT: "Cashier's check or money order",
    PAYROLL: "Payroll",
    CAPTURE: "Payment from a hold",
    FEE: "Fee",
    INTEREST: "Interest",
    DISBURSEMENT: "Loan paid out",
    REPAYMENT: "Loan repayment",
    CHARGE_OFF: "Charge-off",
    RECOVERY: "Loan recovery",
    REVERSAL: "Reversal",
}
MANY = {
    OPENING: "Opening balances",
    DEPOSIT: "Deposits",
    WITHDRAWAL: "Withdrawals",
    TRANSFER: "Transfers",
    WIRE_OUT: "Outgoing wires",
    WIRE_IN: "Incoming wires",
    INSTRUMENT: "Checks and money orders sold",
    PAYROLL: "Payrolls",
    CAPTURE: "Payments from holds",
    FEE: "Fees",
    INTEREST: "Interest",
    DISBURSEMENT: "Loans paid out",
    REPAYMENT: "Loan repayments",
    CHARGE_OFF: "Charge-offs",
    RECOVERY: "Loan recoveries",
    REVERSAL: "Reversals",
}
"""The types in the plural, as charts and totals have them."""
CHANNELS = {
    "branch": "Counter",
    "online": "Online",
    "ach": "ACH",
    "wire": "Wire",
    "card": "Card",
    "import": "Imported history",
    SYSTEM: "Automatic",
}
STANDING_ORDER = "Standing order"
"""A transfer that the bank's programs make for a customer, evening after evening."""
SEGMENTS = {"retail": "Retail", "business": "Business"}
"""What a customer banks as: chosen when they join, and decided anew by the bank."""
ROLES = {
    "teller": "Teller",
    "analyst": "Analyst",
    "manager": "Manager",
    "compliance": "Compliance officer",
    "auditor": "Auditor",
    "admin": "Administrator",
}
"""The roles of the staff."""
PRODUCTS = {CHECKING: "Checking", SAVINGS: "Savings", LOAN: "Loan"}
BRANCHES = {"main": "Main branch"}
"""Branches whose code is not their name; the others are called as they are written, with a capital."""


def plain(code: str) -> str:
    """A code as words: "non_accrual" -> "Non accrual"; "" stays ""."""
    words = code.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def type_name(code: str) -> str:
    """ "charge_off" -> "Charge-off"."""
    return TYPES.get(code) or plain(code)


def channel_name(code: str) -> str:
    """ "ach" -> "ACH"."""
    return CHANNELS.get(code) or plain(code)


def movement_name(type_: str, channel: str) -> str:
    """A line of a statement: "Transfer, Online"; what the bank does by itself has no channel: "Interest"."""
    if channel != SYSTEM:
        return f"{type_name(type_)}, {channel_name(channel)}"
    if type_ == REPAYMENT:
        return f"{type_name(type_)}, {channel_name(channel).lower()}"
    return STANDING_ORDER if type_ == TRANSFER else type_name(type_)


def product_name(code: str) -> str:
    """ "checking" -> "Checking"."""
    return PRODUCTS.get(code) or plain(code)


def role_name(code: str) -> str:
    """ "compliance" -> "Compliance officer"."""
    return ROLES.get(code) or plain(code)


def branch_name(code: str) -> str:
    """ "main" -> "Main branch"."""
    return BRANCHES.get(code) or plain(code)


def segment_name(code: str) -> str:
    """ "retail" -> "Retail"; "" is a movement of which no customer is known."""
    return SEGMENTS.get(code) or plain(code) or "Unknown"


def program_name(actor_id: str) -> str:
    """Who acts without being a person: "command:close_day" -> "Program: close day"; other ids stay as they are."""
    kind, _, name = actor_id.partition(":")
    return f"Program: {name.replace('_', ' ')}" if kind in ("command", "job") and name else actor_id


def branch_code(name: str) -> str:
    """What somebody typed as a branch's name, or its code, as it is stored."""
    words = " ".join(name.lower().split())
    return next((code for code, said in BRANCHES.items() if said.lower() == words), words.replace(" ", "_"))


def choices(names: dict[str, str], first: str = "Any") -> Choices:
    """The options of a filter, the first of which narrows nothing."""
    return [("", first), *names.items()]
