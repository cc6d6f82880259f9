"""Reversal: a new movement that takes an earlier one back, with a reason. Nothing is edited or removed (I10)."""

from datetime import datetime

from accounts.ledger import OPENING, PAYROLL, REVERSAL, Actor, Instruction, Plan, Refused
from accounts.models import Posting, Reversed
from accounts.queries.holds import reversal_of
from accounts.queries.ledger import movement_lines
from accounts.services.posting import Accounts, Receipt, post
from cloudbank import store
from cloudbank.clock import iso
from cloudbank.store import Write


class _Mark:
    """Marks the movement as reversed in the transaction of its reversal: there is one mark, so one reversal."""

    def __init__(self, movement_id: str, reason: str, now: datetime) -> None:
        self._movement_id, self._reason, self._now = movement_id, reason, now

    def before(self, accounts: Accounts) -> None:
        """Refuse a second reversal."""
        if reversal_of(self._movement_id):
            raise Refused("reversed", "This movement is reversed already; a movement is reversed once.")

    def after(self, final: Plan, accounts: Accounts) -> list[Write]:
        """The mark."""
        mark = Reversed(
            transaction_id=Reversed.key(self._movement_id),
            version=1,
            by_movement=final.movement.movement_id,
            reason=self._reason,
            at=iso(self._now),
        )
        return [store.new(mark)]


def reverse_movement(*, movement_id: str, reason: str, actor: Actor, now: datetime) -> Receipt:
    """Take a movement back on the accounts it touched. Raises as `post` does."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; it stands on the statement.", "reason")
    lines = movement_lines(movement_id)
    if not lines:
        raise Refused("unknown_movement", "There is no such movement.")
    refuse_kinds(lines)
    line = lines[0]
    gave, took = (line.account_id or "", line.counter) if line.amount < 0 else (line.counter, line.account_id or "")
    instruction = Instruction(
        type=REVERSAL,
        key=f"reversal#{movement_id}",
        amount=abs(line.amount),
        currency=line.currency,
        debit=took,
        credit=gave,
        channel=line.channel,
        branch=line.branch,
        actor=actor,
        memo=reason.strip(),
        link=movement_id,
    )
    return post(instruction, now=now, companion=_Mark(movement_id, reason.strip(), now))


def refuse_kinds(lines: list[Posting]) -> None:
    """Raise Refused for what is never reversed."""
    if any(not line.line().deposit for line in lines):
        raise Refused("loan", "Movements of a loan are corrected on the loan's page, where its instalments follow.")
    if lines[0].type == PAYROLL:
        raise Refused(
            "payroll", "A part of a payroll is not reversed by itself: payer, clearing and payees must stay even."
        )
    if lines[0].type in (REVERSAL, OPENING):
        raise Refused("type", f"A movement of type {lines[0].type} is not reversed; post a new movement instead.")
