"""The estimate: by hand for one size, growing with each of its causes, its limits at their edges; the table of docs/cost.md."""

import io
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from cloudbank.costs import FLEETS, MOST, Size, estimate
from cloudbank.management.commands.cost_estimate import table
from cloudbank.tests.cloudformation import ROOT, template

MILLION = Size(1_000_000, 500_000, 30)


def test_a_million_a_day_by_hand() -> None:
    """16 write units on average: 16 million units a day at 0.625 USD are 10 USD, 304 a month."""
    parts = estimate(MILLION).parts
    assert parts["writes of movements"] == pytest.approx(304.0)
    assert parts["reads of movements"] == pytest.approx(4.5 * 0.125 * 30.4)
    lines = 1_500_000 * 365 * 846
    people = 500_000 * 2_250
    assert parts["storage"] == pytest.approx((lines * 3 + people * 2) / 1024**3 * 0.25)
    assert parts["continuous back-ups"] == pytest.approx((lines + people) / 1024**3 * 0.20)


@pytest.mark.parametrize(
    "more, part",
    [
        ({"movements": 2_000_000}, "writes of movements"),
        ({"customers": 900_000}, "customers' pages"),
        ({"watchers": 31}, "watching the queue"),
        ({"years": 2.0}, "storage"),
    ],
)
def test_more_of_a_cause_costs_more(more: dict[str, float], part: str) -> None:
    larger = estimate(replace(MILLION, **more))
    assert larger.parts[part] > estimate(MILLION).parts[part]
    assert larger.total > estimate(MILLION).total


def test_nobody_costs_what_stands_there_only() -> None:
    parts = estimate(Size(0, 0, 0)).parts
    assert {name for name, dollars in parts.items() if dollars} == {"hosts", "network, keys, alarms"}


@pytest.mark.parametrize("movements, told", [(43_000_000, False), (43_400_000, True)])
def test_a_cell_is_told_once_it_takes_more_than_an_item_may(movements: int, told: bool) -> None:
    """A fifth of 2,500 a second are 500 transactions on one item, the most it takes."""
    assert any("busiest cube cell" in line for line in estimate(Size(movements, 0, 0)).met) is told


def test_sizes_and_shards_are_those_of_the_template() -> None:
    sizes = template("app")["Mappings"]["Sizes"]
    for fleet in FLEETS:
        has = sizes[fleet.name]
        assert (has["Least"], has["Most"], has["Shards"]) == (fleet.least, MOST[fleet.name], fleet.shards)


def test_the_document_has_the_table_of_the_command() -> None:
    assert "\n".join(table()) in (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")


def test_the_command_prints_every_part_and_refuses_nonsense() -> None:
    out = io.StringIO()
    call_command(
        "cost_estimate", "--postings-per-day", "1000000", "--customers", "500000", "--watchers", "30", stdout=out
    )
    says = out.getvalue()
    assert f"{estimate(MILLION).total:,.2f}" in says and all(part in says for part in estimate(MILLION).parts)
    for wrong in ("-1", "many", "1e6", "99999999999"):
        with pytest.raises(CommandError):
            call_command("cost_estimate", "--postings-per-day", wrong, stdout=io.StringIO())
