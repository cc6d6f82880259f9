"""What goes into log lines: never a whole account or loan number (engineering/security.md, row 24).

And always for which request or run of a job the line was written.
"""

import logging
import re

from cloudbank import trace

_NUMBER = re.compile(r"(?<![0-9])[0-9]{12}([0-9]{4})(?![0-9])")


def masked(text: str) -> str:
    """The text with each run of 16 digits cut down to its last four."""
    return _NUMBER.sub(r"************\1", text)


class MaskingFormatter(logging.Formatter):
    """Formats a record, its traceback included, then masks the whole line. `%(trace)s` is what it was done for."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        record.trace = trace.current() or "-"
        return masked(super().format(record))
