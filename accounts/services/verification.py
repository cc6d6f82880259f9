"""verify_ledger: read the books and check every invariant that stored items can show."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from accounts import closing
from accounts.ledger import CLOSED, AccountState, Line
from accounts.models import LEDGER_KINDS, ClosedDay, DepositAccount, LedgerAccount, Posting
from accounts.queries import totals as queries
from accounts.queries.deposits import ledger_accounts
from accounts.queries.ledger import shard_postings
from accounts.services.closing import hour_of, seal_of
from accounts.services.crosschecks import check_holds, check_loans, check_principal, check_reversals
from accounts.services.trails import check_trails
from accounts.totals import DayTotals
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar

Progress = Callable[[int, int], None]
LOOKS = 5
"""How often an open day is read until nothing moved meanwhile and the index has caught up."""


def verify(currency: str, *, full: bool, now: datetime, progress: Progress = lambda done, total: None) -> LedgerCheck:
    """Check the books of one currency, also while money moves.

    Fast: the open days, their accounts and the last seal. Full: every day since the first, every
    account, every seal, and (by scanning) that no posting lies outside the days.
    """
    days = _days(currency, full, now)
    check = LedgerCheck(whole=full, states=_states(days, currency, full))
    days += _days_ahead(days, check.states.values())
    previous = _closed_before(days, currency)
    for number, day in enumerate(days, 1):
        previous = _check_day(check, day, currency, previous)
        progress(number, len(days))
    for state in check.states.values():
        check.account(state)
    moved = check.moved()
    found = ledger_accounts(moved)
    for account_id in moved:
        check.again(account_id, found[account_id].state() if account_id in found else None, currency)
    check.finish(_house(check, currency), _balances(check, currency) if full and not moved else {})
    check_holds(check, currency)
    check_reversals(check)
    check_loans(check)
    if full:
        check_trails(check, currency)
        check_principal(check, currency, days)
        _count_postings(check, currency)
        _count_accounts(check, currency, days)
    return check


def _days(currency: str, full: bool, now: datetime) -> list[date]:
    first, last_closed = queries.first_day(currency), queries.last_closed_day(currency)
    if first is None:
        return []
    calendar = bank_calendar()
    # A posting may already carry the next business date: the day of `now` may just have been closed.
    last = max(calendar.after(calendar.business_date(now)), calendar.after(last_closed or first))
    return list(calendar.days(first if full or last_closed is None else last_closed, last))


def _days_ahead(days: list[date], states: Iterable[AccountState]) -> list[date]:
    """The days after these that hold postings: a host's clock ran ahead, and accounts never go back in time."""
    ahead = max((state.last_business_date for state in states), default="")
    if not days or ahead <= days[-1].isoformat():
        return []
    return list(bank_calendar().days(days[-1] + ONE_DAY, date.fromisoformat(ahead)))


def _states(days: list[date], currency: str, full: bool) -> dict[str, AccountState]:
    """The accounts to check, as they are before their postings are read."""
    if full:
        found: list[LedgerAccount] = [item for kind in LEDGER_KINDS for item in kind.scan(page_size=500)]
    else:
        rows = (row for day in days for shard in _shards(day, currency) for row in shard_postings(day, currency, shard))
        found = list(ledger_accounts({row.account_id for row in rows if row.account_id}).values())
    return {item.account_id: item.state() for item in found if item.currency == currency}


def _shards(day: date, currency: str) -> list[str]:
    return queries.shards_of(day, currency, consistent=True)


def _closed_before(days: list[date], currency: str) -> ClosedDay | None:
    """The closed day before the first that is checked; a fast check begins in the middle."""
    if not days:
        return None
    before = bank_calendar().on_or_before(days[0] - ONE_DAY)
    return store.get(ClosedDay, ClosedDay.key(currency, before.isoformat()))


@dataclass
class _Look:
    """What one reading of a day found."""

    before: DayTotals
    after: DayTotals
    lines: list[Line] = field(default_factory=list)
    proof: closing.DayProof = field(default_factory=closing.DayProof)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def disagreement(self) -> str:
        """What the totals and the postings disagree about; "" also when totals moved while we read."""
        if self.before != self.after:
            low, high = self.before.numbers["postings"], self.after.numbers["postings"]
            outside = not low <= self.proof.numbers["postings"] <= high
            return f"{self.proof.numbers['postings']} postings, the totals say {low} to {high}" if outside else ""
        try:
            closing.prove(self.after.numbers, self.after.cells, self.proof)
        except closing.NotProven as error:
            return str(error)
        return ""


