"""Cut the icon sprite anew after a name was added to `cloudbank.icons.ICONS`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cloudbank.icons import build_sprite

SPRITE = Path(__file__).resolve().parents[2] / "static" / "cloudbank" / "icons.svg"


class Command(BaseCommand):
    help = "Write cloudbank/static/cloudbank/icons.svg from node_modules/bootstrap-icons."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the sprite and say how large it is."""
        try:
            text = build_sprite(Path(settings.BASE_DIR) / "node_modules" / "bootstrap-icons" / "icons")
        except FileNotFoundError as error:
            raise CommandError(
                f"No such icon: {error.filename}. Run npm ci, or mend the name in cloudbank/icons.py."
            ) from error
        SPRITE.write_text(text, encoding="utf-8")
        self.stdout.write(f"Wrote {SPRITE.name}: {text.count('<symbol')} icons, {len(text) // 1024} KB.")
