"""Selling an instrument for cash: the cash goes to the customer's account, the instrument is paid from it.

Two movements under keys of one form (docs/decisions): the books have no movement between two house accounts, and
31 CFR 1010.415 holds all the same when the cash goes through the buyer's account first (FFIEC manual, purchase and
sale of monetary instruments). The cash counts towards currency reports like any other.
"""

from dataclasses import replace
from datetime import datetime

from accounts.instruments import instrument_of
from accounts.ledger import CASH, DEPOSIT, Instruction, Line, Plan, Refused
from accounts.models import InstrumentSale
from accounts.parameters import POLICY
from accounts.services.posting import Accounts, Receipt, post
from cloudbank import parameters, store
from cloudbank.parameters import Parameter, declare
from cloudbank.store import Write

MOST = declare(
    Parameter(
        "limit.instrument",
        "What one instrument sold for cash is worth, at most",
        "money",
        1_000_000,
        f"{POLICY}; 31 CFR 1010.415 is about 3,000 to 10,000 USD, above it cash is reported",
        100_00,
        10_000_000,
        "USD minor",
    )
)
LOG_FROM, LOG_TO = "rule.instrument_log.least", "rule.instrument_log.most"
"""Parameters that the monitoring app declares."""


def most(currency: str, now: datetime) -> int:
    """What one instrument is worth at most, in minor units."""
    return parameters.snapshot(now).money(MOST.code, currency)


def cash_for(sale: Instruction) -> Instruction:
    """The cash that pays for it."""
    return replace(
        sale,
        type=DEPOSIT,
        key=f"{sale.key}#cash",
        debit=CASH,
        credit=sale.debit,
        memo=f"Cash for: {instrument_of(sale.details).name}",
        link=sale.movement_id,
        details="",
    )


def entry_of(line: Line) -> InstrumentSale:
    """The entry of the register that the one line of a sale stands for: all of it follows from the line."""
    sold = instrument_of(line.details)
    entry = InstrumentSale(
        transaction_id=InstrumentSale.key(line.movement_id),
        version=1,
        movement_id=line.movement_id,
        account_id_of=line.account_id,
        customer_id=line.owner_id,
        conductor_id=line.conductor_id,
        instrument=sold.kind,
        serial=sold.serial,
        payee=sold.payee,
        identity=sold.identity,
        amount=-line.amount,
        currency=line.currency,
        branch=line.branch,
        business_date=line.business_date,
        sold_at=line.posted_at,
        sold_by=line.actor_id,
    )
    entry.file()
    return entry


class Register:
    """The entry of the register, in the transaction of the sale."""

    def before(self, accounts: Accounts) -> None:
        """Nothing changes before."""

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The entry."""
        return [store.new(entry_of(final.movement.lines[0]))]


def sell_instrument(*, sale: Instruction, now: datetime) -> Receipt:
    """Take in the cash, then issue the instrument; the same key does each once. Raises as `post` does.

    When the second part is refused, the cash stands on the account and the message says so.
    """
    _check(sale, now)
    post(cash_for(sale), now=now)
    try:
        return post(sale, now=now, companion=Register())
    except Refused as refused:
        said = f"The cash was taken in and is on the account; nothing was issued. {refused.message}"
        raise Refused(refused.code, said, refused.field) from refused


def _check(sale: Instruction, now: datetime) -> None:
    sold = instrument_of(sale.details)
    if not (sold.name and sold.serial and sold.payee and sold.identity):
        raise Refused("details", "An instrument needs its kind, serial number, payee and how the buyer was identified.")
    if sale.amount > most(sale.currency, now):
        raise Refused("limit_instrument", "This is more than one instrument sold for cash may be worth.", "amount")
