"""What a pattern over several customers is, what it sees and what it may answer. Pure.

A pattern is one file in `monitoring/patterns/` with one detector class under `@pattern(...)`. It is shown every edge
(a movement between two customers) in order of time and answers with what that edge completes. Such patterns need
other people's movements, so they are looked for by `manage.py detect_patterns`, never inside a posting.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from cloudbank.ids import derived_id
from cloudbank.money import format_amount
from cloudbank.registry import Registry
from monitoring.activity import DAY_SECONDS
from monitoring.edges import Edge, EdgeWindow
from monitoring.rulebook import RANK, RULES, Hit, Rule, Threshold

SENDER_EXEMPT = Threshold(
    "rule.network.exempt",
    "Customer segments whose many payers and payees are their trade",
    "text",
    "business,merchant,payroll,public",
    "bank policy; as rules 14 and 15",
)


@dataclass(slots=True)
class Found:
    """A pattern that was found: who stands at its head, who else belongs to it, and the movements, in order of time."""

    rule: str
    customer_id: str
    members: tuple[str, ...]
    """Every customer in it, the head first."""
    path: tuple[Edge, ...]
    hit: Hit
    severity: str = ""
    """Where it differs from the pattern's own."""
    needs: tuple[tuple[frozenset[str], int], ...] = ()
    """Groups of members, each with how many must remain when customers of exempt segments are left out."""
    key: str = ""
    """What makes it itself, beside its last movement: the same pattern is found again under the same id."""

    @property
    def last(self) -> Edge:
        """The movement that completed it."""
        return self.path[-1]

    @property
    def finding_id(self) -> str:
        """The id of its finding."""
        return derived_id("fnd", self.rule, self.key, self.last.movement_id)


class Detector(Protocol):
    """Looks for one pattern in edges that come in order of time."""

    def take(self, edge: Edge) -> list[Found]:
        """What this edge, which is in the window already, completes."""

    @property
    def capped(self) -> int:
        """How often a search was ended by its cap."""


Maker = Callable[[EdgeWindow, Mapping[str, Any]], Detector]


@dataclass(frozen=True)
class Pattern:
    """A pattern of the catalogue; fields as of rulebook.Rule."""

    code: str
    number: int
    title: str
    severity: str
    family: str
    source: str
    parameters: tuple[Threshold, ...]
    definition: str
    make: Maker | None
    """None: it is not looked for in edges."""
    names_members: bool = False
    """It names the members of what a rule found inside the posting: it adds nothing to the score."""
    alone: bool = True
    part: int = 0
    """Of patterns that share a number: which of them (1 to 9). It never changes: snoozes are kept under it."""


PATTERNS: Registry[Pattern] = Registry("monitoring.patterns")


def pattern(code: str, *, parameters: Iterable[Threshold] = (), **facts: Any) -> Callable[[type[Any]], type[Any]]:
    """Register a detector class; its docstring is the pattern's definition."""

    def register(made: type[Any]) -> type[Any]:
        definition = " ".join((made.__doc__ or "").split())
        PATTERNS.add(code, Pattern(code, parameters=tuple(parameters), definition=definition, make=made, **facts))
        return made

    return register


def catalogue() -> list[Rule | Pattern]:
    """Every rule and pattern, by number. What a pattern adds to a rule of the same code stands under the rule."""
    patterns = [one for one in PATTERNS if one.code not in RULES]
    return sorted([*RULES, *patterns], key=lambda one: (one.number, one.code))


def named(code: str) -> Rule | Pattern | None:
    """The rule or pattern with this code, or None."""
    return next((book[code] for book in (RULES, PATTERNS) if code in book), None)


def quiet_key(rule: Rule | Pattern) -> int:
    """Under which number a customer's risk state keeps the snooze of a rule: patterns of one number have their own."""
    part = getattr(rule, "part", 0)
    return rule.number * 10 + part if part else rule.number


def quieted(snoozed: Mapping[int, list[int]], code: str, number: int) -> list[int] | None:
    """The snooze of a rule or pattern in a risk state, or None. One of before 2026-11-24 is under the number alone."""
    rule = named(code)
    return snoozed.get(quiet_key(rule) if rule else number) or snoozed.get(number)


def only_supports(code: str) -> bool:
    """Whether the rule with this code opens no alert of its own."""
    known = named(code)
    return known is not None and not known.alone


def defaults() -> dict[str, int | str]:
    """The default of every parameter of the patterns, for tests and evaluation."""
    return {threshold.code: threshold.default for one in PATTERNS for threshold in one.parameters}


@dataclass
class Search:
    """All detectors over one window, fed day by day in order of time."""

    parameters: Mapping[str, Any]
    days: int
    """How long the longest pattern may take."""
    window: EdgeWindow = field(default_factory=EdgeWindow)

    def __post_init__(self) -> None:
        self._detectors = [one.make(self.window, self.parameters) for one in PATTERNS if one.make]

    def take_day(self, edges: Iterable[Edge]) -> list[Found]:
        """Take in one day's edges, oldest first; what they complete, of each pattern the last and largest."""
        found: dict[tuple[str, str], Found] = {}
        for edge in edges:
            self.window.drop_before(edge.at - self.days * DAY_SECONDS)
            self.window.add(edge)
            for detector in self._detectors:
                for one in detector.take(edge):
                    found[one.rule, one.key] = one
        return list(found.values())

    @property
    def capped(self) -> int:
        """How often a search was ended by its cap; never silently."""
        return sum(detector.capped for detector in self._detectors)


def money(minor: int, currency: str) -> str:
    """An amount as people read it, with its currency."""
    return f"{format_amount(minor, currency)}\N{NO-BREAK SPACE}{currency}"


def account_names(accounts: Iterable[str]) -> str:
    """ "...1234, ...5678", each once."""
    return ", ".join(dict.fromkeys(f"...{account[-4:]}" for account in accounts))


def still_stands(found: Found, exempt: frozenset[str]) -> bool:
    """Whether a pattern remains when these customers, who collect and pay by trade, are left out of its groups."""
    return all(len(group - exempt) >= least for group, least in found.needs)


def titles_of(codes: Iterable[str]) -> list[str]:
    """The names of rules, the most severe first; what only supports others stands last, an unknown code at the end."""
    codes = list(codes)
    known = sorted(
        (one for code in codes if (one := named(code))),
        key=lambda one: (not one.alone, RANK[one.severity], one.number),
    )
    return [one.title for one in known] + sorted(code for code in codes if not named(code))
