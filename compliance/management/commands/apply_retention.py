"""`manage.py apply_retention [--dry-run]`: let go what outlived its period, with its hold respected.

Exit codes: 0 done or told; 1 it could not run; 2 some things had to be left.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store
from cloudbank.clock import utcnow
from cloudbank.progress import Parts
from cloudbank.wording import day
from compliance.privacy import engine
from compliance.privacy.engine import MOST, Applied, Due, RetentionClass

SOME_LEFT = 2


class Command(BaseCommand):
    help = "Let go what outlived its period of retention; postings and audit trails never are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Look, or do it; of which classes, and how much."""
        codes = [one.code for one in engine.classes()]
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and why; write nothing")
        parser.add_argument("--class", dest="chosen", choices=codes, help="one class only")
        parser.add_argument("--limit", type=int, default=MOST, help=f"at most so many things a class (default {MOST})")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a thing; then the sums of each class."""
        if options["limit"] < 1:
            raise CommandError("--limit is at least 1.")
        chosen = [one for one in engine.classes() if options["chosen"] in (None, one.code)]
        try:
            left = self._look(chosen, options["limit"]) if options["dry_run"] else self._do(chosen, options["limit"])
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        if left:
            raise CommandError(f"{left} thing{'s' * (left != 1)} could not be let go.", returncode=SOME_LEFT)

    def _look(self, chosen: list[RetentionClass], limit: int) -> int:
        for one in chosen:
            applied = engine.apply(one, now=utcnow(), limit=limit, dry_run=True, seen=self._line)
            self._sum(one, applied, "would go")
        return 0

    def _do(self, chosen: list[RetentionClass], limit: int) -> int:
        now, before, left = utcnow(), engine.places(), 0
        with jobs.run(engine.JOB, key=now.date().isoformat(), now=now) as run, Parts() as parts:
            for one in chosen:
                done = 0

                def seen(one: RetentionClass, due: Due, word: str) -> None:
                    nonlocal done
                    done += 1
                    run.counts[f"at {one.code}"] = due.place
                    parts.show(one.title, done, 0)
                    run.progress(done, 0)
                    self._line(one, due, word)

                place = before.get(one.code, "")
                applied = engine.apply(one, now=now, after=place, limit=limit, dry_run=False, seen=seen)
                run.counts.pop(f"at {one.code}", None)
                if applied.stopped_at:
                    run.counts[f"at {one.code}"] = applied.stopped_at
                numbers = {"gone": applied.gone, "held": applied.held, "left": applied.left}
                run.counts |= {f"{word} {one.code}": number for word, number in numbers.items()}
                left += applied.left
                self._sum(one, applied, "gone")
        return left

    def _line(self, one: RetentionClass, due: Due, word: str) -> None:
        why = f"{word}: {due.held}" if due.held else word
        self.stdout.write(f"{one.code} {due.key} over since {day(due.since)} ({due.what}): {why}")

    def _sum(self, one: RetentionClass, applied: Applied, word: str) -> None:
        more = "; more is left for the next run" if applied.stopped_at else ""
        self.stdout.write(
            f"{one.title} (kept {one.keeps}; {one.source}): {applied.gone} {word}, {applied.held} held,"
            f" {applied.left} left{more}."
        )
