"""Documents: files that the bank keeps (reports, evidence), written whole or not at all, known by their hash.

The store is `STORAGES["documents"]`: a local folder here, any Django storage in production. A name is
taken once: writing the same bytes under it again changes nothing, other bytes are refused.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages

_PART = r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
MAX_NAME = 200
PRIVATE, READABLE = 0o600, 0o666
TEMPORARY = ".tmp-"
"""How the names of files begin that are still being written."""


class BadName(ValueError):
    """The name is not of the fixed alphabet: small letters, digits, `.`, `-`, `_`, and `/` between parts."""


class NotStored(OSError):
    """The bytes could not be written (disk full, no permission); what stood there before is untouched."""

    def __str__(self) -> str:
        """The sentence, without the number that the system has for it."""
        return self.strerror or super().__str__()


class NotDeleted(Exception):
    """The stored file could not be deleted; it is there as before."""


class NameTaken(Exception):
    """Another document with other content has this name."""


class Damaged(Exception):
    """The stored bytes are missing or not those that were stored."""


@dataclass(frozen=True)
class StoredDocument:
    """A document as its owner remembers it: name in the store, size in bytes, SHA-256 in hex."""

    name: str
    size: int
    sha256: str


def checked_name(name: str) -> str:
    """The name, or BadName: no upper case, no space, no `..`, no absolute path, nothing hidden."""
    if len(name) > MAX_NAME or ".." in name or not _NAME.fullmatch(name):
        raise BadName(f"{name!r} is no name of a document")
    return name


def _sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_new(path: Path, pieces: Iterable[bytes], mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _written_beside(path: Path, content: bytes | Iterable[bytes], mode: int) -> Iterator[Path]:
    """A complete, synced temporary file in the folder of `path`; gone afterwards. Raises NotStored."""
    temporary = path.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_new(temporary, [content] if isinstance(content, bytes) else content, mode)
        except OSError as error:
            raise NotStored(error.errno, f"{path} could not be written: {error.strerror or error}") from error
        yield temporary
    finally:
        with suppress(OSError):  # no such folder, or already renamed: nothing is left behind
            temporary.unlink()


def replace_file(path: Path, content: bytes | Iterable[bytes], mode: int = READABLE) -> None:
    """Write a file of ours outside the store: the old one stays until the new one is complete. Raises NotStored.

    `content` may come in pieces, for files that are larger than memory; what making them raises is raised.
    """
    with _written_beside(path, content, mode) as temporary:
        try:
            temporary.replace(path)
        except OSError as error:
            raise NotStored(error.errno, f"{path} could not be written: {error.strerror or error}") from error
        _sync_folder(path.parent)


def write_new_file(path: Path, content: bytes) -> None:
    """Write a private file that must not be there yet: of two writers one gets FileExistsError. Raises NotStored."""
    with _written_beside(path, content, PRIVATE) as temporary:
        os.link(temporary, path)
        _sync_folder(path.parent)


class AtomicFileSystemStorage(FileSystemStorage):
    """A folder whose files appear complete or not at all, and never over another's file.

    The bytes go to a temporary name in the same folder and are synced; then a hard link gives them
    their name, which (unlike a rename) fails when the name is taken, so two writers cannot overwrite each other.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: callers choose unique names, and a taken one is an error, not a `_x7Yq` suffix."""
        return checked_name(name)

    def _save(self, name: str, content: "File[bytes]") -> str:
        path = Path(self.path(checked_name(name)))
        content.seek(0)
        try:
            write_new_file(path, content.read())
        except FileExistsError as error:
            raise NameTaken(f"a document named {name} exists") from error
        return name

    def url(self, name: str | None) -> str:
        """Documents have no address of their own: they are read through a view that checks and audits."""
        raise NotImplementedError("documents have no URL")


def documents() -> Storage:
    """The configured store."""
    return storages["documents"]


def sha256_of(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def store_bytes(name: str, content: bytes) -> StoredDocument:
    """Keep the bytes under a name. Storing the same bytes again is harmless. Raises BadName, NameTaken, NotStored."""
    described = StoredDocument(checked_name(name), len(content), sha256_of(content))
    try:
        documents().save(name, ContentFile(content))
    except NameTaken:
        if not is_intact(described):
            raise NameTaken(f"a document named {name} exists") from None
    return described


def open_document(name: str) -> "File[Any]":
    """The stored file, open for reading. Raises BadName, FileNotFoundError."""
    return documents().open(checked_name(name), "rb")


def read_document(document: StoredDocument) -> bytes:
    """The bytes, proven to be those that were stored. Raises Damaged."""
    try:
        with open_document(document.name) as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise Damaged(f"{document.name} is not there any more") from error
    except OSError as error:
        raise Damaged(f"{document.name} cannot be read: {error.strerror or error}") from error
    if sha256_of(content) != document.sha256:
        raise Damaged(f"{document.name} is not the file that was stored: its SHA-256 differs")
    return content


def delete_document(name: str) -> None:
    """Delete the stored file; one that is gone already is no error. Raises BadName, NotDeleted."""
    try:
        documents().delete(checked_name(name))
    except OSError as error:
        raise NotDeleted(f"{name} could not be deleted: {error.strerror or error}") from error


def is_intact(document: StoredDocument) -> bool:
    """Whether the stored bytes are there and are those that were stored."""
    try:
        read_document(document)
    except Damaged:
        return False
    return True
