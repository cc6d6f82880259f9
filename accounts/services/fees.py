"""Fees that staff charge: of the schedule, with a reason, never of money that is not there. Waiving is reversing."""

from datetime import date, datetime

from accounts.fee_schedule import schedule
from accounts.ledger import FEE, FEE_INCOME, Actor, Instruction, Plan, Refused
from accounts.queries.deposits import account as get_account
from accounts.services.posting import Accounts, Receipt, post
from cloudbank import audit
from cloudbank.money import format_amount
from cloudbank.store import Write


class _OwnMoney:
    """A fee takes what its owner has: neither the overdraft nor what is held. Its reason stays in the audit trail."""

    def __init__(self, asked: Instruction, reason: str, now: datetime) -> None:
        self._asked, self._reason, self._now = asked, reason, now

    def before(self, accounts: Accounts) -> None:
        """Refuse what would overdraw."""
        found = accounts.get(self._asked.debit)
        free = found.balance - found.held if found else 0
        if found and free < self._asked.amount:
            shown = f"{format_amount(max(0, free), found.currency)} {found.currency}"
            raise Refused("insufficient_funds", f"A fee never overdraws; the account has {shown} free.", "fee")

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """Why it was charged."""
        asked, account = self._asked, accounts[self._asked.debit]
        after = {"fee": asked.link, "amount": asked.amount, "movement": asked.movement_id}
        entry = audit.record(account, "charge_fee", actor=asked.actor, now=self._now, after=after, reason=self._reason)
        return [entry]


def fee_instruction(*, account_id: str, fee: str, reason: str, key: str, actor: Actor, now: datetime) -> Instruction:
    """What charging this fee posts; for the read-back too. Customers read the fee's name. Raises Refused."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; the customer does not read it.", "reason")
    account = get_account(account_id)
    if account is None:
        raise Refused("unknown_account", "There is no account with this number.")
    known = {code: (name, amount) for code, name, amount in schedule(account.currency, now)}
    if fee not in known:
        raise Refused("fee", "Choose a fee of the schedule.", "fee")
    name, amount = known[fee]
    return Instruction(
        type=FEE,
        key=key,
        amount=amount,
        currency=account.currency,
        debit=account_id,
        credit=FEE_INCOME,
        channel="branch",
        branch=account.branch,
        actor=actor,
        memo=name,
        link=fee,
    )


def charge_fee(
    *,
    account_id: str,
    fee: str,
    reason: str,
    key: str,
    actor: Actor,
    now: datetime,
    priced_at: datetime | None = None,
    day: date | None = None,
) -> Receipt:
    """Charge a fee of the schedule that is in force, or was at `priced_at`; the same key charges once.

    `day` and what is raised: as of `post`.
    """
    priced = priced_at or now
    asked = fee_instruction(account_id=account_id, fee=fee, reason=reason, key=key, actor=actor, now=priced)
    return post(asked, now=now, companion=_OwnMoney(asked, reason.strip(), now), day=day)
