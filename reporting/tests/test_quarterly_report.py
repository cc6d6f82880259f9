"""`manage.py quarterly_report`: for cron; one sentence and the paths, or one sentence and exit code 1."""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command

from accounts.testing import a_customer, a_teller, an_officer
from accounts.totals import DayTotals
from cloudbank import documents, outbox, store
from cloudbank.audit import AuditRecord
from cloudbank.house.paths import ROOT
from reporting import queries
from reporting.run_queries import runs
from reporting.services.runs import performing
from reporting.tests.conftest import NOW
from reporting.tests.reading import said_in_csv

NAMES = [f"quarterly-report-2026q3-usd.{code}" for code in ("pdf", "xlsx", "csv")]


def run(output: Path, **options: Any) -> str:
    """The command on a Monday in October 2026."""
    said = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("quarterly_report", output=str(output), stdout=said, **options)
    return said.getvalue()


def names_in(folder: Path) -> list[str]:
    """Names of the files in a folder, in the order of the formats."""
    return sorted(
        (path.name for path in folder.iterdir()), key=lambda name: ("pdf", "xlsx", "csv").index(name[-4:].strip("."))
    )


def test_last_quarter_is_written_in_all_formats_and_said_in_one_sentence(
    sealed_bank: list[DayTotals], tmp_path: Path
) -> None:
    said = run(tmp_path / "out", quarter="last_quarter", format="pdf,csv,xlsx").splitlines()
    assert said[0] == "Quarterly report 2026Q3 in USD (final, as of 2026-09-30): 3 files."
    assert said[1:] == [str(tmp_path / "out" / name) for name in NAMES]
    assert names_in(tmp_path / "out") == NAMES


def test_run_again_leaves_byte_identical_files_and_one_report(sealed_bank: list[DayTotals], tmp_path: Path) -> None:
    run(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in NAMES}
    run(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in NAMES} == before
    assert len(queries.archive(NOW).rows) == 1


@pytest.mark.parametrize(
    ("token", "name", "words"),
    [
        ("2026-08", "monthly-report-2026-08-usd.csv", "Monthly report 2026-08 in USD (final, as of 2026-08-31)"),
        ("last_month", "monthly-report-2026-09-usd.csv", "Monthly report 2026-09 in USD (final, as of 2026-09-30)"),
        ("2026-09-15", "daily-report-2026-09-15-usd.csv", "Daily report 2026-09-15 in USD (final, as of 2026-09-15)"),
        (
            "2026-07-01..2026-09-15",
            "report-2026-07-01-2026-09-15-usd.csv",
            "Report 2026-07-01..2026-09-15 in USD (final, as of 2026-09-15)",
        ),
    ],
)
def test_months_days_and_ranges_are_reported_by_the_same_command(
    sealed_bank: list[DayTotals], tmp_path: Path, token: str, name: str, words: str
) -> None:
    said = run(tmp_path, quarter=token, format="csv")
    assert said.splitlines() == [f"{words}: 1 file.", str(tmp_path / name)]
    days = [day for day in sealed_bank if day.day in _dates(token)]
    figures = said_in_csv((tmp_path / name).read_bytes())
    label = "2026-09" if token == "last_month" else token
    assert figures["transactions", "Transactions", "", label] == sum(day.count() - day.count("opening") for day in days)


def _dates(token: str) -> set[str]:
    month = {"2026-08": "2026-08", "last_month": "2026-09"}.get(token)
    if month:
        return {f"{month}-{day:02d}" for day in range(1, 32)}
    first, _, last = token.partition("..")
    return {
        f"2026-{m:02d}-{d:02d}"
        for m in range(1, 13)
        for d in range(1, 32)
        if first <= f"2026-{m:02d}-{d:02d}" <= (last or first)
    }


