"""How far a command is: a bar for people, a plain line now and then for logs."""

import re
import resource
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import TextIO

from tqdm import tqdm

LINE_SECONDS = 15.0
_STATUS = Path("/proc/self/status")


def peak_megabytes() -> int:
    """The most memory this program has held.

    Where the kernel says it of the program alone (Linux), from there: getrusage counts what the process held before
    it became this program, too, so a child of a large parent seems as large.
    """
    told = re.search(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE) if _STATUS.exists() else None
    if told:
        return int(told[1]) // 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used // (1024 * 1024 if sys.platform == "darwin" else 1024)


class Bar:
    """`with Bar("Posting", total) as bar: bar.advance(5)`. Total 0: not known."""

    def __init__(self, words: str, total: int = 0, stream: TextIO | None = None) -> None:
        self._words, self._total, self._stream = words, total, stream or sys.stderr
        self._bar = tqdm(
            total=total or None, desc=words, file=self._stream, disable=None, unit_scale=True, smoothing=0.1
        )
        self.done, self._told = 0, time.monotonic()

    def advance(self, number: int = 1) -> None:
        """So many more are done."""
        self.done += number
        self._bar.update(number)
        if self._bar.disable and time.monotonic() - self._told >= LINE_SECONDS:
            self._told = time.monotonic()
            share = f" ({100 * self.done // self._total} %)" if self._total else ""
            print(f"{self._words}: {self.done:,}{share}", file=self._stream, flush=True)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()


class Parts:
    """Work in several parts, each with a bar of its own: `with Parts() as parts: parts.show("Days", 3, 250)`."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream, self._words = stream, ""
        self._bar: Bar | None = None

    def show(self, words: str, done: int, total: int) -> None:
        """How far this part is; the one before it is over."""
        if words != self._words or self._bar is None:
            self._close()
            self._words, self._bar = words, Bar(words, total, self._stream)
        self._bar.advance(done - self._bar.done)

    def _close(self) -> None:
        if self._bar:
            self._bar.__exit__(None, None, None)
            self._bar = None

    def __enter__(self) -> "Parts":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
