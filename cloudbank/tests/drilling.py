"""For tests of back-up and restore: the commands as an operator runs them, and tables that are gone afterwards."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.images import Image, image
from cloudbank import tables, testing

SUFFIX = "-restored-20261123"
OWN = (
    "lease#backup",
    "lease#restore",
    "job#backup#",
    "job#restore#",
    "backup#2",
    "restore#2",
    "audit#table_copy#",
    "processes#",
)
"""How the keys begin of what back-ups, restores and processes keep of themselves."""


@pytest.fixture
def beside(bank: Any) -> Iterator[None]:
    """Whatever the test restores is gone after it, and this process is at the bank's own tables again."""
    yield
    tables.use_suffix("")
    client, own = tables.connection().client, {base.Meta.table_name for base in tables.TABLES}
    for name in set(client.list_tables()["TableNames"]) - own:
        client.delete_table(TableName=name)
    testing._forget_caches()


def printed(command: str, *arguments: str) -> str:
    """What a command says; its errors are the caller's."""
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def refused(command: str, *arguments: str) -> str:
    """Why it refuses; AssertionError when it does not."""
    try:
        said = printed(command, *arguments)
    except CommandError as error:
        tables.use_suffix("")
        return str(error)
    raise AssertionError(f"{command} {arguments} went through: {said}")


def backed_up(place: Path, *more: str) -> Path:
    """The bank, in files."""
    printed("backup", f"--to={place}", *more)
    return place


def restored(place: Path, suffix: str = SUFFIX) -> str:
    """The files as tables, which this process uses from now on; what was said."""
    said = printed("restore", f"--from={place}", f"--suffix={suffix}")
    testing._forget_caches()
    return said


def business() -> Image:
    """All items of the tables in use by table (without suffix) and key, but for what back-ups keep of themselves."""
    names = {base.Meta.table_name: tables.base_name(base) for base in tables.TABLES}
    return {(names[table], key): raw for (table, key), raw in image().items() if not key.startswith(OWN)}


def own_tables() -> None:
    """Back to the bank's."""
    tables.use_suffix("")
    testing._forget_caches()
