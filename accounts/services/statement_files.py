"""Statement files into the books: check, keep, confirm, post. See accounts/statement_files/README.md."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from accounts import numbers
from accounts.ledger import Actor
from accounts.models.statement_files import IMPORTS, StatementImport
from accounts.queries.deposits import account
from accounts.queries.statement_files import bindings, bound_name, claims, posted, statement_import
from accounts.statement_files.matching import CONFLICT, DUPLICATE, NEW, Judged, judged, references, reused
from accounts.statement_files.parts import Entry, Holder, LeftOut, Statement
from accounts.statement_files.reading import AUTO, read_bytes
from cloudbank import audit, documents, store
from cloudbank.clock import iso
from cloudbank.documents import StoredDocument
from cloudbank.ids import derived_id

ATTEMPTS = 8


class CannotImport(Exception):
    """The file is a statement, but not one that can go into these books; the message says why."""


@dataclass(frozen=True)
class Choice:
    """What a person says about a file: its format, our account, or the customer to open one for."""

    format: str = AUTO
    account: str = ""
    open_for: str = ""


@dataclass(frozen=True)
class Part:
    """One statement of the file, bound to one of our accounts, each entry judged."""

    statement: Statement
    number: str
    new_account: bool
    """The account is opened when the import is confirmed."""
    opens: bool
    """Its opening balance is what the new account begins with."""
    opens_on: str
    judged: tuple[Judged, ...]
    left_out: tuple[LeftOut, ...]

    def having(self, verdict: str) -> list[Judged]:
        """The entries with this verdict."""
        return [one for one in self.judged if one.verdict == verdict]

    @property
    def sum_new(self) -> int:
        """What the new entries add up to (minor units)."""
        return sum(one.entry.amount for one in self.having(NEW))


@dataclass(frozen=True)
class Checked:
    """A file that can be imported: what would happen. Nothing is written by looking."""

    content: bytes
    choice: Choice
    parts: tuple[Part, ...]

    @property
    def sha256(self) -> str:
        """Of the file (hex)."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def import_id(self) -> str:
        """The same file for the same accounts is one import."""
        return derived_id("stm", self.sha256, *sorted({part.number for part in self.parts}))

    @property
    def counts(self) -> dict[str, int]:
        """Entries by verdict, and those left out."""
        found = Counter(one.verdict for part in self.parts for one in part.judged)
        left_out = sum(len(part.left_out) for part in self.parts)
        return {NEW: found[NEW], DUPLICATE: found[DUPLICATE], CONFLICT: found[CONFLICT], "left_out": left_out}

    @property
    def conflicts(self) -> list[str]:
        """What is reported and never posted, in words."""
        return [
            f"{one.entry.position}: {one.reason(part.statement.currency)}"
            for part in self.parts
            for one in part.having(CONFLICT)
        ]


def check(content: bytes, choice: Choice) -> Checked:
    """Read the file and judge every entry against the books; writes nothing. Raises Malformed, CannotImport."""
    statements = read_bytes(content, choice.format)
    bound = _bound(statements, choice)
    return Checked(content, choice, tuple(_judged_parts(statements, bound)))


def _opening_day(statement: Statement) -> date:
    return statement.opening.on if statement.opening else date.min


@dataclass(frozen=True)
class _Bound:
    number: str
    new_account: bool = False
    opens_on: str = ""


def _bound(statements: Sequence[Statement], choice: Choice) -> dict[str, _Bound]:
    """Which of our accounts each name in the file means."""
    firsts = {one.holder.key: one for one in sorted(statements, key=_opening_day, reverse=True)}
    if len(firsts) > 1 and (choice.account or choice.open_for):
        raise CannotImport("The file holds statements of several accounts; an account can be chosen for one only.")
    known = bindings(firsts)
    found: dict[str, _Bound] = {}
    for key, first in firsts.items():
        binding = known.get(key)
        if binding:
            if choice.account not in ("", binding.number):
                raise CannotImport(f"{first.holder} is bound to account {numbers.grouped(binding.number)} already.")
            if binding.format != first.format:
                raise CannotImport(
                    f"Statements of {first.holder} come as {binding.format}; in {first.format} the same entries have "
                    "other references and would be posted twice."
                )
            found[key] = _Bound(binding.number, opens_on=binding.opens_on)
        else:
            found[key] = _chosen(first, choice)
    for one in statements:
        _same_currency(one, found[one.holder.key])
    return found


def _chosen(statement: Statement, choice: Choice) -> _Bound:
    number = choice.account or _own_number(statement.holder)
    if choice.open_for and not number:
        opening = statement.opening
        if opening is None:
            raise CannotImport(f"{statement.format} has no opening balance to open an account with; choose an account.")
        number = numbers.derive(choice.open_for, f"statement {statement.holder.key}")
        return _Bound(number, new_account=True, opens_on=opening.on.isoformat())
    if not number:
        raise CannotImport(f"{statement.holder} is not bound to an account of this bank yet; choose one.")
    other = bound_name(number)
    if other and other != statement.holder.key:
        raise CannotImport(f"Account {numbers.grouped(number)} takes the statements of {other} already.")
    return _Bound(number)


