"""The estimate: by hand for one size, growing with each of its causes, its limits at their edges; the table of docs/cost.md."""

import io
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from cloudbank.costs import FLEETS, MOST, Size, archived, estimate, shards_for
from cloudbank.management.commands.cost_estimate import table
from cloudbank.tests.cloudformation import ROOT, template

MILLION = Size(1_000_000, 500_000, 30)


def test_a_million_a_day_by_hand() -> None:
    """16 write units on average: 16 million units a day at 0.625 USD are 10 USD, 304 a month."""
    parts = estimate(MILLION).parts
    assert parts["writes of movements"] == pytest.approx(304.0)
    assert parts["reads of movements"] == pytest.approx(4.5 * 0.125 * 30.4)
    lines = 1_500_000 * 365 * 868
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
    assert {name for name, dollars in parts.items() if dollars} == {"hosts", "network, keys, alarms, metrics"}


@pytest.mark.parametrize("movements, told", [(1_650_000, False), (1_670_000, True)])
def test_too_few_shards_are_told_with_the_number_that_is_enough(movements: int, told: bool) -> None:
    """Six a second for each of sixteen shards are 96 in the busiest second, five times the average of 1,658,880 a day."""
    said = [line for line in estimate(Size(movements, 0, 0)).met if "set Shards to" in line]
    assert [line.endswith("set Shards to 32") for line in said] == [True] * told


@pytest.mark.parametrize("peak, shards", [(0.1, 8), (48, 8), (48.1, 16), (5_787, 1024)])
def test_shards_double_until_each_has_few_enough(peak: float, shards: int) -> None:
    assert shards_for(peak) == shards


def test_closed_quarters_elsewhere_save_what_keeping_and_reading_them_costs() -> None:
    """By hand: three quarters of a year's lines leave, 768 bytes of each go to S3 at 0.004 a GB."""
    lines = 1_500_000 * 365 * 0.75
    saved = lines * 868 / 1024**3 * (3 * 0.25 + 0.20) + lines * 868 / 8192 * 0.125e-6 * 30.4 * 8 / 7
    assert archived(MILLION) == pytest.approx(estimate(MILLION).total - saved + lines * 768 / 1024**3 * 0.004)
    young = replace(MILLION, years=0.2)
    assert archived(young) == estimate(young).total


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
