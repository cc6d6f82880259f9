"""The page behind a figure: its arithmetic, its rows, where they lead, and the file."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.testing import a_customer, a_manager, an_officer, signed_in
from accounts.totals import DayTotals
from cloudbank.quarters import Quarter
from reporting import queries
from reporting.figures import shown
from reporting.metrics import in_order
from reporting.preview import figure_url
from reporting.tests.conftest import NOW

Q3 = Quarter(2026, 3)


@pytest.fixture
def manager(sealed_bank: list[DayTotals], client: Client) -> Any:
    """A manager on a Monday in October 2026."""
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        yield signed_in(client, a_manager())


def test_every_figure_of_the_report_leads_to_a_page_that_shows_it(manager: Client) -> None:
    pack = queries.quarterly_pack(Q3, in_order(), "USD", NOW)
    figures = [one for one in pack.figures() if one.value is not None]
    assert len(figures) > 60
    for figure in figures[::4]:
        page = manager.get(figure_url(pack.period, figure.section, figure.metric, figure.dimension))
        assert page.status_code == 200, (figure.section, figure.metric, figure.dimension)
        assert page.context["value"] == shown(figure.value, figure.unit)
        assert not page.context["differs"]


def test_the_arithmetic_stands_first_and_each_part_has_its_rows(manager: Client) -> None:
    page = manager.get("/reports/2026Q3/rows/transactions/suspicious-share")
    over, under = (line.cells for line in page.context["lines"])
    share = page.context["value"]
    assert page.context["arithmetic"] == f"{over[1][1]} / {under[1][1]} = {share}"
    assert 'href="/reports/2026Q3/rows/transactions/suspicious-share?part=0"' in page.content.decode()
    part = manager.get("/reports/2026Q3/rows/transactions/suspicious-share?part=0")
    assert part.context["value"] == str(over[1][1])
    assert "/movements?day=2026-07-" in part.content.decode()
    assert "badge=suspicious" in part.content.decode()
    assert [label for label, _ in part.context["trail"]] == ["Suspicious share"]


def test_the_list_goes_on_over_pages_and_says_what_all_come_to(manager: Client) -> None:
    page = manager.get("/reports/2026Q3/rows/transactions/transaction-volume?size=50")
    assert page.context["totals"].of == "All 64 rows"
    assert page.context["totals"].parts[0][1] == page.context["value"]
    rest = manager.get("/reports/2026Q3/rows/transactions/transaction-volume" + page.context["next"])
    assert len(rest.context["lines"]) == 14


def test_the_file_holds_all_rows_and_they_sum_to_the_figure(manager: Client) -> None:
    answer = manager.get("/reports/2026Q3/rows/deposits/deposits-end-of-period?export=csv")
    lines = list(csv.reader(StringIO(answer.getvalue().decode())))
    end = lines.index([])
    assert lines[0] == ["Start and change of each day", "Value (USD)"]
    notes = {line[0]: line[1] for line in lines[end + 1 :]}
    total = sum(Decimal(line[1]) for line in lines[1:end])
    assert notes["# Figure's value"] == f"{total:,} USD"
    assert notes["# Period"] == "2026Q3"


def test_a_dimension_and_a_branch_narrow_the_rows_and_where_they_lead(manager: Client) -> None:
    page = manager.get("/reports/2026Q3/rows/transaction_mix/transaction-volume/type-deposit?branch=main")
    body = page.content.decode()
    assert "type=deposit" in body and "branch=main" in body and "Branch: Main branch" in body
    none = manager.get("/reports/2026Q3/rows/transaction_mix/transaction-volume/type-deposit?branch=nowhere")
    assert (none.context["value"], len(none.context["lines"])) == ("0.00", 0)


@pytest.mark.parametrize(
    "address",
    [
        "/reports/2026Q3/rows/nothing/transaction-volume",
        "/reports/2026Q3/rows/deposits/nothing",
        "/reports/2026Q9/rows/deposits/deposits-end-of-period",
        "/reports/2019Q1/rows/deposits/deposits-end-of-period",
        "/reports/2026Q3/rows/deposits/deposits-end-of-period?part=7",
        "/reports/2026Q3/rows/deposits/growth-over-the-period?part=x",
        "/reports/2026Q3/rows/deposits/deposits-end-of-period/type-wire",
        "/reports/2026Q3/rows/deposits",
    ],
)
def test_what_is_no_figure_is_not_found(manager: Client, address: str) -> None:
    assert manager.get(address).status_code == 404


def test_rows_lead_only_where_the_person_may_go(sealed_bank: list[DayTotals], client: Client) -> None:
    address = "/reports/2026Q3/rows/deposit_bridge/net-inflow-by-cash"
    with time_machine.travel(NOW, tick=False):
        assert "/house-statements?account=cash" in signed_in(client, a_manager()).get(address).content.decode()
        page = signed_in(Client(), an_officer()).get(address)
        assert page.status_code == 200
        assert "/house-statements" not in page.content.decode()
        assert signed_in(Client(), a_customer()).get(address).status_code == 403
