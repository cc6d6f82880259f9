"""Fixtures and guards of the test suite, loaded by conftest.py.

`bank`      the three tables, empty, in an engine in memory (one engine a worker)
`requests_made`  the DynamoDB operations of the test so far, for tests that count them
`server`    a real gunicorn over the same tables
`browser_page`   a page of Debian's Chromium, without its window

Guards that need no fixture: only loopback sockets, no SQL, and a page asks for nothing that the web hosts' role denies.
"""

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.request import urlopen

import pytest
from botocore.client import BaseClient
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.dummy.base import DatabaseOperations, DatabaseWrapper

from cloudbank.house import engine as house_engine
from cloudbank.house import web
from cloudbank.house.paths import ROOT
from cloudbank.house.processes import free_port
from cloudbank.tests.emptying import empty_tables as empty_tables
from cloudbank.tests.emptying import forget_caches as _forget_caches  # noqa: F401  drilling and others ask for it here

REQUEST_PATH = ("django.core.handlers.", "django.http.response", "django.test.client", "django.views.")
SQL_ATTRIBUTES = ("_cursor", "ensure_connection", "_commit", "_savepoint_commit", "_set_autocommit")


class QuickHasher(BCryptSHA256PasswordHasher):
    """The bank's own hasher with the fewest rounds: a sign-in costs 1 ms, not 250."""

    rounds = 4


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> None:
    from django.conf import settings

    settings.PASSWORD_HASHERS = [f"{QuickHasher.__module__}.{QuickHasher.__qualname__}"]


# --- order ------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests (or of a browser) first, then those with many; `make test` hands them out in this order.

    The last to be begun are short, so no worker waits long for the other.
    """
    slow: Counter[str] = Counter()
    size: Counter[str] = Counter()
    for item in items:
        file = item.nodeid.partition("::")[0]
        size[file] += 1
        slow[file] += any(mark.name in ("slow", "browser") for mark in item.iter_markers())
    files = {file: place for place, file in enumerate(size)}

    def order(item: pytest.Item) -> tuple[int, int, int]:
        file = item.nodeid.partition("::")[0]
        return -slow[file], -size[file], files[file]

    items.sort(key=order)


# --- the bank ---------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[house_engine.Engine]:
    """One engine in memory for this worker; the tables' connection points at it."""
    from django.conf import settings

    from cloudbank import tables

    started = house_engine.start(file=None, log=tmp_path_factory.mktemp("engine") / "engine.log", ends_with_us=True)
    os.environ["DYNAMODB_ENDPOINT_URL"] = settings.DYNAMODB_ENDPOINT_URL = started.url
    tables.connect(started.url)
    yield started
    started.stop()


@pytest.fixture
def bank(engine: house_engine.Engine) -> house_engine.Engine:
    """The three tables, empty. Measured: 7 ms, whatever the test before left in them."""
    empty_tables()
    return engine


# --- counting and guarding DynamoDB requests ----------------------------------------------------


class Requests(list[tuple[str, dict[str, Any]]]):
    """(operation, its arguments) of every DynamoDB request, in order."""

    def count(self, operation: str) -> int:  # type: ignore[override]
        """How many requests of this operation were made."""
        return sum(1 for name, _ in self if name == operation)

    @property
    def operations(self) -> list[str]:
        """The names of the operations, in order."""
        return [name for name, _ in self]


@pytest.fixture(autouse=True)
def requests_made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    """Every DynamoDB request of this test; fails a test in which a page asked for what the web hosts may not do."""
    from cloudbank.tests.rights import lacking

    made, beyond = Requests(), list[str]()
    call = BaseClient._make_api_call

    def watched(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        if client.meta.service_model.service_name == "dynamodb":
            made.append((operation, arguments))
            if (what := lacking(operation, arguments)) and (page := request_path(sys._getframe())):
                beyond.append(f"{page} asked for {what}")
                raise AssertionError(beyond[-1])
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    yield made
    assert not beyond, f"a page must never Scan, nor what else deploy/templates/roles.yaml denies: {'; '.join(beyond)}"


def request_path(frame: FrameType | None) -> str:
    """The module that serves a page, when one is among the callers; otherwise empty."""
    while frame:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(REQUEST_PATH) or name.endswith(".views") or ".views." in name:
            return name
        frame = frame.f_back
    return ""


@pytest.fixture(autouse=True)
def _no_sql(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fails a test in which anything asked for SQL, even if the error was swallowed on the way."""
    asked: list[str] = []

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        asked.append(_asker(sys._getframe(1)))
        raise ImproperlyConfigured(f"there is no SQL database here, and {asked[-1]} asked for one")

    for attribute in SQL_ATTRIBUTES:
        monkeypatch.setattr(DatabaseWrapper, attribute, refuse)
    monkeypatch.setattr(DatabaseOperations, "quote_name", refuse)
    yield
    assert not asked, f"asked for SQL: {'; '.join(asked)}"


def _asker(frame: FrameType | None) -> str:
    """The nearest caller that is not Django's own database layer."""
    while frame and str(frame.f_globals.get("__name__", "")).startswith(("django.db", "cloudbank.testing")):
        frame = frame.f_back
    return f"{frame.f_globals.get('__name__')}:{frame.f_lineno}" if frame else "somebody"


# --- a real server and a real browser -----------------------------------------------------------


def wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return when the URL answers 200; AssertionError when the process ends or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            with urlopen(url, timeout=2) as answer:  # noqa: S310  always http on loopback
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer in {seconds} s")


@contextmanager
def running_server(engine: house_engine.Engine, log: Path, *options: str) -> Iterator[str]:
    """A real gunicorn over this engine, as `make run` starts it (and with more options): its address."""
    port = free_port()
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": engine.url, "DEBUG": "on"}
    with log.open("wb") as output:
        process = subprocess.Popen([*web.command(port), *options], env=env, cwd=ROOT, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{url}/healthz", process)
        yield url
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{log.read_text()[-3000:]}") from None
    finally:
        process.terminate()
        process.wait(35)


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where `server` writes its log."""
    return tmp_path_factory.mktemp("server") / "web.log"


@pytest.fixture(scope="session")
def _server_process(engine: house_engine.Engine, server_log: Path) -> Iterator[str]:
    with running_server(engine, server_log) as url:
        yield url


@pytest.fixture
def server(bank: house_engine.Engine, _server_process: str) -> str:
    """The address of a real gunicorn over the same, empty tables. Its caches live a few seconds longer."""
    return _server_process


@pytest.fixture
def fresh_server(bank: house_engine.Engine, tmp_path: Path) -> Iterator[str]:
    """One of its own, for a test that writes into days of which a process believes that they never change."""
    with running_server(bank, tmp_path / "web.log") as url:
        yield url


def chromium() -> str:
    """The browser's path; skips where there is none, fails in CI."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found and os.environ.get("CI"):
        pytest.fail("CI must have Chromium: apt-get install chromium-headless-shell")
    return found or pytest.skip("no Chromium here: apt-get install chromium-headless-shell")


BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same Chromium without a window to draw: half of the processor time (docs/decisions/0071)."""
CHROMIUM_FLAGS = (
    "--no-sandbox",  # containers run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's Chromium, driven by Playwright; one a worker. Use `browser.new_context()` for one person."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_FLAGS))
        yield started
        started.close()


@pytest.fixture
def browser_page(browser: Any, server: str) -> Iterator[Any]:
    """A fresh page of one person, 1280 wide, at the server's address."""
    context = browser.new_context(base_url=server, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def axe_source() -> str:
    """The source of axe-core, for `page.evaluate` (works under a strict CSP)."""
    return Path(ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
