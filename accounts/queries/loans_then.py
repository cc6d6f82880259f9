"""Loans as they were at the end of a business day, however much later that is asked.

A loan that changed since goes back along its audit records: each holds what of the loan it changed, before and after,
and the business day it belongs to. They are found by their keys, not by an index, so none can be missing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from typing import Any

from accounts.loans.state import CHARGED_OFF, CLOSED, LIVE, LoanState, unpacked
from accounts.models.loans import Loan, book_of
from accounts.queries.loans import awaiting_income, charged_off, ended_after, loans
from cloudbank import store
from cloudbank.audit import AuditRecord, subject_of
from cloudbank.tables import TransactionsItem

AT_ONCE = 20
"""Records of one loan that are read together."""


@dataclass(frozen=True, slots=True)
class LoanThen:
    """A loan that had been paid out by then. `item` is as it is stored now: who, where, which offer."""

    item: Loan
    state: LoanState

    @property
    def ended_on(self) -> str:
        """When it was repaid or charged off, "" while it runs."""
        return "" if self.state.is_live else self.item.closed_on or ""


def running_at_end(day: date, currency: str) -> Iterator[LoanThen]:
    """The loans with something outstanding at the end of `day`, streamed; states read strongly."""
    ended = chain(ended_after(CLOSED, day), ended_after(CHARGED_OFF, day), awaiting_income())
    for one in _then(chain(_live(), ended), day, currency):
        if one.state.is_live:
            yield one


def book_at_end(day: date, currency: str, since: date | None) -> Iterator[LoanThen]:
    """The same with those that were repaid after `since` (None: ever), and all that were charged off."""
    yield from _then(chain(_live(), ended_after(CLOSED, since or date.min), charged_off()), day, currency)


def _live() -> Iterator[str]:
    for stage in LIVE:
        yield from (key for _, key in store.index_keys(Loan, "by_book", book_of(stage)))


def _then(keys: Iterable[str], day: date, currency: str) -> Iterator[LoanThen]:
    rest = iter(keys)
    while some := list(islice(rest, store.BATCH_GET)):
        for item in loans(some).values():
            state = state_at_end(item, day) if item.currency == currency else None
            if state is not None and state.disbursed:
                yield LoanThen(item, state)


def state_at_end(loan: Loan, day: date) -> LoanState | None:
    """What the loan was at the end of `day`; None while there was none."""
    if loan.changed_on <= day.isoformat():
        return loan.loan()
    known: dict[str, Any] = {**loan.parts, "stage": loan.stage}
    for record in _records_after(loan, day):
        known |= record.before
    stage = known.pop("stage")
    parts = {name: value for name, value in known.items() if value}
    if not stage or "terms" not in parts:
        return None
    return _without_later(unpacked(stage, loan.currency, parts | {"made": _made(loan, parts)}), day)


def _made(loan: Loan, parts: dict[str, Any]) -> Any:
    """The instalments that fell due under these terms; new terms forgot those under the old ones."""
    return loan.parts.get("made", ()) if parts["terms"] == loan.parts["terms"] else ()


def _without_later(state: LoanState, day: date) -> LoanState:
    """Records do not tell `made`: the instalments that fell due by then are those demanded by then."""
    if state.terms.starts_on is None:
        return state
    made = [parts for number, parts in enumerate(state.made, 1) if state.terms.due(number) <= day]
    return replace(state, made=tuple(made))


def _records_after(loan: Loan, day: date) -> Iterator[AuditRecord]:
    """The loan's changes that belong to later days, newest first."""
    last, subject = loan.audit_sequence, subject_of(loan)
    while last > 0:
        keys = [f"audit#{subject}#{number:08d}" for number in range(last, max(0, last - AT_ONCE), -1)]
        found = store.load(TransactionsItem, keys)
        for key in keys:
            record = found.get(key)
            if not isinstance(record, AuditRecord) or str(record.after.get("day", "")) <= day.isoformat():
                return
            yield record
        last -= AT_ONCE
