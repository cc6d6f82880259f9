"""What a restore refuses, by the file's name, before it writes an item; and where a back-up may not lie."""

import gzip
import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.testing import a_customer
from cloudbank import tables
from cloudbank.audit import AuditRecord
from cloudbank.backup import BackupError
from cloudbank.backup import tables as whole
from cloudbank.backup.checking import checked_manifest
from cloudbank.backup.manifest import Unreadable, _seal, read_manifest
from cloudbank.backup.parts import Damaged, PartWriter, unpacked
from cloudbank.backup.places import Bucket, Folder, place_of
from cloudbank.clock import utcnow
from cloudbank.telling import fleet
from cloudbank.telling.tally import Tally
from cloudbank.tests.drilling import SUFFIX, backed_up, beside, business, own_tables, printed, refused, restored  # noqa: F401
from cloudbank.tests.full_disk import no_file_larger_than

pytestmark = pytest.mark.usefixtures("beside")
USERS = "BankingUsers-00-000001"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A back-up of a bank with a customer, in one segment."""
    a_customer()
    return backed_up(tmp_path / "b", "--segments=1")


def from_(place: Path) -> str:
    """Why a restore of it is refused; nothing was made or written."""
    why = refused("restore", f"--from={place}", f"--suffix={SUFFIX}")
    there = tables.connection().client.list_tables()["TableNames"]
    assert not [name for name in there if name.endswith(SUFFIX)]
    return why


def edit_manifest(place: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """As somebody would who knows how seals are made."""
    told = json.loads((place / "manifest.json").read_text())
    del told["seal"]
    change(told)
    (place / "manifest.json").write_text(json.dumps(told | {"seal": _seal(told)}))


def put_part(place: Path, content: bytes, **more: Any) -> None:
    """Another file in the place of a part, and a manifest that knows it."""
    (place / f"{USERS}.jsonl.gz").write_bytes(content)
    described = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()} | more
    edit_manifest(place, lambda told: _part_of(told).update(described))


def _part_of(told: dict[str, Any]) -> dict[str, Any]:
    part: dict[str, Any] = next(one for one in told["parts"] if one["table"] == "BankingUsers")
    return part


def test_a_part_that_was_changed_is_named(place: Path) -> None:
    part = place / f"{USERS}.jsonl.gz"
    content = part.read_bytes()
    for changed in (content[:-1], content[:40] + b"x" + content[41:]):
        part.write_bytes(changed)
        assert f"{USERS}.jsonl.gz" in (why := from_(place)) and "SHA-256 differs" in why
    part.write_bytes(content)
    assert "is whole" in printed("restore", f"--from={place}", f"--suffix={SUFFIX}", "--dry-run")


def test_a_missing_file_and_one_too_many_are_named(place: Path) -> None:
    (place / "readme.txt").write_text("x")
    assert "readme.txt in" in (why := from_(place)) and "is not of this back-up" in why
    (place / "readme.txt").unlink()
    (place / f"{USERS}.jsonl.gz").unlink()
    assert f"{USERS}.jsonl.gz is missing" in from_(place)
    (place / f"{USERS}.jsonl.gz").symlink_to("/etc/passwd")
    assert f"holds {USERS}.jsonl.gz, which could not be read" in from_(place)


def test_a_part_of_another_backup_is_refused_even_when_the_manifest_was_made_to_fit(
    place: Path, tmp_path: Path
) -> None:
    other = backed_up(tmp_path / "other", "--segments=1")
    swapped = (other / f"{USERS}.jsonl.gz").read_bytes()
    (place / f"{USERS}.jsonl.gz").write_bytes(swapped)
    assert "SHA-256 differs" in from_(place)
    put_part(place, swapped)
    assert f"{USERS}.jsonl.gz" in (why := refused("restore", f"--from={place}", f"--suffix={SUFFIX}"))
    assert "it says that it is another part" in why


def test_a_backup_that_was_broken_off_is_not_taken_for_a_whole_one(place: Path) -> None:
    (place / "manifest.json").unlink()
    assert "holds no manifest.json" in from_(place)
    shutil.rmtree(place)
    assert "holds no manifest.json" in from_(place)


CHANGES: list[tuple[Callable[[dict[str, Any]], Any], str]] = [
    (lambda told: _part_of(told).update(name="../../etc/passwd"), "names the file '../../etc/passwd'"),
    (lambda told: _part_of(told).update(table="../x"), "names the file|lacks parts"),
    (lambda told: told["parts"].remove(_part_of(told)), "lacks parts of BankingUsers"),
    (lambda told: told["parts"].append(_part_of(told)), "names a part twice"),
    (lambda told: told["items"].update(BankingUsers=7), "says more than a manifest says"),
    (lambda told: told.update(format=2), "it has format 2, and this release reads 1"),
    (lambda told: told.update(segments=True), "'segments' is wrong or missing"),
    (lambda told: told.update(parts={}), "'parts' is wrong or missing|lacks parts"),
    (lambda told: told.pop("ended_at"), "'ended_at' is wrong or missing"),
    (lambda told: _part_of(told).update(items=-1), "odd numbers"),
    (lambda told: _part_of(told).update(items="1"), "'items' is wrong or missing"),
    (lambda told: told["bank"].update(name="Other Bank"), "BANK_NAME was 'Other Bank' there"),
    (lambda told: told["bank"].update(timezone="Asia/Tokyo"), "BANK_TIMEZONE was 'Asia/Tokyo' there"),
    (lambda told: told["tables"]["BankingUsers"]["keys"][0].update(AttributeName="id"), "another key of BankingUsers"),
]  # fmt: skip


def test_a_manifest_that_does_not_belong_here_is_refused(place: Path) -> None:
    text = (place / "manifest.json").read_bytes()
    for change, says in CHANGES:
        (place / "manifest.json").write_bytes(text)
        edit_manifest(place, change)
        with pytest.raises(BackupError) as told:
            checked_manifest(place_of(str(place)))
        assert any(one in str(told.value) for one in says.split("|")), told.value
    assert says in from_(place)


def test_a_changed_manifest_shows_by_its_seal_and_a_remade_one_by_the_seal_that_was_kept(place: Path) -> None:
    seal = read_manifest((place / "manifest.json").read_bytes()).seal
    text = (place / "manifest.json").read_text()
    (place / "manifest.json").write_text(text.replace('"left_out": {}', '"left_out": {"session": 1}', 1))
    assert "its seal is another" in from_(place)
    (place / "manifest.json").write_text(text)
    edit_manifest(place, lambda told: _part_of(told).update(left_out={"session": 1}))
    why = refused("restore", f"--from={place}", f"--suffix={SUFFIX}", f"--seal={seal}")
    assert "it is another back-up" in why and seal in why
    for nonsense in ("", "[]", "{}", "null", '{"seal": 1}', "\ud800".encode("utf-8", "surrogatepass")):
        content = nonsense if isinstance(nonsense, bytes) else nonsense.encode()
        with pytest.raises(Unreadable):
            read_manifest(content)


def test_a_bomb_is_not_unpacked(place: Path) -> None:
    header = json.dumps({"backup": "x"}).encode() + b"\n"
    bomb = gzip.compress(header + b" " * 50_000_000, 9)
    with pytest.raises(Damaged, match="grows beyond the 1,000 bytes"):
        list(unpacked(bomb, 1_000))
    with pytest.raises(Damaged, match="longer than any item"):
        list(unpacked(bomb, 10**9))
    put_part(place, bomb)
    assert "cannot be restored: it grows beyond" in refused("restore", f"--from={place}", f"--suffix={SUFFIX}")


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (b"[]\n", "is no item"),
        (b"{", "ends|something stands behind"),
        (b'{"a":1}\n', ""),
        (b'{}\n{"user_id":"x"}\n', "has no type"),
        (b'{}\n{"user_id":{"S":"x","N":"1"}}\n', "has no type"),
        (b'{}\n{"user_id":{"Q":"x"}}\n', "type Q"),
        (b'{}\n{"user_id":{"B":"***"}}\n', "type B"),
        (b'{}\n{"user_id":{"L":7}}\n', "type L"),
        (b"\xff\n", "no JSON"),
    ],
)
def test_lines_that_are_no_items_are_refused(lines: bytes, says: str) -> None:
    try:
        list(unpacked(gzip.compress(lines), 10_000))
    except Damaged as error:
        assert says and any(one in str(error) for one in says.split("|")), error
    else:
        assert not says


def test_packed_bytes_that_go_on_behind_their_end_are_refused() -> None:
    writer = PartWriter({"backup": "x"})
    writer.add({"user_id": {"S": "x"}})
    content = writer.packed()
    assert len(list(unpacked(content, writer.raw_bytes))) == 2
    for more in (b"x", content, zlib.compress(b"x")):
        with pytest.raises(Damaged, match="something stands behind its end"):
            list(unpacked(content + more, 10_000))
    with pytest.raises(Damaged, match="ends in the middle"):
        list(unpacked(content[:-4], 10_000))
    with pytest.raises(Damaged, match="it is no gzip"):
        list(unpacked(b"no gzip", 10_000))


# --- into which tables -------------------------------------------------------------------------


def test_tables_that_hold_anything_are_never_written_into(place: Path, tmp_path: Path) -> None:
    before = business()
    assert "is not empty: a restore fills empty tables only" in refused("restore", f"--from={place}", "--suffix=")
    assert business() == before
    restored(place)
    own_tables()
    other = backed_up(tmp_path / "other")
    assert "is not empty" in refused("restore", f"--from={other}", f"--suffix={SUFFIX}")


def test_tables_of_somebody_else_are_left_alone(place: Path) -> None:
    tables.connection().client.create_table(
        TableName=f"BankingUsers{SUFFIX}", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    why = refused("restore", f"--from={place}", f"--suffix={SUFFIX}")
    assert f"BankingUsers{SUFFIX} has the key id" in why and "Choose another suffix" in why


def test_a_suffix_that_no_table_can_have_is_refused(tmp_path: Path) -> None:
    for suffix in (" x", "-ö", "/x", "-" + "x" * 300):
        assert refused("restore", f"--from={tmp_path}", f"--suffix={suffix}").startswith("--suffix: ")


def test_items_that_are_lost_show_in_the_count(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = whole.write
    monkeypatch.setattr(whole, "write", lambda base, items: real(base, list(items)[1:] or list(items)))
    why = refused("restore", f"--from={place}", f"--suffix={SUFFIX}")
    assert "items and should hold" in why and "what was written is lost" in why


def told(_: Any = None) -> None:
    """A process tells of itself in the tables in use."""
    fleet.tell(fleet.Me("web", utcnow()), Tally(), utcnow(), since=fleet.hour_of(utcnow()))


def counted_after(first: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Something happens when all is written and nothing is counted yet."""
    real, once = whole.count, [first]

    def counted(*asked: Any) -> int:
        while once:
            once.pop()()
        return real(*asked)

    monkeypatch.setattr(whole, "count", counted)


