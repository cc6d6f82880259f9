"""`manage.py export_postings`: whole or not at all, equal to the ledger, in constant memory, safe in a spreadsheet."""

import csv
import gzip
import hashlib
import os
import signal
import tracemalloc
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.ledger import CASH, Instruction
from accounts.models import Posting
from accounts.queries import postings as reading
from accounts.queries.lines import day_lines
from accounts.services.closing import close_through
from accounts.services.deposits import open_account
from accounts.services.posting import post
from accounts.testing import a_manager, a_teller, make_user, signed_in
from cloudbank import jobs, store
from cloudbank.audit import AuditRecord
from cloudbank.tests.full_disk import no_file_larger_than
from reporting import postings
from reporting.postings import PostingsFile, extent
from reporting.tests.conftest import MANAGER, NOW

MONDAY = NOW
TUESDAY = NOW + timedelta(days=1)
pytestmark = pytest.mark.usefixtures("bank")


def an_account(name: str) -> str:
    """A customer's checking account."""
    owner = make_user(name=name)
    return open_account(
        owner_id=owner.user_id, product="checking", currency="USD", branch="main", key=f"open {name}",
        actor=MANAGER, now=MONDAY,
    ).account_id  # fmt: skip


def moved(key: str, amount: int, debit: str, credit: str, now: Any, memo: str = "") -> None:
    """A deposit or a transfer."""
    type_ = "deposit" if debit == CASH else "transfer"
    asked = Instruction(
        type=type_, key=key, amount=amount, currency="USD", debit=debit, credit=credit, channel="branch",
        branch="main", actor=MANAGER, memo=memo,
    )  # fmt: skip
    post(asked, now=now)


@pytest.fixture
def two_days() -> tuple[str, str]:
    """A sealed Monday and an open Tuesday of a small bank."""
    with time_machine.travel(MONDAY, tick=False):
        one, two = an_account("Ana"), an_account("Bo")
        moved("a", 500_00, CASH, one, MONDAY, "=HYPERLINK(1)")
        moved("b", 12_34, one, two, MONDAY + timedelta(minutes=1), "Łódź, rent")
    with time_machine.travel(TUESDAY, tick=False):
        close_through(MONDAY.date(), "USD", now=TUESDAY)
        moved("c", 1_00, two, one, TUESDAY)
    return one, two


def run(output: Path, **options: Any) -> str:
    """The command on the Tuesday."""
    said = StringIO()
    known = {"first": "2026-10-05", "last": "2026-10-06"} if "quarter" not in options else {}
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False):
        call_command("export_postings", output=str(output), stdout=said, **(known | options))
    return said.getvalue()


def rows_of(content: bytes) -> list[dict[str, str]]:
    """The rows before the notes."""
    lines = list(csv.reader(StringIO(content.decode(), newline="")))
    end = lines.index([])
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:end]]


def notes_of(content: bytes) -> dict[str, str]:
    """What the file says of itself."""
    lines = list(csv.reader(StringIO(content.decode(), newline="")))
    return {name.removeprefix("# "): text for name, text in lines[lines.index([]) + 1 :]}


def test_every_posting_is_there_once_in_order_and_to_the_cent(two_days: tuple[str, str], tmp_path: Path) -> None:
    assert run(tmp_path).startswith("5 postings of 2026-10-05 to 2026-10-06 in USD, ")
    rows = rows_of((tmp_path / "postings-2026-10-05-to-2026-10-06-usd.csv").read_bytes())
    lines = [line for day in (MONDAY, TUESDAY) for line in day_lines(day.date(), "USD")]
    assert sorted(row["Posting"] for row in rows) == sorted(line.posting_id for line in lines)
    assert [row["Posted (UTC)"] for row in rows] == sorted(line.posted_at for line in lines)
    amounts = {line.posting_id: f"{line.amount / 100:.2f}" for line in lines}
    assert {row["Posting"]: row["Amount"] for row in rows} == amounts
    assert sorted(row["Balance after"] for row in rows) == sorted(f"{line.balance_after / 100:.2f}" for line in lines)


def test_a_memo_is_no_formula_and_odd_letters_stay(two_days: tuple[str, str], tmp_path: Path) -> None:
    run(tmp_path / "out.csv")
    memos = {row["Memo"] for row in rows_of((tmp_path / "out.csv").read_bytes())}
    assert memos == {"'=HYPERLINK(1)", "Łódź, rent", ""}


def test_the_file_names_its_cut_off_and_proves_itself(two_days: tuple[str, str], tmp_path: Path) -> None:
    run(tmp_path / "out.csv")
    content = (tmp_path / "out.csv").read_bytes()
    body, _, last = content.rstrip().rpartition(b"\r\n")
    assert last == b"# SHA-256 of all above," + hashlib.sha256(body + b"\r\n").hexdigest().encode()
    assert notes_of(content)["Rows"] == "5, complete"
    assert "sealed through 2026-10-05, 1 of the days still open" in notes_of(content)["Data cut-off"]


def test_closed_days_give_the_same_bytes_for_ever_compressed_too(two_days: tuple[str, str], tmp_path: Path) -> None:
    run(tmp_path / "one.csv", last="2026-10-05")
    run(tmp_path / "two.csv.gz", last="2026-10-05")
    run(tmp_path / "three", last="2026-10-05", gzip=True)
    assert gzip.decompress((tmp_path / "two.csv.gz").read_bytes()) == (tmp_path / "one.csv").read_bytes()
    assert (tmp_path / "three").read_bytes() == (tmp_path / "two.csv.gz").read_bytes()


