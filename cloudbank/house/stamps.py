"""Stamps: a step is done when its stamp holds the digest of what it was made from."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


def digest_of_contents(files: Iterable[Path]) -> str:
    """A digest of what is in the files; for a handful of lock files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def digest_of_listing(folders: Iterable[Path]) -> str:
    """A digest of names, sizes and times of all files below the folders; for many files, read none."""
    digest = hashlib.sha256()
    for folder in folders:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            stat = file.stat()
            digest.update(f"{file}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Stamp:
    """One file that says what a finished step was made from. Keep it inside what the step makes."""

    path: Path
    digest: str

    @property
    def fresh(self) -> bool:
        """Whether the step need not be done again."""
        return self.path.is_file() and self.path.read_text() == self.digest

    def set(self) -> None:
        """The step is done."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.digest)
