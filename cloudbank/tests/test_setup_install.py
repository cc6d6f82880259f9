"""What is installed is locked by hash, and a failure is one line that says what to do."""

import json
import re
from pathlib import Path

import pytest

from cloudbank.house import install
from cloudbank.house.console import Problem, guarded
from cloudbank.house.paths import ROOT
from cloudbank.house.stamps import Stamp, digest_of_contents, digest_of_listing


@pytest.mark.parametrize("lock", [install.REQUIREMENTS, install.NODEJS], ids=["requirements", "nodejs"])
def test_every_python_package_is_locked_by_version_and_hash(lock: Path) -> None:
    entries = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE))
    loose = [entry.splitlines()[0] for entry in entries if "==" not in entry or "--hash=sha256:" not in entry]
    assert len(entries) > 1
    assert loose == []


def test_every_npm_package_is_locked_by_integrity() -> None:
    packages = json.loads(install.PACKAGE_LOCK.read_text())["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []


def test_the_engine_is_optional_so_that_other_platforms_install() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    assert wanted["optionalDependencies"] == {"@dynoxide/linux-x64": "1.2.1"}


def test_the_installer_is_itself_installed_by_hash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "_attempt", lambda command, what: asked.append(command))
    install._install_uv()
    locked = (tmp_path / "uv.txt").read_text()
    assert "--require-hashes" in asked[0]
    assert locked.startswith("uv==")
    assert locked.count("--hash=sha256:") > 5
    assert "# via" not in locked


def test_a_second_setup_starts_no_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("an installer was started though nothing changed")

    monkeypatch.setattr(install.subprocess, "run", never)
    for stamp in (install.VENV / ".stamp", install.NODE_MODULES / ".stamp"):
        assert stamp.exists(), "the tests run in an environment that `make setup` made"
    install.install()


def test_an_npm_that_cannot_read_the_lock_file_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = tmp_path / "npm"
    old.write_text("#!/bin/sh\necho 6.14.4\n")
    old.chmod(0o755)
    fetched: list[Path] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "venv_tool", lambda name: tmp_path / ".venv" / "bin" / name)
    monkeypatch.setattr(install, "_uv", fetched.append)
    assert install.find_npm() == str(tmp_path / ".venv" / "bin" / "npm")
    assert fetched == [install.NODEJS]


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ("error: dns error: failed to lookup address information", "no network: the parts could not be fetched"),
        ("npm error code ENOTFOUND\nnpm error network", "no network"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("collecting\nerror: hash mismatch for x", "error: hash mismatch for x"),
        ("", "it said nothing"),
    ],
)
def test_a_failed_installer_becomes_one_line(said: str, advice: str) -> None:
    message = install.why_not("the parts", said)
    assert advice in message
    assert "\n" not in message


def test_a_problem_is_one_line_and_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise Problem("port 8000 is taken")

    assert guarded(fail) == 1
    assert capsys.readouterr().err == "Stopped: port 8000 is taken\n"


def test_a_stamp_is_stale_when_its_inputs_change(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    lock.write_text("a")
    Stamp(tmp_path / ".stamp", digest_of_contents([lock])).set()
    assert Stamp(tmp_path / ".stamp", digest_of_contents([lock])).fresh
    lock.write_text("b")
    assert not Stamp(tmp_path / ".stamp", digest_of_contents([lock])).fresh


def test_a_listing_sees_a_new_file_below(tmp_path: Path) -> None:
    before = digest_of_listing([tmp_path])
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "new.css").write_text("body {}")
    assert digest_of_listing([tmp_path]) != before
