"""The words of the ledger: house accounts, types, channels, states; who asks, what is asked, what is refused. Pure."""

from dataclasses import dataclass

from accounts.interest import MonthDays
from cloudbank.ids import derived_id

CASH = "house:cash"
CLEARING = "house:clearing"
FEE_INCOME = "house:fee_income"
INTEREST_INCOME = "house:interest_income"
INTEREST_EXPENSE = "house:interest_expense"
LOAN_LOSS = "house:loan_loss"
LOAN_RECOVERY = "house:loan_recovery"
INSTRUMENTS = "house:instruments"
HOUSE = (CASH, CLEARING, INSTRUMENTS, FEE_INCOME, INTEREST_INCOME, INTEREST_EXPENSE, LOAN_LOSS, LOAN_RECOVERY)
"""The bank's own general-ledger accounts. Their balances are derived from the days' totals, so none is ever hot."""
HOUSE_NAMES = {
    CASH: "Cash",
    CLEARING: "Clearing",
    INSTRUMENTS: "Instruments outstanding",
    FEE_INCOME: "Fee income",
    INTEREST_INCOME: "Interest income",
    INTEREST_EXPENSE: "Interest expense",
    LOAN_LOSS: "Loan losses",
    LOAN_RECOVERY: "Loan recoveries",
}

CHECKING, SAVINGS, LOAN = "checking", "savings", "loan"
PRODUCTS = (CHECKING, SAVINGS, LOAN)
"""What kinds of account customers have; all but loans are deposits."""
DEPOSIT_PRODUCTS = tuple(product for product in PRODUCTS if product != LOAN)

OPENING, DEPOSIT, WITHDRAWAL, TRANSFER = "opening", "deposit", "withdrawal", "transfer"
FEE, INTEREST, REVERSAL, CAPTURE, PAYROLL = "fee", "interest", "reversal", "capture", "payroll"
DISBURSEMENT, REPAYMENT, CHARGE_OFF, RECOVERY = "disbursement", "repayment", "charge_off", "recovery"
WIRE_OUT, WIRE_IN, INSTRUMENT = "wire_out", "wire_in", "instrument"
TYPES = (
    *(OPENING, DEPOSIT, WITHDRAWAL, TRANSFER, WIRE_OUT, WIRE_IN, INSTRUMENT, PAYROLL, CAPTURE, FEE, INTEREST),
    *(DISBURSEMENT, REPAYMENT, CHARGE_OFF, RECOVERY, REVERSAL),
)
OF_LOANS = frozenset({DISBURSEMENT, REPAYMENT, CHARGE_OFF, RECOVERY})
"""Types with a loan on one side."""
CLOSING = "closing"
"""What a movement that pays out an account to close it belongs to: its `link` begins so."""
CUSTOMERS_OWN = frozenset({DEPOSIT, WITHDRAWAL, TRANSFER, WIRE_OUT, WIRE_IN, INSTRUMENT, PAYROLL, CAPTURE, REPAYMENT})
"""Types that a customer sets off; the others are the bank's doing and wake no dormant account."""
FROM_OTHERS = frozenset({PAYROLL, WIRE_IN})
"""Of these, money that comes in was sent by somebody else."""
WIRES = frozenset({WIRE_OUT, WIRE_IN})
SYSTEM = "system"
"""The channel of what the bank's own programs set off: standing orders, interest, fees."""
CHANNELS = ("branch", "online", "ach", "wire", "card", "import", SYSTEM)

ACTIVE, FROZEN, CLOSED = "active", "frozen", "closed"
DORMANT, CREDIT_BLOCKED, DEBIT_BLOCKED = "dormant", "credit_blocked", "debit_blocked"
STATUSES = (ACTIVE, DORMANT, CREDIT_BLOCKED, DEBIT_BLOCKED, FROZEN, CLOSED)
GENESIS = "0" * 64


class Refused(Exception):
    """A business refusal: nothing was written. `code` is stable, `field` names the form's field."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, in which role, from where (IP address or command)."""

    user_id: str
    role: str
    source: str


def movement_id_of(user_id: str, key: str) -> str:
    """The id of the movement that a person asks for under a key."""
    return derived_id("mov", user_id, key)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What is asked. `debit` loses, `credit` gains `amount` minor units; each an account id or house account."""

    type: str
    key: str
    amount: int
    currency: str
    debit: str
    credit: str
    channel: str
    branch: str
    actor: Actor
    memo: str = ""
    conductor_id: str = ""
    observed: bool = False
    """Imported history: it happened elsewhere, so it is not refused for funds."""
    link: str = ""
    """What it belongs to: the movement it reverses, the hold it captures, the last month whose interest it pays."""
    details: str = ""
    """Packed (accounts.ledger.details): the travel-rule fields of a wire, an instrument, the place."""

    @property
    def movement_id(self) -> str:
        """Derived from the key and the asking person: a retry finds the first result."""
        return movement_id_of(self.actor.user_id, self.key)

    def content(self) -> dict[str, str | int]:
        """What must be equal for the same key to mean the same movement, in the order it is compared."""
        names = ("type", "debit", "credit", "amount", "currency", "channel", "memo", "branch", "conductor_id")
        return {name: getattr(self, name) for name in (*names, "observed", "link", "details")}


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the ledger must know of an account. Amounts in minor units of its currency; a loan's balance is negative."""

    account_id: str
    owner_id: str
    product: str
    currency: str
    status: str
    balance: int
    overdraft_limit: int
    sequence: int
    head: str
    last_posted_at: str
    last_business_date: str
    held: int = 0
    """The sum of its open holds."""
    sent_today: int = 0
    """What its owner took out of it on `last_business_date`."""
    last_own_on: str = ""
    """Business date of the last movement that its owner set off."""
    month_days: MonthDays = ()
    """Of savings: minor units x days by month, for interest that is not posted yet."""
    split: str = ""
    """Of a loan: what the movement that is being decided does to its parts; its posting carries it."""

    @property
    def available(self) -> int:
        """What may leave the account."""
        return self.balance - self.held + self.overdraft_limit

    def sent_on(self, day: str) -> int:
        """What its owner took out of it on a business date that is not before the last one."""
        return self.sent_today if day == self.last_business_date else 0
