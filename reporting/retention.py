"""How long the archive keeps a report, by class. Pure.

Reports of closed days are books and records of the bank (seven years, longer than the five of 31 CFR 1010.430);
provisional ones are working papers. `manage.py report_retention` lists what may go, and with `--delete` deletes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Retention:
    """A class of reports: its name, how long one is kept, and which these are."""

    code: str
    title: str
    keep: timedelta
    about: str


RECORD = Retention("record", "Record", timedelta(days=7 * 365 + 2), "Reports of closed days: seven years.")
WORKING = Retention("working", "Working paper", timedelta(days=90), "Provisional reports: 90 days.")
CLASSES = (RECORD, WORKING)


def class_of(provisional: bool) -> Retention:
    """The class of a report."""
    return WORKING if provisional else RECORD


def keep_until(built: datetime, provisional: bool) -> datetime:
    """The instant until which a report must stay."""
    return built + class_of(provisional).keep
