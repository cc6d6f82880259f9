"""What a statement writes: the account, its binding, what references stand for, the movements."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from accounts.ledger import CLEARING, DEPOSIT, OPENING, WIRE_IN, WIRE_OUT, WITHDRAWAL, Actor, Instruction
from accounts.models import DepositAccount
from accounts.models.ledger import CHECKING
from accounts.models.statement_files import StatementEntry, StatementHolder, StatementNumber
from accounts.queries.people import user
from accounts.queries.statement_files import IMPORTER
from accounts.services.deposits import open_account
from accounts.services.posting import Receipt, post
from accounts.statement_files.parts import Entry, Statement
from accounts.wires import ADDRESS_LENGTH, NAME_LENGTH, wire_of
from cloudbank import audit, store
from cloudbank.ids import derived_id

MEMO_LENGTH = 140
ATTEMPTS = 8


def opened(statement: Statement, customer_id: str, *, actor: Actor, now: datetime) -> DepositAccount:
    """The account that the statement is imported into, opened for the customer unless it is there."""
    owner = user(customer_id)
    return open_account(
        owner_id=customer_id,
        product=CHECKING,
        currency=statement.currency,
        branch=owner.branch if owner else "main",
        key=f"statement {statement.holder.key}",
        actor=actor,
        now=now,
    )


def remember(statement: Statement, number: str, opens_on: str, *, actor: Actor, now: datetime) -> None:
    """Bind the account as the other bank names it to ours, once; statements that follow need no choice."""
    key = StatementHolder.key(statement.holder.key)
    for attempt in range(ATTEMPTS):
        if store.get(StatementHolder, key):
            return None
        item = StatementHolder(
            account_id=key,
            version=1,
            number=number,
            named=str(statement.holder),
            format=statement.format,
            opens_on=opens_on,
        )
        after = {"number": number, "named": item.named, "format": item.format}
        entry = audit.record(item, "bind_statement_account", actor=actor, now=now, after=after)
        other = StatementNumber(account_id=StatementNumber.key(number), version=1, holder=statement.holder.key)
        try:
            return store.save([store.new(item), store.new(other), entry])
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable(f"{statement.holder} could not be bound to account {number}; try again.")


def note(
    number: str, entries: Sequence[Entry], known: Mapping[str, StatementEntry], import_id: str
) -> dict[tuple[str, str], str]:
    """Note what the references stand for, in one transaction; (reference, digest) -> key of the movement.

    Raises store.ConditionFailed or store.Conflict when somebody else notes them just now: judge again.
    """
    items = dict(known)
    changed: dict[str, StatementEntry] = {}
    for entry in entries:
        item = items.setdefault(entry.reference, _item(number, entry.reference, import_id))
        if entry.digest not in item.contents:
            item.keys[entry.digest] = _key(number, entry, first=not item.contents)
            item.contents[entry.digest] = entry.content()
            changed[entry.reference] = item
    if changed:
        store.save([store.stored(item) for item in changed.values()])
    return {(e.reference, e.digest): items[e.reference].keys[e.digest] for e in entries}


def _item(number: str, reference: str, import_id: str) -> StatementEntry:
    key = StatementEntry.key(number, reference)
    return StatementEntry(transaction_id=key, reference=reference, contents={}, keys={}, import_id=import_id)


def _key(number: str, entry: Entry, *, first: bool) -> str:
    """From account and reference; the content tells apart only what the other bank's reference does not."""
    base = f"statement#{number}#{derived_id('ref', entry.reference)}"
    return base if first else f"{base}#{entry.digest}"


def post_entry(entry: Entry, account: DepositAccount, key: str, source: str, *, now: datetime) -> Receipt:
    """Post an entry once, as something that happened elsewhere. Raises Refused, Busy, NotKnownYet."""
    comes_in, wired = entry.amount > 0, entry.channel == "wire" and not entry.reversal
    instruction = Instruction(
        type=(WIRE_IN if comes_in else WIRE_OUT) if wired else (DEPOSIT if comes_in else WITHDRAWAL),
        key=key,
        amount=abs(entry.amount),
        currency=account.currency,
        debit=CLEARING if comes_in else account.account_id,
        credit=account.account_id if comes_in else CLEARING,
        channel=entry.channel,
        branch=account.branch,
        actor=Actor(IMPORTER, "system", source),
        memo=memo_of(entry),
        observed=True,
        details=_details(entry, account) if wired else "",
    )
    return post(instruction, now=now)


def _details(entry: Entry, account: DepositAccount) -> str:
    """What the file says of a wire; of our own customer, the bank knows name and account itself."""
    wire, owner = wire_of(entry.details), user(account.owner_id or "")
    name = owner.name[:NAME_LENGTH] if owner else ""
    if entry.amount > 0:
        ours = {
            "beneficiary_name": wire.beneficiary_name or name,
            "beneficiary_account": wire.beneficiary_account or account.account_id,
        }
    else:
        ours = {
            "originator_name": wire.originator_name or name,
            "originator_account": wire.originator_account or account.account_id,
            "originator_address": wire.originator_address or (owner.address[:ADDRESS_LENGTH] if owner else ""),
        }
    return replace(wire, **ours).packed()


def memo_of(entry: Entry) -> str:
    """What the owner reads in the account's history: the other bank's date, who, what for."""
    who = f"{entry.counterparty}: " if entry.counterparty and entry.text else entry.counterparty
    text = f"{entry.booked_on} {who}{entry.text}".strip()
    return "".join(sign if sign.isprintable() else " " for sign in text)[:MEMO_LENGTH]


def post_opening(statement: Statement, account: DepositAccount, source: str, *, now: datetime) -> None:
    """The opening balance of an account that was opened for its statements."""
    balance = statement.opening
    if balance is None or not balance.amount:
        return
    overdrawn = balance.amount < 0
    instruction = Instruction(
        type=OPENING,
        key=f"statement#{account.account_id}#opening",
        amount=abs(balance.amount),
        currency=account.currency,
        debit=account.account_id if overdrawn else CLEARING,
        credit=CLEARING if overdrawn else account.account_id,
        channel="import",
        branch=account.branch,
        actor=Actor(IMPORTER, "system", source),
        memo=f"{balance.on} Opening balance",
        observed=True,
    )
    post(instruction, now=now)