def test_a_process_that_tells_of_itself_meanwhile_does_no_harm(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted_after(told, monkeypatch)
    assert "items written, " in restored(place)


def test_what_processes_tell_hides_no_lost_item(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted_after(lambda: (told(), next(AuditRecord.scan()).delete()), monkeypatch)
    assert "what was written is lost" in refused("restore", f"--from={place}", f"--suffix={SUFFIX}")


def test_somebody_else_who_writes_there_shows_in_the_count(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted_after(lambda: a_customer(name="Somebody Else"), monkeypatch)
    assert "something else writes into it" in refused("restore", f"--from={place}", f"--suffix={SUFFIX}")


# --- where it may lie --------------------------------------------------------------------------


def test_a_folder_that_others_may_look_into_is_refused(tmp_path: Path) -> None:
    for mode in (0o755, 0o750, 0o701):
        tmp_path.chmod(mode)
        assert f"chmod 700 {tmp_path}" in refused("backup", f"--to={tmp_path}")
    tmp_path.chmod(0o700)
    (tmp_path / "letters.txt").write_text("x")
    assert "holds letters.txt, which is of no back-up" in refused("backup", f"--to={tmp_path}")
    (tmp_path / "letters.txt").unlink()
    backed_up(tmp_path)
    tmp_path.chmod(0o707)
    assert "Anybody may write into" in refused("restore", f"--from={tmp_path}", f"--suffix={SUFFIX}")


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "could not be made ready: " in refused("backup", f"--to={tmp_path / 'file' / 'b'}")
    assert "is no folder" in refused("backup", f"--to={tmp_path / 'file'}")


def test_a_full_disk_is_one_sentence_and_the_same_command_goes_on(tmp_path: Path) -> None:
    a_customer()
    place = tmp_path / "b"
    with no_file_larger_than(400):
        why = refused("backup", f"--to={place}")
    assert "could not be written: File too large. What is written stays" in why
    assert not [one for one in os.listdir(place) if one.startswith(".tmp-")]
    restored(backed_up(place))


def test_what_is_no_place_in_s3_is_told() -> None:
    for text in ("s3://", "s3://b/x", "s3://bank-backups", "s3://bank-backups/../x", "s3:/x"):
        with pytest.raises(BackupError, match="is no place in S3; write for example"):
            place_of(text)
    assert isinstance(place_of("s3://bank-backups/tables/2026-11-23/"), Bucket)
    assert isinstance(place_of("var/backups"), Folder)