def test_reports_that_differ_never_share_a_name_in_one_folder(sealed_bank: list[DayTotals], tmp_path: Path) -> None:
    for options in ({}, {"compare": "none"}, {"cut": ["branch=main"]}, {"metrics": "deposits"}):
        run(tmp_path, quarter="2026Q3", format="csv", **options)
    assert len(list(tmp_path.glob("*.csv"))) == 4


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            {"quarter": "2026Q5"},
            "'2026Q5' is no period; write 2026Q3, 2026-09, 2026-09-15, 2026-07-01..2026-09-15 or one of ",
        ),
        ({"quarter": "summer"}, "'summer' is no period; write 2026Q3"),
        ({"quarter": "2027Q1"}, "2027Q1 has not begun: it starts on 2027-01-01."),
        ({"quarter": "2020Q1"}, "2020Q1 ended before the bank's first day, 2025-04-01."),
        ({"currency": "EUR"}, "The bank has no postings in EUR yet."),
        ({"quarter": "2026-13"}, "'2026-13' is no period"),
        ({"quarter": "2026-09-31"}, "'2026-09-31' is no period: there is no such date."),
        ({"quarter": "2026-09-15..2026-09-01"}, "'2026-09-15..2026-09-01' is no period: its first day is after"),
        ({"quarter": "2025-07-01..2026-07-02"}, "'2025-07-01..2026-07-02' is too long: a report covers at most 366"),
        ({"quarter": "2026-09-12"}, "There is no business day in '2026-09-12'; what happens then is of 2026-09-14."),
        ({"quarter": "2026-11"}, "2026-11 has not begun: it starts on 2026-11-01."),
        ({"cut": ["branch"]}, "'branch' is no cut; write for example branch=main."),
        ({"cut": ["planet=mars"]}, "A report cannot be cut by 'planet'; choose from branch, segment, product."),
        ({"metrics": "loan_yield", "cut": ["branch=main"]}, "Branch: Main branch: none of these metrics is known for"),
        ({"cut": ["branch=mian"]}, "There is no branch 'mian'; choose from main."),
        ({"cut": ["segment=rich"]}, "There is no segment 'rich'; choose from retail, business."),
        ({"cut": ["product=gold"]}, "There is no product 'gold'; choose from checking, savings, personal, auto, "),
        ({"format": "pdf,doc"}, "There is no format 'doc'; choose from csv, pdf, xlsx."),
        ({"metrics": "loans"}, "There is no metric 'loans'; choose from "),
        ({"pack": "lunch"}, "There is no pack 'lunch'; choose from board, loans, deposits, risk, transactions."),
        ({"pack": "board", "metrics": "deposits"}, "Give either --pack or --metrics, not both."),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    sealed_bank: list[DayTotals], tmp_path: Path, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        run(tmp_path / "out", **options)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


def test_folder_that_cannot_be_written_is_refused_before_any_work(sealed_bank: list[DayTotals], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CommandError, match="Cannot write into"):
        run(tmp_path / "file" / "out")
    assert queries.archive(NOW).rows == []


