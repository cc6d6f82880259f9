"""What some customers do that the rules should find, planted on known days. Amounts in minor units."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.demo.actions import Action
from accounts.demo.cast import Customer
from accounts.demo.habits import ACH, CARDS, World, by_wire
from accounts.instruments import Instrument
from accounts.ledger import CLEARING, INSTRUMENTS
from accounts.ledger.details import packed
from accounts.particulars import PLACE
from accounts.wires import Wire

Plans = dict[date, list[Action]]
RECENT_CASH = (10, 8, 7, 5)
"""Days before the last one with large cash once more, so that the register of filings has its usual work in it."""
SETTLED = 45
"""Days a customer has banked here before something unusual is planted, in a history that is long enough."""


@dataclass(frozen=True)
class Planted:
    """A label: who does what, from which day on."""

    pattern: str
    customer_id: str
    day: date


class Planter:
    """Plants each pattern several times over the period, on different customers, the last one just before its end."""

    def __init__(self, cast: Sequence[Customer], first: date, last: date, world: World) -> None:
        self._cast, self._first, self._last, self._world = cast, first, last, world
        self._taken: set[str] = set()
        self._settled = timedelta(days=min(SETTLED, (last - first).days // 3))
        self.plans: Plans = defaultdict(list)
        self.planted: list[Planted] = []

    def plant(self) -> None:
        """All patterns."""
        size = len(self._cast)
        self._spread("large cash", max(3, size // 16), 3, self._large_cash, business=None)
        self._spread("structuring", max(2, size // 45), 12, self._structuring)
        self._spread("velocity", max(2, size // 40), 2, self._velocity)
        self._spread("unusual amount", max(2, size // 30), 3, self._unusual)
        self._spread("fan-in", max(2, size // 60), 2, self._fan_in)

    def plant_crossings(self, world: World) -> None:
        """One example each of what crosses borders or the counter in ways of its own; with dice of its own, so that
        everybody else's days stay as they are.
        """
        self._world = world
        self._spread("check for cash", 1, 2, self._check_for_cash)
        self._spread("bare wire", 1, 2, self._bare_wire)
        self._spread("high-risk country", 1, 2, self._high_risk_country)
        self._spread("two places", 1, 2, self._two_places)
        for back in RECENT_CASH:
            self._on(self._last - timedelta(days=back), "large cash", self._large_cash, None)

    def _check_for_cash(self, who: Customer, day: date) -> Iterator[Action]:
        """A cashier's check for 4,200.00 in notes: the cash, then the check, at one visit."""
        cash = self._world.cash_in(who, day, 4_200_00, "Cash for: Cashier's check")
        yield cash
        sold = Instrument("cashiers_check", "104417", "Riverside Motors", "Driver license, number compared").packed()
        yield replace(
            cash, at=cash.at + timedelta(seconds=2), debit=who.checking, credit=INSTRUMENTS,
            memo="Cashier's check", details=sold,
        )  # fmt: skip

    def _bare_wire(self, who: Customer, day: date) -> Iterator[Action]:
        """5,400.00 come in by wire; the message names the sender and nothing else."""
        wire = self._world.wire(who, day, 5_400_00, "Consulting", incoming=True)
        yield replace(wire, details=Wire("J. Doe", "", "", who.name, who.checking).packed())

    def _high_risk_country(self, who: Customer, day: date) -> Iterator[Action]:
        """2,300.00 come in from a country under increased monitoring."""
        at = self._world.at(day, 9.5, 16)
        yield by_wire(who, at, CLEARING, who.checking, 2_300_00, "Share of a house", country="HT")

    def _two_places(self, who: Customer, day: date) -> Iterator[Action]:
        """At the counter, and two hours later by card in London, where the network says the terminal stands."""
        there = self._world.cash_in(who, day, 600_00, "Cash deposit")
        yield there
        yield replace(
            there, at=there.at + timedelta(hours=2), debit=who.checking, credit=CLEARING, amount=184_00, channel="card",
            memo="Hotel", actor=CARDS, conductor_id="", details=packed({PLACE: "51.51,-0.13"}),
        )  # fmt: skip

    def _spread(
        self,
        pattern: str,
        times: int,
        needs: int,
        make: Callable[[Customer, date], Iterator[Action]],
        *,
        business: bool | None = False,
    ) -> None:
        """`needs`: days that the pattern takes, so that its last occurrence is complete."""
        begin, end = self._first + self._settled * 4 // 3, self._last - timedelta(days=needs)
        for number in range(times):
            self._on(begin + (end - begin) * (number + 1) / times, pattern, make, business)

    def _on(
        self, day: date, pattern: str, make: Callable[[Customer, date], Iterator[Action]], business: bool | None
    ) -> None:
        """Once, on a business day, by somebody who does nothing else that is unusual; not at all if nobody is left."""
        day = self._world.calendar.on_or_before(day)
        if who := self._somebody(day, business):
            self.planted.append(Planted(pattern, who.customer_id, day))
            for action in make(who, day):
                self.plans[action.at.astimezone(self._world.calendar.zone).date()].append(action)

    def _somebody(self, day: date, business: bool | None) -> Customer | None:
        able = [
            one
            for one in self._cast
            if one.customer_id not in self._taken
            and one.joins + self._settled <= day
            and one.leaves is None
            and not one.is_guest
            and business in (None, one.is_business)
        ]
        if not able:
            return None
        chosen = self._world.random.choice(able)
        self._taken.add(chosen.customer_id)
        return chosen

    def _large_cash(self, who: Customer, day: date) -> Iterator[Action]:
        """More than 10,000.00 in notes on one business day; sometimes in two visits."""
        random, world = self._world.random, self._world
        amount = random.randrange(10_200_00, 26_000_00, 50_00)
        if random.random() < 0.4:
            yield world.cash_in(who, day, amount // 2, "Sale of a car")
            yield world.cash_in(who, day, amount - amount // 2, "Sale of a car")
        else:
            yield world.cash_in(who, day, amount, "Cash takings" if who.is_business else "Sale of a boat")

    def _structuring(self, who: Customer, day: date) -> Iterator[Action]:
        """Three or four cash deposits just below the limit within nine days, at different branches; then a wire out."""
        random, world = self._world.random, self._world
        for place in range(random.choice((3, 3, 4))):
            on = world.calendar.on_or_after(day + timedelta(days=2 * place))
            branch = random.choice(("main", "riverside", "harbor"))
            yield world.cash_in(who, on, random.randrange(8_200_00, 9_900_00, 50_00), "Savings from home", branch)
        yield world.wire(who, world.calendar.on_or_after(day + timedelta(days=9)), 21_000_00, "Investment")

    def _velocity(self, who: Customer, day: date) -> Iterator[Action]:
        """Six to nine small payments within forty minutes."""
        random, world = self._world.random, self._world
        yield Action(world.at(day, 6, 7), CLEARING, who.checking, 900_00, "ach", who.branch, "Loan paid out", ACH)
        at = world.at(day, 10, 15)
        for place in range(random.randrange(6, 10)):
            friend = random.choice(self._cast)
            if friend is not who and friend.can_be_paid(day):
                amount = random.randrange(20_00, 95_00)
                yield world.pay(who, friend.checking, at + timedelta(minutes=4 * place), amount, f"Order {place + 1}")

    def _unusual(self, who: Customer, day: date) -> Iterator[Action]:
        """A sum far from the customer's normal comes in by wire and leaves the next day."""
        random, world = self._world.random, self._world
        amount = random.randrange(12_000_00, 38_000_00, 100_00)
        yield world.wire(who, day, amount, "Purchase of goods", incoming=True)
        yield world.wire(who, world.calendar.after(day), amount * 9 // 10, "Purchase of goods")

    def _fan_in(self, who: Customer, day: date) -> Iterator[Action]:
        """Six to eight strangers pay in within hours; the money leaves in cash the next day."""
        random, world = self._world.random, self._world
        able = [one for one in self._cast if one is not who and not one.is_business and one.can_be_paid(day)]
        at = world.at(day, 9, 11)
        for place, sender in enumerate(random.sample(able, min(len(able), random.randrange(6, 9)))):
            amount = random.randrange(150_00, 420_00, 5_00)
            # Each sender has the money in time, whatever the month has left.
            yield Action(world.at(day, 6, 7), CLEARING, sender.checking, amount, "ach", sender.branch, "Refund", ACH)
            yield world.pay(sender, who.checking, at + timedelta(minutes=23 * place), amount, "Ticket")
        yield world.cash_out(who, world.calendar.after(day), 1_100_00, "Cash")
