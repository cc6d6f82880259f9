"""Totals of a business day: what each movement adds, and how a day is folded. Pure.

A day shard holds the day's sums by type and the flows that bridge deposits from day to day; a
cube cell holds count, sum and log-bucket counts of one (hour, type, channel, branch, segment).
Amounts in minor units of one currency.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.corrections import Correction
from accounts.ledger import (
    CLOSING,
    DEPOSIT_PRODUCTS,
    FEE_INCOME,
    HOUSE,
    INTEREST_EXPENSE,
    OF_LOANS,
    Line,
    Movement,
)
from accounts.ledger.splits import split_numbers
from accounts.month_ends import SheetNumbers
from cloudbank.money import exponent

BUCKETS_PER_OCTAVE = 8
"""Log buckets: each is 2^(1/8) wide, so a quantile read from them is at most 4.4 % off."""


def bucket_of(amount: int) -> int:
    """The log bucket of a positive amount."""
    return int(math.log2(amount) * BUCKETS_PER_OCTAVE)


def bucket_middle(bucket: int) -> float:
    """The geometric middle of a bucket, in minor units."""
    return float(2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE))


HIGH_VALUE = 10_000
"""Whole units of the currency from which on a movement counts as one of high value."""


def is_high(amount: int, currency: str) -> bool:
    """Whether an amount in minor units is of high value."""
    return amount >= HIGH_VALUE * 10 ** exponent(currency)


def overdrawn(balance: int) -> int:
    """The overdrawn part of a balance, as a positive number."""
    return max(0, -balance)


OWN, NEW, EXISTING = "own", "new", "existing"
INTEREST_PART, FEES_PART, SWITCHED_PART, CLOSED_PART = "interest", "fees", "switched", "closed"
NAMED_PARTS = (INTEREST_PART, FEES_PART, SWITCHED_PART, CLOSED_PART)
"""Parts of the bridge of deposits that a line tells by itself; what is left is what owners brought and took."""


def bridge_part(line: Line) -> str:
    """Which part of the bridge of deposits a line on a deposit account is: exactly one, so that the parts foot.

    Interest and fees are told by the house account on the other side, so reversals of them count there too.
    """
    if line.counter == INTEREST_EXPENSE:
        return INTEREST_PART
    if line.counter == FEE_INCOME:
        return FEES_PART
    if line.counter_owner == line.owner_id and line.type not in OF_LOANS:
        return SWITCHED_PART
    return CLOSED_PART if line.link.startswith(CLOSING) else OWN


def part_name(part: str, product: str) -> str:
    """The name among a day's numbers of a part of the bridge of one product."""
    return f"{part}_{product}"


def net_flow(numbers: Mapping[str, int]) -> int:
    """What came to all deposit accounts on a day, net."""
    return sum(numbers.get(f"net_{product}", 0) for product in DEPOSIT_PRODUCTS)


def part_flow(numbers: Mapping[str, int], part: str) -> int:
    """A part of the bridge over all products of a day."""
    return sum(numbers.get(part_name(part, product), 0) for product in DEPOSIT_PRODUCTS)


def book_flows(line: Line) -> dict[str, int]:
    """What one posting adds to the books by product, overdrafts, a loan's parts, the house on the other side."""
    flows = {f"net_{line.product}": line.amount}
    if line.deposit:
        below = overdrawn(line.balance_after) - overdrawn(line.balance_before)
        flows |= {"overdrawn": below, f"overdrawn_{line.product}": below}
        part = bridge_part(line)
        if part != OWN:
            flows[part_name(part, line.product)] = line.amount
    if line.counter in HOUSE:
        flows[house_figure(line.counter)] = -line.amount
    if line.split:
        flows |= {f"loan_{name}": number for name, number in split_numbers(line.split).items()}
    return flows


LOANS_APPROVED, LOANS_DECLINED = "loans_approved", "loans_declined"
"""Applications for loans that were decided on a day: no posting tells of them."""
CAPITALISED_UNPOSTED = "loan_capitalised_unposted"
"""Interest that stands on a loan's books and becomes principal: no money moves, so no posting tells it."""
_PRINCIPAL = {
    "loan_disbursed": 1, "loan_capitalised": 1, CAPITALISED_UNPOSTED: 1, "loan_repaid": -1, "loan_charged_off": -1,
}  # fmt: skip


def principal_flow(numbers: Mapping[str, int]) -> int:
    """By how much the outstanding principal of all loans grew on a day."""
    return sum(sign * numbers.get(name, 0) for name, sign in _PRINCIPAL.items())


def house_figure(house: str) -> str:
    """The name under which a house account stands among a day's numbers."""
    return house.replace("house:", "house_")


