"""Speaking to the person at the keyboard: steps, warnings, and refusals of one line."""

import sys
from collections.abc import Callable


class Problem(Exception):
    """Something the person can mend; the message is one line that says how."""


def say(text: str = "") -> None:
    """One line of progress."""
    print(text, flush=True)


def warn(text: str) -> None:
    """One line that must not be missed."""
    print(f"WARNING: {text}", file=sys.stderr, flush=True)


def guarded(work: Callable[[], None]) -> int:
    """Run `work`; a Problem becomes one line on stderr. Returns the exit code."""
    try:
        work()
    except Problem as problem:
        print(f"Stopped: {problem}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("Stopped: interrupted. `make stop` ends what was started.", file=sys.stderr, flush=True)
        return 130
    return 0
