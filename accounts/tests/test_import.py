"""`import_transactions`: every line judged before anything is written; both mappings; kill -9 and go on."""

import gzip
import json
import os
import random
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import numbers
from accounts.imports.mappings import MAPPINGS
from accounts.imports.reading import BadLine, Unreadable, rows
from accounts.imports.service import Files, prepare
from accounts.models import Posting, User
from accounts.queries import totals
from accounts.queries.deposits import account
from accounts.queries.imports import import_run
from accounts.queries.ledger import history
from accounts.queries.people import holder_of
from accounts.services.verification import verify
from accounts.testing import make_user
from accounts.tests.test_bulk import emptied
from accounts.tests.test_posting import everything
from accounts.wires import wire_of
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.house.paths import ROOT
from cloudbank.ids import derived_id

AMLSIM = ROOT.parent / "shared" / "data" / "amlsim"
ACCOUNTS = """account_ref,customer_ref,name,email,currency,opening_balance,opened_on,segment,branch,product
A1,C1,Ann Abel,ann@x.example,USD,100.00,2019-03-01,retail,main,checking
A2,C1,Ann Abel,ann@x.example,USD,0.00,2024-03-06,retail,main,savings
B1,C2,"Bell, Bob & Co.",,USD,-20.50,,business,harbor,checking
"""
HEADER = "reference,posted_at,type,debit_ref,credit_ref,amount,currency,channel,branch,memo\n"
AFTER = datetime(2024, 3, 20, tzinfo=UTC)
GOOD = HEADER + (
    'r1,2024-03-04T09:00:00-05:00,deposit,cash,A1,"1,000.00",USD,branch,main,hello\n'
    "r2,2024-03-05T09:30:00-05:00,transfer,A1,B1,50,USD,online,main,\n"
    "r3,2024-03-06T15:00:00Z,transfer,B1,A2,70.25,USD,,,below zero\n"
    "r4,2024-03-09T12:00:00-05:00,withdrawal,A2,clearing,0.25,USD,wire,main,on a Saturday\n"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Good files in the bank's own format."""
    return written(tmp_path, ACCOUNTS, GOOD)


def written(folder: Path, accounts: str | bytes, movements: str | bytes) -> tuple[Path, Path]:
    """Both files."""
    paths = folder / "accounts.csv", folder / "movements.csv"
    for path, content in zip(paths, (accounts, movements), strict=True):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return paths


def imported(paths: tuple[Path, Path], *options: str, mapping: str = "cloudbank") -> tuple[int, str, dict[str, Any]]:
    """Run the command: exit code, all it said, its summary."""
    out, err, code = StringIO(), StringIO(), 0
    arguments = ["--accounts", str(paths[0]), "--transactions", str(paths[1]), "--mapping", mapping, *options]
    try:
        call_command("import_transactions", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    totals.forget()
    summary: dict[str, Any] = next(
        (json.loads(line) for line in out.getvalue().splitlines() if line.startswith("{")), {}
    )
    return code, out.getvalue() + err.getvalue(), summary


def number(ref: str, import_id: str = "x") -> str:
    """The account number of a reference."""
    return numbers.derive(import_id, ref)


# --- the bank's own format --------------------------------------------------------------------------


def test_history_of_the_banks_own_format_is_posted(bank: Any, files: tuple[Path, Path]) -> None:
    code, said, summary = imported(files, "--import-id", "x")
    assert code == 0, said
    assert "2 customers, 3 accounts, 6 movements (8 postings) as x" in said
    balances = [held.balance for ref in ("A1", "A2", "B1") if (held := account(number(ref)))]
    assert balances == [1_050_00, 70_00, -40_75]
    assert sum(balances) == 100_00 - 20_50 + 1_000_00 - 25
    assert summary["below_zero"] == 2
    assert summary["lowest"] == -40_75
    assert not verify("USD", full=True, now=AFTER).problems


def test_imported_people_are_known_and_verified(bank: Any, files: tuple[Path, Path]) -> None:
    imported(files, "--import-id", "x")
    ann = holder_of("Ann@X.example")
    assert ann is not None
    assert (ann.name, ann.kyc_status, ann.channel, ann.activated_on) == ("Ann Abel", "verified", "import", "2024-03-04")
    assert ann.import_id == "x"
    assert not ann.password
    found = [person.name for person in User.by_name.query("customer")]
    assert found == ["Ann Abel", "Bell, Bob & Co."]


def test_an_account_opened_later_comes_on_its_day(bank: Any, files: tuple[Path, Path]) -> None:
    imported(files, "--import-id", "x")
    later, earlier = account(number("A2")), account(number("A1"))
    assert later is not None
    assert earlier is not None
    assert (later.opened_on, earlier.opened_on) == ("2024-03-06", "2019-03-01")
    first, last = date(2024, 3, 4), date(2024, 3, 11)
    days = {day.day: day.numbers for day in totals.day_totals(first, last, "USD")}
    assert days["2024-03-04"]["accounts_opened"] == 2
    assert days["2024-03-06"]["accounts_opened"] == 1
    assert days["2024-03-11"]["n_wire_out"] == 1  # Saturday's joins Monday


def test_movements_say_that_they_were_observed_and_by_which_import(bank: Any, files: tuple[Path, Path]) -> None:
    imported(files, "--import-id", "x")
    lines = list(Posting.by_account.query(number("A1")))
    assert [line.type for line in lines] == ["opening", "deposit", "transfer"]
    assert all(line.observed for line in lines)
    assert {line.actor_id for line in lines} == {"import:x"}
    assert [line.posted_at for line in lines] == sorted(line.posted_at for line in lines)
    assert lines[1].memo == "hello"


def test_the_same_files_are_one_import(bank: Any, files: tuple[Path, Path]) -> None:
    first = imported(files)
    before = everything()
    code, said, _ = imported(files)
    assert (first[0], code) == (0, 0)
    assert "was imported before; nothing was written" in said
    assert everything() == before


def test_compressed_files_are_the_same_history(bank: Any, files: tuple[Path, Path], tmp_path: Path) -> None:
    packed = tuple(tmp_path / f"{path.name}.gz" for path in files)
    for path, target in zip(files, packed, strict=True):
        target.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    imported(files, "--import-id", "x")
    plain = {key: raw for key, raw in everything().items() if raw["kind"]["S"] == "posting"}
    emptied()
    imported((packed[0], packed[1]), "--import-id", "x")
    assert {key: raw for key, raw in everything().items() if raw["kind"]["S"] == "posting"} == plain


def test_columns_may_stand_in_any_order_and_optional_ones_may_be_missing(bank: Any, tmp_path: Path) -> None:
    accounts = "name,opening_balance,currency,customer_ref,account_ref\nAnn,5,USD,C1,A1\nBob,0,USD,C2,A2\n"
    movements = (
        "amount,currency,type,posted_at,credit_ref,debit_ref,reference\n1,USD,transfer,2024-03-04T12:00Z,A2,A1,r\n"
    )
    code, said, _ = imported(written(tmp_path, accounts, movements))
    assert code == 0, said


# --- lines that cannot be used ------------------------------------------------------------------------

BAD_ACCOUNTS = {
    "": "has 1 fields",
    "A9,C9,Zoe,,USD,1e3,,retail,main,checking": "opening_balance '1e3'",
    "A9,C9,Zoe,,USD,NaN,,retail,main,checking": "opening_balance 'NaN'",
    "A9,C9,Zoe,,usd,1,,retail,main,checking": "currency 'usd'",
    "A9,C9,Zoe,,USD,1.005,,retail,main,checking": "at most 2 digits",
    "A9,C9,,,USD,1,,retail,main,checking": "name is empty",
    "A9,C9,Zoe,zoe,USD,1,,retail,main,checking": "no e-mail address",
    "A9,C9,Zoe,ANN@x.example,USD,1,,retail,main,checking": "belongs to another customer of the file",
    "A9,C9,Zoe,,USD,1,2024-13-01,retail,main,checking": "no date",
    "A9,C9,Zoe,,USD,1,,vip,main,checking": "segment 'vip'",
    "A9,C9,Zoe,,USD,1,,retail,Main Street,checking": "no short name",
    "A9,C9,Zoe,,USD,1,,retail,main,loan": "product 'loan'",
    "A1,C9,Zoe,,USD,1,,retail,main,checking": "stands in the file twice",
    "A9,C1,Zoe,,USD,1,,retail,main,checking": "other particulars on an earlier line",
    "cash,C9,Zoe,,USD,1,,retail,main,checking": "name of a house account",
    "A|9,C9,Zoe,,USD,1,,retail,main,checking": "may hold letters",
    "A9,C9,Zoe": "has 3 fields where the header has 10",
}
BAD_MOVEMENTS = {
    "r9,2024-03-07T09:00:00,transfer,A1,B1,1,USD,online,main,": "no offset from UTC",
    "r9,07/03/2024,transfer,A1,B1,1,USD,online,main,": "is no time",
    "r9,2024-03-07T09:00Z,opening,A1,B1,1,USD,online,main,": "type 'opening'",
    "r9,2024-03-07T09:00Z,transfer,A1,cash,1,USD,online,main,": "from an account to an account",
    "r9,2024-03-07T09:00Z,deposit,A1,B1,1,USD,online,main,": "from cash or clearing to an account",
    "r9,2024-03-07T09:00Z,transfer,A1,A1,1,USD,online,main,": "goes from 'A1' to itself",
    "r9,2024-03-07T09:00Z,transfer,A1,Z1,1,USD,online,main,": "'Z1' is not in the accounts file",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,-1,USD,online,main,": "amount '-1'",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,0,USD,online,main,": "greater than zero",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,1.001,USD,online,main,": "at most 2 digits",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,1,EUR,online,main,": "is held in USD, not EUR",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,1,USD,pigeon,main,": "channel 'pigeon'",
    "r9,2024-03-03T09:00Z,transfer,A1,B1,1,USD,online,main,": "sort the file by time",
    "r2,2024-03-07T09:00Z,transfer,A1,B1,1,USD,online,main,": "reference 'r2' stands in the file twice",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,1,USD,online,main,\x00": "control character",
    'r9,2024-03-07T09:00Z,transfer,A1,B1,1,USD,online,main,"a\nb"': "line break",
    "r9,2024-03-07T09:00Z,transfer,A1,B1,1,USD,online": "has 8 fields where the header has 10",
    'r9,2024-03-07T09:00Z,"transfer"x,A1,B1,1,USD,online,main,': "is no CSV",
}


@pytest.mark.parametrize(("line", "reason"), [(k, v) for k, v in BAD_ACCOUNTS.items() if k])
def test_a_bad_account_is_named_with_its_line_and_nothing_is_written(
    bank: Any, tmp_path: Path, line: str, reason: str
) -> None:
    before = everything()
    code, said, _ = imported(written(tmp_path, ACCOUNTS + line + "\n", GOOD))
    assert code == 2
    assert "accounts.csv, line 5: " in said
    assert reason in said
    assert "1 malformed lines; nothing was written" in said
    assert everything() == before


@pytest.mark.parametrize(("line", "reason"), BAD_MOVEMENTS.items())
def test_a_bad_movement_is_named_with_its_line_and_nothing_is_written(
    bank: Any, tmp_path: Path, line: str, reason: str
) -> None:
    lines = GOOD.splitlines(keepends=True)
    before = everything()
    code, said, _ = imported(written(tmp_path, ACCOUNTS, "".join([*lines[:4], line + "\n", *lines[4:]])))
    assert code == 2
    assert "movements.csv, line 5: " in said
    assert reason in said
    assert "1 malformed lines; nothing was written" in said
    assert everything() == before


def test_bytes_that_are_not_utf_8_are_named(bank: Any, tmp_path: Path) -> None:
    code, said, _ = imported(
        written(tmp_path, ACCOUNTS, GOOD.replace("hello", "h\udcff").encode(errors="surrogateescape"))
    )
    assert code == 2
    assert "movements.csv, line 2: is not UTF-8" in said


def test_bad_lines_can_be_left_out_and_the_exit_code_still_says_so(bank: Any, tmp_path: Path) -> None:
    bad = "\n".join(list(BAD_MOVEMENTS)[:3])
    code, said, summary = imported(
        written(tmp_path, ACCOUNTS, GOOD + bad + "\n"), "--skip-bad-lines", "--import-id", "x"
    )
    assert code == 2
    assert "3 malformed lines were left out" in said
    assert summary["movements"] == 6
    assert not verify("USD", full=True, now=AFTER).problems


def test_what_refers_to_a_bad_account_is_bad_too(bank: Any, tmp_path: Path) -> None:
    accounts = ACCOUNTS.replace("B1,C2", "B|1,C2")
    code, said, summary = imported(written(tmp_path, accounts, GOOD), "--skip-bad-lines", "--import-id", "x")
    assert code == 2
    assert summary["bad_lines"] == 3
    assert summary["movements"] == 3
    assert said.count("'B1' is not in the accounts file") == 2


def test_many_bad_lines_are_counted_not_all_shown(bank: Any, tmp_path: Path) -> None:
    code, said, _ = imported(written(tmp_path, ACCOUNTS, GOOD + "nonsense\n" * 2_500))
    assert code == 2
    assert said.count("has 1 fields") == 20
    assert "and 2,480 more" in said


def test_an_address_of_somebody_at_the_bank_is_not_taken_over(bank: Any, files: tuple[Path, Path]) -> None:
    make_user(email="ann@x.example")
    code, said, _ = imported(files, "--import-id", "x")
    assert code == 2
    assert "line 2: the e-mail address 'ann@x.example' belongs to a customer of the bank already" in said
    code, said, summary = imported(files, "--import-id", "x", "--skip-bad-lines")
    assert summary["customers"] == 1
    assert not verify("USD", full=True, now=AFTER).problems


# --- files that cannot be used ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("movements", "reason"),
    [
        (GOOD.replace("posted_at", "when", 1), "line 1: the header lacks posted_at"),
        (GOOD.replace("memo", "note", 1), "line 1: unknown or repeated columns: note"),
        ("", "line 1: the header lacks"),
        (gzip.compress(GOOD.encode() * 9)[:-20], "damaged or cut off"),
    ],
    ids=["missing column", "unknown column", "empty", "cut off"],
)
def test_a_file_that_is_none_is_one_line_and_exit_code_1(
    bank: Any, tmp_path: Path, movements: str | bytes, reason: str
) -> None:
    before = everything()
    code, said, _ = imported(written(tmp_path, ACCOUNTS, movements))
    assert code == 1
    assert reason in said
    assert everything() == before


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"nowhere\.csv: No such file"):
        list(rows(tmp_path / "nowhere.csv", ("a",)))


