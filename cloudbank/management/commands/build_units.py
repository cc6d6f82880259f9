"""Write the files of deploy/ that follow from the timetable, after cloudbank/timetable.py was changed."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from cloudbank.units import files

DEPLOY = Path(settings.BASE_DIR) / "deploy"


class Command(BaseCommand):
    help = "Write what deploy/ has from cloudbank/timetable.py: systemd units, crontab, late.yaml and schedules.yaml."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write what is to be there, remove units that are not any more, say how many."""
        made = {DEPLOY / name: text for name, text in files()}
        for path, text in made.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for path in (DEPLOY / "systemd").iterdir():
            if path not in made:
                path.unlink()
        self.stdout.write(f"Wrote {len(made)} files.")
