"""What each staff role sees first: tiles, a chart, links. Other apps' tiles are named by their addresses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.http import urlencode

from accounts.ledger import TYPES
from accounts.names import MANY
from accounts.queries.pulse import Pulse, deposits_now, pulse_of_month, pulse_of_today
from cloudbank.charts import ChartData, Dataset
from cloudbank.context import url_of
from cloudbank.money import format_amount
from cloudbank.roles import Role
from cloudbank.wording import day as day_in_words


@dataclass(frozen=True)
class Tile:
    """A number of the board; with a currency, `value` is minor units."""

    label: str
    value: str | int
    icon: str
    note: str = ""
    url: str = ""
    variant: str = "teal"
    currency: str = ""


@dataclass(frozen=True)
class Way:
    """A way on: where, and what is done there."""

    label: str
    text: str
    icon: str
    url: str


@dataclass(frozen=True)
class Board:
    """A role's first page. `lazy` are addresses of tiles that other apps fill in."""

    intro: str
    tiles: list[Tile]
    ways: list[Way] = field(default_factory=list)
    lazy: list[str] = field(default_factory=list)
    pulse_url: str = ""
    chart: ChartData | None = None
    find: bool = False
    counter: bool = False
    """At the counter, finding an account and moving money come before any number."""


def movements_url(**filters: Any) -> str:
    """The bank's list of movements with filters, "" while no app has it."""
    url = url_of("movements")
    return f"{url}?{urlencode(filters)}" if url else ""


def count(number: int) -> str:
    """A whole number as people read it."""
    return f"{number:,}"


def movements_today(pulse: Pulse) -> Tile:
    """Movements of the business day, with their volume."""
    today = pulse.today
    note = f"{format_amount(today.sum(), pulse.currency)} {pulse.currency}, business day {day_in_words(pulse.day)}"
    return Tile("Movements today", count(today.count()), "activity", note, movements_url(day=pulse.day), "blue")


def suspicious_today(pulse: Pulse) -> Tile:
    """How many of today's movements a rule spoke about."""
    today = pulse.today
    number, whole = today.numbers["suspicious"], today.count()
    note = f"{number / whole:.1%} of today's movements" if whole else "no movements so far"
    url = movements_url(day=pulse.day, badge="suspicious")
    return Tile("Suspicious today", count(number), "shield-exclamation", note, url, "red" if number else "green")


def deposits(pulse: Pulse) -> Tile:
    """What customers hold at the bank."""
    held = deposits_now(pulse)
    if held is None:
        return Tile("Deposits", "\N{EM DASH}", "safe2", "known after the next closed day", variant="teal")
    return Tile("Deposits", held, "safe2", "credit balances of all accounts", currency=pulse.currency)


def volume(pulse: Pulse) -> Tile:
    """Thirty days' turnover."""
    note = f"{count(pulse.movements)} movements since {day_in_words(pulse.first)}"
    return Tile("30-day volume", pulse.volume, "graph-up", note, url_of("analytics"), "teal", pulse.currency)


def new_customers(pulse: Pulse) -> Tile:
    """Customers activated in thirty days."""
    return Tile(
        "New customers",
        count(pulse.new_customers),
        "person-plus",
        "verified, with an account, in 30 days",
        variant="green",
    )


def volume_chart(pulse: Pulse) -> ChartData:
    """Thirty days by type, each type that occurs; a click leads to the day's movements."""
    dates = [date.fromisoformat(one.day) for one in pulse.days]

    def links_of(name: str) -> list[str]:
        return [movements_url(day=one.day, type=name) for one in pulse.days]

    series = [
        Dataset(MANY[name], [one.sum(name) for one in pulse.days], links_of(name))
        for name in TYPES
        if any(one.count(name) for one in pulse.days)
    ]
    period = f"{day_in_words(pulse.first)} \N{EN DASH} {day_in_words(pulse.day)}"
    labels = [f"{one.day} {one:%b}" for one in dates]
    return ChartData(
        "Volume by type", "stacked", labels, series, period=period, currency=pulse.currency, category="Business day"
    )


