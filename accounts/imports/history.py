"""Checked files as events in order of time. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from accounts import numbers
from accounts.bulk.events import Event, Move, NewAccount, NewCustomer
from accounts.imports.checking import Checked, account_rows, movement_rows
from accounts.imports.reading import BadLine
from accounts.imports.rows import HOUSE_REFS, AccountRow, Mapping, MovementRow
from accounts.ledger import CLEARING, OPENING, Actor, Instruction
from cloudbank.clock import BusinessCalendar
from cloudbank.ids import derived_id

OPENS, CLOSES = time(8), time(17, 30)
"""Movements that are known by their day only are spread evenly over these hours of the bank's clock."""


@dataclass(frozen=True)
class History:
    """An import whose lines are known to be good (or are left out). Iterating it twice gives the same."""

    mapping: Mapping
    accounts: Path
    movements: Path
    checked: Checked
    import_id: str
    start: date
    actor: Actor
    calendar: BusinessCalendar
    review_on: str

    def __iter__(self) -> Iterator[Event]:
        """Accounts in the order of the file with their opening balances, then the movements.

        Accounts that were opened after the start come on their day.
        """
        late: list[AccountRow] = []
        known: set[str] = set()
        for row in self._account_rows():
            if row.opened_on and row.opened_on > self.start:
                late.append(row)
            else:
                yield from self._opened(row, self._midnight(self.start), known)
        late.sort(key=lambda row: (row.opened_on or self.start, row.line), reverse=True)
        for movement in self._movements():
            while late and self._opening_of(late[-1]) <= movement.at:
                row = late.pop()
                yield from self._opened(row, self._opening_of(row), known)
            yield movement
        for row in reversed(late):
            yield from self._opened(row, self._opening_of(row), known)

    def _opened(self, row: AccountRow, at: datetime, known: set[str]) -> Iterator[Event]:
        owner_id = derived_id("usr", self.import_id, row.customer_ref)
        if row.customer_ref not in known:
            known.add(row.customer_ref)
            yield NewCustomer(owner_id, row.name, at, self._details(row, at))
        account_id = numbers.derive(self.import_id, row.ref)
        opened_on = row.opened_on.isoformat() if row.opened_on else ""
        yield NewAccount(account_id, owner_id, row.product, row.currency, row.branch, at, opened_on)
        if row.opening:
            yield Move(self._opening(row, account_id), at)

    def _details(self, row: AccountRow, at: datetime) -> dict[str, Any]:
        return {
            "email": row.email,
            "date_of_birth": row.date_of_birth,
            "branch": row.branch,
            "segment": row.segment,
            "channel": "import",
            "kyc_status": "verified",
            "kyc_decided_on": self.calendar.business_date(at).isoformat(),
            "kyc_review_on": self.review_on,
        }

    def _opening(self, row: AccountRow, account_id: str) -> Instruction:
        overdrawn = row.opening < 0
        return Instruction(
            type=OPENING,
            key=f"opening {row.ref}",
            amount=abs(row.opening),
            currency=row.currency,
            debit=account_id if overdrawn else CLEARING,
            credit=CLEARING if overdrawn else account_id,
            channel="import",
            branch=row.branch,
            actor=self.actor,
            memo="Opening balance",
            observed=True,
        )

    def _movements(self) -> Iterator[Move]:
        before: tuple[int, int] = (-1, 0)  # day number, how many of that day came before
        for line, row in movement_rows(self.mapping, self.movements):
            if isinstance(row, BadLine) or line in self.checked.bad_movements or row.debit == row.credit:
                continue
            if isinstance(row.at, int):
                before = (row.at, before[1] + 1 if row.at == before[0] else 0)
                yield Move(self._instruction(row), self._spread(*before))
            else:
                yield Move(self._instruction(row), row.at)

    def _instruction(self, row: MovementRow) -> Instruction:
        sides = [ref for ref in (row.debit, row.credit) if ref not in HOUSE_REFS]
        return Instruction(
            type=row.type,
            key=row.reference,
            amount=row.amount,
            currency=self.checked.accounts[sides[0]].currency,
            debit=self._account(row.debit),
            credit=self._account(row.credit),
            channel=row.channel,
            branch=row.branch,
            actor=self.actor,
            memo=row.memo,
            observed=True,
            details=row.details,
        )

    def _account(self, ref: str) -> str:
        return HOUSE_REFS.get(ref) or numbers.derive(self.import_id, ref)

    def _account_rows(self) -> Iterator[AccountRow]:
        for line, row in account_rows(self.mapping, self.accounts):
            if not isinstance(row, BadLine) and line not in self.checked.bad_accounts:
                yield row

    def _opening_of(self, row: AccountRow) -> datetime:
        return self._midnight(row.opened_on or self.start)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.calendar.zone)

    def _spread(self, day_number: int, place: int) -> datetime:
        """The place-th movement of a day, at an even distance from its neighbours."""
        day = self.start + timedelta(days=day_number)
        opens = datetime.combine(day, OPENS, self.calendar.zone)
        closes = datetime.combine(day, min(CLOSES, self.calendar.cutoff), self.calendar.zone)
        return opens + (closes - opens) * (2 * place + 1) / (2 * self.checked.on_day[day_number])

    @property
    def last(self) -> datetime:
        """When the last event happens."""
        moments = [self._midnight(self.start)]
        if self.checked.on_day:
            day = max(self.checked.on_day)
            moments.append(self._spread(day, self.checked.on_day[day] - 1))
        if self.checked.last:
            moments.append(self.checked.last)
        moments += [self._midnight(known.opened_on) for known in self.checked.accounts.values() if known.opened_on]
        return max(moments)

    @property
    def size(self) -> int:
        """How many events there are at most."""
        return len(self.checked.customers) + 2 * len(self.checked.accounts) + self.checked.movements
