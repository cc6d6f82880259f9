"""The embedded engine as a child process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cloudbank.house import engine
from cloudbank.house.console import Problem
from cloudbank.house.paths import ROOT
from cloudbank.house.processes import answers


def test_an_engine_answers_and_stops(tmp_path: Path) -> None:
    started = engine.start(file=None, log=tmp_path / "engine.log")
    assert answers(started.port)
    assert started.url == f"http://127.0.0.1:{started.port}"
    started.stop()
    assert not answers(started.port)


def test_a_port_that_was_taken_meanwhile_is_not_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = engine.start(file=None, log=tmp_path / "first.log")
    ports = iter([first.port, engine.free_port()])
    monkeypatch.setattr(engine, "free_port", lambda: next(ports))
    second = engine.start(file=None, log=tmp_path / "second.log")
    assert second.port != first.port
    first.stop()
    second.stop()


def test_a_damaged_file_is_refused_with_advice(tmp_path: Path) -> None:
    file = tmp_path / "bank.db"
    file.write_text("this is no database, and long enough to be looked at as one")
    with pytest.raises(Problem, match=r"move .*bank\.db away to start with an empty bank"):
        engine.start(file=file, log=tmp_path / "engine.log")


@pytest.mark.skipif(not engine._leash(), reason="only where the system has setpriv (util-linux)")
def test_the_engine_of_a_killed_test_run_does_not_stay(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from cloudbank.house import engine\n"
        f"e = engine.start(file=None, log=Path({str(tmp_path / 'e.log')!r}), ends_with_us=True)\n"
        "print(e.port, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    assert answers(port)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    deadline = time.monotonic() + 10
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(port)


def test_without_a_binary_it_is_motos_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(engine, "BINARY", tmp_path / "absent")
    assert not engine.has_binary()
    assert "moto.server" in engine.command(8001, None)
