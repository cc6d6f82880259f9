"""`python -m benchmarks.spooled SPOOL command ...`: a manage.py command that also notes every item it puts.

The items go to a file as they are written, 4 microseconds each, so that their number is no matter of memory.
"""

import marshal
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Put = tuple[str, dict[str, Any]]
"""Table and item."""


def read(spool: Path) -> Iterator[Put]:
    """The items in the order in which they were written."""
    with spool.open("rb") as file:
        while file.peek(1):
            yield from marshal.load(file)  # noqa: S302  written by ourselves a moment ago


def puts_of(operation: str, arguments: dict[str, Any]) -> list[Put]:
    """The items that a request puts."""
    if operation == "BatchWriteItem":
        requests = arguments["RequestItems"].items()
        return [(table, one["PutRequest"]["Item"]) for table, some in requests for one in some]
    if operation == "TransactWriteItems":
        puts = (one["Put"] for one in arguments["TransactItems"] if "Put" in one)
        return [(put["TableName"], put["Item"]) for put in puts]
    return []


def main(spool: Path, arguments: list[str]) -> None:
    """Run the command with its writes noted."""
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    from cloudbank import store

    real, lock, file = store._call, threading.Lock(), spool.open("wb")

    def noting(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        answer = real(operation, kwargs)
        if puts := puts_of(operation, kwargs):
            with lock:
                marshal.dump(puts, file)
        return answer

    store._call = noting
    with file:
        execute_from_command_line(["manage.py", *arguments])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbank.settings")
    main(Path(sys.argv[1]), sys.argv[2:])
