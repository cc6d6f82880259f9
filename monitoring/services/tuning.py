"""What-if over the stored history: other parameters tried before anybody asks for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts.ledger import Movement
from accounts.participants import Profile
from accounts.queries.totals import day_totals, first_day
from cloudbank import parameters
from cloudbank.clock import ONE_DAY, iso
from cloudbank.conf import business_date
from cloudbank.parameters import Value
from monitoring.queries import sanctions
from monitoring.queries.history import Profiles, history
from monitoring.queries.past import past_book, past_snoozes
from monitoring.replay import Difference, Listed, Run, difference, replay
from monitoring.rulebook import RULES
from monitoring.screen import Screener
from monitoring.screening import who_is_listed


class NoHistory(Exception):
    """Nothing to replay; the message says why."""


@dataclass(frozen=True)
class WhatIf:
    """The answer, and what was replayed for it."""

    difference: Difference
    changes: dict[str, Value]
    start: date
    """The first day that was replayed: before `first` only to bring the customers' activities up to date."""
    first: date
    last: date


def rule_parameters() -> set[str]:
    """The codes that a replay can change."""
    return {threshold.code for rule in RULES for threshold in rule.parameters}


def movements_between(first: date, last: date) -> int:
    """About how many movements the days hold, from their totals. Days before the bank's first cost nothing."""
    begins = first_day(settings.BANK_CURRENCY)
    days = day_totals(max(first, begins), last, settings.BANK_CURRENCY) if begins else []
    return sum(day.count() for day in days)


def what_if(
    *,
    changes: Mapping[str, Value],
    now: datetime,
    first: date | None = None,
    last: date | None = None,
    start: date | None = None,
    progress: Callable[[int], None] = lambda number: None,
) -> WhatIf:
    """Replay the history from `start` with the rules' parameters in force now and with `changes`; compare from `first`.

    Without days: all of the books. Nothing is written. Raises parameters.ParameterError and NoHistory.
    """
    check_changes(changes, rule_parameters(), "rule")
    currency = settings.BANK_CURRENCY
    begins, wanted, last = days_to_compare(first, last, now)
    start = max(min(start or begins, wanted), begins)
    in_force = parameters.snapshot(now)
    snoozes = past_snoozes()
    before = Run(Screener(currency=currency), dict(in_force), snoozes=snoozes)
    after = Run(Screener(currency=currency), {**in_force, **changes}, snoozes=snoozes)
    profiles, counted = Profiles(), 0
    movements = history(start, last, currency, profiles)
    for one in replay(movements, profiles, (before, after), wanted.toordinal(), _lists()):
        counted += one
        progress(1)
    return WhatIf(difference(before, after, counted), dict(changes), start, wanted, last)


def check_changes(changes: Mapping[str, Value], known: set[str], of: str) -> None:
    """Raises parameters.ParameterError for a code that cannot be tried, or a value that it cannot have."""
    for code, value in changes.items():
        if code not in known:
            raise parameters.ParameterError(f"'{code}' is no parameter of a {of}; /rules lists them.")
        parameters.check(code, value)


def days_to_compare(first: date | None, last: date | None, now: datetime) -> tuple[date, date, date]:
    """(the books' first day, first, last): what was asked for, else all of the books. Raises NoHistory."""
    begins = first_day(settings.BANK_CURRENCY)
    if begins is None:
        raise NoHistory("There are no movements yet.")
    first, last = max(first or begins, begins), last or business_date(now)
    if first > last:
        raise NoHistory(f"The days run from {begins} on; choose a last day after the first.")
    return begins, first, last


def _lists() -> Listed | None:
    """The bank's lists as they were at each movement, and the sanctions list in force now; None without any."""
    book, index = past_book(), sanctions.index()
    if not book and not index:
        return None

    def listed(movement: Movement, profiles: Mapping[str, Profile]) -> Sequence[Any]:
        return who_is_listed(movement, profiles, book.at(iso(movement.posted_at)), index)

    return listed


def recent_days(now: datetime, most: int, days: int) -> tuple[date, date]:
    """(start, last): so many days back from today, fewer when they hold more than `most` movements."""
    last = business_date(now)
    start = last - days * ONE_DAY
    held = 0
    for totals in sorted(day_totals(start, last, settings.BANK_CURRENCY), key=lambda one: one.day, reverse=True):
        held += totals.count()
        if held > most:
            return min(date.fromisoformat(totals.day) + ONE_DAY, last), last
    return start, last
