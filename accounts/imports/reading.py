"""Rows of a CSV file with their line numbers, streamed; gzip is recognised by its first bytes. Pure."""

import csv
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO

GZIP = b"\x1f\x8b"
FIELD_LIMIT = 10_000


class Unreadable(Exception):
    """The file as a whole cannot be read; the message says why."""


class BadLine(Exception):
    """One line cannot be used; the message says why."""


Row = dict[str, str]


def sha256_of(path: Path) -> str:
    """Hash of the file's bytes as they lie there (hex)."""
    with _open(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows(path: Path, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Iterator[tuple[int, Row | BadLine]]:
    """(line number, row by column name) of each line after the header; a line that is no row as BadLine.

    Columns may stand in any order. Raises Unreadable for a header that lacks a column or has an
    unknown one, for a damaged gzip file, for a file that is not there.
    """
    try:
        with _text(path) as file:
            yield from _rows(path, file, required, optional)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Unreadable(f"{path}: the compressed file is damaged or cut off ({error})") from error


def _open(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error


def _text(path: Path) -> IO[str]:
    with _open(path) as file:
        packed = file.read(2) == GZIP
    # Bytes that are not UTF-8 come through as lone surrogates, so that the line can be named.
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _rows(
    path: Path, file: IO[str], required: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[tuple[int, Row | BadLine]]:
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(file, strict=True)
    header = _header(path, reader, required, optional)
    while True:
        number = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, BadLine(f"is no CSV ({error})")
            continue
        if fields:  # a blank line is no line
            yield number, _row(header, fields)


def _row(header: list[str], fields: list[str]) -> Row | BadLine:
    if len(fields) != len(header):
        return BadLine(f"has {len(fields)} fields where the header has {len(header)}")
    if not all(field.isprintable() for field in fields):
        return BadLine("is not UTF-8, or holds a line break or another control character")
    return dict(zip(header, fields, strict=True))


def _header(path: Path, lines: Iterator[list[str]], required: tuple[str, ...], optional: tuple[str, ...]) -> list[str]:
    try:
        header = [name.strip() for name in next(lines, [])]
    except csv.Error as error:
        raise Unreadable(f"{path}, line 1: is no CSV header ({error})") from error
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in required + optional]
    if missing:
        raise Unreadable(f"{path}, line 1: the header lacks {', '.join(missing)}")
    if unknown or len(set(header)) != len(header):
        raise Unreadable(f"{path}, line 1: unknown or repeated columns: {', '.join(unknown or header)}")
    return header
