"""verify_ledger: business days against their postings, their shards, their seals (I1, I6, I7, I12, I15)."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

from accounts import closing
from accounts.ledger import GENESIS, Line
from accounts.models import Books, ClosedDay, DayShard
from accounts.queries import totals as queries
from accounts.queries.lines import READERS, Stored, shard_lines
from accounts.services.closed_months import check_month
from accounts.services.closing import hour_of, seal_of
from accounts.services.month_end_checks import check_sheets
from accounts.totals import DayTotals
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.tables import AccountsItem, TransactionsItem

LOOKS = 5
"""How often an open day is read until nothing moved meanwhile and the index has caught up."""
SEALS_AT_ONCE = 50
_SEALED = {"numbers", "end", "packed_cells", "last_seen", "postings_hash", "previous_seal", "seal"}


def check_days(check: LedgerCheck, days: Sequence[date], currency: str, progress: Callable[[int, int], None]) -> None:
    """Every day, in order; the first one's seal must name the seal of the day before it."""
    known = queries.books(currency)
    previous = _closed_before(days, currency)
    with ThreadPoolExecutor(READERS) as pool:
        for number, (day, sealed) in enumerate(_with_seals(days, currency), 1):
            # What was closed when we began stays as it is: those days need no fresh look at the books.
            books = known if day.isoformat() <= (known.last_closed or "") else queries.books(currency)
            previous = _Day(check, day, books, pool).checked(sealed, previous)
            progress(number, len(days))


def _closed_before(days: Sequence[date], currency: str) -> ClosedDay | None:
    """The closed day before the first that is checked; a fast check begins in the middle."""
    if not days:
        return None
    before = bank_calendar().on_or_before(days[0] - ONE_DAY)
    return store.get(ClosedDay, ClosedDay.key(currency, before.isoformat()))


def _with_seals(days: Sequence[date], currency: str) -> Iterator[tuple[date, ClosedDay | None]]:
    """Each day with its closed day, if it has one; read some days ahead, so a day without may be closed meanwhile."""
    for first in range(0, len(days), SEALS_AT_ONCE):
        keys = {day: ClosedDay.key(currency, day.isoformat()) for day in days[first : first + SEALS_AT_ONCE]}
        found = store.load(AccountsItem, keys.values())
        for day, key in keys.items():
            sealed = found.get(key) or store.get(ClosedDay, key)
            yield day, sealed if isinstance(sealed, ClosedDay) else None


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

    def take(self, stored: Stored) -> None:
        """One posting of the day."""
        line = stored.line
        try:
            self.proof.add(line, hour_of(line.posted_at), stored.owner_seen_on)
        except closing.NotProven as damage:
            self.problems.append(("I7 posting", str(damage)))
            if line.missing:
                return
        self.lines.append(line)
        if not stored.filed_right:
            self.problems.append(
                ("I6 filing", f"posting {line.posting_id} is filed out of its account's or day's order")
            )


