"""`manage.py detect_patterns`: patterns over several customers. For cron, every night; safe to run again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.queries.totals import books
from accounts.services.posting import Busy
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from cloudbank.progress import peak_megabytes
from monitoring.edges import MOST_EDGES
from monitoring.queries.runs import JOB
from monitoring.services.identities import look_for_shared
from monitoring.services.patterns import Summary, look_for_patterns
from monitoring.services.raising import Raised

FAILED, HELD = 1, 3
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Look for circles, split and gathered money, layers, hubs and shared identities, and raise alerts. Begins "
        "where the last good run ended. Exit code 0: done; 1: could not (run it again); 3: another run is at work."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How far back, and whether to write."""
        parser.add_argument("--window", type=int, default=30, metavar="DAYS", help="days back at most (default: 30)")
        parser.add_argument("--again", action="store_true", help="all of the window, whatever was looked at before")
        parser.add_argument("--dry-run", action="store_true", help="say what would be raised, write nothing")
        parser.add_argument(
            "--most-edges", type=int, default=MOST_EDGES, metavar="N", help=f"held at once (default: {MOST_EDGES:,})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Search, raise, tell."""
        if not 1 <= options["window"] <= 400 or options["most_edges"] < 1:
            raise CommandError("--window takes 1 to 400 days, --most-edges a number above 0", returncode=FAILED)
        try:
            if options["dry_run"]:
                self._tell(self._search(options)[0], True)
                return
            with jobs.run(JOB, key=f"{options['window']} days", now=utcnow()) as run:
                summary, counts = self._search(options, run)
                run.counts |= {**counts, "megabytes": peak_megabytes()}
            self._tell(summary, False)
        except jobs.Held as error:
            raise CommandError(str(error), returncode=HELD) from error
        except (jobs.Lost, store.StoreError, Busy) as error:
            raise CommandError(f"{error}; run it again, it goes on where it stopped", returncode=FAILED) from error

    def _search(self, options: dict[str, Any], run: jobs.Run | None = None) -> tuple[Summary, dict[str, int | str]]:
        now, shown = utcnow(), list[Raised]()
        with tqdm(disable=None) as bar:

            def progress(what: str, done: int, total: int) -> None:
                bar.set_description(what, refresh=False)
                bar.total = total or None
                bar.n = done
                bar.update(0)
                if run:
                    run.progress(done, total)

            how = {"now": now, "again": options["again"], "dry_run": options["dry_run"], "progress": progress}
            summary, _ = look_for_patterns(
                window=options["window"], most_edges=options["most_edges"], found=shown.append, **how
            )
            imports = books(settings.BANK_CURRENCY).imports
            look_for_shared(summary, imports=imports, found=shown.append, **how)
        for one in shown[:SHOWN]:
            self.stdout.write(f"  {one.number} {one.rule}: {one.hit.sentence}")
        if len(shown) > SHOWN:
            self.stdout.write(f"  and {len(shown) - SHOWN:,} more")
        return summary, summary.counts(now, imports)

    def _tell(self, summary: Summary, dry_run: bool) -> None:
        new = ", ".join(f"{code} {number}" for code, number in sorted(summary.found.items())) or "nothing new"
        verb = "would be found" if dry_run else "found"
        self.stdout.write(
            f"{summary.edges:,} movements of {summary.first} to {summary.last}: {verb} {new};"
            f" {summary.opened:,} alerts opened, {summary.known:,} findings known before;"
            f" {peak_megabytes()} MB at most."
        )
        for number, what in (
            (summary.dropped, "movements were let go early, so long patterns may be missed: raise --most-edges"),
            (summary.capped, "searches ended at their cap"),
        ):
            if number:
                self.stdout.write(self.style.WARNING(f"{number:,} {what}."))