WAYS = {
    "alerts": Way("Alerts", "Work the queue: most severe first.", "bell", "alerts"),
    "movements": Way("Movements", "Every movement of the bank, by day.", "list-ul", "movements"),
    "analytics": Way("Analytics", "Distribution, daily activity, volume.", "graph-up", "analytics"),
    "customers": Way("Customers", "Identity checks and reviews.", "people", "customers"),
    "reports": Way("Reports", "Quarterly packs as PDF, CSV, XLSX.", "file-earmark-bar-graph", "reports"),
    "compliance": Way("Compliance", "Controls, score, corrective actions.", "shield-check", "compliance"),
    "actions": Way("Corrective actions", "Who does what until when.", "list-check", "actions"),
    "people": Way("Staff", "Roles, sessions, sign-in.", "person-badge", "people"),
    "create_staff": Way("New colleague", "Make a sign-in for a member of staff.", "person-plus", "create_staff"),
}


def ways(*names: str) -> list[Way]:
    """The ways whose pages exist."""
    found = [(WAYS[name], url_of(WAYS[name].url)) for name in names]
    return [Way(way.label, way.text, way.icon, url) for way, url in found if url]


def lazy(*names: str) -> list[str]:
    """The tiles of other apps that exist."""
    return [url for url in map(url_of, names) if url]


def teller(now: datetime) -> Board:
    """Find an account, move money, know today's count."""
    pulse = pulse_of_today(now, settings.BANK_CURRENCY)
    note = "taken in less paid out, the whole bank"
    cash = Tile("Net cash today", pulse.cash_taken, "cash-stack", note, variant="green", currency=pulse.currency)
    tiles = [movements_today(pulse), cash]
    return Board(
        "Find the account first; every movement is read back before it is posted.", tiles, find=True, counter=True
    )


def analyst(now: datetime) -> Board:
    """Open alerts first."""
    pulse = pulse_of_today(now, settings.BANK_CURRENCY)
    return Board(
        "New alerts show up here within a second of the posting.",
        [suspicious_today(pulse), movements_today(pulse)],
        ways("alerts", "movements", "analytics"),
        lazy("alerts_tile"),
        url_of("alerts_pulse"),
        find=True,
    )


def manager(now: datetime) -> Board:
    """Thirty days of business."""
    pulse = pulse_of_month(now, settings.BANK_CURRENCY)
    return Board(
        "Thirty days of business, up to the last movement.",
        [volume(pulse), deposits(pulse), new_customers(pulse)],
        ways("reports", "analytics", "movements", "compliance", "alerts"),
        lazy("alerts_tile"),
        chart=volume_chart(pulse),
    )


def compliance(now: datetime) -> Board:
    """The score, and what moves it."""
    pulse = pulse_of_today(now, settings.BANK_CURRENCY)
    return Board(
        "Controls, alerts and identity checks that wait for a decision.",
        [suspicious_today(pulse), movements_today(pulse)],
        ways("compliance", "actions", "alerts", "customers", "reports"),
        lazy("compliance_tile", "alerts_tile"),
        url_of("alerts_pulse"),
        find=True,
    )


def auditor(now: datetime) -> Board:
    """Everything to read, nothing to write."""
    pulse = pulse_of_month(now, settings.BANK_CURRENCY)
    return Board(
        "You read everything and change nothing.",
        [volume(pulse), deposits(pulse), suspicious_today(pulse)],
        ways("movements", "alerts", "compliance", "actions", "reports", "people"),
        lazy("compliance_tile"),
        chart=volume_chart(pulse),
        find=True,
    )


def admin(now: datetime) -> Board:
    """People and their rights."""
    pulse = pulse_of_today(now, settings.BANK_CURRENCY)
    return Board(
        "Who works here, with which rights.",
        [movements_today(pulse), suspicious_today(pulse)],
        ways("people", "create_staff", "movements", "reports", "compliance"),
    )


BOARDS: dict[Role, Callable[[datetime], Board]] = {
    Role.TELLER: teller,
    Role.ANALYST: analyst,
    Role.MANAGER: manager,
    Role.COMPLIANCE: compliance,
    Role.AUDITOR: auditor,
    Role.ADMIN: admin,
}
