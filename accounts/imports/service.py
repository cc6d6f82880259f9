"""Import history from two files: check every line, then run the bulk path. See README.md here."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from accounts.bulk.register import CannotImport, Identity
from accounts.bulk.run import Outcome, run
from accounts.imports.checking import Checked, Checker
from accounts.imports.history import History
from accounts.imports.mappings import MAPPINGS
from accounts.imports.reading import sha256_of
from accounts.imports.rows import Mapping
from accounts.ledger import Actor
from accounts.models import EmailLock, ImportRun
from accounts.models.people import normalised
from accounts.parameters import REVIEW_YEARS
from accounts.queries.imports import import_run
from accounts.services.people import years_after
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.conf import bank_calendar
from cloudbank.ids import derived_id
from cloudbank.tables import UsersItem

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
RESERVED = ("live", "demo")
Progress = Callable[[int], None]


def _silent(count: int) -> None:
    """No progress wanted."""


@dataclass(frozen=True)
class Files:
    """What is to be imported. `import_id` empty: derived from the content, so the same files are one import."""

    accounts: Path
    transactions: Path
    mapping: str
    start_date: date | None = None
    import_id: str = ""


@dataclass(frozen=True)
class Prepared:
    """Checked files, ready to run unless lines are bad."""

    history: History
    identity: Identity
    checked: Checked

    def run(self, *, now: datetime, dry_run: bool = False, progress: Progress = _silent) -> Outcome:
        """Post everything that can be posted (nothing, on a dry run). Raises CannotImport, store.StoreError."""
        if not self.checked.accounts:
            raise CannotImport(f"{self.history.accounts} holds no account that can be used")
        return run(
            self.identity, self.history, actor=self.history.actor, now=now, dry_run=dry_run, progress=progress
        )  # fmt: skip


def prepare(files: Files, *, now: datetime, progress: Progress = _silent) -> Prepared:
    """Read both files once and judge every line; writes nothing.

    Raises Unreadable for a file that is none, CannotImport when its days cannot be written.
    """
    mapping = MAPPINGS[files.mapping]
    hashes = {"accounts": sha256_of(files.accounts), "transactions": sha256_of(files.transactions)}
    import_id = files.import_id or _derived_id(files.mapping, hashes)
    if not _ID.fullmatch(import_id) or import_id in RESERVED:
        raise CannotImport(
            f"the import id '{import_id}' must be small letters, digits and dashes, at most 32, and free"
        )
    earlier = import_run(import_id)
    checker = Checker(mapping, import_id, bank_calendar().zone, normalised)
    checker.accounts(files.accounts)
    _refuse_held_addresses(checker, files.accounts, import_id)
    checker.movements(files.transactions, progress)
    history = _history(files, mapping, import_id, checker.found, earlier, now)
    made_of = {
        "mapping": files.mapping,
        "start_date": history.start.isoformat(),
        "left_out": checker.found.bad,
        **hashes,
    }
    return Prepared(history, _identity(history, made_of, now), checker.found)


def _derived_id(mapping: str, hashes: dict[str, str]) -> str:
    return f"{mapping}-{hashlib.sha256(''.join(hashes.values()).encode()).hexdigest()[:10]}"


def _history(
    files: Files, mapping: Mapping, import_id: str, checked: Checked, earlier: ImportRun | None, now: datetime
) -> History:
    start = files.start_date or (date.fromisoformat(earlier.made_of["start_date"]) if earlier else None)
    start = start or _first_day(checked, now)
    first = bank_calendar().local(checked.first).date() if checked.first else start
    if start > first:
        raise CannotImport(f"the first movement is of {first}; choose --start-date {first} or earlier")
    return History(
        mapping=mapping,
        accounts=files.accounts,
        movements=files.transactions,
        checked=checked,
        import_id=import_id,
        start=start,
        actor=Actor(f"import:{import_id}", "system", "import_transactions"),
        calendar=bank_calendar(),
        review_on=years_after(start, REVIEW_YEARS["low"]).isoformat(),
    )


def _first_day(checked: Checked, now: datetime) -> date:
    """Without a start date: that of the first movement; day numbers are laid so that the last one was yesterday."""
    if checked.first:
        return bank_calendar().local(checked.first).date()
    return bank_calendar().local(now).date() - ONE_DAY - timedelta(days=max(checked.on_day, default=0))


def _identity(history: History, made_of: dict[str, Any], now: datetime) -> Identity:
    calendar, last = bank_calendar(), history.last
    if last >= now:
        raise CannotImport(
            f"the last movement would be of {calendar.local(last):%Y-%m-%d %H:%M}, and history lies in the past; "
            f"choose --start-date {history.start - (last - now) - ONE_DAY} or earlier"
        )
    midnight = datetime.combine(history.start, datetime.min.time(), calendar.zone)
    days = (calendar.business_date(midnight), calendar.business_date(last))
    currencies = {known.currency for known in history.checked.accounts.values()}
    return Identity(history.import_id, made_of, dict.fromkeys(sorted(currencies), days))


def _refuse_held_addresses(checker: Checker, file: Path, import_id: str) -> None:
    """An e-mail address belongs to one person; those that this import stored before a crash are its own."""
    found = checker.found
    holders = {EmailLock.key(email): ref for email, ref in found.emails.items()}
    for key, lock in store.load(UsersItem, holders).items():
        ref = holders[key]
        if isinstance(lock, EmailLock) and lock.holder_id != derived_id("usr", import_id, ref):
            address = key.partition("#")[2]
            checker.refuse_customer(
                file, ref, f"the e-mail address '{address}' belongs to a customer of the bank already"
            )
