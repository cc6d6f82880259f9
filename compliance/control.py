"""What a control is: an obligation with its source, a reading, thresholds, and the items behind the reading.

A control is one file in `compliance/controls/` with one class under `@control`. Its thresholds are
effective-dated parameters (`control.<code>.warn`, `control.<code>.breach`), declared here with the
obligation's source.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from cloudbank import parameters
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from cloudbank.parameters import Parameter, Snapshot
from cloudbank.roles import Role
from compliance.controls import CONTROLS
from compliance.queries.selections import Counted, Offenders
from compliance.score import Direction, Part, State, judge

T = TypeVar("T")
BASIS_POINTS = ("basis point", "basis points")
"""The unit of ratios: hundredths of a percent, shown as "4.25 %"."""


class Framework(StrEnum):
    """The bodies of obligations, in the order of the page."""

    REPORTING = "Thresholds & reporting"
    AML = "AML / CFT"
    KYC = "KYC / CDD"
    SANCTIONS = "Sanctions"
    PRIVACY = "Data protection"
    PRUDENTIAL = "Prudential"
    LEDGER = "Ledger integrity"
    ACCESS = "Access"


ICONS = {
    Framework.REPORTING: "send",
    Framework.AML: "shield-exclamation",
    Framework.KYC: "person-vcard",
    Framework.SANCTIONS: "globe",
    Framework.PRIVACY: "fingerprint",
    Framework.PRUDENTIAL: "bank",
    Framework.LEDGER: "database-check",
    Framework.ACCESS: "key",
}


@dataclass(frozen=True)
class Scope:
    """The moment of a reading, and the thresholds in force then."""

    now: datetime
    today: date
    """The calendar day on the bank's clock."""
    business_day: date
    parameters: Snapshot
    known: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    """What controls of this moment have read already."""

    def once(self, name: str, read: Callable[[], T]) -> T:
        """What `read` gives, read once for all controls that ask for it by this name."""
        if name not in self.known:
            self.known[name] = read()
        found: T = self.known[name]
        return found

    def age(self, day: str) -> int:
        """Calendar days from an ISO date to today."""
        return (self.today - date.fromisoformat(day[:10])).days


def scope_of(now: datetime) -> Scope:
    """The scope of an instant."""
    calendar = bank_calendar()
    return Scope(now, calendar.local(now).date(), calendar.business_date(now), parameters.snapshot(now))


@dataclass(frozen=True)
class Measure:
    """What a control found. `gauge` is held against the thresholds; None: not measurable, `says` tells why."""

    count: Counted
    gauge: int | None
    says: str
    of: Counted | None = None
    of_label: str = ""
    failed: bool = False
    """Breached whatever the thresholds say (a verification that found a fault)."""


@dataclass(frozen=True)
class Reading:
    """A control's measure, judged by the thresholds in force."""

    control: "Control"
    measure: Measure
    warn: int
    breach: int

    @property
    def state(self) -> State:
        """ok, approaching, breached or not measurable."""
        if self.measure.gauge is None:
            return State.NOT_MEASURABLE
        if self.measure.failed:
            return State.BREACHED
        return judge(self.measure.gauge, warn=self.warn, breach=self.breach, direction=self.control.direction)

    @property
    def part(self) -> Part:
        """What it brings to the score."""
        return Part(self.control.code, self.state, self.control.weight, self.control.hard_cap)

    @property
    def scale(self) -> int:
        """The meter's right end: a third beyond the breach, or the gauge when it is farther."""
        return max(self.breach + max(1, round(self.breach / 3)), self.measure.gauge or 0, self.warn + 1)

    def stored(self) -> dict[str, int | str | bool | None]:
        """What the daily snapshot keeps."""
        kept: dict[str, int | str | bool | None] = {
            "count": self.measure.count.number,
            "more": self.measure.count.more,
            "gauge": self.measure.gauge,
            "state": str(self.state),
            "warn": self.warn,
            "breach": self.breach,
        }
        return kept | ({"needs": self.control.permission} if self.control.permission else {})


class Control:
    """One control. Subclass it in its own file and decorate it with `@control`."""

    code: ClassVar[str]
    title: ClassVar[str]
    framework: ClassVar[Framework]
    obligation: ClassVar[str]
    source: ClassVar[str]
    counts: ClassVar[tuple[str, str]]
    """What the reading counts, in the singular and the plural."""
    gauge_label: ClassVar[str]
    unit: ClassVar[tuple[str, str]]
    """The gauge's unit, in the singular and the plural."""
    formula: ClassVar[str]
    """How the reading comes about, in words."""
    warn: ClassVar[int]
    breach: ClassVar[int]
    direction: ClassVar[Direction] = Direction.AT_MOST
    weight: ClassVar[int]
    hard_cap: ClassVar[bool] = False
    owner: ClassVar[Role] = Role.COMPLIANCE
    permission: ClassVar[str] = ""
    """Who may know how it stands at all; "": whoever sees the controls."""
    columns: ClassVar[Sequence[Column]]
    empty_text: ClassVar[str] = "The control is kept: there is nothing to do here."

    def offenders(self, scope: Scope) -> Offenders:
        """The items behind the reading; their number is the reading's count."""
        raise NotImplementedError

    def measure(self, scope: Scope) -> Measure:
        """Count the offenders and take the gauge."""
        raise NotImplementedError

    def read(self, scope: Scope) -> Reading:
        """The reading at this moment."""
        warn, breach = (scope.parameters.number(f"control.{self.code}.{name}") for name in ("warn", "breach"))
        return Reading(self, self.measure(scope), warn, breach)

    def threshold(self, scope: Scope, name: str) -> int:
        """The `warn` or `breach` threshold in force."""
        return scope.parameters.number(f"control.{self.code}.{name}")

    def in_unit(self, number: int) -> str:
        """A number with the gauge's unit: "3 days", "4.25 %"."""
        if self.unit == BASIS_POINTS:
            return percent(number)
        return said(number, self.unit)

    def counted(self, count: Counted) -> str:
        """A count with its noun: "1 customer", "500+ customers"."""
        return f"{count} {self.counts[count.number != 1 or count.more]}"


def beyond(control: Control) -> str:
    """On which side of its thresholds a control is not kept."""
    return "above" if control.direction is Direction.AT_MOST else "below"


def percent(basis_points: int) -> str:
    """ "4.25 %"; with a real minus sign."""
    sign = "\N{MINUS SIGN}" if basis_points < 0 else ""
    return f"{sign}{abs(basis_points) // 100:,}.{abs(basis_points) % 100:02d} %"


def said(number: int, forms: tuple[str, str]) -> str:
    """ "1 day", "3 days"."""
    return f"{number:,} {forms[number != 1]}"


def control(code: str) -> Callable[[type[Control]], type[Control]]:
    """Class decorator: names the control, registers one instance, declares its two thresholds."""

    def add(cls: type[Control]) -> type[Control]:
        cls.code = code
        kind = "days" if cls.unit == ("day", "days") else "int"
        for name, word, default in (("warn", "approaching", cls.warn), ("breach", "breached", cls.breach)):
            side = "above" if cls.direction is Direction.AT_MOST else "below"
            label = f"{cls.title}: {word} {side}"
            parameters.declare(
                Parameter(f"control.{code}.{name}", label, kind, default, cls.source, maximum=100_000, unit=cls.unit[1])
            )
        CONTROLS.add(code, cls())
        return cls

    return add
