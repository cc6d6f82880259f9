"""A payroll is checked: every row against the books, the total against the payer's account; kept, to be read back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from accounts import ledger, limits
from accounts.ledger import CLEARING, PAYROLL, STATUSES, AccountState, Actor, Instruction, Refused
from accounts.models import DepositAccount, User
from accounts.models.payroll import PAYROLLS, Payroll
from accounts.models.people import normalised
from accounts.parameters import limits_of
from accounts.payroll import MOST_REJECTED, NotAPayroll, Row, largest, read, repeated
from accounts.queries.deposits import accounts
from accounts.queries.payroll import key_of, payroll, subject
from accounts.queries.people import users
from accounts.readback import masked_name
from accounts.services.counter import AT_COUNTER
from cloudbank import audit, documents, store
from cloudbank.clock import iso
from cloudbank.conf import business_date
from cloudbank.documents import StoredDocument
from cloudbank.ids import derived_id

ATTEMPTS = 8
BUSINESS = "business"
OTHER_NAME = "The account is in another name."
NAMED = "The account is in the name of"
UNKNOWN = "There is no account with this number."
"""As the ledger says it."""


@dataclass(frozen=True)
class Payer:
    """Who pays, from which account, and where it is asked."""

    account: DepositAccount
    owner: User
    actor: Actor
    channel: str


@dataclass(frozen=True)
class Checked:
    """A file judged row by row. `notes`: line -> what should be looked at, though it can be paid."""

    content: bytes
    payer: Payer
    rows: tuple[Row, ...]
    notes: Mapping[int, str]

    @property
    def payable(self) -> list[Row]:
        """The rows that can be paid."""
        return [row for row in self.rows if not row.reason]

    @property
    def rejected(self) -> list[Row]:
        """The rows that cannot."""
        return [row for row in self.rows if row.reason]

    @property
    def guesses(self) -> int:
        """How many rows may be guesses: a number that is not there, a name that is not the holder's.

        Who pays known people has few of them; who walks numbers or names learns by them.
        """
        strayed = sum(1 for row in self.rows if row.reason == UNKNOWN)
        return strayed + sum(1 for note in self.notes.values() if OTHER_NAME in note or NAMED in note)

    @property
    def total(self) -> int:
        """Of the payable rows, in minor units."""
        return sum(row.amount for row in self.payable)


def check(content: bytes, payer: Payer, *, now: datetime) -> Checked:
    """Judge every row as the ledger would now. Raises NotAPayroll; writes nothing."""
    if payer.owner.segment != BUSINESS:
        raise NotAPayroll("Payrolls are paid from accounts of business customers.")
    rows = read(content, payer.account.currency)
    held = accounts({row.account for row in rows if not row.reason})
    states = {key: item.state() for key, item in held.items()}
    judged = tuple(_judged(row, payer, states, now) for row in rows)
    if len([row for row in judged if row.reason]) > MOST_REJECTED:
        raise NotAPayroll(f"More than {MOST_REJECTED} rows cannot be paid, the first one in line {_first(judged)}")
    owners = users({item.owner_id or "" for item in held.values()} - {""})
    return Checked(content, payer, judged, _notes(judged, held, owners, payer.channel == AT_COUNTER))


def _first(rows: Sequence[Row]) -> str:
    row = next(row for row in rows if row.reason)
    return f"{row.line}: {row.reason}"


def _judged(row: Row, payer: Payer, states: Mapping[str, AccountState], now: datetime) -> Row:
    """By the very function that posts it."""
    if row.reason:
        return row
    if row.account == payer.account.account_id:
        return replace(row, reason="This is the account that pays.")
    try:
        ledger.plan(_credit(row, payer), states, now, business_date(now))
    except Refused as refused:
        return replace(row, reason=said(refused))
    return row


def said(refused: Refused) -> str:
    """Why a payee is not paid, as a payer may know it: what state the account is in is not their business."""
    return "The account cannot take payments now." if refused.code in STATUSES else refused.message


def _credit(row: Row, payer: Payer) -> Instruction:
    return Instruction(
        type=PAYROLL,
        key="check",
        amount=row.amount,
        currency=payer.account.currency,
        debit=CLEARING,
        credit=row.account,
        channel=payer.channel,
        branch=payer.account.branch,
        actor=payer.actor,
    )


def _notes(
    rows: Sequence[Row], held: Mapping[str, DepositAccount], owners: Mapping[str, User], names: bool
) -> dict[int, str]:
    """A name that is not the holder's, a row that pays the same twice.

    `names`: whether holders are named. A customer's file of thousands of rows would else be a directory.
    """
    twice = repeated(list(rows))
    found = {line: f"Pays the same as line {earlier}." for line, earlier in twice.items()}
    for row in rows:
        owner = owners.get(held[row.account].owner_id or "") if row.account in held else None
        if not row.reason and owner and not _alike(row.name, owner.name):
            holder = f"{NAMED} {masked_name(owner.name)}." if names else OTHER_NAME
            found[row.line] = f"{found.get(row.line, '')} {holder}".strip()
    return found


def _alike(name: str, other: str) -> bool:
    return set(normalised(name).replace(",", " ").split()) == set(normalised(other).replace(",", " ").split())


def debit_of(item: Payroll) -> Instruction:
    """What takes the total from the payer."""
    return Instruction(
        type=PAYROLL,
        key=key_of(item.payroll_id),
        amount=item.total,
        currency=item.currency,
        debit=item.payer,
        credit=CLEARING,
        channel=item.channel,
        branch=item.branch,
        actor=actor_of(item),
        memo=f"Payroll to {item.rows:,} {'payee' if item.rows == 1 else 'payees'}",
        link=item.payroll_id,
    )


def actor_of(item: Payroll) -> Actor:
    """In whose name it moves money."""
    return Actor(item.actor_id, item.actor_role, item.source)


def covered(item: Payroll, account: DepositAccount, owner: User, *, now: datetime) -> str:
    """Why the payer cannot pay the total now, or ""."""
    try:
        plan = ledger.plan(debit_of(item), {item.payer: account.state()}, now, business_date(now))
        limits.keep_within(plan, {owner.user_id: limits_of(owner.kyc_status, now)})
    except Refused as refused:
        return refused.message
    return ""


def receive(checked: Checked, *, file_name: str, again: bool, now: datetime) -> tuple[Payroll, bool]:
    """Keep a checked file to be read back; (the payroll, whether this file was here before).

    The same file for the same account is the same payroll, unless it is brought `again` on purpose.
    """
    if not checked.payable:
        raise NotAPayroll(f"No row can be paid, the first one in line {_first(checked.rows)}")
    sha256 = documents.sha256_of(checked.content)
    stored = documents.store_bytes(f"payrolls/{sha256}", checked.content)
    number = 1
    for attempt in range(ATTEMPTS):
        there = payroll(_id(checked, sha256, number))
        while there and again and there.state != "checked":
            number += 1
            there = payroll(_id(checked, sha256, number))
        if there:
            return there, True
        item = _item(checked, stored, file_name, number, now)
        after = {"total": item.total, "rows": item.rows, "rejected": len(item.rejected), "sha256": sha256}
        entry = audit.record(item, "receive_payroll", actor=checked.payer.actor, now=now, after=after)
        try:
            store.save([store.new(item), entry])
            return item, False
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("The file could not be kept just now; try again.")


def _id(checked: Checked, sha256: str, number: int) -> str:
    return derived_id("pay", checked.payer.account.account_id, sha256, str(number))


def _item(checked: Checked, stored: StoredDocument, file_name: str, number: int, now: datetime) -> Payroll:
    payer = checked.payer
    payroll_id, at = _id(checked, stored.sha256, number), iso(now)
    return Payroll(
        transaction_id=payroll_id,
        version=1,
        day_group=PAYROLLS,
        day_order=f"{at}#{payroll_id}",
        subject=subject(payer.owner.user_id),
        subject_order=f"{at}#{payroll_id}",
        payer=payer.account.account_id,
        owner=payer.owner.user_id,
        currency=payer.account.currency,
        total=checked.total,
        rows=len(checked.payable),
        largest=largest(checked.payable),
        rejected={str(row.line): row.reason for row in checked.rejected},
        file_name=file_name[:200],
        sha256=stored.sha256,
        size=stored.size,
        document=stored.name,
        round=number,
        actor_id=payer.actor.user_id,
        actor_role=payer.actor.role,
        source=payer.actor.source,
        channel=payer.channel,
        branch=payer.account.branch,
        made_at=at,
    )


def rows_in_words(number: int) -> str:
    """ "1 row is", "2 rows are"."""
    return "1 row is" if number == 1 else f"{number:,} rows are"


def rows_of(item: Payroll) -> list[Row]:
    """The rows of the kept file; those that were rejected when it came carry their reason. Raises Damaged."""
    content = documents.read_document(StoredDocument(item.document, item.size, item.sha256))
    return [replace(row, reason=item.rejected.get(str(row.line), row.reason)) for row in read(content, item.currency)]
