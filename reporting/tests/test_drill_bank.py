"""In a bank that lends, pays interest and closes its months, every figure's rows still come to it: sheets included."""

from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.names import SEGMENTS
from accounts.queries import totals
from accounts.services.closing import close_through
from accounts.totals import DayTotals
from cloudbank.conf import bank_calendar
from cloudbank.quarters import Quarter
from reporting.behind import has_rows, value_of
from reporting.beside import NONE, beside
from reporting.cuts import BRANCH, PRODUCT, PRODUCTS, SEGMENT, WHOLE, Cut
from reporting.drill import behind
from reporting.drill_queries import period_now
from reporting.metrics import Metric, in_order
from reporting.part_queries import branches
from reporting.periods import Period, period_of
from reporting.queries import read_days
from reporting.tests.test_cuts import ADDED

NOW = datetime(2025, 10, 3, 15, tzinfo=UTC)
Q3 = Quarter(2025, 3)


@pytest.mark.slow
def test_every_figure_of_a_seeded_bank_comes_from_its_rows(bank: Any, tmp_path: Path, settings: Any) -> None:
    settings.VAR_DIR = tmp_path
    said = StringIO()
    options = ("--customers", "30", "--quarters", "2", "--today", "2025-10-01", "--no-close")
    call_command("seed_demo", *options, stdout=said, stderr=said)
    totals.forget()
    close_through(bank_calendar().on_or_before(date(2025, 9, 30)), "USD", now=NOW, history=True)
    period = period_now(Q3, "USD", WHOLE, NOW)
    assert period.complete
    wrong, known = [], 0
    for metric in in_order():
        for measure in metric.measure(period).measures:
            found = behind(metric, measure, period)
            again = value_of(found)
            known += bool(measure.value) and has_rows(found)
            if again != measure.value:
                wrong.append(f"{metric.code}: {measure.metric} {measure.dimension}: {measure.value}, its rows {again}")
    assert wrong == []
    assert known > 150
    assert len(branches("USD")) > 2
    read.cache_clear()
    _parts_foot(BRANCH, branches("USD"))
    _parts_foot(SEGMENT, list(SEGMENTS))
    for sheet, codes in PRODUCTS.items():
        _parts_foot(PRODUCT, list(codes), sheet)


def _parts_foot(dimension: str, codes: list[str], sheet: str = "") -> None:
    """All branches (segments, products) together are the bank, and the figures of the first come from their rows."""
    together: Counter[tuple[str, str]] = Counter()
    parts = [added(((dimension, code),), dimension, sheet) for code in codes]
    for part in parts:
        together.update(part)
    assert together == added(WHOLE, dimension, sheet)
    assert sum(any(part.values()) for part in parts) > 1
    first = part_of(((dimension, codes[0]),))
    assert [
        (metric.code, one.metric, one.dimension)
        for metric in carrying(dimension, sheet)
        for one in metric.of(first).measures
        if value_of(behind(metric, one, first)) != one.value
    ] == []


@cache
def read() -> list[DayTotals]:
    """The days of the quarter, read once for all its parts."""
    return read_days(beside(Q3, NONE), "USD", NOW, by_day=True).days


def part_of(cut: Cut) -> Period:
    """The quarter of a part of the bank."""
    return period_of(Q3, "USD", read(), bank_calendar(), cut)


def added(cut: Cut, dimension: str, sheet: str) -> Counter[tuple[str, str]]:
    """The figures that are sums of rows, of a part of the bank."""
    period = part_of(cut)
    return Counter(
        {
            (metric.code, one.metric): one.value or 0
            for metric in carrying(dimension, sheet)
            if metric.code in ADDED
            for one in metric.of(period).measures
            if not one.dimension and one.metric in ADDED[metric.code]
        }
    )


def carrying(dimension: str, sheet: str) -> list[Metric]:
    """The metrics that can be cut by it; of a product those of its sheet."""
    return [one for one in in_order() if dimension in one.cuts and sheet in ("", one.sheet)]
