"""The metric reference: every metric and every figure of a report stands in it, with what it was."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.testing import a_customer, a_manager, an_auditor, signed_in
from accounts.totals import DayTotals
from reporting.figures import shown
from reporting.metrics import METRICS, in_order
from reporting.metrics.deposits import END
from reporting.reference import reference
from reporting.tests.conftest import NOW
from reporting.tests.days import Q3, bank_pack


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


def test_every_figure_of_a_report_is_explained_with_its_value_as_example() -> None:
    pack = bank_pack()
    entries = {one.code: one for one in reference(in_order(), Q3, "USD", pack)}
    assert list(entries) == [one.code for one in in_order()]
    for figure in pack.figures():
        said = {one.name: one for one in entries[figure.section].figures}[figure.metric]
        assert said.formula == figure.formula
        if not figure.dimension:
            assert said.example == shown(figure.value, figure.unit)


def test_definitions_need_no_data() -> None:
    entries = reference(in_order(), Q3, "USD")
    for entry in entries:
        assert entry.about and entry.formula and entry.unit and entry.source and entry.figures
        assert not any(text.startswith("Formula") for text in (entry.about, entry.formula, entry.source))
        assert all(one.example == "" for one in entry.figures)


def test_what_is_told_by_a_dimension_only_says_so() -> None:
    mix = next(one for one in reference(in_order(), Q3, "USD") if one.code == "transaction_mix")
    assert {one.by for one in mix.figures} == {("type", "channel")}
    assert not any(one.whole for one in mix.figures)


def test_the_page_shows_all_metrics_with_links_into_the_report(sealed_bank: list[DayTotals], client: Client) -> None:
    text = signed_in(client, an_auditor()).get("/reports/metrics").content.decode()
    for one in METRICS:
        assert f'id="{one.code}"' in text
        assert f"metrics={one.code}#{one.code}" in text
    assert shown(bank_pack().sections[0].figures[0].value, "USD") in text
    assert END in text


def test_a_young_bank_has_definitions_without_examples(bank: Any, folder: Path, client: Client) -> None:
    answer = signed_in(client, a_manager()).get("/reports/metrics")
    assert answer.status_code == 200
    assert "no report of 2026Q3" in answer.content.decode()


def test_customers_do_not_read_it(bank: Any, folder: Path, client: Client) -> None:
    assert signed_in(client, a_customer()).get("/reports/metrics").status_code == 403


def test_the_command_prints_the_same_or_writes_it(tmp_path: Path) -> None:
    printed, place = StringIO(), tmp_path / "metrics.md"
    call_command("metric_reference", stdout=printed)
    call_command("metric_reference", output=str(place), stdout=StringIO())
    assert place.read_text(encoding="utf-8") == printed.getvalue()
    assert all(f"(`{one.code}`)" in printed.getvalue() for one in METRICS)
    with pytest.raises(CommandError, match="Cannot write .*: No such file or directory"):
        call_command("metric_reference", output=str(tmp_path / "no" / "where.md"), stdout=StringIO())
