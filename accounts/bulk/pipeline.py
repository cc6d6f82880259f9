"""Threads that write batches while the next ones are computed. Order of starting is order of settling."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any

THREADS = 4
AHEAD = 12
"""Batches under way or waiting: memory stays bounded, and the threads never wait for the next one."""


class Pipeline:
    """Runs work in threads; `then` is called in the caller's thread once it and all before it are done."""

    def __init__(self, threads: int = THREADS, ahead: int = AHEAD) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="bulk")
        self._ahead = ahead
        self._under_way: deque[tuple[Future[Any], Callable[[], None] | None]] = deque()

    def submit(self, work: Callable[..., Any], *arguments: Any, then: Callable[[], None] | None = None) -> None:
        """Start work; waits while too much is under way. An error of earlier work is raised here."""
        while len(self._under_way) >= self._ahead or (self._under_way and self._under_way[0][0].done()):
            self._settle()
        self._under_way.append((self._pool.submit(work, *arguments), then))

    def _settle(self) -> None:
        future, then = self._under_way.popleft()
        future.result()
        if then:
            then()

    def drain(self) -> None:
        """Wait until all is done; raises the first error."""
        while self._under_way:
            self._settle()

    def __enter__(self) -> "Pipeline":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # After an error nothing new is started; what a crash would leave half done, the next run does again.
        self._pool.shutdown(wait=True, cancel_futures=error is not None)
