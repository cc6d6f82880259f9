"""Item kinds of the month-end sheets: a sheet's numbers, the parts of its tape, what a bulk run told of one."""

import json
import zlib
from typing import Any

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, JSONAttribute, UnicodeAttribute

from cloudbank.tables import AccountsItem, IntegerAttribute


def _packed(content: Any) -> bytes:
    return zlib.compress(json.dumps(content, sort_keys=True, separators=(",", ":")).encode())


class MonthEnd(AccountsItem, discriminator="month_end"):
    """One sheet of one month end: its numbers, and which parts its rows are in. Written with the closed day."""

    day = UnicodeAttribute()
    currency = UnicodeAttribute()
    sheet = UnicodeAttribute()
    fields = JSONAttribute()
    """The names of a row's values, in their order."""
    rows = IntegerAttribute()
    parts = JSONAttribute()
    """The hashes of the tape's parts, in order."""
    packed_numbers = BinaryAttribute(legacy_encoding=False)
    packed_policy = BinaryAttribute(legacy_encoding=False)
    since = UnicodeAttribute(default="")
    """The month end whose sheet this one carries on from."""
    before = UnicodeAttribute(default="")
    """The hash of that sheet."""
    hash = UnicodeAttribute()

    @staticmethod
    def key(currency: str, day: str, sheet: str) -> str:
        """The hash key."""
        return f"month_end#{currency}#{day}#{sheet}"

    def pack(self, numbers: dict[str, int], policy: dict[str, int]) -> None:
        """Set the numbers, and the parameters that go with them."""
        self.packed_numbers, self.packed_policy = _packed(numbers), _packed(policy)

    def numbers(self) -> dict[str, int]:
        """The numbers by name."""
        found: dict[str, int] = json.loads(zlib.decompress(self.packed_numbers))
        return found

    def policy(self) -> dict[str, int]:
        """The parameters of that day that go with them."""
        found: dict[str, int] = json.loads(zlib.decompress(self.packed_policy))
        return found

    def content(self) -> dict[str, Any]:
        """All that its hash is over."""
        named = ("day", "currency", "sheet", "fields", "rows", "parts", "since", "before")
        return {name: getattr(self, name) for name in named} | {"numbers": self.numbers(), "policy": self.policy()}


class TapePart(AccountsItem, discriminator="month_end_part"):
    """Some rows of a sheet, named by their hash: written twice it is the same, and none overwrites another."""

    data = BinaryAttribute(legacy_encoding=False)

    @staticmethod
    def key(currency: str, day: str, sheet: str, sha256: str) -> str:
        """The hash key."""
        return f"month_end_part#{currency}#{day}#{sheet}#{sha256}"


class ToldTape(AccountsItem, discriminator="told_tape"):
    """What a bulk run's customers, accounts or loans were at a month end: closing the day makes a sheet of it."""

    fields = JSONAttribute()
    data = BinaryAttribute(legacy_encoding=False)
    more = BooleanAttribute(default=False)
    """Whether another part follows."""

    @staticmethod
    def key(currency: str, day: str, sheet: str, import_id: str, number: int) -> str:
        """The hash key."""
        return f"told#{currency}#{day}#{sheet}#{import_id}#{number}"
