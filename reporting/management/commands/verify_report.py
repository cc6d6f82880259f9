"""`manage.py verify_report FILE`: is this CSV, XLSX or PDF the file that the bank built?

Exit codes: 0 genuine, 1 altered, 2 unknown, 3 it could not be looked at. Several files: the worst of them.
"""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudbank import store
from reporting.verdicts import ALTERED, GENUINE, UNKNOWN, verdict_on

CODES = {GENUINE: 0, ALTERED: 1, UNKNOWN: 2}
UNREADABLE = 3


class Command(BaseCommand):
    help = "Say whether a report's file is genuine (exit code 0), altered (1) or unknown to the archive (2)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The files."""
        parser.add_argument("file", nargs="+", help="CSV, XLSX or PDF")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a file."""
        worst = 0
        for name in options["file"]:
            code, line = self._one(Path(name).expanduser())
            (self.stderr if code else self.stdout).write(f"{name}: {line}")
            worst = max(worst, code)
        if worst:
            files = len(options["file"])
            raise CommandError(f"{files} file{'s' if files > 1 else ''} looked at, not all genuine.", returncode=worst)

    def _one(self, path: Path) -> tuple[int, str]:
        try:
            verdict = verdict_on(path.read_bytes())
        except OSError as error:
            return UNREADABLE, f"cannot be read: {error.strerror or error}."
        except store.StoreError as error:
            return UNREADABLE, f"the archive cannot be asked: {error}"
        return CODES[verdict.word], verdict.sentence
