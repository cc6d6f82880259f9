"""Cash over the counter: a teller posts up to a limit alone; above it a manager approves before money moves."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts import ledger, numbers
from accounts.ledger import CASH, DEPOSIT, HOUSE, WITHDRAWAL, Actor, Instruction, Refused
from accounts.queries.deposits import accounts
from accounts.queries.ledger import movement_lines
from accounts.queries.people import users
from accounts.readback import amount_in_words
from accounts.services.posting import Busy, NotKnownYet, Receipt, post
from cloudbank import approvals, parameters
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.conf import business_date
from cloudbank.money import format_amount
from cloudbank.parameters import Parameter, declare

OVER_LIMIT = "teller_cash"
TELLER_CASH = declare(
    Parameter(
        code="limit.teller_cash",
        label="Cash that a teller takes in or pays out alone, at most",
        kind="money",
        default=2_500_000,
        minimum=100_00,
        maximum=1_000_000_00,
        unit="USD minor",
        source="bank policy: dual control of large cash (FDIC RMS manual, section 4.2)",
    )
)
_WORDS = {DEPOSIT: "Take in", WITHDRAWAL: "Pay out"}


def cash_limit(now: datetime) -> int:
    """What a teller posts alone, at most (minor units)."""
    return parameters.snapshot(now).number(TELLER_CASH.code)


def is_over_limit(instruction: Instruction, now: datetime) -> bool:
    """Whether this is cash that needs a second person."""
    is_cash = instruction.type in _WORDS and CASH in (instruction.debit, instruction.credit)
    return is_cash and instruction.amount > cash_limit(now)


def asked_before(instruction: Instruction) -> Approval | None:
    """The request that this very form has led to, if any."""
    return approvals.find(approvals.approval_id_for(OVER_LIMIT, instruction.actor.user_id, instruction.key))


def hand_in(*, instruction: Instruction, reason: str, name: str, now: datetime) -> Receipt | Approval:
    """Post it, or ask for what is over the limit. The same key always leads to the same posting, however it went.

    Raises what `post` raises, and approvals.NotAllowed.
    """
    if not is_over_limit(instruction, now) or movement_lines(instruction.movement_id):
        return post(instruction, now=now)
    return approvals.ask(
        code=OVER_LIMIT,
        content={"key": instruction.key, **instruction.content()},
        about=about_movement(instruction.movement_id),
        key=instruction.key,
        reason=reason,
        actor=instruction.actor,
        name=name,
        now=now,
    )


def about_movement(movement_id: str) -> str:
    """What a request about a movement is filed under, before and after it is posted."""
    return f"movement#{movement_id}"


def approval_of(movement_id: str) -> Approval | None:
    """The request that led to a movement, if any. One index query."""
    asked = approvals.concerning(about_movement(movement_id))
    return next((one for one in asked if one.state == approvals.APPROVED), None)


def instruction_of(request: Approval) -> Instruction:
    """The teller's own instruction, exactly: they stay the one who posts, from where they asked."""
    actor = Actor(request.maker_id, request.maker_role, request.maker_source)
    return Instruction(**request.content, actor=actor)


@approvals.effect(
    OVER_LIMIT,
    label="Cash over the teller's limit",
    icon="cash-stack",
    asks="accounts.post_any_movement",
    permission="accounts.approve_cash",
    separately=True,
)
class TellerCash(approvals.Effect):
    """Posted in a transaction of its own, under the key of the teller's form: once, however often it is tried."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def shown(self, content: Any, now: datetime) -> Shown:
        """The movement as the ledger would post it now; refused when it would not."""
        instruction = Instruction(**content, actor=Actor("", "", ""))
        plan = _plan(instruction, now)
        account_id = _account(content)
        currency, before = instruction.currency, accounts([account_id])[account_id]
        people = users({before.owner_id or "", instruction.conductor_id} - {""})
        owner, conductor = people.get(before.owner_id or ""), people.get(instruction.conductor_id)
        amount = f"{format_amount(instruction.amount, currency)} {currency}"
        limit = f"{format_amount(cash_limit(now), currency)} {currency}"
        name = owner.name if owner else "an unknown owner"
        rows = [
            ("Amount", amount, amount_in_words(instruction.amount, currency)),
            ("Limit", limit, "what a teller posts alone"),
            ("Account", numbers.grouped(account_id), name),
            ("Brought by", conductor.name if conductor else "", instruction.conductor_id),
            ("Branch", instruction.branch.capitalize(), ""),
            ("Note", instruction.memo, ""),
        ]
        after = next(state.balance for state in plan.states if state.account_id == account_id)
        return Shown(
            f"{_WORDS[instruction.type]} {amount} in cash, account of {name}",
            facts=[row for row in rows if row[1]],
            changes=[
                (
                    "Balance",
                    f"{format_amount(before.balance, currency)} {currency}",
                    f"{format_amount(after, currency)} {currency}",
                )
            ],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Funds, status and limits as they are now; the request waits on when they do not allow it."""
        if not movement_lines(instruction_of(request).movement_id):
            _plan(instruction_of(request), now)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Post the teller's instruction."""
        receipt = post(instruction_of(request), now=now)
        return Outcome("Posted.", reverse("receipt", args=[receipt.movement_id]))

    def link(self, content: Any) -> tuple[str, str]:
        """The account's page."""
        return "Open the account", reverse("account", args=[_account(content)])


def _account(content: Any) -> str:
    """The customer's account of the movement."""
    return str(content["debit"] if content["debit"] not in HOUSE else content["credit"])


def _plan(instruction: Instruction, now: datetime) -> ledger.Plan:
    found = accounts([_account({"debit": instruction.debit, "credit": instruction.credit})])
    return ledger.plan(instruction, {key: item.state() for key, item in found.items()}, now, business_date(now))
