"""A reversal takes two people: one asks with the reason, another approves, then the movement is taken back."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import numbers
from accounts.customer_texts import CORRECTION, REVERSALS, in_words
from accounts.ledger import HOUSE_NAMES, Actor, Refused
from accounts.loans.remedies import refund_fee
from accounts.loans.servicing import Split, as_of, take_back_fee
from accounts.loans.state import CHARGED_OFF, CLOSED
from accounts.models import Posting
from accounts.models.loans import Loan
from accounts.names import type_name
from accounts.queries.holds import reversal_of
from accounts.queries.ledger import movement_lines
from accounts.queries.people import users
from accounts.services.loans.postings import existing
from accounts.services.posting import Busy, NotKnownYet
from accounts.services.reversals import loan_of, refund_account, refuse_kinds, reverse_movement
from cloudbank import approvals
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.conf import business_date
from cloudbank.money import format_amount

REVERSE = "reverse_movement"


def about_reversal(movement_id: str) -> str:
    """What requests to reverse a movement are filed under."""
    return f"reversal#{movement_id}"


def ask_reversal(
    *, movement_id: str, reason: str, told: str = CORRECTION, key: str, actor: Actor, name: str, now: datetime
) -> Approval:
    """Ask for a movement to be taken back; nothing moves before another person approves.

    Raises approvals.NotAllowed, or Refused when it cannot be reversed.
    """
    _reversible(movement_id, now)
    return approvals.ask(
        code=REVERSE,
        content={"movement_id": movement_id, "told": told},
        about=about_reversal(movement_id),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def pending_reversal(movement_id: str, now: datetime) -> Approval | None:
    """The request to reverse a movement that waits for a decision, if any. One index query."""
    return approvals.open_one(about_reversal(movement_id), now, REVERSE)


def may_be_reversed(lines: list[Posting]) -> bool:
    """Whether a movement is of a kind that is reversed at all."""
    try:
        refuse_kinds(lines)
    except Refused:
        return False
    return True


def _reversible(movement_id: str, now: datetime) -> list[Posting]:
    lines = movement_lines(movement_id)
    if not lines:
        raise Refused("unknown_movement", "There is no such movement.")
    refuse_kinds(lines)
    if reversal_of(movement_id):
        raise Refused("reversed", "This movement is reversed already; a movement is reversed once.")
    if loan_of(lines):
        fee_paid(lines, now)
    return lines


def fee_paid(lines: list[Posting], now: datetime) -> Split:
    """What was paid of a loan's fee would pay this when it is taken back; refused when it cannot be.

    Of a loan that is over it pays nothing: it goes back to the borrower.
    """
    item, today = existing(loan_of(lines)), business_date(now)
    if is_over(item):
        refund_fee(item.loan(), abs(lines[0].amount))
        refund_account(item)
        return Split()
    return take_back_fee(as_of(item.loan(), today), abs(lines[0].amount), today)[1]


def is_over(loan: Loan) -> bool:
    """Whether nothing can be paid on the loan any more, so that a fee of it goes back to the borrower."""
    return loan.stage in (CLOSED, CHARGED_OFF)


@approvals.effect(
    REVERSE,
    label="Reverse a movement",
    icon="arrow-counterclockwise",
    asks="accounts.reverse_movement",
    permission="accounts.approve_reversal",
    separately=True,
)
class Reverse(approvals.Effect):
    """Posted in a transaction of its own, under a key of the movement: once, however often it is tried."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def shown(self, content: Any, now: datetime) -> Shown:
        """The movement, and where its money goes back to."""
        lines = _reversible(content["movement_id"], now)
        first = lines[0]
        people = users({line.owner_id for line in lines})
        gains = first.amount > 0
        debit = first.counter if gains else first.account_id or ""
        credit = first.account_id or "" if gains else first.counter
        owners = {line.account_id: people[line.owner_id].name for line in lines if line.owner_id in people}
        if (loan_id := loan_of(lines)) and is_over(item := existing(loan_id)):
            debit = refund_account(item)
            owners[debit] = owners.get(loan_id, "")
        amount = f"{format_amount(abs(first.amount), first.currency)} {first.currency}"
        facts = [
            ("Amount", amount, ""),
            ("Movement", type_name(first.type), first.movement_id),
            ("Goes back from", *_end(credit, owners)),
            ("Goes back to", *_end(debit, owners)),
            ("Business day", first.business_date, "of the movement; the reversal enters today's"),
            ("Note", first.memo, ""),
            ("Customers read", in_words(REVERSALS, content.get("told", CORRECTION)), "on their statement"),
            *(_of_loan(lines, now) if loan_of(lines) else []),
        ]
        return Shown(f"Reverse {first.type.replace('_', ' ')} of {amount}", facts=[row for row in facts if row[1]])

    def check(self, request: Approval, now: datetime) -> None:
        """Not reversed meanwhile."""
        _reversible(request.content["movement_id"], now)

    def begun(self, request: Approval) -> bool:
        """Whether it is taken back."""
        return reversal_of(request.content["movement_id"]) is not None

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Post the reversal in the name of who asked."""
        maker = Actor(request.maker_id, request.maker_role, request.maker_source)
        receipt = reverse_movement(
            movement_id=request.content["movement_id"],
            reason=request.reason,
            told=request.content.get("told", CORRECTION),
            actor=maker,
            now=now,
        )
        return Outcome("The movement is reversed.", reverse("receipt", args=[receipt.movement_id]))

    def link(self, content: Any) -> tuple[str, str]:
        """The receipt of what is reversed."""
        return "Open the receipt", reverse("receipt", args=[content["movement_id"]])


def _of_loan(lines: list[Posting], now: datetime) -> list[tuple[str, str, str]]:
    """What becomes of a loan's fee: what is unpaid is waived, what was paid pays what else is owed or goes back."""
    if is_over(existing(loan_of(lines))):
        return [("The loan is over", "the fee was paid", "it goes back to the borrower's account")]
    split, currency, whole = fee_paid(lines, now), lines[0].currency, abs(lines[0].amount)

    def said(minor: int) -> str:
        return f"{format_amount(minor, currency)} {currency}" if minor else ""

    parts = f"interest {said(split.all_interest) or '0'}, principal {said(split.principal) or '0'}"
    return [("Not owed any more", said(whole - split.total), ""), ("Was paid, and pays now", said(split.total), parts)]


def _end(account_id: str, owners: dict[str, str]) -> tuple[str, str]:
    if account_id in HOUSE_NAMES:
        return HOUSE_NAMES[account_id], "the bank's own account"
    return numbers.grouped(account_id), owners.get(account_id, "")
