"""What tellers do at the counter: alone up to a limit; above it a manager approves before money moves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.urls import reverse

from accounts import ledger, numbers
from accounts.ledger import CASH, DEPOSIT, HOUSE, INSTRUMENT, WIRES, AccountState, Actor, Instruction, Refused
from accounts.models import User
from accounts.models.ledger import PRODUCTS
from accounts.names import branch_name
from accounts.queries.deposits import accounts
from accounts.queries.ledger import movement_lines
from accounts.queries.people import users
from accounts.readback import amount_in_words, identity_problem
from accounts.services.instruments import sell_instrument
from accounts.services.posting import Busy, NotKnownYet, Receipt, post
from accounts.services.wires import send_wire
from accounts.wires import wire_of
from cloudbank import approvals, parameters
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.conf import business_date
from cloudbank.money import format_amount
from cloudbank.parameters import Parameter, declare
from cloudbank.roles import Role

AT_COUNTER = "branch"
SECOND = "accounts.approve_over_limit"
"""Who approves what a teller may not do alone."""
_SOURCE = "bank policy: dual control (FDIC RMS manual, section 4.2)"


def teller_limit(code: str, label: str, default: int) -> Parameter:
    return declare(Parameter(code, label, "money", default, _SOURCE, 100_00, 100_000_000_00, "USD minor"))


@dataclass(frozen=True)
class Rule:
    """Above its limit a second person must approve. `says` and `help` are for who asks."""

    code: str
    limit: Parameter
    says: str
    help: str

    def most(self, currency: str, now: datetime) -> int:
        """What one person does alone, at most, in minor units of the currency."""
        return parameters.snapshot(now).money(self.limit.code, currency)

    def fact(self, currency: str, now: datetime) -> tuple[str, str, str]:
        """The limit as the approver reads it."""
        return "Limit", money(self.most(currency, now), currency), "what a teller does alone"


OVER_CASH = Rule(
    "teller_cash",
    teller_limit("limit.teller_cash", "Cash that a teller takes in or pays out alone, at most", 2_500_000),
    "No cash changes hands before it is approved.",
    "Where the cash comes from or goes to, which document you saw.",
)
OVER_TRANSFER = Rule(
    "teller_transfer",
    teller_limit("limit.teller_transfer", "What a teller transfers for a customer alone, at most", 5_000_000),
    "Nothing leaves the account before it is approved.",
    "Who asked for the transfer, how you know them, which document you saw.",
)
OVER_WIRE = Rule(
    "teller_wire",
    teller_limit("limit.teller_wire", "What one member of staff wires or books as a wire alone, at most", 5_000_000),
    "No wire goes out or is booked before it is approved.",
    "Who asked for the wire or which message it came by, and how you know it is genuine.",
)


def money(amount: int, currency: str) -> str:
    """ "1,234.50 USD"."""
    return f"{format_amount(amount, currency)} {currency}"


def rule_over(instruction: Instruction, now: datetime) -> Rule | None:
    """The rule by which this movement needs a second person, if any."""
    rule = None
    if instruction.type in (DEPOSIT, ledger.WITHDRAWAL) and CASH in (instruction.debit, instruction.credit):
        rule = OVER_CASH
    elif instruction.type == ledger.TRANSFER and instruction.channel == AT_COUNTER:
        rule = OVER_TRANSFER
    elif instruction.type in WIRES and instruction.actor.role != Role.CUSTOMER:
        rule = OVER_WIRE
    return rule if rule and instruction.amount > rule.most(instruction.currency, now) else None


def asked_before(rule: Rule, instruction: Instruction) -> Approval | None:
    """The request that this very form has led to, if any."""
    return approvals.find(approvals.approval_id_for(rule.code, instruction.actor.user_id, instruction.key))


def hand_in(*, instruction: Instruction, reason: str, name: str, now: datetime) -> Receipt | Approval:
    """Post it, or ask for what is over the limit. The same key always leads to the same posting, however it went.

    Raises what `post` raises, and approvals.NotAllowed.
    """
    rule = rule_over(instruction, now)
    if rule is None or movement_lines(instruction.movement_id):
        return posted(instruction, now)
    return approvals.ask(
        code=rule.code,
        content={"key": instruction.key, **instruction.content()},
        about=about_movement(instruction.movement_id),
        key=instruction.key,
        reason=reason,
        actor=instruction.actor,
        name=name,
        now=now,
    )


def posted(instruction: Instruction, now: datetime) -> Receipt:
    """Post it, with what goes with its kind. Raises as `post` does."""
    if instruction.type in WIRES:
        return send_wire(instruction=instruction, now=now)
    return sell_instrument(sale=instruction, now=now) if instruction.type == INSTRUMENT else post(instruction, now=now)


def about_movement(movement_id: str) -> str:
    """What a request about a movement is filed under, before and after it is posted."""
    return f"movement#{movement_id}"


def approval_of(movement_id: str) -> Approval | None:
    """The request that led to a movement, if any. One index query."""
    asked = approvals.concerning(about_movement(movement_id))
    return next((one for one in asked if one.state == approvals.APPROVED), None)


def asker_of(request: Approval) -> Actor:
    """Who asked, as the ledger wants them: they stay the one who acts, from where they asked."""
    return Actor(request.maker_id, request.maker_role, request.maker_source)


def instruction_of(request: Approval) -> Instruction:
    """The teller's own instruction, exactly."""
    return Instruction(**request.content, actor=asker_of(request))


def account_fact(name: str, account: AccountState, owner: User | None) -> tuple[str, str, str]:
    """An account as the approver reads it: number, product, whose, and whether the bank knows them."""
    note = f"{PRODUCTS.get(account.product, account.product)} of {_name(owner)}, {_identity(owner)}"
    return name, numbers.grouped(account.account_id), note


