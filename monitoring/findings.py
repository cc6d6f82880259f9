"""What rules found, could not judge, or kept quiet on one movement; and what the day's totals count of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts import outcomes
from monitoring.rulebook import POINTS, Hit

OK, ALERT, CRITICAL = "OK", "ALERT", "CRITICAL"
"""Badges, as in accounts.participants."""
RULE_FAILED = "rule_failed"
MAX_SCORE = 100


@dataclass(slots=True)
class Finding:
    """What one rule found on one customer's side of a movement, with the numbers it used."""

    customer_id: str
    rule: str
    number: int
    family: str
    severity: str
    hit: Hit
    incoming: bool
    at: int
    alert_id: str = ""
    opens: bool = False
    """It opens the alert; otherwise it joins the one that is open."""
    raises: bool = False
    """The alert stands in the queue at this severity from here on: it was opened, or less severe before."""
    leads: bool = False
    """Nothing worse is on the alert: its sentence is the alert's headline."""
    share: int = 0
    """Percent of the movement's score."""
    alone: bool = True
    """False: it only adds to the alert of another rule."""
    outcome: str = outcomes.ALERT

    @property
    def name(self) -> str:
        """What names it among the findings of its movement."""
        return f"{self.customer_id}#{self.rule}#{'in' if self.incoming else 'out'}"

    @property
    def points(self) -> int:
        """What it adds to the score."""
        return POINTS[self.severity]


@dataclass(slots=True)
class Unjudged:
    """A rule could not judge this side of the movement; counted, never passed over in silence."""

    customer_id: str
    rule: str
    number: int


@dataclass(slots=True)
class Snoozed:
    """A finding of a rule that is snoozed for this customer: it raises no alert, and is counted and kept."""

    finding: Finding

    @property
    def number(self) -> int:
        """Of the rule."""
        return self.finding.number

    @property
    def name(self) -> str:
        """The finding's."""
        return self.finding.name


@dataclass(slots=True)
class Shadowed:
    """A finding of a rule that only counts: nobody is asked about it."""

    number: int


@dataclass(slots=True)
class Outcome:
    """The movement's badge, and what was found, kept quiet, or could not be judged."""

    badge: str = OK
    findings: Sequence[Finding | Unjudged | Snoozed | Shadowed] = ()
    outcome: str = outcomes.POST
    """The most severe of the findings' outcomes."""

    @property
    def counts(self) -> dict[str, int]:
        """What the day's totals count: by rule, how often it found something, was snoozed, could not judge."""
        counts: dict[str, int] = {}
        for one in self.findings:
            name = _NAMES[type(one)](one.number)
            counts[name] = counts.get(name, 0) + 1
        return counts


def found_name(number: int) -> str:
    """The day total of a rule's findings."""
    return f"rule_{number}_found"


def unjudged_name(number: int) -> str:
    """The day total of the movements' sides that a rule could not judge."""
    return f"rule_{number}_unjudged"


def snoozed_name(number: int) -> str:
    """The day total of a rule's findings that raised no alert because the rule is snoozed for the customer."""
    return f"rule_{number}_snoozed"


def shadowed_name(number: int) -> str:
    """The day total of what a rule found while it only counted."""
    return f"rule_{number}_shadowed"


_NAMES = {Finding: found_name, Unjudged: unjudged_name, Snoozed: snoozed_name, Shadowed: shadowed_name}
