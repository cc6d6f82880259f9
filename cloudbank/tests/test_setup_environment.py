"""What the set-up takes from the person, and what it makes up for a development machine."""

import stat
from pathlib import Path

import pytest

from cloudbank.house import environment
from cloudbank.house.console import Problem
from cloudbank.house.paths import ROOT


def test_dotenv_is_read_like_the_settings_read_it(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("# comment\nA=1\nexport B='two words'\nC=\"x=y\"\n#D=4\n\nE=\n")
    assert environment.read_dotenv(dotenv) == {"A": "1", "B": "two words", "C": "x=y", "E": ""}


def test_no_dotenv_is_no_error(tmp_path: Path) -> None:
    assert environment.read_dotenv(tmp_path / "absent") == {}


def test_the_environment_wins_over_dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("BANK_NAME=From the file\n")
    monkeypatch.setenv("BANK_NAME", "From the shell")
    assert environment.given(tmp_path / ".env")["BANK_NAME"] == "From the shell"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "embedded"),
        ({"DYNAMODB_ENDPOINT_URL": ""}, "embedded"),
        ({"DYNAMODB_ENDPOINT_URL": "http://127.0.0.1:8001"}, "http://127.0.0.1:8001"),
        ({"ENGINE": "moto"}, "moto"),
        ({"ENGINE": "aws"}, "aws"),
        ({"ENVIRONMENT": "production"}, "aws"),
    ],
)
def test_the_engine_follows_what_the_person_set(values: dict[str, str], expected: str) -> None:
    assert environment.chosen_engine(values) == expected


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Problem, match="write one of: embedded, moto, aws"):
        environment.chosen_engine({"ENGINE": "oracle"})


def test_the_secret_key_is_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret-key"
    key = environment.secret_key(file)
    assert len(key) >= 50
    assert environment.secret_key(file) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_damaged_secret_key_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("short")
    with pytest.raises(Problem, match="remove it"):
        environment.secret_key(tmp_path / "secret-key")


def test_a_secret_key_of_the_persons_own_is_not_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "k" * 60)
    assert environment.for_bank(None)["SECRET_KEY"] == "k" * 60


def test_every_setting_that_is_read_from_the_environment_is_in_the_example() -> None:
    import re

    settings = (ROOT / "cloudbank" / "settings.py").read_text()
    read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", settings))
    example = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read, "the settings read nothing from the environment?"
    assert read - example == set()
