"""What is it that is done now: the id of the browser's request, or of the job's run, that every record of it carries.

One id leads from the browser (X-Request-Id, an error page's reference) to each posting, audit record and log line that
the request made. It tells nothing else and nobody may choose it: what a browser sends is never taken for one.
"""

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
_now: ContextVar[str] = ContextVar("trace", default="")


def new() -> str:
    """A fresh id of a request, as `req_k5yq3zrwh2t6n`: 64 random bits, short because each posting carries one.

    So a transfer with the longest note stays within one write unit, whoever it is from.
    """
    return f"req_{base64.b32encode(os.urandom(8)).decode().rstrip('=').lower()}"


def current() -> str:
    """The id of what is being done in this thread; "" when nobody asked for it by a request or a job."""
    return _now.get()


def begin(trace: str) -> None:
    """From now on this thread works for this id; "" ends it."""
    _now.set(trace)


@contextmanager
def within(trace: str) -> Iterator[None]:
    """The body works for this id, and afterwards the thread for what it worked for before."""
    before = _now.set(trace)
    try:
        yield
    finally:
        _now.reset(before)


def carried(work: Callable[P, R]) -> Callable[P, R]:
    """The same work, for another thread: it works for the id that this one works for now."""
    trace = current()

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with within(trace):
            return work(*args, **kwargs)

    return run
