"""A pattern over several customers as the alert's page shows it, movement by movement; the customer's score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from cloudbank.clock import from_iso
from cloudbank.wording import last_four
from monitoring.models import AlertFinding
from monitoring.patternbook import named
from monitoring.queries.scores import CustomerScore

MOST_SHOWN = 5
"""Patterns of one alert that are shown movement by movement."""
MOVED = 7
"""Fields of a step: see AlertFinding.path."""


@dataclass(frozen=True)
class Party:
    """A customer in a pattern."""

    name: str
    account: str
    """The last four digits of an account, with dots before."""
    url: str


@dataclass(frozen=True)
class Step:
    """One movement of a pattern. `kept`: percent of the one before; 0 where that says nothing."""

    number: int
    url: str
    at: datetime
    source: Party
    target: Party
    amount: int
    kept: int


@dataclass(frozen=True)
class Path:
    """One pattern."""

    title: str
    number: int
    currency: str
    steps: list[Step]
    members: list[Party]


def paths_of(findings: Sequence[AlertFinding], people: Mapping[str, User]) -> list[Path]:
    """The newest patterns among an alert's findings (newest first)."""
    return [_path(one, people) for one in findings if one.members][:MOST_SHOWN]


def standing(found: CustomerScore) -> tuple[CustomerScore, list[tuple[str, str, int]]]:
    """The customer's score with each rule's (code, title, whole percent of it)."""
    known = [(code, named(code), share) for code, share in found.shares.items()]
    return found, [(code, f"{rule.number} {rule.title}" if rule else code, share) for code, rule, share in known]


def _path(finding: AlertFinding, people: Mapping[str, User]) -> Path:
    known = named(finding.rule)
    accounts: dict[str, str] = {}
    for step in finding.path or ():
        accounts |= {step[3]: step[5], step[4]: step[6]}
    circle = finding.rule == "cycle"
    steps = [_step(n, step, people, circle, finding.path) for n, step in enumerate(finding.path or ())]
    members = [_party(who, accounts.get(who, ""), people) for who in finding.members]
    return Path(known.title if known else finding.rule, finding.number, finding.currency, steps, members)


def _step(number: int, step: list[str | int], people: Mapping[str, User], circle: bool, path: list[list[int]]) -> Step:
    movement, at, amount, payer, payee, source, target = step[:MOVED]
    return Step(
        number=number + 1,
        url=reverse("receipt", args=[movement]),
        at=from_iso(str(at)),
        source=_party(str(payer), str(source), people),
        target=_party(str(payee), str(target), people),
        amount=int(amount),
        kept=round(100 * int(amount) / path[number - 1][2]) if circle and number else 0,
    )


def _party(who: str, account: str, people: Mapping[str, User]) -> Party:
    found = people.get(who)
    short = f"\N{HORIZONTAL ELLIPSIS}{last_four(account)}" if account else ""
    return Party(found.name if found else short or who, short, reverse("person", args=[who]) if found else "")
