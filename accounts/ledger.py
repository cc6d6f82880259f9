"""The ledger's arithmetic: an instruction and the accounts' states give a plan or a refusal. Pure.

A movement is what is posted; a posting (`Line`) is one line of one account's statement, signed
from that account's view. House accounts ("house:cash") stand on the other side of what enters
or leaves the bank; their balances are derived from the day's totals, so none is ever hot.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime

from cloudbank.clock import iso
from cloudbank.ids import derived_id
from cloudbank.money import MAX_MINOR, format_amount

CASH = "house:cash"
CLEARING = "house:clearing"
HOUSE = (CASH, CLEARING)

OPENING, DEPOSIT, WITHDRAWAL, TRANSFER = "opening", "deposit", "withdrawal", "transfer"
TYPES = (OPENING, DEPOSIT, WITHDRAWAL, TRANSFER)
CHANNELS = ("branch", "online", "ach", "wire", "card", "import")

ACTIVE, FROZEN, CLOSED = "active", "frozen", "closed"
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

    @property
    def movement_id(self) -> str:
        """Derived from the key and the asking person: a retry finds the first result."""
        return derived_id("mov", self.actor.user_id, self.key)

    def content(self) -> dict[str, str | int]:
        """What must be equal for the same key to mean the same movement, in the order it is compared."""
        names = ("type", "debit", "credit", "amount", "currency", "channel", "memo")
        return {name: getattr(self, name) for name in (*names, "branch", "conductor_id", "observed")}


def posting_id(movement_id: str, side: str) -> str:
    """The id of the `debit` or `credit` posting of a movement; the only posting of one with the house is `debit`.

    So a key finds its movement, and stands in the way of another one, whatever the type of either.
    """
    return derived_id("pst", movement_id, side)


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the ledger must know of a deposit account. Balance in minor units of its currency."""

    account_id: str
    owner_id: str
    currency: str
    status: str
    balance: int
    overdraft_limit: int
    sequence: int
    head: str
    last_posted_at: str
    last_business_date: str

    @property
    def available(self) -> int:
        """What may leave the account (holds come off here)."""
        return self.balance + self.overdraft_limit


@dataclass(frozen=True, slots=True)
class Line:
    """One posting: a line of one account's statement. Every field but `hash` is under the hash."""

    posting_id: str
    movement_id: str
    type: str
    account_id: str
    owner_id: str
    amount: int
    currency: str
    balance_after: int
    sequence: int
    counter: str
    counter_owner: str
    channel: str
    branch: str
    memo: str
    posted_at: str
    business_date: str
    actor_id: str
    actor_role: str
    source: str
    conductor_id: str
    observed: bool
    badge: str
    previous_hash: str
    hash: str = ""

    @property
    def balance_before(self) -> int:
        """The balance this line found."""
        return self.balance_after - self.amount

    @property
    def missing(self) -> str:
        """Name of the first field without a value, or "": only a damaged item gives such a line."""
        return next((name for name in _HASHED if getattr(self, name) is None), "")

    @property
    def stands_for_movement(self) -> bool:
        """Whether this is the line by which its movement is counted (a transfer has two)."""
        return self.amount < 0 or self.counter in HOUSE

    @property
    def own(self) -> bool:
        """Whether the owner moved this money, not somebody else towards them."""
        return self.stands_for_movement and self.type != OPENING


_HASHED = tuple(field.name for field in fields(Line) if field.name != "hash")