def _check_day(check: LedgerCheck, day: date, currency: str, previous: ClosedDay | None) -> ClosedDay | None:
    """I1, I6, I7, I12 of a day's postings, I15 of its totals, its seal. Returns the closed day for the next to name."""
    last_closed = queries.books(currency).last_closed or ""
    sealed = store.get(ClosedDay, ClosedDay.key(currency, day.isoformat()))
    if sealed and (damage := _damage(sealed, day, currency)):
        check.report("I7 seal", f"closed day {day}: {damage}")
        sealed = None
    if sealed is None and day.isoformat() <= last_closed:
        check.report("I7 seal", f"closed day {day} is gone; the books are closed through {last_closed}")
    look = _steady_look(check, day, currency, sealed)
    for code, what in look.problems:
        check.report(code, what)
    check.day(day.isoformat(), look.lines)
    if disagreement := look.disagreement():
        check.report("I15 totals", f"{day}: {disagreement}")
    if sealed:
        _check_seal(check, sealed, look.proof, previous)
        _check_end(check, sealed, previous)
    return sealed


def _damage(sealed: ClosedDay, day: date, currency: str) -> str:
    """Why a closed day cannot even be compared; "" when it can."""
    if (sealed.day, sealed.currency) != (day.isoformat(), currency):
        return f"says that it is {sealed.day} in {sealed.currency}"
    torn = [name for name in sealed.get_attributes() if getattr(sealed, name) is None and name in _SEALED]
    return f"lacks its {torn[0]}" if torn else ""


_SEALED = {"numbers", "end", "packed_cells", "last_seen", "postings_hash", "previous_seal", "seal"}


def _steady_look(check: LedgerCheck, day: date, currency: str, sealed: ClosedDay | None) -> _Look:
    if sealed:
        totals = _sealed_totals(check, sealed)
        return _looked(day, currency, totals, lambda: totals)
    for attempt in range(LOOKS):
        look = _looked(day, currency, _open_totals(day, currency), lambda: _open_totals(day, currency))
        if look.before == look.after and not look.disagreement():
            break
        store.pause(attempt, base=0.05, ceiling=1.0)
    return look


def _looked(day: date, currency: str, before: DayTotals, after: Callable[[], DayTotals]) -> _Look:
    look = _Look(before, before)
    for shard in _shards(day, currency):
        for posting in shard_postings(day, currency, shard):
            _take(look, posting)
    look.after = after()
    return look


def _take(look: _Look, posting: Posting) -> None:
    line = posting.line()
    try:
        look.proof.add(line, hour_of(line.posted_at), posting.owner_seen_on)
    except closing.NotProven as damage:
        look.problems.append(("I7 posting", str(damage)))
    if line.missing:
        return
    look.lines.append(line)
    if not posting.filed_right:
        look.problems.append(("I6 filing", f"posting {line.posting_id} is filed out of its account's or day's order"))


def _open_totals(day: date, currency: str) -> DayTotals:
    found = queries.open_totals([day], currency, with_cells=True, consistent=True)
    return found.get(day) or DayTotals(day.isoformat(), False)


def _sealed_totals(check: LedgerCheck, sealed: ClosedDay) -> DayTotals:
    """A closed day's totals; of a garbled one none, and it is named."""
    try:
        return queries.sealed_totals(sealed)
    except (zlib.error, ValueError, TypeError) as error:
        check.report("I7 seal", f"closed day {sealed.day} cannot be read: {error}")
        return DayTotals(sealed.day, True)


def _check_end(check: LedgerCheck, sealed: ClosedDay, previous: ClosedDay | None) -> None:
    """I15: what a day ends with follows from the day before and the day's flows, whatever its seal says."""
    due = closing.carry(previous.end if previous else {}, sealed.numbers)
    for name, figure in due.items():
        if sealed.end.get(name, 0) != figure:
            check.report(
                "I15 end", f"closed day {sealed.day}: {name} is {sealed.end.get(name)}, its flows give {figure}"
            )


