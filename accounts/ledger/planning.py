"""Deciding a movement: what the accounts' states allow, and what they are after it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from accounts import interest
from accounts.ledger.details import LONGEST
from accounts.ledger.lines import Line, Movement, Plan, posting_id, sealed
from accounts.ledger.terms import (
    ACTIVE,
    CASH,
    CHANNELS,
    CHARGE_OFF,
    CLEARING,
    CREDIT_BLOCKED,
    DEBIT_BLOCKED,
    DISBURSEMENT,
    DORMANT,
    FEE,
    FROZEN,
    HOUSE,
    INSTRUMENT,
    INSTRUMENTS,
    INTEREST,
    LOAN,
    RECOVERY,
    REPAYMENT,
    REVERSAL,
    SAVINGS,
    TYPES,
    WIRE_IN,
    WIRE_OUT,
    WIRES,
    AccountState,
    Instruction,
    Refused,
)
from cloudbank.clock import iso
from cloudbank.money import MAX_MINOR, format_amount, is_whole

TAKES_MONEY = frozenset({ACTIVE, DORMANT, DEBIT_BLOCKED})
GIVES_MONEY = frozenset({ACTIVE, CREDIT_BLOCKED})
LOAN_TYPES = frozenset({DISBURSEMENT, INTEREST, FEE, REPAYMENT, CHARGE_OFF, RECOVERY, REVERSAL})
_PROFIT_AND_LOSS = frozenset(HOUSE) - {CASH, CLEARING, INSTRUMENTS}
_TOUCH_PROFIT = frozenset({FEE, INTEREST, CHARGE_OFF, RECOVERY, REVERSAL})
_SIDE = {WIRE_OUT: ("credit", CLEARING), WIRE_IN: ("debit", CLEARING), INSTRUMENT: ("credit", INSTRUMENTS)}
"""Types of which one side is always this house account."""
_WHY_NOT = {
    FROZEN: "This account is frozen; no money moves on it until the bank releases it.",
    DORMANT: "This account is dormant; the bank must wake it before money leaves it.",
    DEBIT_BLOCKED: "This account is blocked for debits; no money may leave it.",
    CREDIT_BLOCKED: "This account is blocked for credits; no money may come in.",
}


def check(instruction: Instruction) -> None:
    """Refuse what no state of the bank could make right."""
    if instruction.type not in TYPES:
        raise Refused("type", f"'{instruction.type}' is no type of movement.")
    if instruction.channel not in CHANNELS:
        raise Refused("channel", f"'{instruction.channel}' is no channel of this bank.", "channel")
    if not is_whole(instruction.amount) or not 0 < instruction.amount <= MAX_MINOR:
        raise Refused("amount", "The amount must be greater than zero and within the bank's limit.", "amount")
    if instruction.debit == instruction.credit:
        raise Refused("same_account", "Choose two different accounts: money cannot move to where it is.", "credit")
    if instruction.debit in HOUSE and instruction.credit in HOUSE:
        raise Refused("house", "A movement needs a customer's account on at least one side.")
    if instruction.type not in _TOUCH_PROFIT and {instruction.debit, instruction.credit} & _PROFIT_AND_LOSS:
        raise Refused("house", f"A {instruction.type} does not touch the bank's income and expense.")
    _check_kind(instruction)
    if not instruction.key:
        raise Refused("key", "The request carries no key; open the form again.")


def _check_kind(instruction: Instruction) -> None:
    """Wires go by wire, against clearing; instruments stand against those that are outstanding."""
    kind, ends = instruction.type, {instruction.debit, instruction.credit}
    if kind in _SIDE and getattr(instruction, _SIDE[kind][0]) != _SIDE[kind][1]:
        raise Refused("house", f"A movement of type {kind} has {_SIDE[kind][1]} on its {_SIDE[kind][0]} side.")
    if kind in WIRES and instruction.channel != "wire":
        raise Refused("channel", "A wire goes by the channel wire.", "channel")
    if INSTRUMENTS in ends and kind not in (INSTRUMENT, REVERSAL):
        raise Refused("house", f"A {kind} does not touch the instruments outstanding.")
    if len(instruction.details) > LONGEST:
        raise Refused("details", "The particulars of the movement are too long; shorten names and addresses.")


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
            after.append(_after(found[side], line))
    movement = _movement(instruction, datetime.fromisoformat(at), date.fromisoformat(day), tuple(lines))
    return Plan(movement, tuple(after))


def _after(state: AccountState, line: Line) -> AccountState:
    """The account's state once the line stands on it."""
    day, sent = line.business_date, state.sent_on(line.business_date)
    days = state.month_days
    if state.product == SAVINGS:
        days = interest.brought_forward(days, state.balance, state.last_business_date, date.fromisoformat(day))
        days = interest.settled(days, line.link) if line.type == INTEREST else days
    return replace(
        state,
        balance=line.balance_after,
        sent_today=sent + line.sent,
        last_own_on=day if line.by_owner else state.last_own_on,
        month_days=days,
        sequence=line.sequence,
        last_posted_at=line.posted_at,
        last_business_date=day,
        split="",
    )


