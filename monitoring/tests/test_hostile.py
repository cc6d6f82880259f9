"""Nonsense in addresses and forms: answered with what is wrong, never with a crash."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.http import urlencode

from monitoring.tests.conftest import Screened

DAYS = ["0001-01-01", "0001-01-05", "9999-12-31"]
TEXTS = ["\x00", "x" * 3_000, "<script>'\u202e\U0001f600", "0001-01-01"]
LISTS = {
    "/alerts": ["status", "severity", "rule", "assignee", "customer", "sort", "size", "cursor", "export"],
    "/alerts/next": ["after", "sort", "assignee"],
    "/alerts/pulse": ["since"],
    "/cases": ["status", "severity", "age", "owner", "customer", "sort", "cursor"],
    "/held-movements": ["day", "cursor"],
    "/lists": ["q", "which", "kind", "over", "cursor"],
    "/lists/new": ["list", "kind", "value", "origin"],
    "/movements": ["day", "hour", "type", "branch", "badge", "cursor"],
    "/analytics": ["type", "channel", "segment", "branch", "cursor"],
    "/rules/performance": ["days", "sort"],
    "/rules/velocity_count/try": ["days", "rule-velocity_count-hour"],
    "/snoozes": ["cursor"],
}
RANGES = ["/alerts?status=all&", "/movements?", "/analytics?"]


def broken(client: Any, addresses: list[str]) -> list[str]:
    """The addresses that are answered with a crash."""
    found = []
    client.raise_request_exception = False
    for one in addresses:
        if client.get(one).status_code >= 500:
            found.append(one[:120])
    return found


def test_no_address_of_monitoring_crashes_on_nonsense(screened: Screened) -> None:
    screened.alert()
    client = screened.client("compliance")
    tried = [f"{path}?{urlencode(dict.fromkeys(names, text))}" for path, names in LISTS.items() for text in TEXTS]
    tried += [
        f"{path}?{name}=~" for path, names in LISTS.items() for name in names if name in ("cursor", "since", "after")
    ]
    assert broken(client, tried) == []


def test_no_range_of_days_crashes(screened: Screened) -> None:
    tried = [f"{path}{urlencode({'first': one, 'last': two})}" for path in RANGES for one in DAYS for two in DAYS]
    assert broken(screened.client(), tried) == []
    assert broken(screened.client(screened.customer), [f"/analytics?until={one}" for one in DAYS]) == []


@pytest.mark.parametrize("path", ["alerts", "cases", "held-movements", "lists", "network", "snoozes", "rules"])
def test_an_id_that_is_none_is_not_found(screened: Screened, path: str) -> None:
    client = screened.client()
    tail = "/try" if path == "rules" else ""
    for key in ("x" * 3_000, "alt_", "usr_nobody", "-", "_", screened.customer.user_id[:-1]):
        assert client.get(f"/{path}/{key}{tail}").status_code == 404, key[:40]


def test_notes_that_are_too_long_or_markup_come_back_or_stay_text(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    asked = {"action": "close", "revision": 0, "reason_code": "reportable"}
    for note in ("x" * 2_001, "\x00", " ", "turned \u202e round"):
        answer = client.post(f"/alerts/{alert.alert_id}", asked | {"note": note})
        assert answer.status_code == 422
    for revision in ("-1", "x", "1e9", "9" * 400, ""):
        answer = client.post(f"/alerts/{alert.alert_id}", asked | {"note": "n", "revision": revision})
        assert answer.status_code in (409, 422), revision
    wicked = "<img src=x onerror=alert(1)> {{ 7*7 }} \U0001f600 (a+)+$"
    assert client.post(f"/alerts/{alert.alert_id}", asked | {"note": wicked}).status_code == 302
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    assert "<img src=x" not in page and "&lt;img src=x" in page and "{{ 7*7 }}" in page


def test_files_that_are_none_are_refused_at_their_field(screened: Screened) -> None:
    alert, client = screened.alert(), screened.client()
    client.post(
        f"/alerts/{alert.alert_id}", {"action": "escalate", "revision": 0, "title": "t", "reason": "r", "key": "k"}
    )
    (case,) = [line.id for line in client.get("/alerts?status=escalated").context["lines"]]
    page = client.get(f"/alerts/{alert.alert_id}").content.decode()
    url = page[page.index("/cases/cas_") :].split('"')[0].split("?")[0]
    assert case
    for name, content, why in (
        ("a.pdf", b"", "empty"),
        ("a.exe", b"MZ", "Only pdf"),
        ("a.pdf", b"MZ", "This is no PDF file"),
        ("a", b"x", "Only pdf"),
        ("a.pdf", b"%PDF-" + b"x" * (11 * 1024 * 1024), "larger than 10 MB"),
        ("a.txt", b"\xff\xfe", "This is no TXT file"),
    ):
        answer = client.post(url, {"action": "paper", "file": SimpleUploadedFile(name, content)})
        assert answer.status_code == 422 and why in answer.content.decode(), (name, why)
    name = f"{'n' * 300}\u202e<b>.txt"
    assert client.post(url, {"action": "paper", "file": SimpleUploadedFile(name, b"x")}).status_code == 302
    assert "<b>." not in client.get(url).content.decode()
    assert client.get(f"{url}.pdf").status_code == 200
    assert client.post(url, {"action": "paper"}).status_code == 422