def _check_seal(check: LedgerCheck, sealed: ClosedDay, proof: closing.DayProof, previous: ClosedDay | None) -> None:
    """I7 of a closed day: its content, its postings, the seal before it, and the books' own word for it."""
    books = queries.books(sealed.currency)  # after the day was read: the two are saved in one transaction
    try:
        same = sealed.seal == seal_of(sealed) and sealed.postings_hash == proof.postings_hash
    except (zlib.error, ValueError, TypeError):
        same = False
    if not same:
        check.report(
            "I7 seal", f"closed day {sealed.day}: its content or its postings are not those it was sealed with"
        )
    if sealed.previous_seal != (previous.seal if previous else closing.seal({}, "")):
        check.report("I7 seal", f"closed day {sealed.day}: does not name the seal of the day before")
    if sealed.day > (books.last_closed or ""):
        check.report("I7 seal", f"closed day {sealed.day}: the books are closed only through {books.last_closed}")
    if sealed.day == books.last_closed and sealed.seal != books.seal:
        check.report("I7 seal", f"closed day {sealed.day}: the books name another seal")


def _balances(check: LedgerCheck, currency: str) -> dict[str, int]:
    return {currency: sum(state.balance for state in check.states.values())}


def _house(check: LedgerCheck, currency: str) -> dict[str, int]:
    return {currency: sum(check.house.values())}


def _count_postings(check: LedgerCheck, currency: str) -> None:
    """No posting of an account may lie outside the days that were read.

    Counted up to the state that the account had when we began; beyond it, up to its state of now.
    """
    found: Counter[str] = Counter()
    last: dict[str, int] = {}
    wanted = ["account_id", "kind", "sequence"]
    for row in Posting.scan(Posting.currency == currency, attributes_to_get=wanted, page_size=1000):
        account_id, sequence = row.account_id or "", row.sequence or 0
        known = check.states.get(account_id)
        found[account_id] += known is not None and sequence <= known.sequence
        last[account_id] = max(last.get(account_id, 0), sequence)
    for account_id in sorted(found.keys() | check.tips.keys() & check.states.keys()):
        known = check.states.get(account_id)
        read = min(known.sequence, check.tips[account_id].sequence) if known and account_id in check.tips else 0
        if found[account_id] != read:
            check.report("I6 count", f"account {account_id}: {found[account_id]} postings stored, {read} in its chain")
    _check_last(check, last)


def _check_last(check: LedgerCheck, last: dict[str, int]) -> None:
    """No stored posting may have a number that its account has not reached."""
    ahead = [a for a, sequence in last.items() if a not in check.states or sequence > check.states[a].sequence]
    now = ledger_accounts(account_id for account_id in ahead if account_id)
    for account_id in sorted(ahead):
        reached = now[account_id].sequence if account_id in now else 0
        if last[account_id] > reached:
            check.report(
                "I6 count", f"account {account_id}: a posting {last[account_id]} is stored, {reached} is its last"
            )


def _count_accounts(check: LedgerCheck, currency: str, days: list[date]) -> None:
    """I15: the days' counts of accounts opened and closed give the accounts that there are."""
    for attempt in range(LOOKS):
        before = _accounts_counted(currency, days)
        rows = DepositAccount.scan(DepositAccount.currency == currency, page_size=500)
        there = sum(row.status != CLOSED for row in rows)
        if there == before:
            return
        store.pause(attempt, base=0.05, ceiling=1.0)
    check.report("I15 accounts", f"{currency}: {there} accounts are open, the days' totals say {before}")


def _accounts_counted(currency: str, days: list[date]) -> int:
    last_closed = queries.books(currency).last_closed or ""
    sealed = store.get(ClosedDay, ClosedDay.key(currency, last_closed)) if last_closed else None
    counted = (sealed.end or {}).get("accounts", 0) if sealed else 0
    open_days = [day for day in days if day.isoformat() > last_closed]
    for totals in queries.open_totals(open_days, currency, with_cells=False, consistent=True).values():
        counted += totals.numbers["accounts_opened"] - totals.numbers["accounts_closed"]
    return int(counted)
