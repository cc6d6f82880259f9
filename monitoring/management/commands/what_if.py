"""`manage.py what_if --set rule.structuring.count=4`: what other parameters would have changed, over stored history."""

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cloudbank import parameters, store
from cloudbank.clock import utcnow
from cloudbank.parameters import Value, declared
from cloudbank.progress import Bar
from monitoring.patternbook import named
from monitoring.replay import Opened
from monitoring.services.pattern_tuning import PatternWhatIf, pattern_parameters, what_if_patterns
from monitoring.services.tuning import NoHistory, WhatIf, movements_between, what_if

SAMPLES = 10
LEFT_OUT = (
    "Lists and snoozes are those of each movement's moment, sanctions those of today. Patterns over several customers "
    "(rules 27 and 28) are tried apart; what was stopped is no part of history."
)
SEARCHED = "Payments between customers, searched in one pass as the nights search them. Snoozes do not count here."
FAILED = 1


class Command(BaseCommand):
    help = "Replay the movements with other parameters of the rules; nothing is written. Prints alerts gained and lost."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to change, and which days count."""
        parser.add_argument("--set", action="append", required=True, metavar="CODE=VALUE", dest="changes")
        parser.add_argument("--from", type=date.fromisoformat, dest="first", help="first day that counts: 2026-07-01")
        parser.add_argument("--to", type=date.fromisoformat, dest="last", help="last day")
        parser.add_argument("--samples", type=_number, default=SAMPLES, help="alerts shown of each kind")
        parser.add_argument("--json", action="store_true", help="all of it, as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay and print. Money is in minor units."""
        first, last = options["first"], options["last"]
        try:
            changes = _changes(options["changes"])
            total = movements_between(date(1970, 1, 1), last or utcnow().date())
            with Bar("Replaying", total) as bar:
                how = {"now": utcnow(), "first": first, "last": last, "progress": bar.advance}
                found = (
                    what_if_patterns(changes=changes, **how)
                    if _are_patterns(changes)
                    else what_if(changes=changes, **how)
                )
        except (parameters.ParameterError, NoHistory, store.StoreError) as error:
            raise CommandError(str(error), returncode=FAILED) from error
        self.stdout.write(_as_json(found) if options["json"] else _in_words(found, options["samples"]))


def _number(text: str) -> int:
    """How many samples: 0 or more."""
    number = int(text)
    if number < 0:
        raise ValueError("below zero")
    return number


def _changes(texts: list[str]) -> dict[str, Value]:
    """The values as their parameters want them: text for choices, whole numbers for the rest."""
    kinds = {parameter.code: parameter.kind for parameter in declared()}
    changes: dict[str, Value] = {}
    for text in texts:
        code, equals, value = text.partition("=")
        if not equals:
            raise parameters.ParameterError(f"Write CODE=VALUE, not '{text}'.")
        if kinds.get(code) in ("text", "choice"):
            changes[code] = value
            continue
        try:
            changes[code] = int(value)
        except ValueError as error:
            raise parameters.ParameterError(f"{code} takes a whole number, money in minor units.") from error
    return changes


def _are_patterns(changes: dict[str, Value]) -> bool:
    """Whether all of them are parameters of patterns; of both at once nothing can be said."""
    known = pattern_parameters()
    if changes.keys() & known and changes.keys() - known:
        raise parameters.ParameterError("Try parameters of rules and those of patterns apart.")
    return changes.keys() <= known


def _in_words(found: WhatIf, samples: int) -> str:
    changed = found.difference
    lines = [
        f"{changed.movements:,} movements from {found.first} to {found.last}: "
        f"{len(changed.gained)} alerts gained, {len(changed.lost)} lost, {changed.kept} as they are.",
        f"{'Rule':<44} {'Findings now':>12} {'then':>8} {'Alerts gained':>14} {'lost':>6}",
    ]
    for code, before, after, gained, lost in changed.rules:
        rule = named(code)
        title = f"{rule.number} {rule.title}" if rule else code
        lines.append(f"{title[:44]:<44} {before:>12,} {after:>8,} {gained:>14,} {lost:>6,}")
    lines.append(SEARCHED if isinstance(found, PatternWhatIf) else LEFT_OUT)
    for word, alerts in (("Gained", changed.gained), ("Lost", changed.lost)):
        lines += [_line(word, one) for one in alerts[:samples]]
    return "\n".join(lines)


def _line(word: str, one: Opened) -> str:
    return f"{word}: {date.fromordinal(one.day)} {one.customer_id} {one.severity} {one.movement_id}: {one.sentence}"


def _as_json(found: WhatIf) -> str:
    changed = found.difference
    content = {
        "changes": found.changes,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "movements": changed.movements,
        "findings": {"before": _plain(changed.before), "after": _plain(changed.after)},
        "kept": changed.kept,
        "gained": [asdict(one) for one in changed.gained],
        "lost": [asdict(one) for one in changed.lost],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _plain(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))
