"""The environment of the bank's processes on one machine: what the person set, and defaults for the rest."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from cloudbank.house.console import Problem
from cloudbank.house.paths import ROOT, VAR

DOTENV = ROOT / ".env"
SECRET_KEY_FILE = VAR / "secret-key"
ENGINES = ("embedded", "moto", "aws")


def given(dotenv: Path = DOTENV) -> dict[str, str]:
    """What the person has set: .env, and the environment over it. The settings read the same two."""
    return {**read_dotenv(dotenv), **os.environ}


def read_dotenv(path: Path) -> dict[str, str]:
    """The KEY=VALUE lines of a .env file, without quotes; empty when there is no file."""
    values: dict[str, str] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("\"'")
    return values


def chosen_engine(values: Mapping[str, str]) -> str:
    """Where the tables are: 'embedded', 'moto', 'aws', or a URL that the person serves."""
    url, engine = values.get("DYNAMODB_ENDPOINT_URL", ""), values.get("ENGINE", "")
    if engine and engine not in ENGINES:
        raise Problem(f"ENGINE={engine} is unknown; leave it out, or write one of: {', '.join(ENGINES)}")
    if url:
        return url
    return engine or ("aws" if values.get("ENVIRONMENT") == "production" else "embedded")


def for_bank(engine_url: str | None) -> dict[str, str]:
    """The environment of manage.py and gunicorn: this process's, a secret key, and the engine's address."""
    env = dict(os.environ)
    if not given().get("SECRET_KEY"):
        env["SECRET_KEY"] = secret_key(SECRET_KEY_FILE)
    if engine_url:
        env["DYNAMODB_ENDPOINT_URL"] = engine_url
    return env


def secret_key(file: Path) -> str:
    """The development key of this machine, made once, so that people stay signed in over a restart."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(50))
    key = file.read_text().strip()
    if len(key) < 50:
        raise Problem(f"{file} is damaged; remove it and run make again (everybody signs in anew)")
    return key
