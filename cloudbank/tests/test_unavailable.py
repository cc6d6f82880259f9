"""When the store does not answer: a page that says so, in bounded time, with a reference."""

import time
from typing import Any

import pytest
from django.test import Client

from accounts.testing import a_customer, signed_in
from cloudbank import store


@pytest.mark.parametrize("spared", ["BankingUsers", "nothing"])
@pytest.mark.parametrize("path", ["/dashboard", "/accounts", "/transfer"])
def test_a_silent_store_gives_503_with_a_reference(
    bank: Any, path: str, spared: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(Client(raise_request_exception=False), a_customer())
    real = store._call

    def silent(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        table = kwargs.get("TableName") or next(iter(kwargs.get("RequestItems", {"?": 0})))
        if table == spared:
            return real(operation, kwargs)
        raise store.Unavailable("down")

    monkeypatch.setattr(store, "_call", silent)
    began = time.monotonic()
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "down" not in answer.content.decode()
    assert time.monotonic() - began < 20


def test_readyz_is_red_and_healthz_green(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        raise store.Unavailable("down")

    assert Client().get("/readyz").status_code == 200
    monkeypatch.setattr(store, "_call", silent)
    assert Client().get("/readyz").status_code == 503
    assert Client().get("/healthz").status_code == 200
