"""The guards of the test suite themselves: without them a promise would be untested."""

import socket
import time
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Permission
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from pytest_socket import SocketConnectBlockedError

from cloudbank import tables
from cloudbank.house.engine import Engine
from cloudbank.testing import Requests


class LeftOver(tables.UsersItem, discriminator="left-over"):
    """Something a test wrote."""


def _scanning_view(_request: HttpRequest) -> HttpResponse:
    try:
        list(tables.UsersItem.scan())
    except AssertionError:  # a page may swallow the refusal; the test fails all the same
        return HttpResponse("swallowed")
    return HttpResponse("scanned")


_scanning_view.login_required = False  # type: ignore[attr-defined]
urlpatterns = [path("scan", _scanning_view)]


def test_the_bank_is_empty_for_every_test(bank: Engine) -> None:
    assert [list(table.scan()) for table in tables.TABLES] == [[], [], []]
    LeftOver(user_id="left-over").save()


def test_the_bank_is_empty_after_a_test_that_wrote(bank: Engine) -> None:
    assert list(tables.UsersItem.scan()) == []


def test_emptying_the_bank_takes_less_than_a_blink(bank: Engine) -> None:
    began = time.perf_counter()
    for table in tables.TABLES:
        table.delete_table()
    list(tables.create_tables())
    assert time.perf_counter() - began < 0.5  # 28 ms alone; the bound leaves room for a busy machine


def test_requests_are_counted(bank: Engine, requests_made: Requests) -> None:
    before = len(requests_made)
    LeftOver(user_id="one").save()
    assert requests_made.operations[before:] == ["PutItem"]
    assert requests_made[-1][1]["TableName"] == "BankingUsers"


def test_a_scan_outside_a_page_is_allowed(bank: Engine, requests_made: Requests) -> None:
    assert list(tables.UsersItem.scan()) == []
    assert requests_made.count("Scan") == 1


@override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[])
def test_a_scan_inside_a_page_is_caught_even_when_swallowed(bank: Engine) -> None:
    with pytest.raises(AssertionError, match="a page must never Scan.*BankingUsers"):
        _run_guard("requests_made", lambda: Client().get("/scan"))


def test_asking_for_sql_is_caught_even_when_swallowed() -> None:
    def swallow() -> None:
        with pytest.raises(ImproperlyConfigured, match="no SQL database"):
            list(Permission.objects.all())

    with pytest.raises(AssertionError, match="asked for SQL"):
        _run_guard("_no_sql", swallow)


def _run_guard(name: str, work: Any) -> None:
    """Run a guard by hand around `work`, because the test's own guard must stay quiet."""
    from cloudbank import testing

    with pytest.MonkeyPatch.context() as patch:
        guard = getattr(testing, name).__wrapped__(patch)
        next(guard)
        work()
        next(guard, None)


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_only_loopback_can_be_reached() -> None:
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 443))


def test_passwords_are_hashed_quickly_but_by_the_banks_hasher() -> None:
    began = time.perf_counter()
    assert check_password("correct horse battery", make_password("correct horse battery"))
    assert time.perf_counter() - began < 0.2
    assert make_password("x").startswith("bcrypt_sha256$")
