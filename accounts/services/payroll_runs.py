"""A payroll is paid: once from the payer into clearing, from there to each payee, the rest back.

Killed anywhere, it goes on. What was done is known from the postings alone: each key derives from the payroll and
the row. The record's state is the gate: the debit and `running` are one transaction, no row is credited unless the
state is `running`, and once it is `returning` the rows without a credit are fixed, and go back in one movement.
"""

import time
from collections.abc import Callable
from datetime import datetime

from accounts.ledger import CLEARING, PAYROLL, Actor, Instruction, Plan, Refused
from accounts.models.payroll import CHECKED, DONE, RETURNING, RUNNING, Payroll
from accounts.payroll import Row
from accounts.queries.payroll import credits, key_of, payroll
from accounts.services.payroll import actor_of, debit_of, rows_of, said
from accounts.services.posting import Accounts, post
from cloudbank import audit, store
from cloudbank.clock import iso

CHUNK = 100
ATTEMPTS = 8
MEMO_LENGTH = 140
Clock = Callable[[], datetime]
Progress = Callable[[int, int], None]
NOT_RUNNING = "payroll_state"


def _silent(done: int, total: int) -> None:
    """No progress wanted."""


def existing(payroll_id: str) -> Payroll:
    """The payroll. Raises Refused when there is none."""
    found = payroll(payroll_id)
    if found is None:
        raise Refused("payroll", "There is no such payroll.")
    return found


class _Start:
    """Written with the payer's debit: the payroll runs."""

    def __init__(self, payroll_id: str, actor: Actor, now: datetime) -> None:
        self._id, self._actor, self._now = payroll_id, actor, now
        self._item = existing(payroll_id)

    def before(self, accounts: Accounts) -> None:
        """Refused when it runs already: the debit's key then finds the earlier debit."""
        self._item = existing(self._id)
        if self._item.state != CHECKED:
            raise Refused(NOT_RUNNING, "This payroll was started before.")

    def after(self, final: Plan, accounts: Accounts) -> list[store.Write]:
        """The record with its audit entry."""
        item, now = self._item, self._now
        item.state, item.started_at, item.why = RUNNING, iso(now), ""
        item.file_as_work()
        after = {"state": RUNNING, "total": item.total, "rows": item.rows}
        entry = audit.record(item, "start_payroll", actor=self._actor, now=now, before={"state": CHECKED}, after=after)
        return [store.changed(item), entry]


class _WhileRunning:
    """Written with each credit: only while the payroll runs. Looks again only after a conflict."""

    def __init__(self, payroll_id: str) -> None:
        self._id, self._tried = payroll_id, False

    def before(self, accounts: Accounts) -> None:
        """Refused once somebody else began the return."""
        if self._tried and existing(self._id).state != RUNNING:
            raise Refused(NOT_RUNNING, "This payroll takes no more payments.")
        self._tried = True

    def after(self, final: Plan, accounts: Accounts) -> list[store.Write]:
        """A condition on the record, nothing written to it."""
        return [store.Check(Payroll, self._id, Payroll.state == RUNNING)]


def start(payroll_id: str, *, actor: Actor, now: datetime) -> Payroll:
    """Debit the payer once; `actor` is who confirmed.

    Raises Refused (funds, limits, status) with nothing written, Busy, NotKnownYet.
    """
    item = existing(payroll_id)
    if item.state == CHECKED:
        post(debit_of(item), now=now, companion=_Start(payroll_id, actor, now))
    return existing(payroll_id)


def advance(payroll_id: str, *, now: Clock, seconds: float = float("inf"), progress: Progress = _silent) -> Payroll:
    """Credit payees for so long, then return what could not be credited; nothing before the start or after the end.

    Raises what posting raises, documents.Damaged; calling again goes on.
    """
    until = time.monotonic() + seconds
    item = existing(payroll_id)
    if item.state == RUNNING:
        rows = [row for row in rows_of(item) if not row.reason]
        reasons = _credit_all(item, rows, now, until, progress)
        if reasons is None:
            return _noted(payroll_id)
        item = _stop_credits(payroll_id, reasons, now())
    if item.state == RETURNING:
        item = _return(item, now)
    return item


