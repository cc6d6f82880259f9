"""Hand-made business days for tests: a small bank that posts, and sealed days as close_day makes them. Pure."""

import pickle
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, time
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from accounts import closing
from accounts.ledger import CHECKING
from accounts.totals import EXISTING, NEW, CellName, DayTotals, bucket_of, is_high, part_name
from cloudbank.clock import BusinessCalendar
from cloudbank.quarters import Quarter
from reporting.assemble import Request, assemble
from reporting.beside import back
from reporting.metrics import in_order
from reporting.pack import Pack

CALENDAR = BusinessCalendar(ZoneInfo("America/New_York"), time(18), holidays.country_holidays("US"))
Q3 = Quarter(2026, 3)
CUTOFF = "sealed through 2026-09-30, seal 0123456789abcdef"


def movement(
    day: DayTotals,
    amount: int,
    *,
    type: str = "deposit",
    channel: str = "branch",
    hour: int = 10,
    suspicious: bool = False,
    new: bool = False,
    product: str = CHECKING,
) -> None:
    """Add a movement to an open day, shard numbers and cell alike; a withdrawal takes, a transfer moves inside."""
    day.numbers.update(
        {f"n_{type}": 1, f"s_{type}": amount, "postings": 1 + (type == "transfer"), "suspicious": int(suspicious)}
    )
    cell = {"n": 1, "s": amount, f"b{bucket_of(amount)}": 1} | ({"suspicious": 1} if suspicious else {})
    cell |= {"high": 1} if is_high(amount, "USD") else {}
    day.add_cell(CellName(hour, type, channel, "main"), cell)
    signed = {"deposit": amount, "opening": amount, "withdrawal": -amount}.get(type, 0)
    if signed:
        day.numbers[part_name(NEW if new else EXISTING, product)] += signed
        day.numbers[f"net_{product}"] += signed
        day.numbers["house_cash" if channel == "branch" else "house_clearing"] -= signed


def customers(day: DayTotals, activated: int = 0, exited: int = 0) -> None:
    """Count people in and out."""
    day.numbers.update({"customers_activated": activated, "customers_exited": exited, "accounts_opened": activated})


def sealed(days: Iterable[DayTotals], before: Mapping[str, int] | None = None) -> list[DayTotals]:
    """The days as close_day seals them: each ends with what the day before ended with and its own flows."""
    end: Mapping[str, int] = before or {}
    found = []
    for day in days:
        carried = closing.carry(end, day.numbers)
        end = carried | {"active_90": carried["customers"] * 9 // 10}
        found.append(DayTotals(day.day, True, day.numbers, day.cells, end))
    return found


def open_day(day: date) -> DayTotals:
    """A business day without movements."""
    return DayTotals(day.isoformat(), False, Counter())


def busy_day(day: date, random_: random.Random, size: int = 20) -> DayTotals:
    """A business day with movements of every type and channel."""
    made = open_day(day)
    customers(made, random_.randint(0, 2), int(random_.random() < 0.1))
    for _ in range(random_.randint(size // 2, size + size // 2)):
        kind = random_.choices(("deposit", "withdrawal", "transfer"), (5, 3, 6))[0]
        channel = random_.choice(("branch", "ach", "wire") if kind != "transfer" else ("online", "branch"))
        amount = int(random_.lognormvariate(10.5, 1.4)) + 1
        movement(
            made,
            amount,
            type=kind,
            channel=channel,
            hour=random_.randint(8, 19),
            suspicious=random_.random() < 0.03,
            new=random_.random() < 0.1,
        )
    return made


def bank_days(quarter: Quarter = Q3, *, seed: int = 7, size: int = 20, quarters: int = 6) -> list[DayTotals]:
    """A bank's sealed days over some quarters up to this one; its first day brings 2,000,000.00 of deposits.

    Made once a process; each caller has its own, to change as it likes.
    """
    found: list[DayTotals] = pickle.loads(_bank_days(quarter, seed, size, quarters))  # noqa: S301  made below
    return found


@cache
def _bank_days(quarter: Quarter, seed: int, size: int, quarters: int) -> bytes:
    random_ = random.Random(seed)
    first, last = back(quarter, quarters)[0].first, quarter.last
    days = [busy_day(day, random_, size) for day in CALENDAR.days(first, last)]
    movement(days[0], 200_000_000, type="opening", channel="import")
    customers(days[0], 200)
    return pickle.dumps(sealed(days))


def request(
    quarter: Quarter = Q3, metrics: tuple[str, ...] = (), *, bank: str = "Cloud Bank", cutoff: str = CUTOFF
) -> Request:
    """A request for all metrics unless told otherwise."""
    return Request(bank, quarter, "USD", tuple(in_order(metrics)), cutoff, "America/New_York")


@cache
def bank_pack(quarter: Quarter = Q3, metrics: tuple[str, ...] = (), **changes: str) -> Pack:
    """The pack of the hand-made bank."""
    return assemble(request(quarter, metrics, **changes), bank_days(quarter), CALENDAR)
