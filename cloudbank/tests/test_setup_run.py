"""`make run` and `make stop` for real, in a copy of the tree with its own var/."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from cloudbank.house.paths import NODE_MODULES, ROOT, VENV
from cloudbank.house.processes import PidFile, answers, free_port

pytestmark = pytest.mark.slow
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "node_modules", "var", "tests", ".*_cache")
"""What Python has compiled is copied too: each of the many processes here would compile the whole bank anew."""
FROM_THE_TESTS = (
    "DYNAMODB_",
    "AWS_",
    "DJANGO_",
    "BANK_",
    "SECRET_KEY",
    "DEBUG",
    "ENVIRONMENT",
    "EMAIL_",
    "MAKE",
    "PYTEST_",
)


class Tree:
    """A copy of the tree, as on a second machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(FROM_THE_TESTS)}
        self.environment = {**kept, "SEED": "no"}

    def make(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run make there."""
        command = ["make", *words, f"PORT={self.port}"]
        return subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, timeout=300, check=False
        )

    def pid(self, name: str) -> int | None:
        """The process that this pid file names, when it is alive."""
        running = PidFile(self.root / "var" / f"{name}.pid").read()
        return running.pid if running else None

    def healthz(self) -> int:
        """The status at /healthz."""
        with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5) as answer:
            return int(answer.status)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    root = tmp_path / "copy"
    shutil.copytree(ROOT, root, ignore=NOT_COPIED)
    (root / ".venv").symlink_to(VENV)
    (root / "node_modules").symlink_to(NODE_MODULES)
    copy = Tree(root)
    yield copy
    copy.make("stop")


def test_run_and_stop(tree: Tree) -> None:
    first = tree.make("run")
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"http://127.0.0.1:{tree.port}/" in first.stdout
    assert tree.healthz() == 200
    web, engine, messenger = tree.pid("web"), tree.pid("engine"), tree.pid("messenger")

    again = tree.make("run")
    assert again.returncode == 0
    assert "already running" in again.stdout
    assert (tree.pid("web"), tree.pid("engine"), tree.pid("messenger")) == (web, engine, messenger), (
        "a second start must not start anything"
    )

    stopped = tree.make("stop")
    ended = f"the web server (pid {web}), the messenger (pid {messenger}), the engine (pid {engine})"
    assert ended in stopped.stdout
    assert {tree.pid(name) for name in ("web", "messenger", "engine")} == {None}
    assert not answers(tree.port)

    second = tree.make("run")
    steps = [line for line in second.stdout.splitlines() if line.endswith("...")]
    # What keeps the second start under 5 s (measured: 3 s): no installer, no Django but the server's own.
    assert steps == ["Starting the embedded DynamoDB ...", "Starting the web server ..."]
    assert tree.healthz() == 200


def test_a_half_started_bank_is_stopped_and_started_again(tree: Tree) -> None:
    assert tree.make("run").returncode == 0
    web, engine = tree.pid("web"), tree.pid("engine")
    assert web and engine
    os.kill(engine, 9)

    assert tree.make("run").returncode == 0, "a dead engine must be noticed"
    assert tree.pid("web") not in (None, web)
    assert tree.pid("engine") not in (None, engine)
    assert tree.healthz() == 200

    os.kill(tree.pid("web") or 0, 9)
    assert "the engine" in tree.make("stop").stdout
    assert "Nothing of `make run` is running." in tree.make("stop").stdout


def test_refusals_are_one_line_and_leave_nothing_running(tree: Tree) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", tree.port))
        other.listen()
        refused = tree.make("run")
    assert refused.returncode != 0
    assert refused.stderr.splitlines()[0].startswith(f"Stopped: port {tree.port} is taken by another program")

    tree.environment["AWS_REGION"] = "mars-1"
    refused = tree.make("run")
    assert "Stopped: manage.py create_tables: AWS_REGION: 'mars-1' is no region" in refused.stderr
    assert "Traceback" not in refused.stderr
    del tree.environment["AWS_REGION"]

    (tree.root / "var" / "bank.db").write_text("this is no database, and long enough to be looked at as one")
    refused = tree.make("run")
    assert "start with an empty bank" in refused.stderr.splitlines()[0]
    assert (tree.pid("web"), tree.pid("engine")) == (None, None)
