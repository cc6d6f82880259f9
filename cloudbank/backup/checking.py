"""Whether what lies somewhere is a whole back-up of this bank, before anything of it is written."""

import hashlib
from collections.abc import Callable, Iterator

from cloudbank.backup import BackupError
from cloudbank.backup import tables as whole
from cloudbank.backup.manifest import MANIFEST, MOST_MANIFEST, Manifest, Part, Unreadable, read_manifest
from cloudbank.backup.parts import MOST_PACKED, Damaged, Raw, unpacked
from cloudbank.backup.places import Place
from cloudbank.backup.taking import bank
from cloudbank.tables import Item, base_name

SAYS = {
    "name": "BANK_NAME",
    "currency": "BANK_CURRENCY",
    "timezone": "BANK_TIMEZONE",
    "cutoff": "BANK_CUTOFF",
    "fiscal_year_start_month": "FISCAL_YEAR_START_MONTH",
}
"""What a bank says of itself in a manifest, and the setting for it."""


def checked_manifest(place: Place, *, seal: str = "") -> Manifest:
    """The manifest of the back-up at a place, if it is this bank's, with this seal where one is given.

    Raises BackupError, naming the file: for what is missing, too much, or does not belong together.
    """
    there = place.names()
    if MANIFEST not in there:
        raise BackupError(
            f"{place} holds no {MANIFEST}: it is no back-up, or one that was broken off"
            " (run the back-up again with the same place; it goes on)"
        )
    try:
        manifest = read_manifest(place.read(MANIFEST, MOST_MANIFEST))
    except Unreadable as error:
        raise BackupError(f"{MANIFEST} in {place} cannot be restored: {error}") from error
    if seal and manifest.seal != seal:
        raise BackupError(f"{MANIFEST} in {place} has the seal {manifest.seal}, and not {seal}: it is another back-up")
    _check_bank(manifest)
    if missing := sorted(manifest.names() - there):
        raise BackupError(f"{missing[0]} is missing in {place} ({len(missing)} of {len(manifest.names())} files)")
    if more := sorted(there - manifest.names()):
        raise BackupError(
            f"{more[0]} in {place} is not of this back-up ({len(more)} files too many): move it elsewhere"
        )
    return manifest


def _check_bank(manifest: Manifest) -> None:
    mine = bank()
    for name, setting in SAYS.items():
        if (theirs := manifest.begin.bank.get(name)) != mine[name]:
            raise BackupError(
                f"It is the back-up of another bank, or of other settings: {setting} was {theirs!r} there and is"
                f" {mine[name]!r} here"
            )
    for base in whole.ORDER:
        told = manifest.begin.tables.get(base_name(base), {})
        if told.get("keys") != [{"AttributeName": str(base._hash_keyname), "KeyType": "HASH"}]:
            raise BackupError(f"The manifest tells of another key of {base_name(base)} than this release has")
    if more := sorted(set(manifest.begin.tables) - {base_name(base) for base in whole.ORDER}):
        raise BackupError(f"The manifest tells of a table that this release does not know: {more[0]!r}")


def check_parts(place: Place, manifest: Manifest, seen: Callable[[int, int], None]) -> None:
    """Every part has the bytes that the manifest tells of. Raises BackupError, naming the first that has not."""
    for number, part in enumerate(manifest.parts, 1):
        packed(place, part)
        seen(number, len(manifest.parts))


def packed(place: Place, part: Part) -> bytes:
    """A part as it is stored, proven by its checksum."""
    content = place.read(part.name, MOST_PACKED)
    if len(content) != part.bytes or hashlib.sha256(content).hexdigest() != part.sha256:
        raise BackupError(f"{part.name} in {place} is not the file that was written: its SHA-256 differs")
    return content


def items_of(place: Place, manifest: Manifest, part: Part, base: type[Item]) -> Iterator[Raw]:
    """The items of a part, whose bytes are checked before the first is given. Raises BackupError."""
    content, key, number = packed(place, part), str(base._hash_keyname), -1
    head = {"backup": manifest.begin.id, "table": part.table, "segment": part.segment, "part": part.number}
    try:
        for number, one in enumerate(unpacked(content, part.raw_bytes)):
            if number == 0 and one != head:
                raise Damaged("it says that it is another part")
            if number > 0 and not isinstance(one.get(key, {}).get("S"), str):
                raise Damaged(f"its item {number} has no {key}")
            if number > 0:
                yield one
        if number != part.items:
            raise Damaged(f"it has {number} items and should have {part.items}")
    except Damaged as error:
        raise BackupError(f"{part.name} in {place} cannot be restored: {error}") from error