def test_rows_come_with_the_line_they_begin_on(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text('a,b\n1,"x\ny"\n\n2,z\n')
    found = list(rows(path, ("a", "b")))
    assert [number for number, _ in found] == [2, 5]
    assert isinstance(found[0][1], BadLine)
    assert found[1][1] == {"a": "2", "b": "z"}


def test_history_lies_in_the_past(bank: Any, files: tuple[Path, Path]) -> None:
    future = GOOD.replace("2024-03", f"{utcnow().year + 1}-03")
    files[1].write_text(future)
    code, said, _ = imported(files)
    assert code == 1
    assert "history lies in the past" in said


def test_another_start_date_is_another_import(bank: Any, files: tuple[Path, Path]) -> None:
    imported(files, "--import-id", "x")
    code, said, _ = imported(files, "--import-id", "x", "--start-date", "2024-03-01")
    assert code == 1
    assert "begun with" in said
    assert "start_date" in said or "days" in said


@pytest.mark.parametrize("name", ["live", "demo", "UPPER", "a#b", "-x"])
def test_names_that_would_mix_up_totals_are_refused(bank: Any, files: tuple[Path, Path], name: str) -> None:
    code, said, _ = imported(files, f"--import-id={name}")
    assert code == 1
    assert "import id" in said


def test_every_mapping_names_its_columns() -> None:
    assert MAPPINGS.codes() == ["amlsim", "cloudbank"]
    for mapping in MAPPINGS:
        assert not set(mapping.account_columns) & set(mapping.account_optional)
        assert not set(mapping.movement_columns) & set(mapping.movement_optional)


# --- AMLSim --------------------------------------------------------------------------------------------


def slice_of_amlsim(folder: Path, movements: int) -> tuple[Path, Path]:
    """The first transfers of the real file, with all accounts that they touch."""
    if not AMLSIM.is_dir():
        pytest.skip("the AMLSim sample is not here")
    with gzip.open(AMLSIM / "transactions.csv.gz", "rt") as file:
        lines = [next(file) for _ in range(movements + 1)]
    touched = {ref for line in lines[1:] for ref in line.split(",")[:2]}
    with gzip.open(AMLSIM / "nodes.csv.gz", "rt") as file:
        nodes = [line for place, line in enumerate(file) if place == 0 or line.split(",")[0] in touched]
    return written(folder, "".join(nodes), "".join(lines))


def test_balances_sum_to_the_opening_sum(bank: Any, tmp_path: Path) -> None:
    paths = slice_of_amlsim(tmp_path, 600)
    openings = [round(float(line.split(",")[2]) * 100) for line in paths[0].read_text().splitlines()[1:]]
    code, said, summary = imported(paths, "--import-id", "aml", mapping="amlsim")
    assert code == 0, said
    assert summary["house"] == {"USD": -sum(openings)}
    check = verify("USD", full=True, now=utcnow())
    assert not check.problems
    assert sum(tip.balance for tip in check.tips.values()) == sum(openings)
    assert summary["accounts"] == len(openings)


def test_day_numbers_become_days_that_end_yesterday(bank: Any, tmp_path: Path) -> None:
    paths = slice_of_amlsim(tmp_path, 60)
    imported(paths, "--import-id", "aml", mapping="amlsim")
    run = import_run("aml")
    assert run is not None
    last = int(paths[1].read_text().splitlines()[-1].split(",")[3])
    start = bank_calendar().local(utcnow()).date() - timedelta(days=1 + last)
    assert run.made_of["start_date"] == start.isoformat()
    lines = list(Posting.by_account.query(number(paths[1].read_text().splitlines()[1].split(",")[0], "aml")))
    assert lines[0].type == "opening"
    assert all(8 <= bank_calendar().local(_moment(line)).hour < 18 for line in lines[1:])


def _moment(line: Posting) -> Any:
    return utcnow().fromisoformat(line.posted_at)


def test_a_transfer_to_itself_is_set_aside_with_a_note(bank: Any, tmp_path: Path) -> None:
    nodes = "nodeid,isFraud,init_balance,fraudStep\n1,0,10.00,-1\n2,0,10.00,-1\n"
    transfers = "sourceNodeId,targetNodeId,value,time\n1,2,1.5,1\n2,2,3.00,1\n2,1,20.00,2\n"
    code, said, summary = imported(written(tmp_path, nodes, transfers), mapping="amlsim")
    assert code == 0, said
    assert "1 transfers from an account to itself move nothing, left out: lines 3" in said
    assert (summary["movements"], summary["below_zero"], summary["lowest"]) == (4, 1, -8_50)


def test_the_labels_of_the_data_set_reach_no_rule(bank: Any, tmp_path: Path) -> None:
    nodes = "nodeid,isFraud,init_balance,fraudStep\n1,1,10.00,4\n2,0,10.00,-1\n"
    transfers = "sourceNodeId,targetNodeId,value,time\n1,2,1.5,1\n"
    imported(written(tmp_path, nodes, transfers), "--import-id", "x", mapping="amlsim")
    fraud, honest = (everything()[f"BankingUsers/{derived_id('usr', 'x', ref)}"] for ref in ("1", "2"))
    same = {name for name in fraud if fraud[name] == honest[name]}
    assert set(fraud) - same == {"user_id", "name", "name_key"}


# --- kill -9 ----------------------------------------------------------------------------------------------


def _settled() -> dict[str, Any]:
    run_kinds = {"import_run", "books", "audit"}
    return {key: raw for key, raw in everything().items() if raw["kind"]["S"] not in run_kinds}


@pytest.mark.slow
def test_an_import_killed_at_random_points_ends_identical(bank: Any, tmp_path: Path) -> None:
    paths = slice_of_amlsim(tmp_path, 700)
    start = (bank_calendar().local(utcnow()).date() - timedelta(days=15)).isoformat()
    options = ["--import-id", "aml", "--start-date", start]
    command = [sys.executable, "manage.py", "import_transactions", "--skip-checks", *options, "--mapping", "amlsim"]
    command += ["--accounts", str(paths[0]), "--transactions", str(paths[1])]
    began = time.monotonic()
    assert imported(paths, *options, mapping="amlsim")[0] == 0
    seconds = time.monotonic() - began
    whole = _settled()
    emptied()
    kills = 0
    for _ in range(3):
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 20
        while import_run("aml") is None and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(random.uniform(0.1, 0.7) * seconds)
        if process.poll() is None:
            kills += 1
        process.kill()
        process.wait()
    code, said, _ = imported(paths, *options, mapping="amlsim")
    assert code == 0, said
    assert kills >= 1
    assert _settled() == whole
    assert not verify("USD", full=True, now=utcnow()).problems


def test_a_dry_run_writes_nothing_and_tells_the_same(bank: Any, files: tuple[Path, Path]) -> None:
    before = everything()
    code, said, tried = imported(files, "--dry-run", "--import-id", "x")
    assert code == 0
    assert "Would import 2 customers" in said
    assert everything() == before
    done = imported(files, "--import-id", "x")[2]
    times = {"seconds", "megabytes", "items"}
    assert {name: value for name, value in tried.items() if name not in times} == {
        name: value for name, value in done.items() if name not in times
    }


def test_an_interrupted_import_keeps_its_default_start_date(bank: Any, tmp_path: Path) -> None:
    nodes = "nodeid,isFraud,init_balance,fraudStep\n1,0,10.00,-1\n2,0,10.00,-1\n"
    transfers = "sourceNodeId,targetNodeId,value,time\n1,2,1.5,1\n"
    paths = written(tmp_path, nodes, transfers)
    yesterday = utcnow() - timedelta(days=1)
    ask = Files(paths[0], paths[1], "amlsim", import_id="x")
    first = prepare(ask, now=yesterday)
    first.run(now=yesterday)
    assert prepare(ask, now=utcnow()).history.start == first.history.start


# --- wires and places -------------------------------------------------------------------------------

WIRE_HEADER = HEADER.strip() + ",originator_name,beneficiary_name,beneficiary_account,institution,country\n"


def test_the_fields_of_a_wire_are_imported_where_the_file_has_them(bank: Any, tmp_path: Path) -> None:
    movements = WIRE_HEADER + (
        "w1,2024-03-04T09:00:00-05:00,wire_in,clearing,A1,4000,USD,wire,main,Refund,Acme GmbH,Ann Abel,,COBADEFF,DE\n"
        "w2,2024-03-05T09:00:00-05:00,withdrawal,A1,clearing,3000,USD,wire,main,,,,,,\n"
    )
    code, said, _ = imported(written(tmp_path, ACCOUNTS, movements), "--import-id", "wires")
    assert code == 0, said
    came, went = history(numbers.derive("wires", "A1"), limit=2).rows[::-1]
    assert (came.type, came.channel, went.type, went.channel) == ("wire_in", "wire", "wire_out", "wire")
    fields = wire_of(came.details)
    assert (fields.originator_name, fields.institution, fields.country) == ("Acme GmbH", "COBADEFF", "DE")
    assert (came.badge, went.badge, went.details or "") == ("ALERT", "ALERT", "")  # rule 6: both lack something


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("x,2024-03-04T09:00:00Z,wire_in,clearing,A1,4000,USD,wire,main,,,,,COBAZZFF,DE", "no country"),
        ("x,2024-03-04T09:00:00Z,wire_in,clearing,A1,4000,USD,wire,main,,,,,,XX", "no two-letter code"),
        ("x,2024-03-04T09:00:00Z,wire_in,cash,A1,4000,USD,wire,main,,,,,,DE", "against clearing"),
        ("x,2024-03-04T09:00:00Z,wire_out,A1,clearing,4000,USD,online,main,,,,,,DE", "by the channel wire"),
        ("x,2024-03-04T09:00:00Z,deposit,cash,A1,4000,USD,branch,main,,,,,,DE", "belongs to a wire"),
    ],
)
def test_a_wire_that_is_none_is_refused_with_its_line(bank: Any, tmp_path: Path, line: str, reason: str) -> None:
    code, said, _ = imported(written(tmp_path, ACCOUNTS, WIRE_HEADER + line + "\n"))
    assert code == 2 and "line 2" in said and reason in said


def test_a_place_is_kept_coarsely(bank: Any, tmp_path: Path) -> None:
    header = HEADER.strip() + ",latitude,longitude\n"
    rows_ = "p1,2024-03-04T09:00:00-05:00,withdrawal,A1,cash,40,USD,branch,main,,40.71277,-74.00597\n"
    code, said, _ = imported(written(tmp_path, ACCOUNTS, header + rows_), "--import-id", "places")
    assert code == 0, said
    assert history(numbers.derive("places", "A1"), limit=1).rows[0].details == '{"at":"40.71,-74.01"}'
    code, said, _ = imported(written(tmp_path, ACCOUNTS, header + rows_.replace("40.71277", "94.1")))
    assert code == 2 and "latitude '94.1'" in said
    code, said, _ = imported(written(tmp_path, ACCOUNTS, header + rows_.replace("40.71277", "")))
    assert code == 2 and "latitude" in said
