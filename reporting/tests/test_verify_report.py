"""`verify_report`: genuine, altered or unknown, by the file's bytes and by what it says of itself."""

import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.testing import a_teller, an_auditor, signed_in
from accounts.totals import DayTotals
from cloudbank import store
from cloudbank.documents import sha256_of
from reporting import services
from reporting.claims import claimed
from reporting.metrics import in_order
from reporting.models import Report, ReportFile
from reporting.orders import Order
from reporting.tests.conftest import MANAGER, NOW
from reporting.tests.days import Q3
from reporting.verdicts import ALTERED, GENUINE, UNKNOWN, verdict_on
from reporting.writers import in_order as writers_in_order

FORMATS = ("pdf", "xlsx", "csv")


@pytest.fixture
def report(sealed_bank: list[DayTotals]) -> Report:
    """A report of deposits in three formats."""
    order = Order(Q3, tuple(in_order(("deposits",))), "USD")
    return services.build_report(order=order, formats=writers_in_order(), actor=MANAGER, now=NOW)


def file_of(report: Report, code: str) -> bytes:
    """The file as somebody took it."""
    return services.hand_out(report_id=report.transaction_id, code=code, actor=MANAGER, now=NOW)


def forged(content: bytes, code: str) -> bytes:
    """The file with a figure, a cell or a page changed, and its metadata left as it was."""
    if code != "xlsx":
        return content.replace(b"deposits", b"depos1ts", 1) if code == "csv" else content + b"\n% one more page"
    book, changed = zipfile.ZipFile(BytesIO(content)), BytesIO()
    with zipfile.ZipFile(changed, "w") as target:
        for name in book.namelist():
            target.writestr(name, book.read(name).replace(b"Deposit", b"Dep0sit"))
    return changed.getvalue()


def verify(*paths: Path) -> tuple[int, str]:
    """Exit code and what was said."""
    said = StringIO()
    try:
        call_command("verify_report", *map(str, paths), stdout=said, stderr=said)
    except CommandError as error:
        return error.returncode, said.getvalue()
    return 0, said.getvalue()


@pytest.mark.parametrize("code", FORMATS)
def test_every_format_says_which_content_it_has(report: Report, code: str) -> None:
    assert claimed(file_of(report, code)) == report.sha256


@pytest.mark.parametrize("code", FORMATS)
def test_a_genuine_file_is_found_by_its_bytes_and_an_altered_one_by_its_metadata(
    report: Report, tmp_path: Path, code: str
) -> None:
    content = file_of(report, code)
    good, bad = tmp_path / f"renamed.{code}", tmp_path / f"bad.{code}"
    good.write_bytes(content)
    changed = forged(content, code)
    assert changed != content
    bad.write_bytes(changed)
    exit_code, said = verify(good)
    assert exit_code == 0
    assert f"Genuine: the {code.upper()} file of Quarterly report 2026Q3 in USD (final, as of 2026-09-30)" in said
    exit_code, said = verify(bad)
    assert exit_code == 1
    assert "Altered: it says it is Quarterly report 2026Q3 in USD" in said
    assert verdict_on(changed).report is not None


def test_a_file_that_the_archive_never_built_is_unknown(report: Report, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_bytes(b"section,metric\r\n")
    exit_code, said = verify(other)
    assert (exit_code, "Unknown: no report of the archive has this file" in said) == (2, True)
    foreign = file_of(report, "csv").replace(report.sha256.encode(), b"0" * 64)
    verdict = verdict_on(foreign)
    assert (verdict.word, "no such report is here" in verdict.sentence) == (UNKNOWN, True)


def test_a_file_that_cannot_be_read_exits_3_and_the_worst_of_several_counts(report: Report, tmp_path: Path) -> None:
    good = tmp_path / "a.csv"
    good.write_bytes(file_of(report, "csv"))
    exit_code, said = verify(good, tmp_path / "none.pdf")
    assert exit_code == 3
    assert "Genuine" in said
    assert "none.pdf: cannot be read: No such file or directory." in said


def test_a_forged_lookup_item_makes_no_file_genuine(report: Report) -> None:
    """Who could write into the table but not into the report's audited item proves nothing."""
    content = b"a forged file"
    key = ReportFile.key(sha256_of(content))
    store.save([store.Put(ReportFile(transaction_id=key, report_id=report.transaction_id, format="csv"))])
    assert verdict_on(content).word == UNKNOWN


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"%PDF-1.4", b"\xff\xfe" * 100])
def test_whatever_bytes_come_they_are_only_unknown(bank: Any, content: bytes) -> None:
    assert verdict_on(content).word == UNKNOWN


def test_two_reports_of_one_content_are_both_genuine(sealed_bank: list[DayTotals], report: Report) -> None:
    order = Order(Q3, tuple(in_order(("deposits",))), "USD")
    again = services.build_report(order=order, formats=writers_in_order(), actor=MANAGER, now=NOW, key="again")
    assert again.transaction_id != report.transaction_id
    assert verdict_on(file_of(report, "csv")).word == GENUINE


def test_page_tells_staff_what_a_file_is(report: Report, client: Client) -> None:
    auditor = signed_in(client, an_auditor())
    content = file_of(report, "pdf")
    for sent, word in ((content, "Genuine"), (forged(content, "pdf"), "Altered"), (b"x", "Unknown")):
        text = auditor.post("/reports/verify", {"file": SimpleUploadedFile("r.pdf", sent)}).content.decode()
        assert f"{word}: " in text
    assert auditor.post("/reports/verify", {}).status_code == 422
    assert signed_in(Client(), a_teller()).post("/reports/verify", {}).status_code == 403


def test_altered_is_the_word_of_the_verdict(report: Report) -> None:
    assert verdict_on(forged(file_of(report, "csv"), "csv")).word == ALTERED
