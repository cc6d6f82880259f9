"""`manage.py restore --from PLACE --suffix=-restored-20261123`: a back-up into tables beside the bank's."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudbank import jobs, store, tables
from cloudbank.backup import BackupError
from cloudbank.backup.checking import check_parts, checked_manifest
from cloudbank.backup.manifest import Manifest
from cloudbank.backup.places import Place, place_of
from cloudbank.backup.restoring import Restored, prepare, restore
from cloudbank.clock import utcnow
from cloudbank.progress import Parts, peak_megabytes
from cloudbank.table_names import why_no_suffix


class Command(BaseCommand):
    help = (
        "Check a back-up whole, then write it into empty tables whose names end in a suffix; they are made if they are "
        "missing. Never writes into tables that hold anything else. Run again, it goes on where it was broken off."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which back-up, into which tables."""
        parser.add_argument("--from", dest="source", required=True, help="s3://bucket/prefix or a folder")
        parser.add_argument(
            "--suffix", required=True,
            help="of the tables' names, as -restored-20261123; --suffix= are the bank's own, which must be empty",
        )  # fmt: skip
        parser.add_argument("--seal", default="", help="as `backup` printed it: any other back-up is refused")
        parser.add_argument("--key", default="", help="KMS key of the new tables, for example alias/cloudbank-tables")
        parser.add_argument("--dry-run", action="store_true", help="check every part, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, write, count, and say what to run next; exit code 1 when anything is not as it should be."""
        if why := why_no_suffix(options["suffix"]):
            raise CommandError(f"--suffix: {why}.")
        is_amazon = settings.DYNAMODB_ENDPOINT_URL is None
        if is_amazon and not options["key"] and not options["dry_run"]:
            raise CommandError(
                "--key: say under which key the tables are to be encrypted, for example alias/cloudbank-tables."
            )
        try:
            place = place_of(options["source"])
            manifest = self._checked(place, options["seal"])
            if options["dry_run"]:
                return
            done = self._restored(place, manifest, options)
        except BackupError as error:
            raise CommandError(f"{error}.") from error
        except (jobs.Held, jobs.Lost, store.StoreError) as error:
            raise CommandError(str(error)) from error
        self._say(manifest, done, options["suffix"], is_amazon)

    def _checked(self, place: Place, seal: str) -> Manifest:
        manifest = checked_manifest(place, seal=seal)
        with Parts() as parts:
            check_parts(place, manifest, lambda done, total: parts.show("Checked", done, total))
        items = sum(one.items for one in manifest.parts)
        self.stdout.write(
            f"{place} is whole: {items:,} items in {len(manifest.parts)} parts, taken from {manifest.begin.began_at} to"
            f" {manifest.ended_at} by release {manifest.begin.build}, seal {manifest.seal}."
        )
        return manifest

    def _restored(self, place: Place, manifest: Manifest, options: dict[str, Any]) -> Restored:
        tables.use_suffix(options["suffix"])
        for line in prepare(options["key"]):
            self.stdout.write(line)
        with Parts() as parts:
            return restore(place, manifest, now=utcnow(), progress=parts.show)

    def _say(self, manifest: Manifest, done: Restored, suffix: str, is_amazon: bool) -> None:
        if done.already:
            self.stdout.write("These tables were filled from it before; nothing was written.")
            return
        for table, items in done.items.items():
            self.stdout.write(f"{table}{suffix}: {items:,} items written, {done.there[table]:,} are there")
        moved = manifest.meanwhile.get("postings", 0)
        protect = (
            f"  TABLE_SUFFIX={suffix} manage.py dynamo_plan --apply     # back-ups and protection\n"
            if is_amazon
            else ""
        )
        self.stdout.write(
            f"What is there beyond them is of this restore itself. {done.left_out:,} left out, whose time was over;"
            f" {peak_megabytes()} MB of memory."
            f" Postings written while the back-up was taken: {moved:,}.\n"
            f"Next, and until both are green nobody should serve from these tables:\n{protect}"
            f"  TABLE_SUFFIX={suffix} manage.py verify_ledger --full\n  TABLE_SUFFIX={suffix} manage.py verify_audit"
        )
