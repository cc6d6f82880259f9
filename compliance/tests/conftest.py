"""Fixtures of the compliance tests."""

from collections.abc import Iterator

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
