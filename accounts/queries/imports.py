"""Reads of bulk runs."""

from datetime import date

from accounts.models import Books, ImportRun
from accounts.models.imports import DONE
from cloudbank import store
from cloudbank.tables import AccountsItem


def import_run(import_id: str) -> ImportRun | None:
    """The record of a run, or None."""
    return store.get(ImportRun, ImportRun.key(import_id))


def unfinished_on(day: date, books: Books) -> list[str]:
    """The runs that write to this business day and have not stored everything yet: it cannot be closed."""
    ids = [import_id for import_id, (first, last) in books.imports.items() if first <= day.isoformat() <= last]
    runs = store.load(AccountsItem, [ImportRun.key(import_id) for import_id in ids])
    return [i for i in ids if not isinstance(run := runs.get(ImportRun.key(i)), ImportRun) or run.state != DONE]
