"""Fixtures of the compliance tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from compliance.queries import cash_days, standing


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    """What a process keeps for a few seconds belongs to the test before."""
    standing.forget()
    cash_days.forget()
    yield
    standing.forget()
    cash_days.forget()


@pytest.fixture
def store_of_papers(tmp_path: Path, settings: Any) -> None:
    """A documents store of the test's own."""
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = {**settings.STORAGES, "documents": backend}
