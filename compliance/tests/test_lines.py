"""The page for examiners names files and tests that are there."""

import re
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def test_every_file_and_test_of_the_page_for_examiners_is_there() -> None:
    named = re.findall(r"`([\w/.-]+(?:\.py|/))`", (ROOT / "docs/compliance-lines.md").read_text())
    assert len(named) > 90
    missing = {one for one in named if not (ROOT / one).exists() and not (ROOT / "compliance/tests" / one).exists()}
    assert missing == set()
