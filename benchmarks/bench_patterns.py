"""`detect_patterns` over the imported AMLSim history: a process of its own, so that its memory is its own too."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

from django.conf import settings

from benchmarks.stage import Figure, seconds
from cloudbank.house.paths import ROOT

WINDOW, SECONDS, MEGABYTES = 400, 20, 400
_SAID = re.compile(r"([\d,]+) movements of .*?(\d+) MB at most")


def figures() -> Iterator[Figure]:
    """Time from start to end, and memory, of a first run over everything that was imported."""
    said: list[str] = []
    took = seconds(lambda: said.append(_run()))
    found = _SAID.search(said[0])
    if found is None:
        raise RuntimeError(f"detect_patterns said nothing of its work: {said[0][-300:]}")
    yield Figure("detect_patterns over the import", took, "s", limit=SECONDS, note=f"{found[1]} movements")
    yield Figure("its resident memory at most", float(found[2]), "MB", limit=MEGABYTES)


def _run() -> str:
    options = ["--window", str(WINDOW), "--again", "--dry-run"]
    command = [sys.executable, str(ROOT / "manage.py"), "detect_patterns", *options]
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": str(settings.DYNAMODB_ENDPOINT_URL)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"detect_patterns failed: {done.stderr[-500:]}")
    return done.stdout
