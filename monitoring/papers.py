"""Which files a case takes, judged by what they are and not by what they say they are. Pure."""

from collections.abc import Collection

from accounts.ledger import Refused

MOST_BYTES = 10 * 1024 * 1024
_BEGINS = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
}
_SPELLINGS = {"jpeg": "jpg"}
_TEXTS = frozenset({"txt", "csv"})
KINDS = (*_BEGINS, *sorted(_TEXTS))
ACCEPT = ".pdf,.png,.jpg,.jpeg,.txt,.csv"
TITLE_LIMIT = 100


def checked_paper(name: str, content: bytes, kinds: Collection[str] = KINDS) -> tuple[str, str]:
    """(title, extension) of a file of one of these kinds that may be kept. Raises Refused (field `file`)."""
    title, _, ending = name.replace("\\", "/").rpartition("/")[2].rpartition(".")
    extension = _SPELLINGS.get(ending.lower(), ending.lower())
    if not content:
        raise Refused("file", "The file is empty.", "file")
    if len(content) > MOST_BYTES:
        raise Refused("file", f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.", "file")
    if extension not in kinds:
        raise Refused("file", f"Only {', '.join(kinds)} files are kept here.", "file")
    if not _is(extension, content):
        raise Refused("file", f"This is no {extension.upper()} file, whatever its name says.", "file")
    return title.strip()[:TITLE_LIMIT] or "file", extension


def _is(extension: str, content: bytes) -> bool:
    if extension not in _TEXTS:
        return content.startswith(_BEGINS[extension])
    try:
        return "\x00" not in content.decode()
    except UnicodeDecodeError:
        return False
