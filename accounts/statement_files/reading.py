"""One file -> its statements: the format recognised by its first bytes, size bounded. Pure."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import IO

from accounts.statement_files import camt, ofx
from accounts.statement_files.parts import Malformed, Statement
from accounts.statement_files.references import settled

AUTO = "auto"
FORMATS: dict[str, Callable[[IO[bytes]], list[Statement]]] = {"camt": camt.read, "ofx": ofx.read}
MOST_BYTES = 10 * 1024 * 1024
_HEAD = 4096


def load(path: Path) -> bytes:
    """The bytes of a file, at most one more than may be. Raises Malformed when it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Malformed("", f"cannot be read ({error.strerror})") from error


def read_bytes(content: bytes, format_: str = AUTO) -> list[Statement]:
    """The statements of a file. All or nothing: the first thing that is wrong is raised as Malformed."""
    if len(content) > MOST_BYTES:
        raise Malformed("", f"is larger than {MOST_BYTES // 1024 // 1024} MB; ask the bank for shorter periods")
    if not content.strip():
        raise Malformed("", "is empty")
    chosen = recognised(content) if format_ == AUTO else format_
    return settled(FORMATS[chosen](io.BytesIO(content)))


def recognised(content: bytes) -> str:
    """`camt` or `ofx`, by what the file begins with. Raises Malformed for anything else."""
    head = content[:_HEAD].replace(b"\0", b"")  # UTF-16 has a zero beside each ASCII letter
    if b"camt.053" in head:
        return "camt"
    if b"OFXHEADER" in head.upper() or b"<OFX>" in head.upper():
        return "ofx"
    if head.startswith((b"PK", b"\x1f\x8b")):
        raise Malformed("", "is an archive; unpack it and give the statement files one by one")
    if b"<Document" in head or b"<?xml" in head:
        raise Malformed("", "is XML, but no camt.053 and no OFX statement")
    raise Malformed("", "is neither a camt.053 nor an OFX statement")
