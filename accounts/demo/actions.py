"""What somebody intends to do, and the purse that knows whether it can happen. Amounts in minor units."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from accounts import interest
from accounts.bulk.events import Move
from accounts.interest import MonthDays
from accounts.ledger import (
    DEPOSIT,
    HOUSE,
    INSTRUMENT,
    INSTRUMENTS,
    INTEREST,
    INTEREST_EXPENSE,
    OPENING,
    SYSTEM,
    TRANSFER,
    WIRE_IN,
    WIRE_OUT,
    WITHDRAWAL,
    Actor,
    Instruction,
)
from cloudbank.clock import ONE_DAY, BusinessCalendar

NIGHTLY = Actor("command:close_day", "system", "command")

ALL = 100
"""As a `share`: whatever is on the account."""


@dataclass(frozen=True, slots=True)
class Action:
    """A movement as it is intended; with a `share`, so many percent of what is on the account."""

    at: datetime
    debit: str
    credit: str
    amount: int
    channel: str
    branch: str
    memo: str
    actor: Actor
    conductor_id: str = ""
    opening: bool = False
    share: int = 0
    details: str = ""
    link: str = ""

    @property
    def type(self) -> str:
        """What the ledger calls it."""
        if self.opening:
            return OPENING
        if self.channel == "wire":
            return WIRE_IN if self.debit in HOUSE else WIRE_OUT
        if self.credit == INSTRUMENTS:
            return INSTRUMENT
        if self.debit in HOUSE:
            return DEPOSIT
        return WITHDRAWAL if self.credit in HOUSE else TRANSFER


class Purse:
    """The balances, so that nobody intends to spend what is not there; and what savings earn."""

    def __init__(self, currency: str, calendar: BusinessCalendar, rate: int) -> None:
        self.balances: Counter[str] = Counter()
        self._currency, self._calendar, self._rate, self._numbers = currency, calendar, rate, count(1)
        self._days: dict[str, tuple[MonthDays, str]] = {}
        """Of savings accounts: see accounts.interest, and the business date of the last movement."""

    def open_savings(self, account: str) -> None:
        """This account earns interest."""
        self._days[account] = ((), "")

    def last_interest(self, account: str, at: datetime) -> Move | None:
        """What savings that are to be closed earned to yesterday, as accounts.services.leaving pays it."""
        if account not in self._days:
            return None
        day = self._calendar.business_date(at)
        days = self._forward(account, day)
        amount = interest.due(days, interest.month_of(day), self._rate)
        if not amount:
            return None
        self._settle(account, interest.settled(days, interest.month_of(day)), at)
        self.balances[account] += amount
        return Move(self._interest(account, amount, day, "Interest to the closing of the account"), at)

    def close(self, account: str) -> None:
        """It earns no more."""
        self._days.pop(account, None)

    def interest(self, at: datetime) -> Iterator[Move]:
        """What savings earned in the months before, on the first business day of a month."""
        last = at.date().replace(day=1) - ONE_DAY
        for account in self._days:
            days = self._forward(account, last + ONE_DAY)
            if amount := interest.due(days, interest.month_of(last), self._rate):
                self._settle(account, interest.settled(self._forward(account, at.date()), interest.month_of(last)), at)
                self.balances[account] += amount
                yield Move(self._interest(account, amount, last), at)

    def _forward(self, account: str, until: date) -> MonthDays:
        known, since = self._days[account]
        return interest.brought_forward(known, self.balances[account], since, until)

    def _settle(self, account: str, days: MonthDays, at: datetime) -> None:
        self._days[account] = (days, self._calendar.business_date(at).isoformat())

    def _interest(self, account: str, amount: int, last: date, memo: str = "") -> Instruction:
        month = interest.month_of(last)
        return Instruction(
            type=INTEREST,
            key=f"interest#{account}#{month}",
            amount=amount,
            currency=self._currency,
            debit=INTEREST_EXPENSE,
            credit=account,
            channel=SYSTEM,
            branch="main",
            actor=NIGHTLY,
            memo=memo or f"Interest for {last:%B %Y}",
            link=month,
        )

    def take(self, action: Action) -> Move | None:
        """The movement, or None when the money is not there."""
        number = next(self._numbers)
        amount = self.balances[action.debit] * action.share // 100 if action.share else action.amount
        if amount <= 0 or (action.debit not in HOUSE and amount > self.balances[action.debit]):
            return None
        for account, sign in ((action.debit, -1), (action.credit, 1)):
            if account not in HOUSE:
                if account in self._days:
                    self._settle(account, self._forward(account, self._calendar.business_date(action.at)), action.at)
                self.balances[account] += sign * amount
        return Move(self._instruction(action, amount, number), action.at)

    def _instruction(self, action: Action, amount: int, number: int) -> Instruction:
        return Instruction(
            type=action.type,
            key=f"demo {number}",
            amount=amount,
            currency=self._currency,
            debit=action.debit,
            credit=action.credit,
            channel=action.channel,
            branch=action.branch,
            actor=action.actor,
            memo=action.memo,
            conductor_id=action.conductor_id,
            details=action.details,
            link=action.link,
        )