def shard_numbers(movement: Movement, new_owners: Iterable[str], badge: str) -> dict[str, int]:
    """What a movement adds to its day shard. `new_owners`: owners first activated in this quarter."""
    new_owners = set(new_owners)
    numbers: Counter[str] = Counter()
    numbers[f"n_{movement.type}"] += 1
    numbers[f"s_{movement.type}"] += movement.amount
    numbers["postings"] += len(movement.lines)
    numbers["suspicious"] += badge != "OK"
    for line in movement.lines:
        numbers.update(book_flows(line))
        if line.deposit and bridge_part(line) == OWN:
            whose = NEW if line.owner_id in new_owners else EXISTING
            numbers[part_name(whose, line.product)] += line.amount
    return {name: number for name, number in numbers.items() if number}


def cell_numbers(movement: Movement, badge: str) -> dict[str, int]:
    """What a movement adds to its cube cell."""
    numbers = {"n": 1, "s": movement.amount, f"b{bucket_of(movement.amount)}": 1}
    if is_high(movement.amount, movement.currency):
        numbers["high"] = 1
    return numbers | ({"suspicious": 1} if badge != "OK" else {})


@dataclass(frozen=True, slots=True, order=True)
class CellName:
    """The dimensions of a cube cell; `hour` is the hour on the bank's clock, 0-23.

    `segment` is that of who set the movement off (the payer, or who was paid from outside); "" when unknown.
    """

    hour: int
    type: str
    channel: str
    branch: str
    segment: str = ""

    @property
    def text(self) -> str:
        """The part of the key after the day."""
        return f"{self.hour:02d}#{self.type}#{self.channel}#{self.branch}#{self.segment}"


def cell_name(text: str) -> CellName:
    """The inverse of `CellName.text`."""
    hour, type_, channel, branch, segment = text.split("#", 4)
    return CellName(int(hour), type_, channel, branch, segment)


def cell_of(line: Line, hour: int) -> CellName:
    """The cell of the movement that a line stands for (Line.stands_for_movement: its first line)."""
    return CellName(hour, line.type, line.channel, line.branch, line.segment)


@dataclass(slots=True)
class DayTotals:
    """One business day, folded: open (from shards and cells) or closed (as sealed).

    `numbers` are the shards' sums; `cells` the cube; `end` what the day closed with (only when closed).
    """

    day: str
    closed: bool
    numbers: Counter[str] = field(default_factory=Counter)
    cells: dict[CellName, Counter[str]] = field(default_factory=dict)
    end: Mapping[str, int] = field(default_factory=dict)
    sheets: Mapping[str, SheetNumbers] = field(default_factory=dict)
    """Of the last business day of a month, by code, where who reads the days asks for them."""
    moved: Mapping[str, int] | None = None
    """Of a day that came with its whole month (accounts.months): its cells added up; it has none itself."""
    month_cells: Mapping[CellName, Counter[str]] = field(default_factory=dict)
    """Of the last day of such a month: the cells of all its days."""
    corrections: Sequence[Correction] = ()
    """What the day took back of earlier movements, where who reads the days asks for it."""

    def count(self, *types: str) -> int:
        """Movements of these types (none named: of all types)."""
        return sum(n for name, n in self.numbers.items() if name.startswith("n_") and (not types or name[2:] in types))

    def sum(self, *types: str) -> int:
        """Their amounts together, minor units."""
        return sum(n for name, n in self.numbers.items() if name.startswith("s_") and (not types or name[2:] in types))

    def in_cells(self, name: str) -> int:
        """What the day's cells say together of its count (n) or sum (s)."""
        if self.moved is not None:
            return self.moved.get(f"all_{name}", 0)
        return sum(cell[name] for cell in self.cells.values())

    def add_cell(self, name: CellName, numbers: Mapping[str, int]) -> None:
        """Fold one more cell in."""
        self.cells.setdefault(name, Counter()).update(numbers)


def quantile(buckets: Mapping[int, int], q: float) -> int:
    """The q-quantile (0 < q <= 1) of amounts from their log-bucket counts; 0 when there are none."""
    total = sum(buckets.values())
    wanted, seen = math.ceil(q * total), 0
    for bucket in sorted(buckets):
        seen += buckets[bucket]
        if seen >= wanted:
            return round(bucket_middle(bucket))
    return 0


def bucket_counts(numbers: Mapping[str, int]) -> dict[int, int]:
    """The log-bucket counts among a cell's numbers."""
    return {int(name[1:]): n for name, n in numbers.items() if name[0] == "b" and name[1:].isdigit()}
