"""The embedded DynamoDB: one child process that serves on the loopback address.

The engine is the dynoxide binary from npm (SQLite); where npm has no binary for the platform,
moto's server, in memory. Neither is for production: that is Amazon DynamoDB.
"""

import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cloudbank.house.console import Problem
from cloudbank.house.paths import NODE_MODULES, ROOT, venv_tool
from cloudbank.house.processes import LOOPBACK, answers, free_port, last_line, spawn

BINARY = NODE_MODULES / "@dynoxide" / "linux-x64" / "dynoxide"
START_SECONDS = 30.0
TRIES = 5
LISTENS = b"ing on http://"  # dynoxide: "listening on", moto: "Running on"
DUMMY_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "embedded", "AWS_SECRET_ACCESS_KEY": "embedded"}


@dataclass(frozen=True)
class Engine:
    """A started engine."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        """What DYNAMODB_ENDPOINT_URL must be to reach it."""
        return url_of(self.port)

    def stop(self) -> None:
        """End it. A kill is safe: the file is SQLite's with a write-ahead log."""
        self.process.terminate()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def url_of(port: int) -> str:
    """The endpoint of an engine on this port."""
    return f"http://{LOOPBACK}:{port}"


def has_binary() -> bool:
    """Whether the embedded engine exists for this platform (Linux on x86-64, glibc or not: it is static)."""
    return sys.platform == "linux" and platform.machine() in ("x86_64", "AMD64") and BINARY.exists()


def command(port: int, file: Path | None) -> list[str]:
    """The command line of an engine; `file` None keeps the data in memory."""
    if not has_binary():
        return [str(venv_tool("python")), "-m", "moto.server", "--host", LOOPBACK, "--port", str(port)]
    kept = ["--db-path", str(file)] if file else []
    return [str(BINARY), "--host", LOOPBACK, "--port", str(port), *kept]


def environment() -> Mapping[str, str]:
    """The environment of the child: ours, with credentials that mean nothing."""
    return {**os.environ, **DUMMY_CREDENTIALS}


def start(*, file: Path | None, log: Path, ends_with_us: bool = False) -> Engine:
    """Start an engine on a free port and wait until it answers.

    `ends_with_us`: where the system can, it ends the engine when this process dies, however it dies.
    Raises Problem with the last line of its log when it does not.
    """
    for _ in range(TRIES):
        port, said_before = free_port(), log.stat().st_size if log.exists() else 0
        process = spawn(
            [*(_leash() if ends_with_us else ()), *command(port, file)], log=log, env=environment(), cwd=ROOT
        )
        if _ready(process, port, log, said_before):
            return Engine(process, port)
        if "already in use" not in last_line(log):  # somebody took the free port first: try another
            break
    raise Problem(_why(file, log))


def _leash() -> list[str]:
    setpriv = shutil.which("setpriv") if sys.platform == "linux" else None
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []


def _ready(process: subprocess.Popen[bytes], port: int, log: Path, said_before: int) -> bool:
    """Wait until it says that it listens, and does: an answer alone may come from whoever took the port first."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if LISTENS in log.read_bytes()[said_before:] and answers(port):
            return True
        time.sleep(0.01)
    process.kill()
    process.wait()
    return False


def _why(file: Path | None, log: Path) -> str:
    said = last_line(log)
    mend = f"; move {file} away to start with an empty bank" if file and file.exists() else ""
    return f"the embedded DynamoDB did not start ({said}). Its log is {log}{mend}"
