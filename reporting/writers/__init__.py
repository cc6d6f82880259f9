"""Writers of packs: each is one file here with one decorated function from a pack to bytes.

They write the same structure, so they cannot disagree. To add a format, write a file like `tidy_csv.py`:
page, command and archive find it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cloudbank.registry import Registry
from reporting.pack import Pack

WRITERS: "Registry[Writer]" = Registry("reporting.writers")
Writing = Callable[[Pack], bytes]


@dataclass(frozen=True)
class Writer:
    """A registered writer. `code` is the file's extension."""

    code: str
    label: str
    content_type: str
    icon: str
    order: int
    write: Writing


def writer(code: str, *, label: str, content_type: str, icon: str, order: int) -> Callable[[Writing], Writing]:
    """Register the decorated function."""

    def register(write: Writing) -> Writing:
        WRITERS.add(code, Writer(code, label, content_type, icon, order, write))
        return write

    return register


def in_order(codes: tuple[str, ...] = ()) -> list[Writer]:
    """The writers with these codes (none: all), PDF first; KeyError for an unknown one."""
    return sorted((WRITERS[code] for code in codes or WRITERS.codes()), key=lambda one: one.order)


def file_stem(pack: Pack, more: Sequence[str] = ()) -> str:
    """What a download is called, in words: kind, period, currency, and what makes it special.

    Reports that differ in what they hold differ in name, so that one never overwrites the other in a folder.
    """
    return " ".join([pack.kind, pack.period, pack.currency, *more, *(["provisional"] if pack.provisional else [])])
