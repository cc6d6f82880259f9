"""Pid files: `make stop` must end what `make run` started, and nothing else."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudbank.house.console import Problem
from cloudbank.house.processes import PidFile, answers, free_port, is_free, last_line, spawn, started_at

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
DEAF = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)",
]


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = spawn(SLEEPER, log=tmp_path / "sleeper.log", env=os.environ, cwd=tmp_path)
    yield process
    process.kill()
    process.wait()


def test_a_process_is_found_again_by_its_pid_file(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    PidFile(tmp_path / "web.pid").write(sleeper.pid, 8000)
    found = PidFile(tmp_path / "web.pid").read()
    assert found is not None
    assert (found.pid, found.port, found.alive) == (sleeper.pid, 8000, True)


def test_stop_ends_the_process_and_forgets_it(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    file = PidFile(tmp_path / "web.pid")
    file.write(sleeper.pid, 8000)
    assert file.stop(5) == sleeper.pid
    assert sleeper.wait(5) == -signal.SIGTERM
    assert not file.path.exists()


def test_stop_leaves_a_stranger_with_a_reused_pid_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    file = PidFile(tmp_path / "web.pid")
    file.path.write_text(f"{sleeper.pid} started-long-ago 8000\n")
    assert file.stop(5) is None
    assert sleeper.poll() is None, "a stranger was ended"
    assert not file.path.exists()


@pytest.mark.parametrize("content", ["", "nonsense", "12 34", "-- - -"])
def test_a_damaged_pid_file_is_nobody(tmp_path: Path, content: str) -> None:
    file = PidFile(tmp_path / "web.pid")
    file.path.write_text(content)
    assert file.read() is None
    assert file.stop(1) is None


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "deaf.log"
    process = spawn(DEAF, log=log, env=os.environ, cwd=tmp_path)
    deadline = time.monotonic() + 10
    while last_line(log) != "deaf" and time.monotonic() < deadline:
        time.sleep(0.02)
    file = PidFile(tmp_path / "engine.pid")
    file.write(process.pid, 8001)
    file.stop(0.2)
    assert process.wait(5) == -signal.SIGKILL


def test_a_dead_process_started_never(sleeper: subprocess.Popen[bytes]) -> None:
    assert started_at(sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert started_at(sleeper.pid) == ""


def test_a_taken_port_is_seen() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free(port)
        assert answers(port)


def test_a_free_port_is_free() -> None:
    port = free_port()
    assert is_free(port)
    assert not answers(port)


def test_a_port_for_root_is_refused_with_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(socket.socket, "bind", denied)
    with pytest.raises(Problem, match="choose one above 1023"):
        is_free(80)


def test_the_last_line_that_says_something_is_quoted(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    assert last_line(log) == "its log is empty"
    log.write_text("first\nerror: port taken\n\n")
    assert last_line(log) == "error: port taken"
