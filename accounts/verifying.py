"""Checks of the ledger's invariants (domain/ledger.md, I1-I15) over its postings, day by day. Pure.

Memory is bounded by the number of accounts and the postings of one day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from accounts.interest import MonthDays, brought_forward, settled
from accounts.ledger import (
    FEE,
    GENESIS,
    HOUSE,
    INSTRUMENT,
    INTEREST,
    LOAN,
    PAYROLL,
    REVERSAL,
    SAVINGS,
    AccountState,
    Line,
    line_hash,
)


def as_date(text: str) -> date | None:
    """The date, or None for what is none: a damaged posting is found, not tripped over."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_day(text: object) -> bool:
    """Whether it is a date in ISO form."""
    return isinstance(text, str) and as_date(text) is not None


@dataclass(frozen=True)
class Tip:
    """Where an account's chain stands."""

    sequence: int = 0
    balance: int = 0
    head: str = GENESIS
    owner: str = ""
    product: str = ""
    day: str = ""
    sent: int = 0
    own_on: str = ""
    paid: str = ""
    """The last month whose interest was paid."""
    month_days: MonthDays = ()
    at: str = ""
    """When its last line was posted."""

    def after(self, line: Line) -> "Tip":
        """Where the chain stands once this line is on it."""
        days, sent = self.month_days, self.sent if line.business_date == self.day else 0
        if line.product == SAVINGS and (day := as_date(line.business_date)):
            days = brought_forward(days, self.balance, self.day, day)
            days = settled(days, line.link) if line.type == INTEREST else days
        sent += line.sent
        chain = (line.sequence, line.balance_after, line.hash, line.owner_id, line.product)
        paid = max(self.paid, line.link) if self.earns(line) else self.paid
        own_on = line.business_date if line.by_owner else self.own_on
        return Tip(*chain, line.business_date, sent, own_on, paid, days, line.posted_at)

    @staticmethod
    def earns(line: Line) -> bool:
        """Whether the line pays interest on savings."""
        return line.type == INTEREST and line.product == SAVINGS


def _undone(line: Line, original: Line) -> tuple[str, str, int]:
    """Account, counter-account and amount that the original must have, seen from its own line."""
    if original.account_id == line.account_id:
        return line.account_id, line.counter, -line.amount
    return line.counter, line.account_id, line.amount


def _is_opposite(line: Line, original: Line) -> bool:
    return (original.account_id, original.counter, original.amount) == _undone(line, original)


def _is_refund(line: Line, original: Line) -> bool:
    is_fee = (original.product, original.type) == (LOAN, FEE)
    theirs = (line.owner_id, line.counter, line.amount) == (original.owner_id, original.counter, -original.amount)
    return is_fee and theirs and line.product != LOAN


@dataclass
class Problem:
    """The first broken item of one kind, and how many there are."""

    code: str
    first: str
    count: int = 0


@dataclass
class PayrollSums:
    """What its postings say of a payroll, minor units."""

    taken: int = 0
    """From the payer."""
    given: int = 0
    """To payees, and back to the payer."""
    times: int = 0
    """How often was given."""

    def add(self, amount: int) -> None:
        """One more posting, seen from its customer."""
        if amount < 0:
            self.taken -= amount
        else:
            self.given += amount
            self.times += 1