def line_hash(line: Line) -> str:
    """SHA-256 over every field of the line and the hash of the line before it (hex)."""
    content = json.dumps([getattr(line, name) for name in _HASHED], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def sealed(line: Line, badge: str) -> Line:
    """The line with the badge screening gave it, and its hash."""
    unsealed = replace(line, badge=badge)
    return replace(unsealed, hash=line_hash(unsealed))


@dataclass(frozen=True, slots=True)
class Movement:
    """What is being posted, as rules and totals see it."""

    movement_id: str
    type: str
    amount: int
    currency: str
    debit: str
    credit: str
    channel: str
    branch: str
    memo: str
    posted_at: datetime
    business_date: date
    actor: Actor
    conductor_id: str
    observed: bool
    lines: tuple[Line, ...]

    @property
    def cash(self) -> bool:
        """Currency in the sense of 31 CFR 1010.100(m): notes and coin cross the counter."""
        return CASH in (self.debit, self.credit)


@dataclass(frozen=True, slots=True)
class Plan:
    """The movement, and the accounts' states after it (their `head` still to be set by `finish`)."""

    movement: Movement
    states: tuple[AccountState, ...]


def check(instruction: Instruction) -> None:
    """Refuse what no state of the bank could make right."""
    if instruction.type not in TYPES:
        raise Refused("type", f"'{instruction.type}' is no type of movement.")
    if instruction.channel not in CHANNELS:
        raise Refused("channel", f"'{instruction.channel}' is no channel of this bank.", "channel")
    if not isinstance(instruction.amount, int) or not 0 < instruction.amount <= MAX_MINOR:
        raise Refused("amount", "The amount must be greater than zero and within the bank's limit.", "amount")
    if instruction.debit == instruction.credit:
        raise Refused("same_account", "Choose two different accounts: money cannot move to where it is.", "credit")
    if instruction.debit in HOUSE and instruction.credit in HOUSE:
        raise Refused("house", "A movement needs a customer's account on at least one side.")
    if not instruction.key:
        raise Refused("key", "The request carries no key; open the form again.")


def plan(
    instruction: Instruction, states: Mapping[str, AccountState], posted_at: datetime, business_date: date
) -> Plan:
    """Decide the movement, or raise Refused.

    `states` holds the customer accounts by id. The lines' time and date never go back on an account,
    so that the order of a statement is the order of its sequence (I6), whatever the clocks do.
    """
    check(instruction)
    sides = [("debit", instruction.debit, -1), ("credit", instruction.credit, +1)]
    found = {side: _state(states, account, side) for side, account, _ in sides if account not in HOUSE}
    for side, state in found.items():
        _allow(instruction, state, side)
    at = max([iso(posted_at), *(state.last_posted_at for state in found.values())])
    day = max([business_date.isoformat(), *(state.last_business_date for state in found.values())])
    lines, after = [], []
    for side, account, sign in sides:
        if account not in HOUSE:
            line = _line(instruction, side, found, sign * instruction.amount, at, day)
            lines.append(line)
            after.append(
                replace(
                    found[side],
                    balance=line.balance_after,
                    sequence=line.sequence,
                    last_posted_at=at,
                    last_business_date=day,
                )
            )
    movement = _movement(instruction, datetime.fromisoformat(at), date.fromisoformat(day), tuple(lines))
    return Plan(movement, tuple(after))


def finish(decided: Plan, badge: str) -> Plan:
    """The plan with its lines sealed under the badge and the accounts' heads set to their hashes."""
    lines = tuple(sealed(line, badge) for line in decided.movement.lines)
    states = tuple(replace(state, head=line.hash) for state, line in zip(decided.states, lines, strict=True))
    return Plan(replace(decided.movement, lines=lines), states)


def _state(states: Mapping[str, AccountState], account: str, side: str) -> AccountState:
    if account not in states:
        raise Refused("unknown_account", "There is no account with this number.", side)
    return states[account]


def _allow(instruction: Instruction, state: AccountState, side: str) -> None:
    if state.currency != instruction.currency:
        raise Refused("currency", f"This account is held in {state.currency}; a movement never mixes currencies.", side)
    if state.status == FROZEN:
        raise Refused("frozen", "This account is frozen; no money moves on it until the bank releases it.", side)
    if state.status != ACTIVE:
        raise Refused(state.status, f"This account is {state.status}; no money moves on it.", side)
    if side == "debit" and not instruction.observed and instruction.amount > state.available:
        raise Refused(
            "insufficient_funds",
            f"The account has {format_amount(state.available, state.currency)} {state.currency} available.",
            "amount",
        )
    if abs(state.balance) + instruction.amount > MAX_MINOR * 10:
        raise Refused("balance_limit", "The balance would exceed what one account may hold.", "amount")


def _line(
    instruction: Instruction, side: str, found: Mapping[str, AccountState], amount: int, at: str, day: str
) -> Line:
    state = found[side]
    other = found.get("credit" if side == "debit" else "debit")
    movement_id = instruction.movement_id
    return Line(
        posting_id=posting_id(movement_id, side if other else "debit"),
        movement_id=movement_id,
        type=instruction.type,
        account_id=state.account_id,
        owner_id=state.owner_id,
        amount=amount,
        currency=instruction.currency,
        balance_after=state.balance + amount,
        sequence=state.sequence + 1,
        counter=instruction.credit if side == "debit" else instruction.debit,
        counter_owner=other.owner_id if other else "",
        channel=instruction.channel,
        branch=instruction.branch,
        memo=instruction.memo,
        posted_at=at,
        business_date=day,
        actor_id=instruction.actor.user_id,
        actor_role=instruction.actor.role,
        source=instruction.actor.source,
        conductor_id=instruction.conductor_id,
        observed=instruction.observed,
        badge="",
        previous_hash=state.head,
    )


def _movement(instruction: Instruction, at: datetime, day: date, lines: tuple[Line, ...]) -> Movement:
    return Movement(
        movement_id=instruction.movement_id,
        type=instruction.type,
        amount=instruction.amount,
        currency=instruction.currency,
        debit=instruction.debit,
        credit=instruction.credit,
        channel=instruction.channel,
        branch=instruction.branch,
        memo=instruction.memo,
        posted_at=at,
        business_date=day,
        actor=instruction.actor,
        conductor_id=instruction.conductor_id,
        observed=instruction.observed,
        lines=lines,
    )


def first_difference(asked: Instruction, lines: Mapping[str, Line]) -> str:
    """Name of the first field in which an earlier movement under the same key differs, or ""."""
    line = next(iter(lines.values()))
    gains = line.amount > 0
    earlier = {
        "type": line.type,
        "debit": line.counter if gains else line.account_id,
        "credit": line.account_id if gains else line.counter,
        "amount": abs(line.amount),
        "currency": line.currency,
        "channel": line.channel,
        "memo": line.memo,
        "branch": line.branch,
        "conductor_id": line.conductor_id,
        "observed": line.observed,
    }
    return next((name for name, value in asked.content().items() if earlier[name] != value), "")