def _credit_all(item: Payroll, rows: list[Row], now: Clock, until: float, progress: Progress) -> dict[int, str] | None:
    """Line -> why it could not be credited; None when the time was over first."""
    reasons: dict[int, str] = {}
    for start_at in range(0, len(rows), CHUNK):
        chunk = rows[start_at : start_at + CHUNK]
        there = credits(item, [row.line for row in chunk])
        for number, row in enumerate(chunk, start_at + 1):
            if row.line not in there:
                if time.monotonic() > until:
                    return None
                try:
                    post(_credit(item, row), now=now(), companion=_WhileRunning(item.payroll_id))
                except Refused as refused:
                    if refused.code == NOT_RUNNING:
                        return reasons
                    reasons[row.line] = said(refused)
            progress(number, len(rows))
    return reasons


def _credit(item: Payroll, row: Row) -> Instruction:
    return Instruction(
        type=PAYROLL,
        key=key_of(item.payroll_id, row.line),
        amount=row.amount,
        currency=item.currency,
        debit=CLEARING,
        credit=row.account,
        channel=item.channel,
        branch=item.branch,
        actor=actor_of(item),
        memo=(row.memo or f"Payment to {row.name}")[:MEMO_LENGTH],
        link=item.payroll_id,
    )


def _stop_credits(payroll_id: str, reasons: dict[int, str], now: datetime) -> Payroll:
    """From here on nobody is credited, so what has no credit is fixed."""

    def change(item: Payroll) -> bool:
        if item.state != RUNNING:
            return False
        item.state, item.returned = RETURNING, {str(line): why for line, why in reasons.items()}
        return True

    return _changed(payroll_id, "stop_payroll_credits", change, now)


def _return(item: Payroll, now: Clock) -> Payroll:
    """Everything that has no credit goes back in one movement; then the payroll is done."""
    rows = [row for row in rows_of(item) if not row.reason]
    there = credits(item, [row.line for row in rows])
    left = [row for row in rows if row.line not in there]
    back = sum(row.amount for row in left)
    if back:
        try:
            post(_returning(item, left, back), now=now())
        except Refused as refused:
            return _noted(item.payroll_id, f"The payer's account cannot take the return: {refused.message}")

    def change(found: Payroll) -> bool:
        if found.state != RETURNING:
            return False
        found.state, found.ended_at, found.why = DONE, iso(now()), ""
        found.done, found.returned_sum = len(there), back
        found.returned = {str(row.line): found.returned.get(str(row.line), "Could not be credited.") for row in left}
        return True

    return _changed(item.payroll_id, "finish_payroll", change, now())


def _returning(item: Payroll, left: list[Row], back: int) -> Instruction:
    what = "1 payment" if len(left) == 1 else f"{len(left):,} payments"
    why = item.returned.get(str(left[0].line), "")
    return Instruction(
        type=PAYROLL,
        key=key_of(item.payroll_id, "return"),
        amount=back,
        currency=item.currency,
        debit=CLEARING,
        credit=item.payer,
        channel=item.channel,
        branch=item.branch,
        actor=actor_of(item),
        memo=f"Payroll: {what} returned. Line {left[0].line}: {why}"[:MEMO_LENGTH],
        link=item.payroll_id,
    )


def _changed(payroll_id: str, action: str, change: Callable[[Payroll], bool], now: datetime) -> Payroll:
    """Load, change, save with an audit record, until nobody was faster."""
    for attempt in range(ATTEMPTS):
        item = existing(payroll_id)
        before = {"state": item.state}
        if not change(item):
            return item
        item.file_as_work()
        after = {"state": item.state, "returned": len(item.returned)}
        entry = audit.record(item, action, actor=actor_of(item), now=now, before=before, after=after)
        try:
            store.save([store.changed(item), entry])
            return item
        except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise store.Unavailable("The payroll is being changed by others; it goes on when it is opened again.")


def _noted(payroll_id: str, why: str = "") -> Payroll:
    """How far it is and what keeps it, for the page: a hint, so a lost one does no harm."""
    item = existing(payroll_id)
    item.done = len(credits(item, [row.line for row in rows_of(item) if not row.reason]))
    item.why = why
    try:
        store.save([store.changed(item)])
    except (store.ConditionFailed, store.Conflict, store.OutcomeUnknown):
        return existing(payroll_id)
    return item