def balance_change(name: str, currency: str, before: int, after: int) -> tuple[str, str, str]:
    """A balance as it was when it was asked and as it would be."""
    return name, money(before, currency), money(after, currency)


class _OverLimit(approvals.Effect):
    """Posted in a transaction of its own, under the key of the teller's form: once, however often it is tried."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)
    rule: ClassVar[Rule]

    def shown(self, content: Any, now: datetime) -> Shown:
        """The movement as the ledger would post it now; refused when it would not."""
        instruction = Instruction(**content, actor=Actor("", "", ""))
        states = _states(instruction)
        plan = ledger.plan(instruction, states, now, business_date(now))
        people = users({*(state.owner_id for state in states.values()), instruction.conductor_id} - {""})
        conductor, currency = people.get(instruction.conductor_id), instruction.currency
        names = {instruction.debit: "From", instruction.credit: "To"} if len(plan.states) > 1 else {}
        amount = money(instruction.amount, currency)
        rows = [
            ("Amount", amount, amount_in_words(instruction.amount, currency)),
            self.rule.fact(currency, now),
            *(
                account_fact(names.get(one.account_id, "Account"), one, people.get(one.owner_id))
                for one in (states[state.account_id] for state in plan.states)
            ),
            ("Brought by", conductor.name if conductor else "", f"{instruction.conductor_id}, {_identity(conductor)}"),
            ("Branch", branch_name(instruction.branch), ""),
            ("Purpose" if instruction.type in WIRES else "Note", instruction.memo, ""),
            *((label, value, "") for label, value in wire_of(instruction.details).facts()),
        ]
        owners = {state.account_id: _name(people.get(state.owner_id)) for state in plan.states}
        return Shown(
            self.title(instruction, amount, owners),
            facts=[row for row in rows if row[1]],
            changes=[
                balance_change(
                    f"Balance {names[after.account_id].lower()}" if names else "Balance",
                    currency, states[after.account_id].balance, after.balance,
                )
                for after in plan.states
            ],
        )  # fmt: skip

    def title(self, instruction: Instruction, amount: str, owners: dict[str, str]) -> str:
        """What is asked, in one line."""
        raise NotImplementedError

    def check(self, request: Approval, now: datetime) -> None:
        """Funds, status and limits as they are now; the request waits on when they do not allow it."""
        instruction = instruction_of(request)
        if not movement_lines(instruction.movement_id):
            ledger.plan(instruction, _states(instruction), now, business_date(now))

    def begun(self, request: Approval) -> bool:
        """Whether it is posted."""
        return bool(movement_lines(instruction_of(request).movement_id))

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Post the teller's instruction."""
        receipt = posted(instruction_of(request), now)
        said = "The bank is checking this payment." if receipt.held else "Posted."
        return Outcome(said, reverse("receipt", args=[receipt.movement_id]))

    def link(self, content: Any) -> tuple[str, str]:
        """The page of the customer's account."""
        account_id = str(content["debit"] if content["debit"] not in HOUSE else content["credit"])
        return "Open the account", reverse("account", args=[account_id])


@approvals.effect(
    OVER_CASH.code,
    label="Cash over the teller's limit",
    icon="cash-stack",
    asks="accounts.post_any_movement",
    permission=SECOND,
    separately=True,
)
class TellerCash(_OverLimit):
    """Cash taken in or paid out."""

    rule = OVER_CASH

    def title(self, instruction: Instruction, amount: str, owners: dict[str, str]) -> str:
        """ "Take in 30,000.00 USD in cash, account of Carla Customer"."""
        verb = "Take in" if instruction.type == DEPOSIT else "Pay out"
        return f"{verb} {amount} in cash, account of {next(iter(owners.values()))}"


@approvals.effect(
    OVER_TRANSFER.code,
    label="Transfer over the teller's limit",
    icon="arrow-left-right",
    asks="accounts.post_any_movement",
    permission=SECOND,
    separately=True,
)
class TellerTransfer(_OverLimit):
    """A customer's money moved to any account."""

    rule = OVER_TRANSFER

    def title(self, instruction: Instruction, amount: str, owners: dict[str, str]) -> str:
        """ "Transfer 60,000.00 USD from Carla Customer to Simon Stranger"."""
        return f"Transfer {amount} from {owners[instruction.debit]} to {owners[instruction.credit]}"


@approvals.effect(
    OVER_WIRE.code,
    label="Wire over the counter's limit",
    icon="globe",
    asks="accounts.post_any_wire",
    permission=SECOND,
    separately=True,
)
class CounterWire(_OverLimit):
    """A wire that staff send for a customer, or book as it came in."""

    rule = OVER_WIRE

    def title(self, instruction: Instruction, amount: str, owners: dict[str, str]) -> str:
        """ "Wire 60,000.00 USD from Carla Customer to Acme GmbH"."""
        incoming = instruction.debit in HOUSE
        party = wire_of(instruction.details).party(incoming) or "an unnamed party"
        owner = next(iter(owners.values()))
        return f"Wire {amount} from {party if incoming else owner} to {owner if incoming else party}"


def _name(owner: User | None) -> str:
    return owner.name if owner else "an unknown owner"


def _identity(someone: User | None) -> str:
    """What the bank knows of who somebody is, within a line."""
    lacking = identity_problem(someone.kyc_status) if someone else "Identity unknown"
    return f"{lacking[:1].lower()}{lacking[1:]}" or "identity verified"


def _states(instruction: Instruction) -> dict[str, AccountState]:
    """The customers' accounts of the movement, as they are now."""
    ends = [one for one in (instruction.debit, instruction.credit) if one not in HOUSE]
    return {key: item.state() for key, item in accounts(ends).items()}
