"""The customers' sides of a movement, and how an activity takes them in. Pure."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import DISBURSEMENT, HOUSE, INSTRUMENT, LOAN, PAYROLL, WIRES, Line, Movement
from accounts.ledger.details import unpacked
from accounts.particulars import PLACE
from accounts.places import Place, of_branches, parsed
from accounts.wires import wire_of
from monitoring.activity import Activity, counterparty_hash
from monitoring.rulebook import Side
from monitoring.rules.impossible_travel import BRANCHES
from monitoring.rules.structuring import is_near


def sides_of(movement: Movement) -> list[tuple[str, Side]]:
    """The customers' sides of a movement, and that of a conductor who is not the account's owner."""
    lines = movement.lines
    at, day, cash = int(movement.posted_at.timestamp()), movement.business_date.toordinal(), movement.cash
    own = len(lines) == 2 and lines[0].owner_id == lines[1].owner_id
    sides = [(line.owner_id, _side(movement, line, at, day, cash, own)) for line in lines]
    conductor = movement.conductor_id
    if cash and conductor and all(conductor != owner for owner, _ in sides):
        carried = _side(movement, lines[0], at, day, cash, own)
        carried.conducted = carried.present = True
        sides.append((conductor, carried))
    return sides


def _side(movement: Movement, line: Line, at: int, day: int, cash: bool, own: bool) -> Side:
    incoming, loan, conductor = line.amount > 0, line.product == LOAN, movement.conductor_id
    # Wages go to the staff, who are no strangers. What the bank books on a loan is no payment of the customer.
    nobody = own or line.counter in HOUSE or (movement.type == PAYROLL and not incoming)
    return Side(
        movement.movement_id,
        movement.type,
        incoming,
        movement.amount,
        movement.currency,
        cash,
        movement.channel,
        movement.branch,
        at,
        day,
        _at_another_bank(movement, incoming) if nobody else counterparty_hash(line.counter_owner or line.counter),
        own or (loan and not cash),
        False,
        line.own,
        line.product,
        counterparty_hash(line.account_id) if loan else 0,
        line.balance_before,
        counterparty_hash(conductor) if cash and conductor and conductor != line.owner_id else 0,
        movement.details,
        present=line.own and conductor in ("", line.owner_id),
    )


def _at_another_bank(movement: Movement, incoming: bool) -> int:
    """Hash of the other side of a wire, by its account there, else its name; 0 of anything else."""
    if not movement.details or movement.type not in WIRES:
        return 0
    wire = wire_of(movement.details)
    party = wire.party_account(incoming) or wire.party(incoming)
    return counterparty_hash(f"wire {party}") if party else 0


def _where(side: Side, parameters: Mapping[str, Any]) -> Place | None:
    """Where a movement says it happened, else where its branch is, when it was asked for at the counter."""
    if side.details and (said := unpacked(side.details).get(PLACE)):
        return parsed(said)
    if side.channel != "branch":
        return None
    return of_branches(parameters.get(BRANCHES.code, "")).get(side.branch)


def take_in(state: Activity, side: Side, parameters: Mapping[str, Any]) -> None:
    """Bring an activity up to date with one side of a movement."""
    if side.present and (where := _where(side, parameters)):
        side.where, side.came_from = where, state.be_at(side.at, *where)
    if side.conducted:
        state.conduct(side.incoming, side.amount, side.day)
        return
    if side.type == INSTRUMENT:
        state.buy(side.amount, side.day)
    if side.account and side.type == DISBURSEMENT:
        state.book_loan(side.account, side.amount, side.day)
    state.record(
        side.incoming,
        side.amount,
        side.at,
        side.day,
        cash=side.cash,
        counterparty=side.counterparty,
        own=side.own,
        near=side.cash and side.incoming and is_near(side.amount, parameters),
        initiated=side.initiated,
        payer=side.payer,
        wire=side.channel == "wire",
        place=counterparty_hash(side.branch) if side.cash else 0,
    )