def test_many_requests_a_shard_give_the_same_file(
    two_days: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "one.csv")
    monkeypatch.setattr(reading, "ROWS", 1)
    run(tmp_path / "two.csv")
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"first": "2026-10-06", "last": "2026-10-05"},
            "The first day, 2026-10-06, is after the last one, 2026-10-05.",
        ),
        ({"first": "summer"}, "--from: 'summer' is no day; write it as 2026-09-30."),
        ({"last": ""}, "--to: '' is no day; write it as 2026-09-30."),
        ({"last": "2026-10-07"}, "2026-10-07 has not begun; the present business day is 2026-10-06."),
        ({"first": "2020-01-01", "last": "2020-03-31"}, "The books in USD begin on 2026-10-05; there is nothing up to"),
        ({"currency": "CHF"}, "The bank has no books in CHF; choose from USD."),
        ({"quarter": "2026Q9"}, "'2026Q9' is no quarter; write 2026Q3, last_quarter or this_quarter."),
        ({"quarter": "2026Q4", "first": "2026-10-05"}, "Say which days: --from and --to, or --quarter."),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    two_days: tuple[str, str], tmp_path: Path, options: dict[str, str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(tmp_path, **options)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_the_quarter_so_far_may_be_asked_for(two_days: tuple[str, str], tmp_path: Path) -> None:
    assert run(tmp_path, quarter="this_quarter").startswith("5 postings of 2026-10-01 to 2026-10-06")


def test_a_folder_that_cannot_be_written_is_refused_before_any_work(two_days: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="Cannot write into"):
        run(tmp_path / "file" / "out.csv")
    assert jobs.last_run("export_postings") is None


def test_a_disk_that_fills_up_leaves_the_old_file_and_nothing_half(two_days: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "out.csv").write_bytes(b"old")
    with no_file_larger_than(500), pytest.raises(CommandError, match="could not be written: File too large"):
        run(tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert (tmp_path / "out.csv").read_bytes() == b"old"
    last = jobs.last_run("export_postings")
    assert last
    assert (last.state, "File too large" in last.error) == ("failed", True)


def test_a_run_that_is_stopped_leaves_nothing_and_the_next_one_is_whole(
    two_days: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = reading._ReadAhead.__next__

    def stopping(self: Any) -> Any:
        os.kill(os.getpid(), signal.SIGTERM)
        return real(self)

    with monkeypatch.context() as patched, pytest.raises(SystemExit) as stopped:
        patched.setattr(reading._ReadAhead, "__next__", stopping)
        run(tmp_path / "out.csv")
    assert stopped.value.code == 143
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert run(tmp_path / "out.csv").startswith("5 postings")


def test_a_posting_that_is_gone_from_a_sealed_day_stops_the_export(two_days: tuple[str, str], tmp_path: Path) -> None:
    line = next(iter(day_lines(MONDAY.date(), "USD")))
    store.save([store.Delete(Posting, line.posting_id)])
    with pytest.raises(CommandError, match="2026-10-05 was sealed with 3 postings and 2 were found. Run verify_ledger"):
        run(tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_who_took_what_is_kept(two_days: tuple[str, str], tmp_path: Path) -> None:
    run(tmp_path / "out.csv")
    kept = list(AuditRecord.by_subject.query("exports#exports#command:export_postings"))
    assert [entry.action for entry in kept] == ["export"]
    assert kept[0].after["path"] == str(tmp_path / "out.csv")
    assert kept[0].after["rows"] == "5"


def test_memory_does_not_grow_with_the_days(two_days: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same day's postings thousands of times over: what is held stays a block of rows."""
    with time_machine.travel(TUESDAY, tick=False):
        of = extent(MONDAY.date(), MONDAY.date(), "USD", TUESDAY)
    raws = [list(rows) for _, rows in reading.raw_days([MONDAY.date()], "USD", postings.FIELDS)][0]
    monkeypatch.setattr(postings, "raw_days", lambda *_: iter([(MONDAY.date(), iter(raws * 10_000))]))
    monkeypatch.setattr(postings, "_check", lambda *_: None)
    file = PostingsFile(of)
    tracemalloc.start()
    size = sum(len(piece) for piece in file.chunks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert file.rows == 30_000
    assert size > 5_000_000 and peak < 1_000_000


def test_managers_and_auditors_take_the_file_from_the_page(two_days: tuple[str, str], client: Client) -> None:
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False):
        signed_in(client, a_manager())
        page = client.get("/reports/postings", {"first": "2026-10-05", "last": "2026-10-06"})
        assert "5 postings" in page.content.decode()
        answer = client.post("/reports/postings", {"first": "2026-10-05", "last": "2026-10-06", "currency": "USD"})
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="postings-2026-10-05-to-2026-10-06-usd.csv"'
    assert len(rows_of(content)) == 5
    assert notes_of(content)["Exported"].endswith("Mary Manager")


def test_the_page_says_what_is_wrong_with_the_days(two_days: tuple[str, str], client: Client) -> None:
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False):
        signed_in(client, a_manager())
        answer = client.get("/reports/postings", {"first": "2026-10-06", "last": "2026-10-05"})
        assert answer.status_code == 422
        assert "is after the last one" in answer.content.decode()
        assert client.post("/reports/postings", {"first": "2019-01-01", "last": "2019-02-01"}).status_code == 422


def test_tellers_may_not(two_days: tuple[str, str], client: Client) -> None:
    with time_machine.travel(TUESDAY + timedelta(hours=1), tick=False):
        signed_in(client, a_teller())
        assert client.get("/reports/postings").status_code == 403
        assert client.post("/reports/postings", {"first": "2026-10-05", "last": "2026-10-06"}).status_code == 403
