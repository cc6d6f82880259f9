"""Documents: whole or not at all, never over another's, known by their hash."""

import errno
import os
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.files.base import ContentFile

from cloudbank import documents
from cloudbank.documents import AtomicFileSystemStorage, BadName, Damaged, NameTaken, NotStored, StoredDocument
from cloudbank.tests.full_disk import no_file_larger_than


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """A document store in a folder of this test."""
    settings.STORAGES = settings.STORAGES | {
        "documents": {
            "BACKEND": "cloudbank.documents.AtomicFileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "documents")},
        }
    }
    return tmp_path / "documents"


def files_in(folder: Path) -> set[str]:
    """Names of all files below the folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_was_stored_is_read_back_and_described_by_size_and_hash(folder: Path) -> None:
    stored = documents.store_bytes("reports/rep_1/a.pdf", b"content")
    assert (stored.name, stored.size, stored.sha256) == ("reports/rep_1/a.pdf", 7, documents.sha256_of(b"content"))
    assert documents.read_document(stored) == b"content"
    with documents.open_document("reports/rep_1/a.pdf") as file:
        assert file.read() == b"content"


def test_store_leaves_no_temporary_file(folder: Path) -> None:
    documents.store_bytes("a.csv", b"x")
    assert files_in(folder) == {"a.csv"}


def test_same_bytes_under_the_same_name_are_harmless(folder: Path) -> None:
    assert documents.store_bytes("a.csv", b"x") == documents.store_bytes("a.csv", b"x")


def test_other_bytes_never_overwrite_a_document(folder: Path) -> None:
    documents.store_bytes("a.csv", b"first")
    with pytest.raises(NameTaken):
        documents.store_bytes("a.csv", b"second")
    assert (folder / "a.csv").read_bytes() == b"first"
    assert files_in(folder) == {"a.csv"}


def test_of_many_writers_at_once_one_wins_and_none_overwrites(folder: Path) -> None:
    ready, won = Barrier(8), list[bytes]()

    def write(number: int) -> None:
        content = b"%d" % number * 1000
        ready.wait()
        try:
            documents.store_bytes("one.pdf", content)
            won.append(content)
        except NameTaken:
            pass

    threads = [Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [(folder / "one.pdf").read_bytes()]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../a",
        "a/../b",
        "/etc/passwd",
        "a b",
        "A.pdf",
        "a\r\nb",
        "ä.pdf",
        ".hidden",
        "a/.hidden",
        "a//b",
        "a/",
        "x" * 201,
    ],
)
def test_names_outside_the_fixed_alphabet_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(BadName):
        documents.store_bytes(name, b"x")
    with pytest.raises(BadName):
        documents.open_document(name)
    assert not folder.exists() or files_in(folder) == set()


def test_full_disk_stores_nothing_and_says_so(folder: Path) -> None:
    documents.store_bytes("old.pdf", b"old")
    with no_file_larger_than(1000), pytest.raises(NotStored) as caught:
        documents.store_bytes("new.pdf", b"x" * 100_000)
    assert caught.value.errno == errno.EFBIG
    assert "could not be written" in str(caught.value)
    assert files_in(folder) == {"old.pdf"}
    assert documents.store_bytes("new.pdf", b"x" * 100_000).size == 100_000


def test_replaced_file_is_the_old_one_until_the_new_one_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    documents.replace_file(path, b"old")
    with no_file_larger_than(1000), pytest.raises(NotStored):
        documents.replace_file(path, b"x" * 100_000)
    assert path.read_bytes() == b"old"
    documents.replace_file(path, b"new")
    assert (path.read_bytes(), files_in(tmp_path)) == (b"new", {"report.pdf"})


def test_replaced_file_obeys_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        documents.replace_file(tmp_path / "a", b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_stored_document_is_for_its_owner_only(folder: Path) -> None:
    documents.store_bytes("a.pdf", b"x")
    assert (folder / "a.pdf").stat().st_mode & 0o777 == 0o600


def test_folder_that_is_a_file_is_a_plain_refusal(tmp_path: Path) -> None:
    (tmp_path / "in_the_way").write_text("x")
    with pytest.raises(NotStored):
        documents.replace_file(tmp_path / "in_the_way" / "a.pdf", b"x")


def test_changed_or_missing_document_is_noticed(folder: Path) -> None:
    stored = documents.store_bytes("a.pdf", b"content")
    assert documents.is_intact(stored)
    (folder / "a.pdf").write_bytes(b"CONTENT")
    assert not documents.is_intact(stored)
    with pytest.raises(Damaged, match="SHA-256 differs"):
        documents.read_document(stored)
    with pytest.raises(Damaged, match="not there"):
        documents.read_document(StoredDocument("gone.pdf", 1, "0" * 64))


def test_documents_have_no_address_of_their_own(tmp_path: Path) -> None:
    with pytest.raises(NotImplementedError):
        AtomicFileSystemStorage(location=tmp_path).url("a.pdf")


def test_storage_keeps_to_djangos_interface(tmp_path: Path) -> None:
    storage = AtomicFileSystemStorage(location=tmp_path)
    assert storage.save("a/b.csv", ContentFile(b"x")) == "a/b.csv"
    assert storage.exists("a/b.csv")
    assert storage.size("a/b.csv") == 1
