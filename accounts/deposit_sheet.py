"""The deposits sheet: a row a deposit account that is open at the end of a month, and the numbers they give. Pure.

Names of the numbers: `accounts deposits overdrawn dormant` (balance of dormant accounts) `dormant_n depositors` (people
with an account), each also by part of the bank ("deposits@branch:main"), and `top_10 top_20`: the credit balances of
the people who have most, all their accounts together. Minor units, and pieces.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from accounts.totals import overdrawn

DIMENSIONS = ("product", "branch", "segment")
LARGEST = (10, 20)


class DepositRow(NamedTuple):
    """An open account as it ended the day. `own_on`: the last movement its owner set off ("" before the first)."""

    id: str
    owner: str
    product: str
    branch: str
    segment: str
    opened_on: str
    balance: int
    own_on: str
    dormant: int
    """1 when neither a movement of its owner nor its opening lies within the days that the bank's policy names."""

    @property
    def credit(self) -> int:
        """The balance of an account in credit."""
        return max(0, self.balance)


def is_dormant(opened_on: str, own_on: str, since: str) -> int:
    """1 when the owner moved nothing after `since` (ISO date)."""
    return int((own_on or opened_on) <= since)


def fold(rows: Iterable[DepositRow]) -> Counter[str]:
    """The numbers of a whole sheet. Memory: one number an owner, and who is in which part."""
    numbers: Counter[str] = Counter()
    owners: Counter[str] = Counter()
    people: dict[str, set[str]] = {}
    for row in rows:
        numbers.update(of_row(row))
        for part in _parts(row):
            people.setdefault(part, set()).add(row.owner)
        owners[row.owner] += row.credit
    numbers.update({f"depositors{part}": len(ids) for part, ids in people.items()})
    for most in LARGEST:
        numbers[f"top_{most}"] = sum(credit for _, credit in owners.most_common(most))
    return Counter({name: number for name, number in sorted(numbers.items()) if number})


def _parts(row: DepositRow) -> tuple[str, ...]:
    return ("", *(f"@{name}:{getattr(row, name)}" for name in DIMENSIONS))


def of_row(row: DepositRow) -> dict[str, int]:
    """What one account adds to the numbers that are sums."""
    own = _numbers(row)
    return {f"{name}{part}": number for part in _parts(row) for name, number in own.items()}


def _numbers(row: DepositRow) -> dict[str, int]:
    found = {"accounts": 1, "deposits": row.credit, "overdrawn": overdrawn(row.balance)}
    return found | ({"dormant": row.credit, "dormant_n": 1} if row.dormant else {})