@dataclass
class LedgerCheck:
    """Feed it the days in order, then the accounts; `problems` says what is broken.

    `whole`: the days begin with the bank's first, so every chain must begin at its genesis.
    `states`: the accounts as they were before the first posting was read. The bank does not stand still for its
    checker, so a chain must pass through its account's state, and may go on from there.
    """

    whole: bool
    states: Mapping[str, AccountState] = field(default_factory=dict)
    tips: dict[str, Tip] = field(default_factory=dict)
    met: dict[str, Tip] = field(default_factory=dict)
    """The chain at the sequence of the account's state."""
    problems: dict[str, Problem] = field(default_factory=dict)
    unpaired: dict[str, int] = field(default_factory=dict)
    postings: int = 0
    net: Counter[str] = field(default_factory=Counter)
    house: Counter[str] = field(default_factory=Counter)
    reversals: dict[str, Line] = field(default_factory=dict)
    """One line of each reversal, by the movement that it takes back."""
    sold: set[str] = field(default_factory=set)
    """Movements that sold an instrument."""
    sheets: set[str] = field(default_factory=set)
    """Kinds of sheets that a month end before had."""
    payrolls: dict[str, "PayrollSums"] = field(default_factory=dict)
    """What was moved for each payroll, by its id."""

    def report(self, code: str, what: str) -> None:
        """Note a broken item; only the first of its kind is named."""
        self.problems.setdefault(code, Problem(code, what)).count += 1

    def day(self, day: str, lines: Iterable[Line]) -> None:
        """Check a day's postings, in any order."""
        chains: dict[str, list[Line]] = defaultdict(list)
        for line in lines:
            self._line(day, line)
            chains[line.account_id].append(line)
        for account_id, chain in chains.items():
            self._chain(account_id, sorted(chain, key=lambda line: line.sequence))

    def _line(self, day: str, line: Line) -> None:
        self.postings += 1
        self.net[line.currency] += line.amount
        if line.business_date != day:
            self.report("I12 day", f"posting {line.posting_id} of {line.business_date} is filed under {day}")
        if line_hash(line) != line.hash:
            self.report("I7 hash", f"posting {line.posting_id} of account {line.account_id}: content and hash differ")
        if line.type == REVERSAL and line.stands_for_movement:
            self._reversal(line)
        if line.type == INSTRUMENT:
            self.sold.add(line.movement_id)
        if line.type == PAYROLL:
            self.payrolls.setdefault(line.link, PayrollSums()).add(line.amount)
        if line.counter in HOUSE:
            self.house[line.counter] -= line.amount
        else:
            self._pair(line)

    def _reversal(self, line: Line) -> None:
        """I10: a movement is reversed at most once."""
        if line.link in self.reversals:
            self.report("I10 reversal", f"movement {line.link}: reversed by {line.movement_id} and once before")
        self.reversals[line.link] = line

    def nets_to_zero(self, original: Sequence[Line], link: str) -> None:
        """I10: a reversal takes back what the movement did, to the cent and on the same accounts.

        A loan's fee that was paid on a loan which is over goes back to an account of the same borrower.
        """
        line = self.reversals[link]
        if not any(_is_opposite(line, one) or _is_refund(line, one) for one in original):
            self.report("I10 reversal", f"movement {line.movement_id}: is not the opposite of {link}")

    def _pair(self, line: Line) -> None:
        """I1: the two lines of a transfer cancel out."""
        rest = self.unpaired.pop(line.movement_id, None)
        if rest is None:
            self.unpaired[line.movement_id] = line.amount
        elif rest + line.amount:
            self.report("I1 movement", f"movement {line.movement_id}: its postings sum to {rest + line.amount}, not 0")

    def _chain(self, account_id: str, chain: list[Line]) -> None:
        first = chain[0]
        unknown = Tip(first.sequence - 1, first.balance_before, first.previous_hash, first.owner_id, first.product)
        tip = self.tips.get(account_id, Tip() if self.whole else unknown)
        known = self.states[account_id].sequence if account_id in self.states else 0
        if tip.sequence == known:
            self.met.setdefault(account_id, tip)
        for line in chain:
            if line.sequence > tip.sequence + 1 > known:
                break  # posted while we read: what lies between was stored where we had looked before
            if line.sequence != tip.sequence + 1:
                self.report("I6 sequence", f"account {account_id}: posting {line.sequence} follows {tip.sequence}")
            if line.balance_before != tip.balance:
                self.report("I6 balance", f"posting {line.posting_id}: found {line.balance_before}, left {tip.balance}")
            if line.previous_hash != tip.head:
                self.report("I7 chain", f"posting {line.posting_id}: does not name the hash of the line before it")
            if tip.earns(line) and line.link <= tip.paid:
                self.report("I16 interest", f"posting {line.posting_id}: interest for {line.link} was paid before")
            tip = tip.after(line)
            if line.sequence == known:
                self.met.setdefault(account_id, tip)
        self.tips[account_id] = tip

    def account(self, state: AccountState) -> None:
        """Check an account's stored state against its chain (I3, I6, I7)."""
        if state.account_id not in self.tips and not self.whole:
            return
        tip = self.met.get(state.account_id) or self.tips.get(state.account_id, Tip())
        if tip.product and state.product != tip.product:
            self.report("I3 product", f"account {state.account_id} is {state.product}, its postings {tip.product}")
        if tip.owner and state.owner_id != tip.owner:
            self.report("I3 owner", f"account {state.account_id} is {state.owner_id}'s, its postings {tip.owner}'s")
        stored = {"I3 balance": (state.balance, tip.balance), "I6 count": (state.sequence, tip.sequence)}
        stored["I7 head"] = (state.head, tip.head)  # type: ignore[assignment]
        if self.whole:  # what is folded over days is known only from the first one on
            stored["I3 sent"] = (state.sent_today, tip.sent)
            stored["I3 own"] = (state.last_own_on, tip.own_on)  # type: ignore[assignment]
            stored["I3 day"] = ((state.last_business_date, state.last_posted_at), (tip.day, tip.at))  # type: ignore[assignment]
            stored["I16 days"] = (state.month_days, tip.month_days)  # type: ignore[assignment]
        for code, (said, folded) in stored.items():
            if said != folded:
                self.report(code, f"account {state.account_id}: stored {said}, its postings give {folded}")

    def moved(self) -> list[str]:
        """The accounts whose chain goes on from the state they had, or that had none: they must be looked at again."""
        return [a for a, tip in self.tips.items() if a not in self.states or tip.sequence > self.states[a].sequence]

    def again(self, account_id: str, state: AccountState | None, currency: str) -> None:
        """Check an account that moved by its state of now: it must have come at least as far as its chain."""
        tip = self.tips[account_id]
        if state is None:
            self.report("I3 account", f"account {account_id} is gone; it has {tip.sequence} postings")
        elif state.currency != currency:
            self.report("I3 account", f"account {account_id} is held in {state.currency}, and posts {currency}")
        elif state.sequence < tip.sequence:
            self.report("I6 count", f"account {account_id}: stored {state.sequence}, its postings give {tip.sequence}")

    def finish(self, house: Mapping[str, int], balances: Mapping[str, int]) -> None:
        """Check what holds over all accounts: no half movement (I1), everything sums to zero (I2)."""
        for movement_id, amount in self.unpaired.items():
            self.report("I1 movement", f"movement {movement_id}: one posting of {amount} has no twin")
        for currency, balance in balances.items():
            if balance + house.get(currency, 0):
                self.report(
                    "I2 sum", f"{currency}: customers {balance} and house {house.get(currency, 0)} do not cancel"
                )
