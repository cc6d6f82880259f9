import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cloudbank.context import NAVIGATION
from cloudbank.icons import ICONS, build_sprite, symbol
from cloudbank.management.commands import build_icons
from cloudbank.tests.test_templates import PAGES

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "node_modules" / "bootstrap-icons" / "icons"
USE = re.compile(r"{%\s*icon \"([^\"]+)\"")


@pytest.mark.skipif(not SOURCE.is_dir(), reason="npm ci has not run")
def test_the_checked_in_sprite_is_what_the_command_makes() -> None:
    assert build_icons.SPRITE.read_text(encoding="utf-8") == build_sprite(SOURCE)


def test_every_icon_is_in_the_sprite() -> None:
    sprite = build_icons.SPRITE.read_text(encoding="utf-8")
    assert [name for name in ICONS if f'<symbol id="{name}"' not in sprite] == []


def test_every_icon_a_template_names_is_known() -> None:
    used = {(page.name, name) for page in PAGES for name in USE.findall(page.read_text(encoding="utf-8"))}
    assert used
    assert [(page, name) for page, name in sorted(used) if name not in ICONS] == []


def test_every_icon_of_the_navigation_is_known() -> None:
    links = [*NAVIGATION, *(child for link in NAVIGATION for child in link.children)]
    assert [link.label for link in links if link.icon not in ICONS] == []


def test_a_file_that_is_no_icon_is_refused() -> None:
    with pytest.raises(ValueError, match="not an SVG"):
        symbol("odd", "hello")


def test_the_command_names_the_missing_icon(settings: pytest.FixtureRequest, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="No such icon"):
        call_command("build_icons")
