"""In a bank that lends, pays interest and closes its months, every figure's rows still come to it: sheets included."""

from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.queries import totals
from accounts.services.closing import close_through
from cloudbank.conf import bank_calendar
from cloudbank.quarters import Quarter
from reporting.behind import has_rows, value_of
from reporting.cuts import WHOLE
from reporting.drill import behind
from reporting.drill_queries import period_now
from reporting.metrics import in_order

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
