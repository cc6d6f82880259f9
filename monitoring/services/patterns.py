"""Looks for patterns over several customers in the movements of the last days, and raises what is new.

Incremental: a run begins where the last good one ended, less the days that a pattern may take, so that what was begun
before and ends now is seen whole. Restartable: what was raised before is found by its id and passed over.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.totals import books
from cloudbank import parameters, store
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.parameters import Snapshot
from cloudbank.tables import UsersItem
from monitoring.edges import MOST_EDGES, Edge, EdgeWindow
from monitoring.patternbook import PATTERNS, Found, Search, still_stands
from monitoring.queries.edges import edges_by_day
from monitoring.queries.runs import FOUND, last_done
from monitoring.rulebook import listed
from monitoring.services.raising import Done, Raised, day_of, raise_findings

COMMAND = Actor("command:detect_patterns", "system", "command")
LONGEST = 14
"""Days that a pattern may take: the upper bound of every such parameter."""
OVERLAP = timedelta(minutes=10)
"""A posting is stamped when it begins and seen when it commits; so far back a run looks again."""
Progress = Callable[[str, int, int], None]


def _silent(what: str, done: int, total: int) -> None:
    """No progress wanted."""


@dataclass
class Summary:
    """What a run did."""

    first: date
    last: date
    since: datetime
    """Patterns with a movement from here on were looked at."""
    edges: int = 0
    found: Counter[str] = field(default_factory=Counter)
    """New findings by pattern."""
    opened: int = 0
    known: int = 0
    """Found again; raised by an earlier run."""
    capped: int = 0
    dropped: int = 0
    most_edges: int = 0

    def counts(self, cut_off: datetime, imports: Iterable[str]) -> dict[str, int | str]:
        """For the run's record; the next run reads the last two."""
        numbers = {
            name: getattr(self, name) for name in ("edges", "opened", "known", "capped", "dropped", "most_edges")
        }
        found = {f"{FOUND}{code}": number for code, number in sorted(self.found.items())}
        return {**numbers, **found, "cut_off": iso(cut_off), "imports": ",".join(sorted(imports))}


def look_for_patterns(
    *,
    window: int,
    now: datetime,
    again: bool = False,
    dry_run: bool = False,
    most_edges: int = MOST_EDGES,
    progress: Progress = _silent,
    found: Callable[[Raised], None] = lambda one: None,
) -> tuple[Summary, dict[str, int | str]]:
    """One run over the bank's own currency; (what it did, what its record must keep).

    `window`: days back at most; `again`: all of them, whatever was looked at before. Raises Busy, store.StoreError.
    """
    currency, snapshot = settings.BANK_CURRENCY, parameters.snapshot(now)
    known = books(currency)
    since = _since(window, now, again, known.imports)
    last = bank_calendar().business_date(now)
    first = max(since - timedelta(days=LONGEST), now - timedelta(days=window)).astimezone(UTC)
    start = bank_calendar().business_date(first)
    summary = Summary(start, last, since)
    search = Search(snapshot, LONGEST, EdgeWindow(most_edges))
    days = list(bank_calendar().days(start, last))
    for number, (_, edges) in enumerate(edges_by_day(days, currency), 1):
        summary.edges += len(edges)
        patterns = [one for one in search.take_day(edges) if one.last.at >= since.timestamp()]
        _raise_all(patterns, summary, snapshot, now, dry_run, found)
        progress("Days", number, len(days))
    summary.capped, summary.dropped, summary.most_edges = search.capped, search.window.dropped, search.window.largest
    return summary, summary.counts(now, known.imports)


def _since(window: int, now: datetime, again: bool, imports: Mapping[str, list[str]]) -> datetime:
    """From when on movements are new: the last good run, or the first day of history that came in after it."""
    oldest, before = now - timedelta(days=window), None if again else last_done()
    if before is None or "cut_off" not in before.counts:
        return oldest
    since = from_iso(str(before.counts["cut_off"])) - OVERLAP
    seen = set(str(before.counts.get("imports", "")).split(","))
    for import_id, (first, _) in imports.items():
        if import_id not in seen:
            midnight = datetime.combine(date.fromisoformat(first), datetime.min.time(), bank_calendar().zone)
            # A business day begins at the cut-off of the one before, which a weekend may lie between.
            since = min(since, midnight - timedelta(days=5))
    return max(since, oldest)


def _raise_all(
    patterns: list[Found],
    summary: Summary,
    snapshot: Snapshot,
    now: datetime,
    dry_run: bool,
    told: Callable[[Raised], None],
) -> None:
    """Raise what stands, customer by customer."""
    groups: dict[tuple[str, str], list[Raised]] = {}
    for one in standing(patterns, snapshot):
        raised = raised_of(one)
        groups.setdefault((raised.customer_id, raised.family), []).append(raised)
    for group in groups.values():
        count(summary, group, dry_run, snapshot, now, told)


def count(
    summary: Summary,
    group: list[Raised],
    dry_run: bool,
    snapshot: Snapshot,
    now: datetime,
    told: Callable[[Raised], None],
) -> None:
    """Raise the findings of one customer and family (unless it is a dry run), and count them."""
    done = Done(group) if dry_run else raise_findings(group, actor=COMMAND, now=now, snapshot=snapshot)
    summary.found.update(one.rule for one in done.findings)
    summary.opened += done.opened
    summary.known += len(group) - len(done.findings)
    for one in done.findings:
        told(one)


def _segments(customers: set[str]) -> dict[str, str]:
    found = store.load(UsersItem, sorted(customers), consistent=False)
    return {key: item.segment for key, item in found.items() if isinstance(item, User)}


def standing(patterns: Iterable[Found], values: Mapping[str, Any]) -> list[Found]:
    """The patterns that stand when customers who collect and pay by trade are left out. `values`: of parameters."""
    patterns = list(patterns)
    segments = _segments({who for one in patterns for group, _ in one.needs for who in group})
    return [one for one in patterns if still_stands(one, _exempt(one, values, segments))]


def _exempt(found: Found, values: Mapping[str, Any], segments: Mapping[str, str]) -> frozenset[str]:
    """The members whose segment the pattern's own parameter exempts."""
    codes = [one.code for one in PATTERNS[found.rule].parameters if one.code.endswith(".exempt")]
    trades = frozenset[str]().union(*(listed(str(values[code])) for code in codes))
    return frozenset(who for group, _ in found.needs for who in group if segments.get(who) in trades)


def raised_of(found: Found) -> Raised:
    """A pattern as what is to be raised."""
    pattern, last = PATTERNS[found.rule], found.last
    amounts = {one.movement_id: one.amount for one in found.path}
    return Raised(
        finding_id=found.finding_id,
        rule=found.rule,
        number=pattern.number,
        family=pattern.family,
        severity=found.severity or pattern.severity,
        customer_id=found.customer_id,
        members=found.members,
        hit=found.hit,
        currency=last.currency,
        business_date=day_of(last.day),
        movement_id=last.movement_id,
        path=[_step(one) for one in found.path],
        amount=sum(amounts.values()),
        observed=all(one.observed for one in found.path),
        scores=not pattern.names_members,
    )


def _step(edge: Edge) -> list[Any]:
    at = iso(datetime.fromtimestamp(edge.at, UTC))
    return [edge.movement_id, at, edge.amount, edge.payer, edge.payee, edge.payer_account, edge.payee_account]
