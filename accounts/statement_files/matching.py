"""New, duplicate or conflict: an entry against what the bank knows of its reference. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.statement_files.parts import Entry
from cloudbank.money import format_amount

NEW, DUPLICATE, CONFLICT = "new", "duplicate", "conflict"
PARTS = "/1"

Contents = Mapping[str, Mapping[str, str]]
"""What a reference stands for already: digest of a content -> the content, the first one first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An entry and what becomes of it; `field` names the first field in which a conflict differs."""

    entry: Entry
    verdict: str
    field: str = ""
    known: str = ""
    """What that field says in the bank's books."""

    def reason(self, currency: str) -> str:
        """In words."""
        if self.verdict == DUPLICATE:
            return "is in the books already"
        if self.verdict == CONFLICT and self.field in ("batch", "parts"):
            other = "as one entry" if self.field == "batch" else "part by part"
            return f"the batch {self.entry.batch or self.entry.reference} is in the books {other}"
        if self.verdict == CONFLICT:
            there, here = (self._said(value, currency) for value in (self.known, self.entry.content()[self.field]))
            known = f"the reference {self.entry.reference} is in the books with another {self.field}"
            return f"{known}: {there} there, {here} here"
        return ""

    def _said(self, value: str, currency: str) -> str:
        if self.field == "amount":
            return f"{format_amount(int(value), currency)} {currency}"
        return f"'{value}'"


def references(entry: Entry) -> list[str]:
    """The references that decide about an entry: its own, that of its batch, those of its parts."""
    return [one for one in (entry.reference, entry.batch, f"{entry.reference}{PARTS}") if one]


def reused(entries: Iterable[Entry]) -> frozenset[str]:
    """The references that stand for several contents here.

    Some banks use one again for a fee or a reward: there it tells nothing apart, and the content does.
    """
    used: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        used[entry.reference].add(entry.digest)
    return frozenset(reference for reference, digests in used.items() if len(digests) > 1)


def judged(entries: Iterable[Entry], known: Mapping[str, Contents], again: frozenset[str]) -> list[Judged]:
    """Each entry's verdict.

    `known`: reference -> its contents, for all `references` of the entries; `again`: what `reused` says of the file.
    """
    seen: set[tuple[str, str]] = set()
    result = []
    for entry in entries:
        same = (entry.reference, entry.digest)
        result.append(Judged(entry, DUPLICATE) if same in seen else _judged(entry, known, entry.reference in again))
        seen.add(same)
    return result


def _judged(entry: Entry, known: Mapping[str, Contents], again: bool) -> Judged:
    contents = known.get(entry.reference, {})
    if entry.digest in contents:
        return Judged(entry, DUPLICATE)
    if entry.batch and known.get(entry.batch):
        return Judged(entry, CONFLICT, "batch")
    if known.get(f"{entry.reference}{PARTS}"):
        return Judged(entry, CONFLICT, "parts")
    if not contents or again:
        return Judged(entry, NEW)
    first = next(iter(contents.values()))
    field = next(name for name, value in entry.content().items() if first.get(name) != value)
    return Judged(entry, CONFLICT, field, first.get(field, ""))