def finish(decided: Plan, badge: str, segments: Mapping[str, str], *, trace: str = "") -> Plan:
    """The plan with its lines sealed under the badge and the accounts' heads set to their hashes.

    `segments`: of the owners that are known, by customer id. `trace`: of the request or run that posts it.
    """
    lines = tuple(sealed(line, badge, segments.get(line.owner_id, ""), trace) for line in decided.movement.lines)
    states = tuple(replace(state, head=line.hash) for state, line in zip(decided.states, lines, strict=True))
    return Plan(replace(decided.movement, lines=lines), states)


def _state(states: Mapping[str, AccountState], account: str, side: str) -> AccountState:
    if account not in states:
        raise Refused("unknown_account", "There is no account with this number.", side)
    return states[account]


def _allow(instruction: Instruction, state: AccountState, side: str) -> None:
    if state.currency != instruction.currency:
        raise Refused("currency", f"This account is held in {state.currency}; a movement never mixes currencies.", side)
    if state.status not in (GIVES_MONEY if side == "debit" else TAKES_MONEY):
        why = _WHY_NOT.get(state.status, f"This account is {state.status}; no money moves on it.")
        raise Refused(state.status, why, side)
    if state.product == LOAN:
        # How much may be repaid is decided by the loan's own state (accounts.loans): interest that is not on
        # the books yet is paid first and booked right after, so the balance may stand above zero for a moment.
        if instruction.type not in LOAN_TYPES:
            raise Refused("loan", "Money moves on a loan only from the loan's own page.", side)
    elif side == "debit" and not instruction.observed and instruction.amount > state.available:
        raise Refused(
            "insufficient_funds",
            f"The account has {format_amount(max(0, state.available), state.currency)} {state.currency} available.",
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
        product=state.product,
        amount=amount,
        currency=instruction.currency,
        balance_after=state.balance + amount,
        sequence=state.sequence + 1,
        counter=instruction.credit if side == "debit" else instruction.debit,
        counter_owner=other.owner_id if other else "",
        channel=instruction.channel,
        branch=instruction.branch,
        segment="",
        memo=instruction.memo,
        link=instruction.link,
        posted_at=at,
        business_date=day,
        actor_id=instruction.actor.user_id,
        actor_role=instruction.actor.role,
        source=instruction.actor.source,
        conductor_id=instruction.conductor_id,
        observed=instruction.observed,
        badge="",
        previous_hash=state.head,
        split=state.split,
        details=instruction.details,
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
        link=instruction.link,
        posted_at=at,
        business_date=day,
        actor=instruction.actor,
        conductor_id=instruction.conductor_id,
        observed=instruction.observed,
        lines=lines,
        details=instruction.details,
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
        "link": line.link,
        "details": line.details,
    }
    return next((name for name, value in asked.content().items() if earlier[name] != value), "")
