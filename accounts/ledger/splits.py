"""What a movement did to the parts of a loan, as its posting carries it: "repaid:81066 interest_paid:5000". Pure.

So the day's totals can tell principal from interest and fees, and whoever folds the postings finds the same.
"""

from collections.abc import Mapping

PARTS = ("disbursed", "capitalised", "repaid", "charged_off", "interest_paid", "fees_paid")
"""The running sums of a loan (accounts.loans.state) that a posting tells the change of, in minor units."""


def packed_split(changes: Mapping[str, int]) -> str:
    """The changes as text, those of nothing left out; "" when there are none."""
    return " ".join(f"{name}:{changes[name]}" for name in PARTS if changes.get(name))


def split_numbers(text: str) -> dict[str, int]:
    """The inverse of `packed_split`; ValueError for what it never writes."""
    numbers = {}
    for part in text.split():
        name, _, number = part.partition(":")
        numbers[name] = int(number)
    if packed_split(numbers) != text:
        raise ValueError(f"'{text}' is no split of a posting")
    return numbers
