"""A part of a back-up: gzip'd lines of JSON, the first about the part itself, then an item each. Pure.

Items are DynamoDB's own typed values: numbers as the text that DynamoDB gave, bytes in base64, sets and nulls as such.
"""

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from typing import Any

Raw = dict[str, Any]
FULL_BYTES, FULL_ITEMS = 16 * 2**20, 25_000
"""A part ends after the request with which it reaches one of these; bytes before gzip."""
MOST_PACKED = 64 * 2**20
MOST_LINE = 4 * 2**20
"""An item has at most 400 KB; of control characters JSON makes six bytes each."""
_STEP = 2**18
_GZIP = 31
"""zlib's wbits for gzip, here without a time: the same items make the same bytes."""


class Damaged(ValueError):
    """The bytes are no part of a back-up."""


class PartWriter:
    """`writer.add(item)` until it is full, then `writer.packed()`."""

    def __init__(self, header: Raw) -> None:
        self._gzip, self._pieces = zlib.compressobj(6, zlib.DEFLATED, _GZIP), list[bytes]()
        self.items, self.raw_bytes = -1, 0
        self.add(header)

    def add(self, item: Raw) -> None:
        """One more line."""
        line = json.dumps(item, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_bytes_as_text)
        data = line.encode() + b"\n"
        self._pieces.append(self._gzip.compress(data))
        self.items, self.raw_bytes = self.items + 1, self.raw_bytes + len(data)

    @property
    def is_full(self) -> bool:
        """Whether it has grown to a part's size."""
        return self.raw_bytes >= FULL_BYTES or self.items >= FULL_ITEMS

    def packed(self) -> bytes:
        """All of it; nothing can be added any more."""
        return b"".join([*self._pieces, self._gzip.flush()])


def _bytes_as_text(value: Any) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"DynamoDB gives no {type(value).__name__}")


def unpacked(content: bytes, raw_bytes: int) -> Iterator[Raw]:
    """The header as it is written, then the items as attribute maps.

    Raises Damaged for what is no gzip, ends early, goes on after its end, or grows beyond `raw_bytes`.
    """
    lines = _lines(content, raw_bytes)
    yield _json(next(lines, b""))
    for line in lines:
        yield _attributes(_json(line))


def _lines(content: bytes, raw_bytes: int) -> Iterator[bytes]:
    """Never more of it in memory than a line and a step."""
    gzip, rest, seen = zlib.decompressobj(_GZIP), b"", 0
    given = content
    while not gzip.eof:
        try:
            piece = gzip.decompress(given, _STEP)
        except zlib.error as error:
            raise Damaged("it is no gzip") from error
        if not piece and not gzip.eof and not gzip.unconsumed_tail:
            raise Damaged("it ends in the middle")
        given, seen = gzip.unconsumed_tail, seen + len(piece)
        if seen > raw_bytes:
            raise Damaged(f"it grows beyond the {raw_bytes:,} bytes that it should have")
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > MOST_LINE:
            raise Damaged("it has a line that is longer than any item")
    if rest or gzip.unused_data:
        raise Damaged("something stands behind its end")


def _json(line: bytes) -> Raw:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise Damaged("a line of it is no JSON") from error
    if not isinstance(value, dict):
        raise Damaged("a line of it is no item")
    return value


def _value(told: Any) -> Raw:
    """An attribute's value as botocore takes it."""
    if not isinstance(told, dict) or len(told) != 1:
        raise Damaged("an attribute has no type")
    ((kind, value),) = told.items()
    try:
        return {kind: _READ[kind](value)}
    except (KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise Damaged(f"an attribute of type {kind} has no such value") from error


def _attributes(told: Raw) -> Raw:
    return {name: _value(one) for name, one in told.items()}


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _same(value: Any) -> Any:
    return value


_PLAIN: dict[str, Any] = dict.fromkeys(("S", "N", "BOOL", "NULL", "SS", "NS"), _same)
_READ = _PLAIN | {
    "B": _bytes,
    "BS": lambda some: [_bytes(one) for one in some],
    "L": lambda some: [_value(one) for one in some],
    "M": _attributes,
}
