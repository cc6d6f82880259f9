"""What a bank must do, in plain dictionaries: written from domain/ledger.md, without accounts.ledger. Pure.

It is slow and says each rule once more in other words, so that the ledger and it cannot err together: interest
is counted day by day in fractions, a day's outgoings by adding them up, holds by summing those that are open.
"""

import copy
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from cloudbank.clock import BusinessCalendar

MAX = 10**14
MOST_ON_ACCOUNT = 10**15
OWN = {"deposit", "withdrawal", "transfer", "payroll", "capture", "repayment", "wire_out", "wire_in", "instrument"}
SENT_BY_OTHERS = {"wire_in"}
MAY_GIVE = {"active", "credit_blocked"}
MAY_TAKE = {"active", "dormant", "debit_blocked"}
OPEN = "open"


class No(Exception):
    """The bank refuses, and any of these reasons would do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(", ".join(sorted(reasons)))
        self.reasons = frozenset(reasons)


@dataclass
class Account:
    """One account; `ends` is its balance at the end of each business date on which it moved."""

    owner: str
    product: str
    opened_on: date
    status: str = "active"
    overdraft: int = 0
    balance: int = 0
    ends: dict[date, int] = field(default_factory=dict)
    sent: dict[date, int] = field(default_factory=dict)
    own_on: date | None = None
    paid: set[tuple[int, int]] = field(default_factory=set)

    def end_of(self, day: date) -> int:
        """Its balance at the end of a calendar day."""
        known = [moved for moved in self.ends if moved <= day]
        return self.ends[max(known)] if known else 0


@dataclass
class Hold:
    """Money set aside."""

    account: str
    amount: int
    until: date
    state: str = OPEN


@dataclass(frozen=True)
class Move:
    """A movement as it was asked for."""

    type: str
    amount: int
    debit: str
    credit: str
    memo: str = ""
    channel: str = "branch"
    actor: str = "teller"


@dataclass
class Bank:
    """The whole bank. Accounts and house accounts by name, movements by key, holds by name."""

    calendar: BusinessCalendar
    accounts: dict[str, Account] = field(default_factory=dict)
    house: dict[str, int] = field(default_factory=dict)
    holds: dict[str, Hold] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)
    taken_back: dict[str, str] = field(default_factory=dict)
    most_at_once: int = 5_000_000
    most_a_day: int = 10_000_000
    most_by_a_teller: int = 5_000_000
    rate: int = 150
    fee: int = 0
    fee_free_from: int = 50_000
    closed_through: date = date.min

    def copy(self) -> "Bank":
        """Another bank in the same state."""
        calendar, self.calendar = self.calendar, None  # type: ignore[assignment]
        other = copy.deepcopy(self)
        self.calendar = other.calendar = calendar
        return other

    def held(self, name: str) -> int:
        """The sum of the open holds on an account."""
        return sum(one.amount for one in self.holds.values() if one.account == name and one.state == OPEN)

    def available(self, name: str) -> int:
        """What may leave it."""
        return self.accounts[name].balance - self.held(name) + self.accounts[name].overdraft

    def total(self) -> int:
        """All money, which is none (I2)."""
        return sum(one.balance for one in self.accounts.values()) + sum(self.house.values())

    def open_day(self, day: date) -> date:
        """The business date that takes what is posted on a day."""
        return day if day > self.closed_through else self.calendar.after(max(day, self.closed_through))

    # --- movements --------------------------------------------------------------------------------

    def move(self, key: str, asked: Move, day: date, frees: str = "") -> bool:
        """Post it; False when this key posted it before. `frees`: the hold that is captured. Raises No."""
        if key in self.moves:
            if self.moves[key] != asked:
                raise No("key_reused")
            return False
        self._judge(asked, day, frees)
        on = self._date_of(asked, day)
        for name, amount in ((asked.debit, -asked.amount), (asked.credit, asked.amount)):
            if name.startswith("house:"):
                self.house[name] = self.house.get(name, 0) + amount
            else:
                self._put(name, amount, on, asked)
        self.moves[key] = asked
        return True

    def _date_of(self, asked: Move, day: date) -> date:
        sides = [self.accounts[name] for name in (asked.debit, asked.credit) if name in self.accounts]
        return max([self.open_day(day), *(max(one.ends) for one in sides if one.ends)])

    def _put(self, name: str, amount: int, on: date, asked: Move) -> None:
        account = self.accounts[name]
        account.balance += amount
        account.ends[on] = account.balance
        sets_off = asked.type in OWN and asked.channel != "system"
        sides = {self.accounts[one].owner for one in (asked.debit, asked.credit) if one in self.accounts}
        among_own = asked.type == "transfer" and len(sides) == 1
        comes_in = asked.debit.startswith("house:") and asked.type not in SENT_BY_OTHERS
        if sets_off and (amount < 0 or comes_in or among_own):
            account.own_on = on
        if sets_off and amount < 0:
            account.sent[on] = account.sent.get(on, 0) - amount

    def _judge(self, asked: Move, day: date, frees: str) -> None:
        why = set()
        if not 0 < asked.amount <= MAX:
            why.add("amount")
        if asked.debit == asked.credit:
            why.add("same_account")
        for name, fit in ((asked.debit, MAY_GIVE), (asked.credit, MAY_TAKE)):
            if name.startswith("house:"):
                continue
            if name not in self.accounts:
                why.add("unknown_account")
                continue
            if self.accounts[name].status not in fit:
                why.add(self.accounts[name].status)
            if abs(self.accounts[name].balance) + asked.amount > MOST_ON_ACCOUNT:
                why.add("balance_limit")
        if asked.debit in self.accounts:
            why |= self._judge_sender(asked, day, self.holds[frees].amount if frees else 0)
        if why:
            raise No(*why)

    def _judge_sender(self, asked: Move, day: date, freed: int) -> set[str]:
        why, sender = set(), self.accounts[asked.debit]
        if asked.amount > self.available(asked.debit) + freed:
            why.add("insufficient_funds")
        if asked.type in OWN and asked.actor == sender.owner:
            if asked.amount > self.most_at_once:
                why.add("limit_movement")
            if sender.sent.get(self._date_of(asked, day), 0) + asked.amount > self.most_a_day:
                why.add("limit_day")
        return why

    def take_back(self, key: str, original: str, memo: str, actor: str, day: date) -> bool:
        """Reverse a movement (I10)."""
        was = self.moves[original]
        if was.type == "reversal":
            raise No("type")
        asked = Move("reversal", was.amount, was.credit, was.debit, memo, was.channel, actor)
        if original in self.taken_back and key not in self.moves:
            raise No("reversed")
        done = self.move(key, asked, day)
        self.taken_back[original] = key
        return done

    # --- holds ------------------------------------------------------------------------------------

    def place(self, name: str, hold: str, amount: int, until: date) -> None:
        """Set money aside."""
        if hold in self.holds:
            if (self.holds[hold].account, self.holds[hold].amount) != (name, amount):
                raise No("key_reused")
            return
        why = set()
        if amount <= 0:
            why.add("amount")
        if self.accounts[name].status not in MAY_GIVE:
            why.add(self.accounts[name].status)
        if amount > self.available(name):
            why.add("insufficient_funds")
        if why:
            raise No(*why)
        self.holds[hold] = Hold(name, amount, until)

    def capture(self, key: str, hold: str, asked: Move, today: date) -> bool:
        """Move what was set aside, or part of it; the rest is free again."""
        one = self.holds[hold]
        if key not in self.moves:
            if one.state != OPEN:
                raise No(one.state)
            if one.until < today:
                raise No("expired")
            if asked.amount > one.amount:
                raise No("amount")
        done = self.move(key, asked, today, frees="" if key in self.moves else hold)
        one.state = "captured"
        return done

    def free(self, hold: str, state: str) -> None:
        """Release it or let it expire."""
        if self.holds[hold].state not in (OPEN, state):
            raise No(self.holds[hold].state)
        self.holds[hold].state = state

    # --- states and days --------------------------------------------------------------------------

    def close(self, name: str, day: date, to: str = "", actor: str = "") -> None:
        """Close an account for ever; what is on it, with interest to yesterday, goes to another one of its owner."""
        account = self.accounts[name]
        if account.status == "closed":
            return
        interest = self._earned(account, day)[0] if account.product == "savings" else 0
        due = account.balance + interest
        too_much = bool(to) and abs(self.accounts[to].balance) + due > MOST_ON_ACCOUNT
        reasons = {
            account.status: account.status != "active",
            "held": bool(self.held(name)),
            "balance": due < 0 or (due and not to),
            "over_limit": due > self.most_by_a_teller,
            "balance_limit": too_much,
        }
        if why := {reason for reason, holds in reasons.items() if holds}:
            raise No(*why)
        if interest:
            paid = Move("interest", interest, "house:interest_expense", name, channel="system", actor="closing")
            self.move(f"closing interest {name}", paid, day)
        if due:
            self.move(f"closing {name}", Move("transfer", due, name, to, "Closing", actor=actor), day)
        account.status = "closed"

    def evening(self, day: date) -> None:
        """The end of a business day: holds expire; at the turn of a month interest, fees and dormancy."""
        for one in self.holds.values():
            if one.state == OPEN and one.until <= day:
                one.state = "expired"
        turns = self.calendar.on_or_after(day.replace(day=1)) == day
        there = {name: one for name, one in self.accounts.items() if turns and one.product != "loan"}
        for name, account in there.items():
            if account.status != "closed":
                self._turn_month(name, account, day)
        self.serve_loans(day)
        for account in there.values():
            if account.status == "active" and (account.own_on or account.opened_on) <= day - timedelta(days=180):
                account.status = "dormant"
        self.closed_through = day

    def serve_loans(self, day: date) -> None:
        """The evening's work on loans: see loan_oracle."""

    def _turn_month(self, name: str, account: Account, day: date) -> None:
        first = day.replace(day=1)
        if account.product == "savings":
            due, months = self._earned(account, first)
            asked = Move("interest", due, "house:interest_expense", name, channel="system", actor="bank")
            if due and self._accepted(f"interest {name} {first}", asked, day):
                account.paid |= months
        elif self.fee and account.balance < self.fee_free_from and account.opened_on < first:
            asked = Move("fee", self.fee, name, "house:fee_income", channel="system", actor="bank")
            self._accepted(f"fee {name} {first}", asked, day)

    def _accepted(self, key: str, asked: Move, day: date) -> bool:
        try:
            return self.move(key, asked, day)
        except No:
            return False

    def _earned(self, account: Account, first: date) -> tuple[int, set[tuple[int, int]]]:
        """Interest of the unpaid months before `first`, each rounded half to even, by counting every day."""
        sums: dict[tuple[int, int], int] = {}
        day = min(account.ends, default=first)
        while day < first:
            if (day.year, day.month) not in account.paid:
                sums[day.year, day.month] = sums.get((day.year, day.month), 0) + max(0, account.end_of(day))
            day += timedelta(days=1)
        each = [round(Fraction(total * self.rate, 365 * 10_000)) for total in sums.values()]
        return sum(each), set(sums)
