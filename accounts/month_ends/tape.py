"""A sheet's rows as they are stored: in a fixed order, in parts, each known by its hash. Pure, memory bounded.

The order is that of 64 partitions (by a checksum of the id), and of the ids in each: rows that come in any order are
sorted a partition at a time, and two tapes are laid side by side without holding either.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import Any

PARTITIONS = 64
IN_MEMORY = 1 << 18
"""Bytes of a partition that wait in memory; what is more waits in a file."""
PART_BYTES = 500_000
"""Of a part before it is packed: packed it must fit into an item (400 KB)."""


def place(row_id: str) -> tuple[int, str]:
    """Where an id stands on a tape."""
    return zlib.crc32(row_id.encode()) % PARTITIONS, row_id


def line(row: Any) -> bytes:
    """A row as it is stored."""
    return json.dumps(list(row), ensure_ascii=True, separators=(",", ":")).encode()


class Spool:
    """Rows of any order and number, given back in the tape's order; of rows with one id the last."""

    def __init__(self, files: list[SpooledTemporaryFile[bytes]]) -> None:
        self._files = files

    def add(self, rows: Iterable[Any]) -> None:
        """Take rows in."""
        for row in rows:
            self._files[place(row.id)[0]].write(line(row) + b"\n")

    def rows(self, kind: type[Any]) -> Iterator[Any]:
        """All rows in the tape's order."""
        for one in self._files:
            one.seek(0)
            found = {values[0]: values for values in map(json.loads, one)}
            for row_id in sorted(found):
                yield kind(*found[row_id])


@contextmanager
def spooled() -> Iterator[Spool]:
    """A spool; what of it waits in files goes with it."""
    with ExitStack() as stack:
        yield Spool([stack.enter_context(SpooledTemporaryFile(IN_MEMORY)) for _ in range(PARTITIONS)])


def side_by_side(rows: Iterable[Any], before: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """(row, row before) of each id that is on either tape; None where it is not. Both in the tape's order."""
    some, others = iter(rows), iter(before)
    now, then = next(some, None), next(others, None)
    while now is not None or then is not None:
        if then is None or (now is not None and place(now.id) < place(then.id)):
            yield now, None
            now = next(some, None)
        elif now is None or place(then.id) < place(now.id):
            yield None, then
            then = next(others, None)
        else:
            yield now, then
            now, then = next(some, None), next(others, None)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a tape, packed. `sha256` is over what was packed: zlib may pack otherwise one day."""

    sha256: str
    data: bytes

    @classmethod
    def of(cls, content: bytes) -> "Part":
        """Pack lines."""
        return cls(hashlib.sha256(content).hexdigest(), zlib.compress(content))


def unpacked(data: bytes) -> bytes:
    """The lines of a part."""
    return zlib.decompress(data)


def rows_of(content: bytes, fields: list[str], kind: type[Any]) -> Iterator[Any]:
    """The rows of a part that was stored with these fields; what a row has had since has its default."""
    known = [(number, name) for number, name in enumerate(fields) if name in kind._fields]
    same = tuple(fields) == kind._fields
    for one in content.splitlines():
        values = json.loads(one)
        yield kind(*values) if same else kind(**{name: values[number] for number, name in known})


@dataclass
class Recorder:
    """Lets rows through and keeps them in parts, each given to `store` once it is full."""

    store: Any
    """Takes a Part."""
    count: int = 0
    parts: list[str] = field(default_factory=list)
    _waiting: list[bytes] = field(default_factory=list)
    _size: int = 0

    def through(self, rows: Iterable[Any]) -> Iterator[Any]:
        """The same rows; when the last was taken, all are recorded."""
        for row in rows:
            one = line(row)
            self._waiting.append(one)
            self._size += len(one) + 1
            self.count += 1
            if self._size >= PART_BYTES:
                self._flush()
            yield row
        self._flush()

    def _flush(self) -> None:
        if self._waiting:
            part = Part.of(b"\n".join(self._waiting))
            self._waiting, self._size = [], 0
            self.store(part)
            self.parts.append(part.sha256)


SCHEME = "cloudbank-sheet-1"


def sheet_hash(content: dict[str, Any]) -> str:
    """SHA-256 over all that a sheet says (hex)."""
    text = json.dumps([SCHEME, content], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
