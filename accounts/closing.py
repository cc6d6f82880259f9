"""Closing a business day: fold, prove, carry forward, seal. Pure."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from accounts import merkle
from accounts.ledger import DEPOSIT_PRODUCTS, HOUSE, LOAN, PRODUCTS, Line
from accounts.totals import (
    CAPITALISED_UNPOSTED,
    EXISTING,
    LOANS_APPROVED,
    LOANS_DECLINED,
    NEW,
    OWN,
    CellName,
    book_flows,
    bridge_part,
    bucket_of,
    cell_of,
    house_figure,
    is_high,
    net_flow,
    part_name,
    principal_flow,
)

ACTIVE_DAYS = 90
"""A customer is active with at least one own movement in so many days (domain/reporting.md)."""


class NotProven(Exception):
    """The day's totals and its postings disagree; the message names the figure and both values."""


@dataclass(slots=True)
class DayProof:
    """The fold of a day's postings, to be compared with what shards and cells say."""

    numbers: Counter[str] = field(default_factory=Counter)
    cells: dict[CellName, Counter[str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)

    def add(self, line: Line, hour: int, owner_seen_on: str | None) -> None:
        """Fold one posting in; `hour` is its hour on the bank's clock. NotProven when it is damaged."""
        if line.missing or not line.amount:
            raise NotProven(f"posting {line.posting_id} is damaged: it lacks its {line.missing or 'amount'}")
        self.hashes.append(line.hash)
        self.numbers["postings"] += 1
        self.numbers.update(_flows(line))
        if line.deposit and bridge_part(line) == OWN:
            self.numbers[part_name(OWN, line.product)] += line.amount
        if line.stands_for_movement:
            self._add_movement(line, hour)
        if owner_seen_on is not None and owner_seen_on < line.business_date:
            self.seen.setdefault(line.owner_id, owner_seen_on)

    def _add_movement(self, line: Line, hour: int) -> None:
        size = abs(line.amount)
        self.numbers[f"n_{line.type}"] += 1
        self.numbers[f"s_{line.type}"] += size
        self.numbers["suspicious"] += line.badge != "OK"
        cell = self.cells.setdefault(cell_of(line, hour), Counter())
        cell.update({"n": 1, "s": size, f"b{bucket_of(size)}": 1, "suspicious": int(line.badge != "OK")})
        cell["high"] += is_high(size, line.currency)

    @property
    def postings_hash(self) -> str:
        """The Merkle root over the hashes of the day's postings (hex)."""
        return merkle.root(self.hashes)


def _flows(line: Line) -> dict[str, int]:
    try:
        return book_flows(line)
    except ValueError as error:
        raise NotProven(f"posting {line.posting_id} is damaged: {error}") from error


# Counts of people and accounts are not postings; net flows by age of customer are proven by their sum.
_NOT_POSTINGS = {
    "customers_activated",
    "customers_exited",
    "accounts_opened",
    "accounts_closed",
    CAPITALISED_UNPOSTED,
    LOANS_APPROVED,
    LOANS_DECLINED,
}
# What a participant counts in its verdicts (Verdict.counts) rides on the shards; no posting tells it.
_VERDICTS = "rule_"


def prove(numbers: Mapping[str, int], cells: Mapping[CellName, Mapping[str, int]], proof: DayProof) -> None:
    """Raise NotProven unless the shards' sums and the cells equal the fold of the postings (I15)."""
    said = Counter(
        {name: n for name, n in numbers.items() if name not in _NOT_POSTINGS and not name.startswith(_VERDICTS)}
    )
    for product in DEPOSIT_PRODUCTS:
        by_age = [said.pop(part_name(whose, product), 0) for whose in (NEW, EXISTING)]
        said[part_name(OWN, product)] = sum(by_age)
    for name in sorted(said.keys() | proof.numbers.keys()):
        if said[name] != proof.numbers[name]:
            raise NotProven(f"{name}: the totals say {said[name]}, the postings {proof.numbers[name]}")
    for cell in sorted(cells.keys() | proof.cells.keys()):
        if _clean(cells.get(cell, {})) != _clean(proof.cells.get(cell, {})):
            raise NotProven(f"cube cell {cell.text}: totals and postings disagree")


def _clean(numbers: Mapping[str, int]) -> dict[str, int]:
    return {name: n for name, n in numbers.items() if n}


def carry(end: Mapping[str, int], numbers: Mapping[str, int]) -> dict[str, int]:
    """What the day ends with, from what the day before ended with and the day's flows.

    `balance` is the sum of all deposit accounts' balances, `deposits` of the credit balances only; `book_<product>`
    the sum of the balances by product, of loans what is owed (positive), `book_principal` the principal in it;
    `overdrawn_<product>` and `deposits_<product>` a deposit product's part of `overdrawn` and `deposits`;
    `house_<name>` the bank's own accounts.
    """
    balance = end.get("balance", 0) + net_flow(numbers)
    below = end.get("overdrawn", 0) + numbers.get("overdrawn", 0)
    people = end.get("customers", 0) + numbers.get("customers_activated", 0) - numbers.get("customers_exited", 0)
    held = end.get("accounts", 0) + numbers.get("accounts_opened", 0) - numbers.get("accounts_closed", 0)
    house = {name: end.get(name, 0) + numbers.get(name, 0) for name in map(house_figure, HOUSE)}
    books = {_book(one): end.get(_book(one), 0) + _sign(one) * numbers.get(f"net_{one}", 0) for one in PRODUCTS}
    owed = {one: end.get(one, 0) + numbers.get(one, 0) for one in (f"overdrawn_{each}" for each in DEPOSIT_PRODUCTS)}
    mix = {f"deposits_{one}": books[_book(one)] + owed[f"overdrawn_{one}"] for one in DEPOSIT_PRODUCTS}
    return {
        "balance": balance,
        "deposits": balance + below,
        "overdrawn": below,
        "customers": people,
        "accounts": held,
        **books,
        **owed,
        **mix,
        "book_principal": end.get("book_principal", 0) + principal_flow(numbers),
        **house,
    }


def _book(product: str) -> str:
    return f"book_{product}"


def _sign(product: str) -> int:
    return -1 if product == LOAN else 1


def house_total(end: Mapping[str, int]) -> int:
    """The sum of the house accounts; with all customers' balances it gives zero (I2, I14)."""
    return sum(end.get(house_figure(name), 0) for name in HOUSE)


def carry_seen(last_seen: Mapping[str, int], seen: Mapping[str, str], day: date) -> dict[str, int]:
    """How many customers made their last own movement on each date, as of the end of `day`.

    `seen`: the customers who moved money on the day, with the date of their movement before it.
    Dates older than the window of activity are dropped.
    """
    counts = Counter(last_seen)
    for earlier in seen.values():
        if earlier in counts:
            counts[earlier] -= 1
    counts[day.isoformat()] += len(seen)
    oldest = (day - timedelta(days=ACTIVE_DAYS - 1)).isoformat()
    return {when: n for when, n in sorted(counts.items()) if n and when >= oldest}


SCHEME = "cloudbank-seal-1"
"""Names how a day is sealed (docs/proofs.md); another way of hashing is another name."""


def totals_hash(totals: Mapping[str, object]) -> str:
    """SHA-256 over all that a day's seal covers beside its postings (hex): proofs name it and give no total away."""
    return hashlib.sha256(json.dumps(totals, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def seal(day: str, currency: str, root: str, totals: str, previous: str) -> str:
    """SHA-256 over a day, the Merkle root of its postings, the hash of its totals, the seal of the day before (hex)."""
    text = json.dumps([SCHEME, day, currency, root, totals, previous], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def cells_as_text(cells: Mapping[CellName, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Cells by the text of their name, zero numbers left out."""
    return {name.text: _clean(cells[name]) for name in sorted(cells)}


def missing_days(first: date, last_closed: date | None, last: date, days: Iterable[date]) -> list[date]:
    """The business days to close, in order: from the first open one to `last`."""
    start = first if last_closed is None else last_closed + timedelta(days=1)
    return [day for day in days if start <= day <= last]
