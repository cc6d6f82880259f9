"""What a back-up says of itself: how it began, each part, and at the end the manifest that makes it a whole one. Pure.

Files: `begin.json` (first), for each part `<table>-<segment>-<number>.jsonl.gz` and then `<...>.json` about it,
`manifest.json` (last). Whatever is read of them is checked: they may come from anywhere.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

FORMAT = 1
BEGIN, MANIFEST = "begin.json", "manifest.json"
MOST_BEGIN, MOST_NOTE, MOST_MANIFEST = 2**20, 2**16, 2**26
MOST_SEGMENTS = 64
_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
Json = dict[str, Any]


class Unreadable(ValueError):
    """It is no such file of a back-up, or was changed; the text says what is wrong."""


def part_stem(table: str, segment: int, number: int) -> str:
    """The name of a part's files without their endings: the only names that a part can have."""
    return f"{table}-{segment:02d}-{number:06d}"


@dataclass(frozen=True)
class Begin:
    """How a back-up began. Instants are ISO texts in UTC; `segments`: of each table's Scan."""

    id: str
    began_at: str
    bank: dict[str, Any]
    """The settings without which the items mean something else."""
    build: str
    suffix: str
    segments: int
    tables: dict[str, Json]
    """The mission's name of each table -> its keys, indexes and so on, as DynamoDB told them."""
    format: int = FORMAT

    def __post_init__(self) -> None:
        _must(self.format == FORMAT, f"it has format {self.format}, and this release reads {FORMAT}")
        _must(bool(_ID.fullmatch(self.id)), "it has no proper id")
        _must(0 < self.segments <= MOST_SEGMENTS, "its segments cannot be")
        _must(all(isinstance(one, dict) for one in self.tables.values()), "its tables are not described")


@dataclass(frozen=True)
class Part:
    """A part that is written. `after`: the key with which its segment goes on; None: this was its last part."""

    table: str
    segment: int
    number: int
    items: int
    bytes: int
    raw_bytes: int
    sha256: str
    left_out: dict[str, int] = field(default_factory=dict)
    after: Json | None = None

    def __post_init__(self) -> None:
        _must(bool(_SHA256.fullmatch(self.sha256)), f"the part {self.stem!r} has no SHA-256")
        numbers = (self.items, self.bytes, self.raw_bytes, *self.left_out.values())
        _must(min(numbers) >= 0 and self.segment >= 0 and self.number > 0, f"the part {self.stem!r} has odd numbers")

    @property
    def stem(self) -> str:
        """Of its files' names."""
        return part_stem(self.table, self.segment, self.number)

    @property
    def name(self) -> str:
        """The file with its items."""
        return f"{self.stem}.jsonl.gz"

    @property
    def note(self) -> str:
        """The file about it."""
        return f"{self.stem}.json"


@dataclass(frozen=True)
class Manifest:
    """A whole back-up."""

    begin: Begin
    ended_at: str
    parts: tuple[Part, ...]
    meanwhile: dict[str, int]
    """What was written between begin and end: it may be in the back-up, or not, or in part."""

    def __post_init__(self) -> None:
        stems = [one.stem for one in self.parts]
        _must(len(set(stems)) == len(stems), "it names a part twice")
        for table in self.begin.tables:
            for segment in range(self.begin.segments):
                some = [one for one in self.parts if (one.table, one.segment) == (table, segment)]
                ends = [one.after is None for one in some]
                in_order = [one.number for one in some] == list(range(1, len(some) + 1))
                _must(in_order and ends == [False] * (len(some) - 1) + [True], f"it lacks parts of {table}")
        known = {(table, segment) for table in self.begin.tables for segment in range(self.begin.segments)}
        _must({(one.table, one.segment) for one in self.parts} <= known, "it names parts of other tables")

    def items(self, table: str) -> int:
        """How many items of a table it holds."""
        return sum(one.items for one in self.parts if one.table == table)

    def names(self) -> set[str]:
        """Of all files that belong to it."""
        return {BEGIN, MANIFEST} | {name for one in self.parts for name in (one.name, one.note)}

    @property
    def seal(self) -> str:
        """SHA-256 (hex) over all that it says: who keeps it elsewhere knows this back-up again."""
        return _seal(_content(self))