@dataclass
class _Day:
    """The check of one business day."""

    check: LedgerCheck
    day: date
    books: Books
    pool: ThreadPoolExecutor

    def checked(self, sealed: ClosedDay | None, previous: ClosedDay | None) -> ClosedDay | None:
        """I1, I6, I7, I12 of its postings, I15 of its totals, its seal. Returns the closed day for the next to name."""
        check, day = self.check, self.day
        if sealed and (damage := _damage(sealed, day, self.books.currency)):
            check.report("I7 seal", f"closed day {day}: {damage}")
            sealed = None
        if sealed is None and day.isoformat() <= (self.books.last_closed or ""):
            check.report("I7 seal", f"closed day {day} is gone; the books are closed through {self.books.last_closed}")
        look = self._steady_look(sealed)
        for code, what in look.problems:
            check.report(code, what)
        check.day(day.isoformat(), look.lines)
        if disagreement := look.disagreement():
            check.report("I15 totals", f"{day}: {disagreement}")
        if sealed:
            self._check_seal(sealed, look.proof, previous)
            self._check_end(sealed, previous)
            self._check_shards(sealed)
            if check.whole:
                check_sheets(check, sealed)
                check_month(check, sealed)
        return sealed

    def _steady_look(self, sealed: ClosedDay | None) -> _Look:
        if sealed:
            totals = self._sealed_totals(sealed)
            return self._looked(totals, lambda: totals)
        for attempt in range(LOOKS):
            look = self._looked(self._open_totals(), self._open_totals)
            if look.before == look.after and not look.disagreement():
                break
            store.pause(attempt, base=0.05, ceiling=1.0)
            self.books = queries.books(self.books.currency)
        return look

    def _looked(self, before: DayTotals, after: Callable[[], DayTotals]) -> _Look:
        """The day's files are read side by side."""
        look, currency = _Look(before, before), self.books.currency
        files = queries.all_files(self.day, self.books)
        for stored in self.pool.map(lambda file: list(shard_lines(self.day, currency, file)), files):
            for one in stored:
                look.take(one)
        look.after = after()
        return look

    def _open_totals(self) -> DayTotals:
        found = queries.open_totals([self.day], self.books.currency, with_cells=True, consistent=True, known=self.books)
        return found.get(self.day) or DayTotals(self.day.isoformat(), False)

    def _sealed_totals(self, sealed: ClosedDay) -> DayTotals:
        """A closed day's totals; of a garbled one none, and it is named."""
        try:
            return queries.sealed_totals(sealed)
        except (zlib.error, ValueError, TypeError) as error:
            self.check.report("I7 seal", f"closed day {sealed.day} cannot be read: {error}")
            return DayTotals(sealed.day, True)

    def _check_end(self, sealed: ClosedDay, previous: ClosedDay | None) -> None:
        """I15: what a day ends with follows from the day before and the day's flows, whatever its seal says."""
        due = closing.carry(previous.end if previous else {}, sealed.numbers)
        for name, figure in due.items():
            if sealed.end.get(name, 0) != figure:
                self.check.report(
                    "I15 end", f"closed day {sealed.day}: {name} is {sealed.end.get(name)}, its flows give {figure}"
                )

    def _check_seal(self, sealed: ClosedDay, proof: closing.DayProof, previous: ClosedDay | None) -> None:
        """I7 of a closed day: its content, its postings, the seal before it, and the books' own word for it."""
        books = self.books
        if sealed.day >= (books.last_closed or ""):
            books = queries.books(sealed.currency)  # after the day was read: the two are saved in one transaction
        try:
            same = sealed.seal == seal_of(sealed) and sealed.postings_hash == proof.postings_hash
        except (zlib.error, ValueError, TypeError):
            same = False
        name, report = f"closed day {sealed.day}", self.check.report
        if not same:
            report("I7 seal", f"{name}: its content or its postings are not those it was sealed with")
        if sealed.previous_seal != (previous.seal if previous else GENESIS):
            report("I7 seal", f"{name}: does not name the seal of the day before")
        if sealed.day > (books.last_closed or ""):
            report("I7 seal", f"{name}: the books are closed only through {books.last_closed}")
        if sealed.day == books.last_closed and sealed.seal != books.seal:
            report("I7 seal", f"{name}: the books name another seal")

    def _check_shards(self, sealed: ClosedDay) -> None:
        """I12: every gate of a closed day is closed; I15: its shards still add up to what was sealed."""
        groups = queries.groups_of(self.day, self.books).values()
        keys = [[DayShard.key(sealed.currency, sealed.day, shard) for shard in shards] for shards in groups]
        raws = store.load_raw(TransactionsItem, [key for group in keys for key in group])
        gates = {raw["transaction_id"]["S"]: raw for raw in raws}
        for group in keys:
            for key in _up_to_the_last(group, gates):
                if not gates.get(key, {}).get("closed", {}).get("S"):
                    self.check.report("I12 gate", f"shard {key}: its day is closed, its gate is open")
        sums: Counter[str] = Counter()
        for raw in gates.values():
            sums.update(queries.numbers_of(raw))
        for name in sorted(sums.keys() | sealed.numbers.keys()):
            if sums[name] != sealed.numbers.get(name, 0):
                what = f"{name} is {sums[name]} in its shards, {sealed.numbers.get(name, 0)} in its seal"
                self.check.report("I15 shards", f"{sealed.day}: {what}")


def _up_to_the_last(keys: list[str], there: Mapping[str, object]) -> list[str]:
    """The shards that the day had when it was closed: their number may have been raised since."""
    return keys[: max((place for place, key in enumerate(keys, 1) if key in there), default=0)]


def _damage(sealed: ClosedDay, day: date, currency: str) -> str:
    """Why a closed day cannot even be compared; "" when it can."""
    if (sealed.day, sealed.currency) != (day.isoformat(), currency):
        return f"says that it is {sealed.day} in {sealed.currency}"
    if sealed.expires_at or sealed.owner_id or sealed.book or sealed.book_order:
        return "has what no closed day has"
    torn = [name for name in sealed.get_attributes() if getattr(sealed, name) is None and name in _SEALED]
    return f"lacks its {torn[0]}" if torn else ""
