import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.core.management import call_command
from django.templatetags.static import static

from cloudbank.staticfiles import VENDOR
from cloudbank.tests.test_templates import PAGES, name

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not (ROOT / "node_modules" / "bootstrap").is_dir(), reason="npm ci has not run")
def test_every_file_gets_a_hashed_name_and_none_is_missing(settings: Any, tmp_path: Path) -> None:
    storage = {"BACKEND": "cloudbank.staticfiles.HashedStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    settings.STATIC_ROOT = tmp_path
    settings.STATICFILES_FINDERS = ["cloudbank.staticfiles.VendorFinder", "cloudbank.staticfiles.HouseFinder"]
    get_finder.cache_clear()  # type: ignore[attr-defined]
    call_command("collectstatic", interactive=False, verbosity=0)
    for file in (
        "cloudbank/theme.css",
        "cloudbank/icons.svg",
        "vendor/bootstrap/css/bootstrap.min.css",
        "vendor/chart/chart.umd.min.js",
    ):
        hashed = static(file).removeprefix("/static/")
        assert hashed != file
        assert (tmp_path / hashed).is_file()
    theme = (tmp_path / static("cloudbank/theme.css").removeprefix("/static/")).read_text()
    assert "inter-latin-wght-normal.woff2" not in theme, "the font's address is hashed too"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_vendor_file_a_template_names_is_collected(page: Path) -> None:
    assert set(re.findall(r"['\"](vendor/[^'\"]+)['\"]", page.read_text(encoding="utf-8"))) <= VENDOR
