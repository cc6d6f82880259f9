"""manage.py load_sanctions SDN.CSV: put the OFAC SDN list in force, and screen the customers against it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.ledger import Actor
from accounts.services.posting import Busy
from cloudbank import jobs, store
from cloudbank.clock import utcnow
from monitoring.ofac import Malformed, read_list
from monitoring.services.sanctions import load_list, screen_customers


class Command(BaseCommand):
    """ALT.CSV (other names) and ADD.CSV (addresses) are read from the same folder unless named."""

    help = "Load the OFAC SDN list (CSV). The whole list is in force at once; the same list again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files; whether only to try; whether to screen the customers after it."""
        parser.add_argument("file", type=Path, help="SDN.CSV")
        parser.add_argument("--alt", type=Path, help="ALT.CSV")
        parser.add_argument("--add", type=Path, help="ADD.CSV")
        parser.add_argument("--dry-run", action="store_true", help="say what it would change, write nothing")
        parser.add_argument("--no-screening", action="store_true", help="do not screen the customers after it")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """Load it."""
        actor, dry_run = Actor("command:load_sanctions", "system", "command"), options["dry_run"]
        try:
            texts = [_text(file), *(_text(options[name] or _beside(file, name)) for name in ("alt", "add"))]
            entries = read_list(*texts)
            loaded = load_list(entries=entries, origin=file.name[:60], dry_run=dry_run, actor=actor, now=utcnow())
            counts = ", ".join(f"{number:,} {what}" for what, number in loaded.counts.items())
            self.stdout.write(f"{'Would be version' if dry_run else 'Version'} {loaded.version}: {counts}.")
            if not dry_run and not options["no_screening"]:
                now = utcnow()
                with jobs.run("screen_customers", key=now.isoformat(timespec="microseconds"), now=now) as run:
                    found = screen_customers(actor=actor, now=now, progress=run.progress)
                self.stdout.write(
                    f"{found.customers:,} customers screened: {found.hits:,} hits, {found.findings:,} new."
                )
        except (OSError, Malformed, LookupError, Busy, jobs.Held, store.StoreError) as error:
            raise CommandError(f"{file}: {error}") from error


def _beside(file: Path, name: str) -> Path | None:
    """The other file in the same folder, in the same case."""
    other = file.with_name(name.upper() + file.suffix if file.stem.isupper() else name + file.suffix)
    return other if other.exists() else None


def _text(file: Path | None) -> str:
    """OFAC writes Windows' Latin letters where it writes more than ASCII."""
    if file is None:
        return ""
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
