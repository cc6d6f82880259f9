"""Reads of the register of filings: by due date while open, by the day they ended afterwards, of one person.

Whoever may not know of a form never gets to see one: `forms` names those that a reader may.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.tables import TransactionsItem
from compliance.filings.models import FILINGS, Filing, filings_of, open_group, settled_group
from compliance.filings.terms import Status

CHUNK, MOST_COUNTED = 100, 1_000
OVERDUE, ALL_OPEN, SETTLED = "overdue", "open", "settled"


@dataclass(frozen=True)
class RegisterFilter:
    """What the register is narrowed by; empty means all."""

    forms: tuple[str, ...]
    state: str = ALL_OPEN
    """A status, or `open`, `overdue`, `settled`."""
    text: str = ""
    today: str = ""

    def keeps(self, item: Filing) -> bool:
        """Whether a filing belongs in the list."""
        if self.state == OVERDUE and not (item.is_open and item.due_on < self.today):
            return False
        if self.state in set(Status) and item.status != self.state:
            return False
        return not self.text or self.text.casefold() in _searched(item)


def _searched(item: Filing) -> str:
    people = (f"{one.get('name', '')} {one.get('person_id', '')}" for one in item.persons)
    return " ".join((item.filing_id, item.acknowledgement, item.prior_number, *people)).casefold()


def filings_page(wanted: RegisterFilter, cursor: Any, limit: int) -> tuple[list[Filing], Any]:
    """A page: open ones with what is due first on top, settled ones with the latest on top; and the next cursor."""
    group, after = cursor or ["", ""]
    found: list[tuple[list[str], Filing]] = []
    for place, item in _all(wanted, group, after):
        if wanted.keeps(item):
            found.append((place, item))
            if len(found) > limit:
                break
    rows = [item for _, item in found[:limit]]
    return rows, found[limit - 1][0] if len(found) > limit else None


def _all(wanted: RegisterFilter, group: str, after: str) -> Iterator[tuple[list[str], Filing]]:
    """Every filing of the forms and the side that the state asks for, in order, each with its place."""
    is_settled = wanted.state in (SETTLED, Status.FILED, Status.DISMISSED)
    groups = [settled_group(form) if is_settled else open_group(form) for form in wanted.forms]
    streams = [_of_group(one, is_settled) for one in groups]
    merged = _merged(streams, is_settled)
    if not after:
        yield from merged
        return
    passed = False
    for place, item in merged:
        if passed:
            yield place, item
        passed = passed or place == [group, after]


def _of_group(group: str, backwards: bool) -> Iterator[tuple[list[str], Filing]]:
    after = ""
    while keys := list(
        store.index_keys(TransactionsItem, "worklist", group, after=after, backwards=backwards, limit=CHUNK)
    ):
        items = store.load(TransactionsItem, [key for _, key in keys])
        for order, key in keys:
            if isinstance(item := items.get(key), Filing):
                yield [group, order], item
        after = keys[-1][0]


def _merged(streams: list[Iterator[tuple[list[str], Filing]]], backwards: bool) -> Iterator[tuple[list[str], Filing]]:
    """The streams of the forms as one, by the order of their keys."""
    heads = [(next(stream, None), stream) for stream in streams]
    while alive := [(head, stream) for head, stream in heads if head is not None]:
        pick = max if backwards else min
        chosen, stream = pick(alive, key=lambda one: (one[0][0][1], one[0][0][0]))
        yield chosen
        heads = [(next(kept, None) if kept is stream else head, kept) for head, kept in alive]


def counts(forms: Collection[str], today: date) -> Counter[str]:
    """How many filings there are by state, with `open`, `overdue` and `settled`: from keys of the worklist alone."""
    found: Counter[str] = Counter({ALL_OPEN: 0, OVERDUE: 0, SETTLED: 0})
    for form in forms:
        for order, _ in store.index_keys(TransactionsItem, "worklist", open_group(form), limit=MOST_COUNTED):
            due_on, status, _ = order.split("#", 2)
            found[status] += 1
            found[ALL_OPEN] += 1
            found[OVERDUE] += due_on < today.isoformat()
        for order, _ in store.index_keys(
            TransactionsItem, "worklist", settled_group(form), backwards=True, limit=MOST_COUNTED
        ):
            found[order.split("#", 2)[1]] += 1
            found[SETTLED] += 1
    return found


def open_filings(form: str, limit: int) -> list[Filing]:
    """Filings of a form that are still to be filed, the first due on top."""
    return [item for _, item in islice(_of_group(open_group(form), False), limit)]


def all_filings(form: str) -> Iterator[Filing]:
    """Every filing of a form: open ones with what is due first on top, then settled ones by when. For rare forms."""
    for group in (open_group(form), settled_group(form)):
        yield from (item for _, item in _of_group(group, False))


def filings_about(person_id: str, forms: Collection[str]) -> list[Filing]:
    """The filings of these forms that are mainly about a person, newest first."""
    found: list[Filing] = []
    for form in forms:
        found += FILINGS[form].by_subject.query(filings_of(form, person_id), scan_index_forward=False, limit=CHUNK)
    return sorted(found, key=lambda one: (one.drafted_at, one.filing_id), reverse=True)


def records(item: Filing) -> list[AuditRecord]:
    """Everything that was done to a filing, newest first."""
    found = AuditRecord.by_subject.query(subject_of(item), scan_index_forward=False, limit=CHUNK)
    return [one for one in found if isinstance(one, AuditRecord)]