def test_disk_that_fills_up_leaves_the_old_files_whole(
    sealed_bank: list[DayTotals], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in NAMES:
        (tmp_path / name).write_bytes(b"old")

    def full(path: Path, content: bytes) -> None:
        raise documents.NotStored(28, f"{path} could not be written: No space left on device")

    monkeypatch.setattr(documents, "replace_file", full)
    with pytest.raises(CommandError, match="No space left on device"):
        run(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in NAMES] == [b"old"] * 3
    (last,) = runs(NOW).rows
    assert (last.state, "No space left" in last.error) == ("failed", True)


def test_some_metrics_have_a_name_of_their_own_and_only_their_figures(
    sealed_bank: list[DayTotals], tmp_path: Path
) -> None:
    run(tmp_path, metrics="customers,deposits", format="csv")
    (path,) = tmp_path.glob("*.csv")
    assert path.name == "quarterly-report-2026q3-usd-deposits-customers.csv"
    assert {names[0] for names in said_in_csv(path.read_bytes())} == {"deposits", "customers"}


def test_while_another_host_builds_this_report_nothing_is_built(sealed_bank: list[DayTotals], tmp_path: Path) -> None:
    run(tmp_path / "first", metrics="deposits", format="csv")
    (there,) = runs(NOW).rows
    with performing(run_id=there.transaction_id, now=lambda: NOW):
        with pytest.raises(CommandError, match="is running already"):
            run(tmp_path / "out", metrics="deposits", format="csv")
        assert run(tmp_path / "other", metrics="customers", format="csv"), "another report is not kept waiting"
    assert list((tmp_path / "out").iterdir()) == []


def test_run_leaves_a_record_of_what_it_did_also_when_it_is_repeated(
    sealed_bank: list[DayTotals], tmp_path: Path
) -> None:
    run(tmp_path)
    run(tmp_path)
    (last,) = runs(NOW).rows
    assert (last.state, last.cause, last.period, last.attempt) == ("done", "command", "2026Q3", 2)
    assert (last.asked_by, set(last.formats)) == ("command:quarterly_report", {"csv", "pdf", "xlsx"})


def test_a_pack_is_built_under_its_name(sealed_bank: list[DayTotals], tmp_path: Path) -> None:
    said = run(tmp_path, pack="deposits", quarter="2026-09", format="csv").splitlines()
    assert said == [
        "Deposits, monthly report 2026-09 in USD (final, as of 2026-09-30): 1 file.",
        str(tmp_path / "monthly-report-2026-09-usd-deposits.csv"),
    ]


def test_if_missing_builds_once_and_writes_what_the_folder_lacks(
    sealed_bank: list[DayTotals], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "1 file." in run(tmp_path, pack="deposits", format="csv", if_missing=True)

    def never(*arguments: Any, **named: Any) -> None:
        raise AssertionError("it was built again")

    monkeypatch.setattr("reporting.services.runs.build_report", never)
    (written,) = tmp_path.glob("*.csv")
    content = written.read_bytes()
    written.unlink()
    assert "is in the archive already" in run(tmp_path, pack="deposits", format="csv", if_missing=True)
    assert written.read_bytes() == content
    with pytest.raises(AssertionError, match="built again"):
        run(tmp_path, pack="deposits", format="csv,pdf", if_missing=True)


def test_report_is_only_archived_without_a_folder(sealed_bank: list[DayTotals]) -> None:
    said = StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("quarterly_report", pack="deposits", stdout=said)
    assert said.getvalue().splitlines() == [
        "Deposits, quarterly report 2026Q3 in USD (final, as of 2026-09-30): 3 files."
    ]
    assert len(queries.archive(NOW).rows) == 1


# By e-mail.


def test_report_is_mailed_with_its_files_to_who_may_read_it_and_that_is_on_record(
    sealed_bank: list[DayTotals], tmp_path: Path, mailoutbox: list[Any]
) -> None:
    officer = an_officer(email="olga@bank.example")
    run(tmp_path, pack="deposits", format="csv,pdf", email="olga@bank.example")
    (mail,) = mailoutbox
    (report,) = queries.archive(NOW).rows
    assert (mail.to, mail.subject) == (["olga@bank.example"], "Deposits, quarterly report 2026Q3")
    attached = {name: content for name, content, _ in mail.attachments}
    assert set(attached) == {"quarterly-report-2026q3-usd-deposits.csv", "quarterly-report-2026q3-usd-deposits.pdf"}
    csv = attached["quarterly-report-2026q3-usd-deposits.csv"]
    assert documents.sha256_of(csv if isinstance(csv, bytes) else csv.encode()) == report.files["csv"][2]
    found = AuditRecord.by_subject.query(f"report#{report.transaction_id}")
    (sent,) = [one for one in found if isinstance(one, AuditRecord) and one.action == "send_report"]
    assert (sent.after["to"], sent.after["formats"]) == (officer.user_id, ["pdf", "csv"])
    assert runs(NOW).rows[0].delivered == [officer.user_id]


@pytest.mark.parametrize("make", [a_customer, a_teller], ids=lambda one: one.__name__)
def test_reports_are_mailed_to_nobody_who_may_not_read_them(
    sealed_bank: list[DayTotals], tmp_path: Path, mailoutbox: list[Any], make: Any
) -> None:
    make(email="who@bank.example")
    for address in ("who@bank.example", "stranger@else.example"):
        with pytest.raises(CommandError, match="is no address of a colleague who may read reports"):
            run(tmp_path / "out", pack="deposits", email=address)
    assert mailoutbox == []
    assert not (tmp_path / "out").exists()


def test_refused_mail_exits_2_shows_as_failed_and_arrives_later(
    sealed_bank: list[DayTotals], tmp_path: Path, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    an_officer(email="olga@bank.example")

    def refused(self: Any, fail_silently: bool = False) -> int:
        raise SMTPRecipientsRefused({"olga@bank.example": (550, b"no such mailbox")})

    with monkeypatch.context() as broken:
        broken.setattr(EmailMessage, "send", refused)
        with pytest.raises(
            CommandError, match="It is built, but could not be mailed: the mail server refused"
        ) as error:
            run(tmp_path, pack="deposits", format="csv", email="olga@bank.example")
    assert error.value.returncode == 2
    (failed,) = runs(NOW).rows
    assert (failed.state, "no such mailbox" in failed.error, bool(failed.report_id)) == ("failed", True, True)
    assert len(list(tmp_path.glob("*.csv"))) == 1
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert outbox.deliver_due(NOW + timedelta(minutes=1)).delivered == 1
    assert len(mailoutbox) == 1
    (done,) = runs(NOW).rows
    assert (done.state, done.error) == ("done", "")


def test_who_lost_the_right_meanwhile_gets_nothing(
    sealed_bank: list[DayTotals], tmp_path: Path, mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = an_officer(email="olga@bank.example")
    monkeypatch.setattr("reporting.management.commands.quarterly_report.send_now", lambda run, now: "")
    run(tmp_path, pack="deposits", format="csv", email="olga@bank.example")
    officer.disabled = True
    store.save([store.changed(officer)])
    (line,) = outbox.deliver_due(NOW).failed
    assert "may not read reports any more" in line
    assert mailoutbox == []


def test_as_a_process_it_exits_0_and_1_and_shows_no_bar_to_cron(
    sealed_bank: list[DayTotals], tmp_path: Path, folder: Path, engine: Any
) -> None:
    env = {**os.environ, "DYNAMODB_ENDPOINT_URL": engine.url, "DOCUMENTS_DIR": str(folder)}
    command = [sys.executable, "manage.py", "quarterly_report", "--output", str(tmp_path / "out")]
    good = subprocess.run([*command, "--quarter", "2026Q3"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert (good.returncode, good.stderr) == (0, "")
    assert names_in(tmp_path / "out") == NAMES
    bad = subprocess.run([*command, "--quarter", "2099Q1"], cwd=ROOT, env=env, capture_output=True, text=True)
    assert (bad.returncode, bad.stdout) == (1, "")
    assert bad.stderr == "CommandError: 2099Q1 has not begun: it starts on 2099-01-01.\n"
