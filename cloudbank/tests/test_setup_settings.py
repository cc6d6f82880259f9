"""Settings refuse nonsense at start, and say what to write instead."""

import runpy
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from cloudbank.house.paths import ROOT

GOOD_KEY = "0123456789abcdefghij" * 3


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, Any]:
    """The settings as this environment makes them."""
    for name, value in ({"SECRET_KEY": GOOD_KEY, "DEBUG": "off"} | environment).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "cloudbank" / "settings.py"))


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY: must have at least 50 characters"),
        ({"SECRET_KEY": "too-short"}, "SECRET_KEY: must have at least 50 characters"),
        ({"SECRET_KEY": "a" * 80}, "SECRET_KEY"),
        ({"AWS_REGION": "mars-1"}, "AWS_REGION: 'mars-1' is no region"),
        ({"DYNAMODB_ENDPOINT_URL": "localhost:8001"}, "DYNAMODB_ENDPOINT_URL: .* is no URL"),
        ({"DYNAMODB_ENDPOINT_URL": "ftp://127.0.0.1"}, "DYNAMODB_ENDPOINT_URL"),
        ({"TABLE_SUFFIX": " restored"}, "TABLE_SUFFIX: ' restored' has characters that no table's name may have"),
        ({"TABLE_SUFFIX": "-wiederhergestellt-für"}, "TABLE_SUFFIX"),
        ({"TABLE_SUFFIX": "-" + "a" * 240}, "TABLE_SUFFIX: is too long"),
        ({"BACKUP_TO": "backups"}, "BACKUP_TO: 'backups' is no place"),
        ({"BACKUP_TO": "s3://bank-backups"}, "BACKUP_TO: 's3://bank-backups' is no place"),
        ({"BANK_TIMEZONE": "Mars/Olympus"}, "BANK_TIMEZONE: 'Mars/Olympus' is no time zone"),
        ({"BANK_CUTOFF": "teatime"}, "BANK_CUTOFF: 'teatime' is no time of day"),
        ({"FISCAL_YEAR_START_MONTH": "13"}, "FISCAL_YEAR_START_MONTH: must be 1 to 12"),
    ],
)
def test_nonsense_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=complaint):
        load(monkeypatch, **environment)


def test_sense_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, AWS_REGION="eu-central-1", DYNAMODB_ENDPOINT_URL="", FISCAL_YEAR_START_MONTH="7")
    assert settings["DYNAMODB_ENDPOINT_URL"] is None
    assert settings["AWS_REGION"] == "eu-central-1"
    assert settings["FISCAL_YEAR_START_MONTH"] == 7


def test_tables_have_the_missions_names_unless_a_suffix_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch)["TABLE_SUFFIX"] == ""
    assert load(monkeypatch, TABLE_SUFFIX="-restored-20261123")["TABLE_SUFFIX"] == "-restored-20261123"


def test_there_is_no_sql_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch)["DATABASES"] == {}


def test_production_cookies_are_for_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, ENVIRONMENT="production")
    assert settings["SESSION_COOKIE_SECURE"] and settings["CSRF_COOKIE_SECURE"]
    assert settings["SESSION_COOKIE_NAME"].startswith("__Host-")
