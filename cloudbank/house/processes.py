"""Processes that outlive the command that started them, found again by pid file.

A pid file holds the pid, when that process started, and a note (its port). The start
time is what makes it safe to send a signal: a pid may have been given to another process.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudbank.house.console import Problem

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.02


def free_port() -> int:
    """A port that nobody listens on now; another process may still take it first."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def answers(port: int) -> bool:
    """Whether anything listens on this port of the loopback address."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def is_free(port: int) -> bool:
    """Whether a server could listen on this port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except PermissionError as error:
            raise Problem(f"port {port} needs root; choose one above 1023: make run PORT=8000") from error
        except OSError:
            return False
        return True


def started_at(pid: int) -> str:
    """When the process started, as the system tells it; empty when there is no such process."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return _started_at_by_ps(pid) if not Path("/proc/self/stat").exists() else ""
    state, start_ticks = after_name[0], after_name[19]
    return "" if state == "Z" else start_ticks


def _started_at_by_ps(pid: int) -> str:
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip().replace(" ", "_")


@dataclass(frozen=True)
class Running:
    """A process of ours that is alive."""

    pid: int
    started: str
    port: int

    @property
    def alive(self) -> bool:
        """Whether it is still this process that has the pid."""
        return started_at(self.pid) == self.started


@dataclass(frozen=True)
class PidFile:
    """The file that remembers one process."""

    path: Path

    def read(self) -> Running | None:
        """The process, if it is alive and really the one that was started."""
        try:
            pid, started, port = self.path.read_text().split()
            running = Running(int(pid), started, int(port))
        except (FileNotFoundError, ValueError):
            return None
        return running if running.alive else None

    def write(self, pid: int, port: int) -> None:
        """Remember a process, all or nothing."""
        draft = self.path.with_suffix(".new")
        draft.write_text(f"{pid} {started_at(pid) or '-'} {port}\n")
        draft.replace(self.path)

    def stop(self, patience_seconds: float) -> int | None:
        """End the process and forget it; its pid, or None when nothing of ours was running."""
        running = self.read()
        if running:
            end(running, patience_seconds)
        self.path.unlink(missing_ok=True)
        return running.pid if running else None


def end(running: Running, patience_seconds: float) -> None:
    """SIGTERM, and SIGKILL to the whole group when that is not heard in time."""
    if _signalled(running, signal.SIGTERM) and not _gone(running, patience_seconds):
        _signalled(running, signal.SIGKILL)
        _gone(running, patience_seconds)


def _signalled(running: Running, number: signal.Signals) -> bool:
    try:
        if number == signal.SIGKILL and os.getpgid(running.pid) == running.pid:
            os.killpg(running.pid, number)
        else:
            os.kill(running.pid, number)
    except ProcessLookupError:
        return False
    return True


def _gone(running: Running, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while running.alive:
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def spawn(command: Sequence[str], *, log: Path, env: Mapping[str, str], cwd: Path) -> subprocess.Popen[bytes]:
    """Start a process in its own session, so that it outlives this one; its output goes to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=dict(env), cwd=cwd,
            start_new_session=True,
        )  # fmt: skip


def last_line(log: Path) -> str:
    """The last line of a log that says something, for one-line messages."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    spoken = [line.strip() for line in lines if line.strip()]
    return spoken[-1][:300] if spoken else "its log is empty"
