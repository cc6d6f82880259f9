"""`manage.py backup [--to PLACE]`: all items of the three tables as files. Run again, it goes on."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.queries.meanwhile import postings_since
from cloudbank import jobs, store
from cloudbank.backup import BackupError
from cloudbank.backup.manifest import MOST_SEGMENTS, Manifest, counted
from cloudbank.backup.places import Place, place_of, within
from cloudbank.backup.taking import Finished, take
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.progress import Parts, peak_megabytes


class Command(BaseCommand):
    help = (
        "Write every item of the three tables into a folder or below a prefix of S3: gzip'd lines of JSON, with a "
        "manifest of their checksums at the end. Sessions and counters of tries are left out. It holds everything "
        "else, passwords' hashes and suspicious activity reports too: keep it as you keep the tables. Money moves "
        "meanwhile: take it after close_day, and see docs/runbooks/restore.md. Broken off, it goes on when it is run "
        "again with the same place within a day."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where to, and how fast."""
        parser.add_argument("--to", help="s3://bucket/prefix or a folder (default: one of today's below BACKUP_TO)")
        parser.add_argument(
            "--segments",
            type=int,
            default=4,
            help="of each table, read side by side (default: 4; one that goes on keeps its own)",
        )
        parser.add_argument(
            "--units-per-second", type=float, default=1000,
            help="at most so many of DynamoDB's read units: the bank's pages need theirs (default: 1000; 0: no limit)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Take it, and say what it holds; exit code 1 when it is not whole."""
        if not 0 < options["segments"] <= MOST_SEGMENTS:
            raise CommandError(f"--segments takes 1 to {MOST_SEGMENTS}")
        if options["units_per_second"] < 0:
            raise CommandError("--units-per-second takes 0 or more")
        now = utcnow()
        try:
            place = place_of(options["to"] or within(settings.BACKUP_TO, bank_calendar().local(now).date().isoformat()))
            manifest = self._take(place, now, options)
        except Finished as error:
            if options["to"]:
                raise CommandError(f"{error}.") from error
            self.stdout.write(f"{place} holds today's back-up already.")
            return
        except BackupError as error:
            raise CommandError(f"{error}.") from error
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        self._say(place, manifest)

    def _take(self, place: Place, now: datetime, options: dict[str, Any]) -> Manifest:
        with Parts() as parts:
            return take(
                place, segments=options["segments"], units_per_second=options["units_per_second"],
                meanwhile=postings_since, now=now, progress=parts.show,
            )  # fmt: skip

    def _say(self, place: Place, manifest: Manifest) -> None:
        for table in manifest.begin.tables:
            self.stdout.write(f"{table}{manifest.begin.suffix}: {manifest.items(table):,} items")
        for kind, number in sorted(counted(manifest.parts).items()):
            self.stdout.write(f"left out: {number:,} of kind {kind}")
        size = sum(one.bytes for one in manifest.parts) / 1e6
        moved = manifest.meanwhile.get("postings", 0)
        self.stdout.write(
            f"{place}: {len(manifest.parts)} parts, {size:,.1f} MB; {peak_megabytes()} MB of memory.\n"
            f"Postings written meanwhile (and in the minute before): {moved:,}"
            + (
                ": their movements may be in it in part; verify_ledger --full on restored tables names them.\n"
                if moved
                else ".\n"
            )
            + f"Keep its seal elsewhere: {manifest.seal}"
        )
