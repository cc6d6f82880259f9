"""A stable reference for each entry, what stands in the file twice, and whether the statement foots. Pure.

Banks disagree on three points, and each time their own closing balance says what they mean:
whether an entry that stands there twice happened twice, and which way a reversal goes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace

from accounts.statement_files.parts import Entry, LeftOut, Malformed, Statement
from cloudbank.ids import derived_id
from cloudbank.money import format_amount


def settled(statements: list[Statement]) -> list[Statement]:
    """The statements with references and footed. Raises Malformed with the difference when one does not foot."""
    earlier: dict[tuple[str, str], list[Statement]] = defaultdict(list)
    counts: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    result = []
    for statement in statements:
        group = (statement.holder.key, statement.name)
        counted = counts[group] if not earlier[group] or _continues(statement, earlier[group]) else Counter()
        result.append(_settled(statement, counted))
        earlier[group].append(statement)
    return result


def _continues(statement: Statement, earlier: list[Statement]) -> bool:
    """Whether it is the next page of a statement: what looks equal on two pages happened twice."""
    if not earlier or statement.opening is None or earlier[-1].closing is None:
        return False
    same = (statement.opening, statement.closing, statement.total)
    repeated = any((one.opening, one.closing, one.total) == same for one in earlier)
    return statement.opening.amount == earlier[-1].closing.amount and not repeated


def _settled(statement: Statement, pages: Counter[tuple[str, str]]) -> Statement:
    named = replace(statement, entries=tuple(_counted(statement, pages)))
    readings = list(_readings(named))
    found = next((reading for reading in readings if foots(reading)), None)
    if found is None:
        raise Malformed(statement.position, unfooted(named))
    return found


def _counted(statement: Statement, pages: Counter[tuple[str, str]]) -> Iterator[Entry]:
    """Entries with a reference; equal ones are told apart by how many came before."""
    for entry in statement.entries:
        named = entry if entry.reference else replace(entry, reference=_derived(entry), derived=True)
        same = (named.reference, named.digest)
        pages[same] += 1
        yield replace(named, occurrence=pages[same])


def _derived(entry: Entry) -> str:
    """From the content: what the bank would have to change to make it another entry."""
    return derived_id("x", *entry.content().values())


def _readings(statement: Statement) -> Iterator[Statement]:
    """The ways to read it, the plain one first. Without both balances nothing can arbitrate but the reference."""
    if statement.opening is None or statement.closing is None:
        yield _without_repeats(_unique(statement))
        return
    flipped = _reversals_flipped(statement)
    for reading in (statement, _without_repeats(statement), flipped, _without_repeats(flipped)):
        yield _unique(reading)


def _without_repeats(statement: Statement) -> Statement:
    """A reference that the bank gave twice for the same content is one entry."""
    repeated = [entry for entry in statement.entries if entry.occurrence > 1 and not entry.derived]
    kept = tuple(entry for entry in statement.entries if entry.occurrence == 1 or entry.derived)
    notes = tuple(LeftOut(entry.position, f"stands in the file twice ({entry.reference})") for entry in repeated)
    return replace(statement, entries=kept, left_out=statement.left_out + notes)


def _reversals_flipped(statement: Statement) -> Statement:
    """Some banks give a reversal the direction of the entry it takes back."""
    entries = tuple(replace(e, amount=-e.amount) if e.reversal else e for e in statement.entries)
    return replace(statement, entries=entries)


def _unique(statement: Statement) -> Statement:
    """The second of two equal derived entries needs a reference of its own."""
    entries = tuple(
        replace(e, reference=f"{e.reference}-{e.occurrence}") if e.derived and e.occurrence > 1 else e
        for e in statement.entries
    )
    return replace(statement, entries=entries)


def foots(statement: Statement) -> bool:
    """Whether opening balance and entries make the closing balance; true where the format has no opening balance."""
    if statement.opening is None or statement.closing is None:
        return True
    return statement.opening.amount + statement.total == statement.closing.amount


def unfooted(statement: Statement) -> str:
    """What does not foot, in words."""
    if statement.opening is None or statement.closing is None:
        return ""
    made = statement.opening.amount + statement.total
    shown = [
        f"{format_amount(minor, statement.currency)} {statement.currency}"
        for minor in (statement.opening.amount, statement.total, made, statement.closing.amount)
    ]
    difference = format_amount(statement.closing.amount - made, statement.currency)
    return (
        f"does not foot: the opening balance {shown[0]} and the entries {shown[1]} make {shown[2]}, the closing "
        f"balance is {shown[3]}; the difference is {difference} {statement.currency}"
    )
