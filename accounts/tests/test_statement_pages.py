"""The pages of statement files: bring, look, ask, approve, run, result."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import DepositAccount, User
from accounts.queries.statement_files import latest_imports
from accounts.services import statement_runs
from accounts.testing import a_customer, a_manager, a_stranger, a_teller, an_auditor, an_officer, signed_in
from accounts.tests.conftest import stored
from accounts.tests.makers import an_account
from accounts.tests.statement_makers import Row, camt, ofx
from accounts.tests.test_import_statement import ROWS
from accounts.views import statement_files
from cloudbank import approvals

BOMB = b'<?xml version="1.0"?><!DOCTYPE D [<!ENTITY a "ha">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&a;</Document>'


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def euros(bank: Any, quiet: None) -> DepositAccount:
    return an_account(a_customer(), currency="EUR")


@pytest.fixture
def teller(bank: Any, client: Client) -> Client:
    return signed_in(client, a_teller())


def sent(client: Client, content: bytes, name: str = "january.xml", **fields: str) -> Any:
    """The answer to bringing a file."""
    values = {"format": "auto"} | fields
    return client.post("/statement-files/new", values | {"file": SimpleUploadedFile(name, content)})


def asked_for(client: Client, url: str) -> str:
    """Press the button of a file; the address of the request it leads to."""
    answer = client.post(f"{url}/confirm")
    assert answer["Location"].startswith("/approvals/apr_"), answer["Location"]
    return str(answer["Location"])


def approve(path: str, by: User) -> Any:
    """The second person says yes; the answer."""
    item = approvals.find(path.rpartition("/")[2])
    assert item is not None
    data = {"action": "approve", "note": "", "content_hash": item.content_hash}
    return signed_in(Client(), by).post(path, data)


def let_run(client: Client, url: str, by: User | None = None) -> Any:
    """Ask, have it approved, see it through; the page of the result."""
    assert approve(asked_for(client, url), by or a_manager()).status_code == 302
    return client.post(f"{url}/confirm", follow=True)


def test_a_file_is_looked_at_asked_for_approved_and_shown_with_its_result(
    teller: Client, euros: DepositAccount
) -> None:
    answer = sent(teller, camt(ROWS, 0), account=euros.account_id)
    assert answer.status_code == 302
    page = teller.get(answer.url)
    assert stored(euros.account_id).balance == 0, "nothing is posted by looking"
    text = page.content.decode()
    assert "The statement foots" in text
    assert "Our balance will be 1,679.51 EUR, the same as the closing balance" in text
    assert "Ask to post 3 entries" in text
    request = asked_for(teller, answer.url)
    assert stored(euros.account_id).balance == 0, "nothing is posted by asking"
    assert "Waits for a second person" in teller.get(answer.url).content.decode()
    assert teller.post(f"{answer.url}/confirm")["Location"] == request, "asked again, it is the same request"
    mary = a_manager(name="Mary Manager")
    assert approve(request, mary).status_code == 302
    assert stored(euros.account_id).balance == 0, "the pages and the end of the day post it"
    assert 'id="work"' in signed_in(Client(), mary).get(answer.url).content.decode(), "whoever opens it sees it on"
    done = teller.post(f"{answer.url}/confirm", follow=True)
    text = done.content.decode()
    assert "Brought by Tom Teller" in text and "Mary Manager</a>" in text
    assert stored(euros.account_id).balance == 167_951
    assert done.context["counts"]["posted"] == 3
    assert [row["badge"] for row in done.context["rows"]] == ["Posted"] * 3
    assert teller.get(done.context["rows"][0]["receipt"]).status_code == 200
    again = teller.post(f"{answer.url}/confirm", follow=True)
    assert again.context["counts"]["posted"] == 3
    assert sent(teller, camt(ROWS, 0)).url == answer.url, "the same file again is the same import"
    assert "january.xml" in teller.get("/statement-files").content.decode()


def test_what_is_new_duplicate_conflicting_and_left_out_is_shown_before(teller: Client, euros: DepositAccount) -> None:
    first = sent(teller, camt(ROWS, 0), account=euros.account_id).url
    let_run(teller, first)
    rows = [*ROWS[:1], Row(-80_051, ref="R2", who="Landlord", text="Rent", day="2026-11-17"), Row(7, ref="R7")]
    rows.append(Row(1, ref="R8", status="PDNG"))
    page = teller.get(sent(teller, camt(rows, 0), name="february.xml").url)
    counts = page.context["counts"]
    assert [counts[word] for word in ("new", "duplicate", "conflict", "left_out")] == [1, 1, 1, 1]
    text = page.content.decode()
    assert "with another amount" in text
    assert "is pending, not booked" in text
    assert "away from the closing balance" in text
    narrowed = teller.get(f"{page.request['PATH_INFO']}?show=conflict")
    assert len(narrowed.context["rows"]) == 1


def test_a_request_that_other_files_outdated_is_said_so_and_asked_anew(teller: Client, euros: DepositAccount) -> None:
    first = sent(teller, camt(ROWS, 0), account=euros.account_id).url
    old = asked_for(teller, first)
    let_run(teller, sent(teller, camt(ROWS[:1], 0), account=euros.account_id).url)
    text = teller.get(first).content.decode()
    assert "is outdated" in text and "Ask to post 2 entries" in text
    refused = approve(old, a_manager())
    assert refused.status_code == 422 and b"other entries of the file are new" in refused.content
    assert let_run(teller, first).context["counts"]["posted"] == 2
    assert stored(euros.account_id).balance == 167_951
    assert approve(old, a_manager()).status_code == 422


@pytest.mark.parametrize(
    ("content", "fields", "why"),
    [
        (b"", {}, "is empty"),
        (BOMB, {}, "document type or entities"),
        (camt([Row(100, ref="a")], closing=1), {}, "does not foot"),
        (camt([Row(100, ref="a")]), {}, "is not bound to an account of this bank yet"),
        (camt([Row(100, ref="a")]), {"account": "123"}, "An account number has 16 digits"),
        (camt([Row(100, ref="a")]), {"customer": "nobody@x.example"}, "There is no customer"),
        (camt([Row(100, ref="a")]), {"format": "csv"}, "Select a valid choice"),
        (b"x" * (10 * 1024 * 1024 + 1), {}, "larger than 10 MB"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    teller: Client, content: bytes, fields: dict[str, str], why: str
) -> None:
    answer = sent(teller, content, **fields)
    assert answer.status_code == 422
    assert why in answer.content.decode().replace("&#x27;", "'")
    assert latest_imports() == []


def test_a_body_that_is_too_large_is_refused_before_it_is_read(teller: Client) -> None:
    assert sent(teller, b"x" * (13 * 1024 * 1024)).status_code == 400


def test_work_that_takes_longer_goes_on_from_page_to_page(
    teller: Client, euros: DepositAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_runs, "CHUNK", 1)
    monkeypatch.setattr(statement_files, "STRETCH_SECONDS", -1.0)
    url = sent(teller, camt(ROWS, 0), account=euros.account_id).url
    page = let_run(teller, url)
    assert 'hx-post="' in page.content.decode()
    fragment = teller.post(f"{url}/confirm", headers={"HX-Request": "true"})
    assert "Posting" in fragment.content.decode()
    monkeypatch.setattr(statement_files, "STRETCH_SECONDS", 9.0)
    assert teller.post(f"{url}/confirm", headers={"HX-Request": "true"})["HX-Redirect"] == url
    assert stored(euros.account_id).balance == 167_951


def test_who_may_look_and_who_may_import(bank: Any, quiet: None, euros: DepositAccount) -> None:
    url = sent(signed_in(Client(), a_manager()), camt(ROWS, 0), account=euros.account_id).url
    for person, look in [(an_auditor(), 200), (a_stranger(), 403), (an_officer(), 200)]:
        client = signed_in(Client(), person)
        assert client.get(url).status_code == look
        assert client.post(f"{url}/confirm").status_code == 403, "who only approves does not ask"
        assert client.get("/statement-files/new").status_code == 403
    assert stored(euros.account_id).balance == 0


def test_names_of_files_and_texts_of_strangers_are_only_text(teller: Client, bank: Any, quiet: None) -> None:
    dollars = an_account(a_customer())
    nasty = Row(100, ref="<script>alert(1)</script>", who="<img src=x onerror=alert(1)>", text="=cmd|' /C calc'!A0")
    answer = sent(teller, ofx([nasty], version=2), name='"><script>x</script>.ofx', account=dollars.account_id)
    text = teller.get(answer.url).content.decode()
    assert "<script>alert" not in text
    assert "<img src=x" not in text
    request = teller.get(asked_for(teller, answer.url)).content.decode()
    assert "<script>alert" not in request and "<script>x" not in request
    assert let_run(teller, answer.url).context["counts"]["posted"] == 1