def _content(manifest: Manifest) -> Json:
    parts = [asdict(one) | {"name": one.name} for one in manifest.parts]
    items = {table: manifest.items(table) for table in manifest.begin.tables}
    rest = {"ended_at": manifest.ended_at, "items": items, "meanwhile": manifest.meanwhile}
    return asdict(manifest.begin) | rest | {"parts": parts}


def _seal(content: Json) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _text(content: Json) -> bytes:
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def begin_text(begin: Begin) -> bytes:
    """The file `begin.json`."""
    return _text(asdict(begin))


def note_text(part: Part, backup: str) -> bytes:
    """The file about a part of the back-up with this id."""
    return _text({"backup": backup} | asdict(part))


def manifest_text(manifest: Manifest) -> bytes:
    """The file `manifest.json`."""
    return _text(_content(manifest) | {"seal": manifest.seal})


def read_begin(content: bytes) -> Begin:
    """Raises Unreadable."""
    return _made(Begin, _json(content))


def read_note(content: bytes, backup: str) -> Part:
    """Raises Unreadable, also when it is about a part of another back-up."""
    told = _json(content)
    _must(told.pop("backup", "") == backup, "it is of another back-up")
    return _made(Part, told)


def read_manifest(content: bytes) -> Manifest:
    """Raises Unreadable, also when its seal is not that of what it says."""
    told = _json(content)
    seal = told.pop("seal", "")
    _must(seal == _seal(told), "it was changed after it was written: its seal is another")
    begin = _made(Begin, {name: told.get(name) for name in Begin.__dataclass_fields__})
    rows = told.get("parts")
    parts = tuple(_part_of(one) for one in rows) if isinstance(rows, list) else ()
    made: Manifest = _made(
        Manifest,
        {"begin": begin, "ended_at": told.get("ended_at"), "parts": parts, "meanwhile": told.get("meanwhile")},
    )
    _must(_content(made) == told, "it says more than a manifest says")
    return made


def _part_of(told: Any) -> Part:
    _must(isinstance(told, dict), "a part of it is none")
    rest = {name: value for name, value in told.items() if name != "name"}
    part: Part = _made(Part, rest)
    _must(told.get("name") == part.name, f"it names the file {told.get('name')!r}, and the part is {part.name!r}")
    return part


def _made(kind: Any, told: Json) -> Any:
    """An object of this class; Unreadable when a value is missing, unknown or of another type."""
    types = {"int": int, "str": str, "Begin": Begin, "tuple": tuple}
    for name, one in kind.__dataclass_fields__.items():
        text = getattr(one.type, "__name__", str(one.type))
        wanted = types.get(text, dict)
        value = told.get(name)
        if name == "after" and value is None:
            continue
        _must(isinstance(value, wanted) and not isinstance(value, bool), f"its value of {name!r} is wrong or missing")
    counted = [value for name in ("left_out", "meanwhile") for value in (told.get(name) or {}).values()]
    _must(all(type(value) is int for value in counted), "its counts are no numbers")
    try:
        return kind(**told)
    except TypeError as error:
        raise Unreadable("it says what a back-up of this format does not say") from error


def _json(content: bytes) -> Json:
    try:
        told = json.loads(content)
    except ValueError as error:
        raise Unreadable("it is no JSON") from error
    _must(isinstance(told, dict), "it is no JSON object")
    return dict(told)


def _must(holds: bool, why: str) -> None:
    if not holds:
        raise Unreadable(why)


def counted(parts: Iterable[Part]) -> dict[str, int]:
    """Kind -> how many items of it the parts left out."""
    found: dict[str, int] = {}
    for part in parts:
        for kind, number in part.left_out.items():
            found[kind] = found.get(kind, 0) + number
    return found