def _own_number(holder: Holder) -> str:
    """The statement may name the account by our own number."""
    try:
        number = numbers.parse(holder.number)
    except numbers.AccountNumberError:
        return ""
    return number if account(number) else ""


def _same_currency(statement: Statement, bound: _Bound) -> None:
    if bound.new_account:
        return
    ours = account(bound.number)
    if ours is None:
        raise CannotImport(f"There is no account {numbers.grouped(bound.number)}.")
    if ours.currency != statement.currency:
        raise CannotImport(
            f"Account {numbers.grouped(bound.number)} is held in {ours.currency}; {statement.position} is in "
            f"{statement.currency}."
        )


def _judged_parts(statements: Sequence[Statement], bound: dict[str, _Bound]) -> Iterator[Part]:
    """Entries of all statements of one account are judged together: what stands in two of them is there once."""
    for key, where in bound.items():
        own = sorted((one for one in statements if one.holder.key == key), key=_opening_day)
        kept = [[e for e in one.entries if e.booked_on.isoformat() >= where.opens_on] for one in own]
        together = [entry for entries in kept for entry in entries]
        verdicts = iter(judge(where.number, together, reused(together)))
        for one, entries in zip(own, kept, strict=True):
            before = [e for e in one.entries if e.booked_on.isoformat() < where.opens_on]
            notes = [LeftOut(e.position, "is in the balance the account was opened with") for e in before]
            mine = tuple(next(verdicts) for _ in entries)
            opens = where.new_account and one is own[0]
            yield Part(one, where.number, where.new_account, opens, where.opens_on, mine, one.left_out + tuple(notes))


def judge(number: str, entries: Sequence[Entry], again: frozenset[str]) -> list[Judged]:
    """New, duplicate or conflict, against the books as they are now; what an interrupted import only noted is new.

    `again`: the references that the file uses for several contents.
    """
    known = claims(number, {one for entry in entries for one in references(entry)})
    verdicts = judged(entries, {reference: item.contents for reference, item in known.items()}, again)
    keys = {(reference, digest): key for reference, item in known.items() for digest, key in item.keys.items()}
    there = posted(keys.values())
    unfinished = {same for same, key in keys.items() if key not in there}
    result = []
    for one in verdicts:
        same = (one.entry.reference, one.entry.digest)
        if one.verdict == DUPLICATE and same in unfinished:
            unfinished.discard(same)  # a second one of it in the same file is a duplicate
            one = replace(one, verdict=NEW)
        result.append(one)
    return result


# --- keeping the file -----------------------------------------------------------------------------


def receive(checked: Checked, *, file_name: str, actor: Actor, now: datetime) -> StatementImport:
    """Keep the file and what it is about, to be confirmed. The same file again finds the same import."""
    stored = documents.store_bytes(f"statements/{checked.sha256}", checked.content)
    for attempt in range(ATTEMPTS):
        there = statement_import(checked.import_id)
        if there:
            return there
        item = _item(checked, stored, file_name, actor, now)
        after = {"file": item.file_name, "sha256": item.sha256} | checked.counts
        entry = audit.record(item, "receive_statement", actor=actor, now=now, after=after)
        try:
            store.save([store.new(item), entry])
            return item
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("The file could not be kept just now; try again.")


def _item(checked: Checked, stored: StoredDocument, file_name: str, actor: Actor, now: datetime) -> StatementImport:
    return StatementImport(
        transaction_id=checked.import_id,
        version=1,
        day_group=IMPORTS,
        day_order=f"{iso(now)}#{checked.import_id}",
        file_name=file_name[:200],
        format=checked.parts[0].statement.format,
        size=stored.size,
        sha256=stored.sha256,
        document=stored.name,
        accounts=[_described(part) for part in checked.parts],
        account=checked.choice.account,
        open_for=checked.choice.open_for,
        made_by=actor.user_id,
        made_at=iso(now),
        total=sum(len(part.judged) for part in checked.parts),
    )


def _described(part: Part) -> dict[str, Any]:
    one = part.statement
    days = sorted(entry.booked_on.isoformat() for entry in one.entries)
    return {
        "number": part.number,
        "named": str(one.holder),
        "currency": one.currency,
        "opening": one.opening.amount if one.opening else None,
        "closing": one.closing.amount if one.closing else None,
        "entries": len(one.entries),
        "first": days[0] if days else "",
        "last": days[-1] if days else "",
        "new_account": part.new_account,
    }


def existing(import_id: str) -> StatementImport:
    found = statement_import(import_id)
    if found is None:
        raise CannotImport("There is no such import.")
    return found


def recheck(item: StatementImport) -> Checked:
    """The kept file judged against the books as they are now, for the accounts it came for.

    Raises documents.Damaged when it is not that file, Malformed, CannotImport.
    """
    content = documents.read_document(StoredDocument(item.document, item.size, item.sha256))
    checked = check(content, Choice(account=item.account, open_for=item.open_for))
    if {part.number for part in checked.parts} != {one["number"] for one in item.accounts}:
        raise CannotImport("Its account is bound to another one of ours since the file came. Bring the file again.")
    return checked
