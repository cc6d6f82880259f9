"""The drill: a bank with all kinds of items into files, the files into other tables, and what was torn is named there."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import CommandError
from django.test import Client

from accounts.models import Session, User
from accounts.testing import a_customer, a_stranger, signed_in
from accounts.tests.conftest import TwoPeople, quiet, two  # noqa: F401  fixtures
from accounts.tests.images import image, put_raw, remove_raw
from accounts.tests.tampering import Raw, of_kind
from accounts.tests.test_tampering_items import books  # noqa: F401  a fixture
from cloudbank import jobs, store
from cloudbank.audit import AuditRecord
from cloudbank.backup import tables as whole
from cloudbank.backup.manifest import read_manifest
from cloudbank.backup.record import TableCopy
from cloudbank.clock import utcnow
from cloudbank.outbox.item import Message
from cloudbank.tests.drilling import SUFFIX, backed_up, beside, business, own_tables, printed, refused, restored  # noqa: F401
from cloudbank.tests.test_older_data import older  # noqa: F401
from cloudbank.throttle import Throttle

pytestmark = pytest.mark.usefixtures("beside")


def verified() -> str:
    return printed("verify_ledger", "--full") + printed("verify_audit")


def named(capsys: Any, command: str, *arguments: str) -> str:
    """What a verifier says that finds something."""
    with pytest.raises(CommandError):
        printed(command, *arguments)
    return str(capsys.readouterr().err)


@pytest.mark.slow
def test_a_restored_bank_is_the_bank_and_what_is_torn_in_it_is_named(
    books: TwoPeople, tmp_path: Path, capsys: Any  # noqa: F811
) -> None:  # fmt: skip
    signed_in(Client(), books.customer)
    before = business()
    place = backed_up(tmp_path / "b")
    assert business() == before  # a back-up changes nothing but its own record
    said = restored(place)
    passing = {key for key, raw in before.items() if raw["kind"]["S"] in (Session.discriminator(), "throttle")}
    assert passing and business() == {key: raw for key, raw in before.items() if key not in passing}
    assert "The ledger is sound" in verified() and f"TABLE_SUFFIX={SUFFIX} manage.py verify_ledger --full" in said
    leg, account, *_ = torn = [
        next(of_kind(image(), "posting", type="transfer")),
        next(of_kind(image(), "deposit_account", account_id=books.theirs)),
        next(of_kind(image(), "audit", action="approve")),
        next(of_kind(image(), "loan")),
        [*of_kind(image(), "cube_cell")][-1],  # of the open day
        next(of_kind(image(), "closed_day")),
    ]
    for table, raw in torn:
        remove_raw(table, raw)
        assert "BROKEN" in named(capsys, "verify_ledger", "--full"), raw
        put_raw(table, raw)
    remove_raw(*leg)
    assert (
        leg[1]["transaction_id"]["S"] in (told := named(capsys, "verify_ledger", "--full"))
        or leg[1]["account_id"]["S"] in told
    )
    put_raw(*leg)
    put_raw(account[0], account[1] | {"balance": {"N": "1"}})
    assert books.theirs in named(capsys, "verify_ledger", "--full")
    put_raw(*account)
    _, record = next(of_kind(image(), "audit", action="set_by_hand"))
    remove_raw(f"BankingTransactions{SUFFIX}", record)
    assert "a record is missing" in named(capsys, "verify_audit")
    put_raw(f"BankingTransactions{SUFFIX}", record)
    assert "The audit trail is whole" in verified()


@pytest.mark.slow
def test_a_process_that_is_told_the_suffix_works_on_the_restored_tables(bank: Any, tmp_path: Path) -> None:
    a_customer()
    restored(backed_up(tmp_path / "b"))
    a_stranger()
    stored = business()
    own_tables()
    environment = os.environ | {"TABLE_SUFFIX": SUFFIX, "DYNAMODB_ENDPOINT_URL": bank.url}
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_audit"], cwd=settings.BASE_DIR, env=environment, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    people = sum(raw["kind"]["S"] == User.discriminator() for raw in stored.values())
    assert people == 2 and f"The audit trail is whole: {people + 2} items" in done.stdout, done.stderr


def test_a_bank_of_the_release_before_comes_back_as_it_was(older: Any, tmp_path: Path) -> None:  # noqa: F811
    before = business()
    restored(backed_up(tmp_path / "b"))
    assert business() == before  # which test_older_data verifies


def test_values_of_every_type_come_back_as_they_were(bank: Any, tmp_path: Path) -> None:
    odd: Raw = {
        "user_id": {"S": "odd"},
        "number": {"N": "123456789012345678901234567890.12345678"},
        "small": {"N": "-0.000000000000000000000000000000000000001"},
        "text": {"S": 'line\nbreak \u2028 "quoted" \x00\x1f \U0001f3e6 é'},
        "empty": {"S": ""},
        "bytes": {"B": b"\x00\xff\x1f\x8b"},
        "some": {"BS": [b"\x00", b"\xfe"]},
        "words": {"SS": ["b", "a"]},
        "numbers": {"NS": ["3", "1.5"]},
        "no": {"BOOL": False},
        "none": {"NULL": True},
        "inside": {"M": {"list": {"L": [{"B": b"\x01"}, {"M": {"n": {"N": "7"}}}, {"L": []}]}}},
    }
    put_raw("BankingUsers", odd)
    before = business()["BankingUsers", "odd"]
    restored(backed_up(tmp_path / "b"))
    assert business()["BankingUsers", "odd"] == before
    assert before["bytes"] == odd["bytes"] and before["number"] == odd["number"]


def test_what_ends_by_itself_is_left_out_and_what_has_ended_is_not_brought_back(bank: Any, tmp_path: Path) -> None:
    signed_in(Client(), a_customer())
    store.save([store.new(Throttle(user_id="throttle#x", version=1, until=1))])
    for number, hours in enumerate((-1, 1)):
        put_raw(
            "BankingTransactions",
            {"transaction_id": {"S": f"msg_{number}"}, "kind": {"S": Message.discriminator()},
             "expires_at": {"N": str(int((utcnow() + timedelta(hours=hours)).timestamp()))}},
        )  # fmt: skip
    said = printed("backup", f"--to={tmp_path / 'b'}")
    assert "left out: 1 of kind session" in said and "left out: 1 of kind throttle" in said
    assert "1 left out, whose time was over" in restored(tmp_path / "b")
    kinds = [raw["kind"]["S"] for raw in business().values()]
    assert not {"session", "throttle"} & set(kinds)
    assert [key for _, key in business() if key.startswith("msg_")] == ["msg_1"]


def test_a_backup_is_on_record_with_who_took_it_and_where_it_went(bank: Any, tmp_path: Path) -> None:
    place = backed_up(tmp_path / "b")
    manifest = read_manifest((place / "manifest.json").read_bytes())
    run = jobs.last_run("backup")
    assert run and run.state == "done" and run.counts["seal"] == manifest.seal and run.run_key == str(place)
    item = store.get(TableCopy, f"backup#{manifest.begin.id}")
    assert item and (item.state, item.place, item.seal) == ("done", str(place), manifest.seal)
    begin, end = [store.get(AuditRecord, AuditRecord.key(f"table_copy#{item.account_id}", number)) for number in (1, 2)]
    assert begin and end and (begin.action, end.action) == ("begin_backup", "end_backup")
    assert begin.actor_id == "command:backup" and "@" in begin.source and begin.after == {"place": str(place)}
    restored(place)
    run = jobs.last_run("restore")
    assert (
        run
        and run.state == "done"
        and run.counts["items"] == sum(manifest.items(table) for table in manifest.begin.tables)
    )
    assert "The audit trail is whole" in printed("verify_audit")
    assert "nothing was written" in restored(place)


def test_todays_backup_is_taken_once_and_another_place_never_twice(bank: Any, tmp_path: Path, settings: Any) -> None:
    settings.BACKUP_TO = str(tmp_path / "all")
    assert "Keep its seal" in printed("backup")
    assert "holds today's back-up already" in printed("backup")
    (place,) = (tmp_path / "all").iterdir()
    assert "holds a finished back-up; another one needs another place" in refused("backup", f"--to={place}")
    assert place.stat().st_mode & 0o777 == 0o700
    assert {one.stat().st_mode & 0o777 for one in place.iterdir()} == {0o600}


def test_a_bank_that_was_restored_is_backed_up_and_restored_again(bank: Any, tmp_path: Path) -> None:
    a_customer()
    restored(backed_up(tmp_path / "one"))
    first = business()
    with time_machine.travel(utcnow() + jobs.LEASE, tick=True):  # the lease of the back-up came along
        backed_up(tmp_path / "two")
    assert json.loads((tmp_path / "two" / "begin.json").read_text())["suffix"] == SUFFIX
    restored(tmp_path / "two", "-restored-again")
    assert business() == first
    run = jobs.last_run("restore")
    assert run and run.state == "done"


def test_what_a_movement_tears_while_the_backup_is_taken_is_counted_and_named(
    two: TwoPeople, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch  # noqa: F811
) -> None:  # fmt: skip
    """Between two tables money moves and a job runs: the postings were read before, their accounts after."""
    real, happened = whole.pages, list[str]()

    def pages(base: Any, *rest: Any) -> Iterator[Any]:
        if base is not whole.ORDER[0] and not happened:
            happened.append("now")
            two.transfer(500)
            with jobs.run("other", key="", now=utcnow()):
                pass
        yield from real(base, *rest)

    place = tmp_path / "b"
    with time_machine.travel(utcnow() + timedelta(minutes=5), tick=True):
        assert "meanwhile (and in the minute before): 0." in printed("backup", f"--to={tmp_path / 'quiet'}")
        monkeypatch.setattr(whole, "pages", pages)
        said = printed("backup", f"--to={place}", "--segments=1")
        assert "meanwhile (and in the minute before): 2: their movements may be in it in part" in said
        assert "while the back-up was taken: 2." in restored(place)
        assert two.mine in named(capsys, "verify_ledger", "--full")
        with jobs.run("other", key="", now=utcnow()) as run:  # its lease is never older than its runs
            assert run.token == 2
