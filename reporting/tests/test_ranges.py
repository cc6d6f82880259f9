"""Ranges, comparisons and cuts: the same code for a quarter, a month, a day and any days."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from accounts.totals import DayTotals
from cloudbank.stretches import Days, Month, Stretch
from reporting import queries
from reporting.assemble import NotCarried, assemble
from reporting.beside import BOTH, NONE, PREVIOUS, YEAR_AGO, beside, merged
from reporting.cuts import cut_of, parse_cut
from reporting.metrics import METRICS, in_order, metric
from reporting.metrics.deposits import END
from reporting.metrics.transactions import NUMBER, VOLUME
from reporting.orders import Order, order_from
from reporting.pack import Pack
from reporting.periods import period_of
from reporting.tests.conftest import NOW
from reporting.tests.days import CALENDAR, Q3, bank_days, movement, open_day, request, sealed

SEPTEMBER = Month(2026, 9)
WEEK = Days(date(2026, 9, 14), date(2026, 9, 18), CALENDAR)
DAY = Days(date(2026, 9, 15), date(2026, 9, 15), CALENDAR)


def a_pack(stretch: Stretch, days: list[DayTotals] | None = None, **changes: Any) -> Pack:
    """The pack of the hand-made bank over a stretch."""
    return assemble(replace(request(), stretch=stretch, **changes), days or bank_days(), CALENDAR)


def count_between(days: list[DayTotals], first: date, last: date) -> int:
    """Transactions, counted from the days' shards and not from the cells that metrics read."""
    inside = [day for day in days if first.isoformat() <= day.day <= last.isoformat()]
    return sum(day.count() - day.count("opening") for day in inside)


@pytest.mark.parametrize("stretch", [Q3, SEPTEMBER, WEEK, DAY])
def test_figures_stand_beside_the_period_before_and_the_same_one_a_year_ago(stretch: Stretch) -> None:
    days = bank_days()
    pack = a_pack(stretch, days)
    figure = pack.sections[0].figure(NUMBER)
    before, then = stretch.previous(), stretch.year_ago()
    assert (pack.period, pack.previous, pack.year_ago) == (stretch.label, before.label, then.label)
    found = [count_between(days, one.first, one.last) for one in (stretch, before, then)]
    assert [figure.value, figure.previous, figure.year_ago] == found
    assert all(found)


@pytest.mark.parametrize(
    ("compare", "labels"),
    [(BOTH, ("2026Q2", "2025Q3")), (PREVIOUS, ("2026Q2", "")), (YEAR_AGO, ("", "2025Q3")), (NONE, ("", ""))],
)
def test_what_stands_beside_the_figures_is_chosen(compare: str, labels: tuple[str, str]) -> None:
    pack = a_pack(Q3, compare=compare)
    assert (pack.previous, pack.year_ago) == labels
    figure = pack.sections[0].figure(NUMBER)
    assert (figure.previous is not None, figure.year_ago is not None) == (bool(labels[0]), bool(labels[1]))
    assert figure.value == a_pack(Q3).sections[0].figure(NUMBER).value
    assert pack.sha256 != a_pack(Q3).sha256 or compare == BOTH


def test_with_nothing_beside_only_the_periods_own_days_are_read() -> None:
    alone = beside(Q3, NONE).dates()
    assert len(beside(Q3, BOTH).dates()) == 2
    assert alone[-1] == (Q3.first - timedelta(days=10), Q3.last)
    assert sum((last - first).days for first, last in alone) < 130


def test_runs_of_days_that_touch_are_read_once() -> None:
    one, two, three = (date(2026, 1, day) for day in (1, 2, 3))
    assert merged([(three, three), (one, two), (one, one)]) == [(one, three)]


def test_a_month_is_trended_over_thirteen_months_and_a_day_over_five_days() -> None:
    by_code = {chart.code: chart for section in a_pack(SEPTEMBER).sections for chart in section.charts}
    trend = by_code["transactions_trend"]
    assert (trend.title, trend.category, len(trend.labels)) == ("Transaction volume, thirteen months", "Month", 13)
    assert (trend.labels[0], trend.labels[-1]) == ("2025-09", "2026-09")
    daily = {chart.code: chart for section in a_pack(DAY).sections for chart in section.charts}["transactions_trend"]
    assert daily.labels == ("2026-09-09", "2026-09-10", "2026-09-11", "2026-09-14", "2026-09-15")


def test_deposits_of_a_day_are_what_it_was_sealed_with() -> None:
    days = bank_days()
    own = next(day for day in days if day.day == "2026-09-15")
    before = next(day for day in days if day.day == "2026-09-14")
    figure = next(one for one in a_pack(DAY, days).figures() if one.metric == END)
    assert (figure.value, figure.previous) == (own.end["deposits"], before.end["deposits"])


def test_open_days_before_a_period_are_carried_into_its_opening() -> None:
    first, second, third = (open_day(date(2026, 9, day)) for day in (14, 15, 16))
    for place, day in enumerate((first, second, third), 1):
        movement(day, 10_000 * place)
    days = [*sealed([first]), second, third]
    wednesday = Days(date(2026, 9, 16), date(2026, 9, 16), CALENDAR)
    period = period_of(wednesday, "USD", days, CALENDAR)
    assert (period.opening["deposits"], period.closing["deposits"]) == (30_000, 60_000)
    assert not period.complete


def test_a_cut_narrows_what_carries_the_dimension_and_names_what_is_left_out() -> None:
    days = bank_days()
    whole = a_pack(Q3, days)
    main = a_pack(Q3, days, cut=cut_of({"branch": "main"}))
    north = a_pack(Q3, days, cut=cut_of({"branch": "north"}))
    assert main.sections[0].figure(VOLUME).value == whole.sections[0].figure(VOLUME).value
    assert north.sections[0].figure(VOLUME).value == 0
    assert any("nothing of these periods' movements is of this part" in note for note in north.notes)
    assert not any("nothing of these periods" in note for note in main.notes)
    carried = {section.code for section in main.sections}
    assert {"transactions", "deposits", "loan_portfolio", "customers"} <= carried
    assert "deposit_bridge" not in carried
    (note,) = [note for note in main.notes if "left out" in note]
    assert note.startswith("Branch: Main branch. Known only for the whole bank and therefore left out: ")
    assert "Deposit bridge" in note
    (note,) = [note for note in main.notes if "therefore n/a" in note]
    assert "Deposit growth: Growth over the year, Deposits, daily average" in note
    assert main.subtitle.startswith("Branch: Main branch · 2026Q3 (") and whole.subtitle.startswith("2026Q3 (")
    assert main.parameters["Part of the bank"] == "Branch: Main branch"


def test_two_branches_sum_to_the_bank() -> None:
    first = open_day(date(2026, 7, 1))
    movement(first, 10_000, hour=10)
    movement(first, 500, hour=11)
    name = next(name for name in first.cells if name.hour == 11)
    first.cells[replace(name, branch="north")] = first.cells.pop(name)
    days = sealed([first])
    found = {
        branch: a_pack(Q3, days, cut=cut_of({"branch": branch})).sections[0].figure(VOLUME).value
        for branch in ("", "main", "north")
    }
    assert found == {"": 10_500, "main": 10_000, "north": 500}


def test_nothing_but_whole_bank_metrics_under_a_cut_is_refused() -> None:
    with pytest.raises(NotCarried, match="none of these metrics is known for a part of the bank: Deposit bridge"):
        a_pack(Q3, metrics=tuple(in_order(("deposit_bridge",))), cut=parse_cut(["branch=main"]))


def test_metric_cannot_declare_a_dimension_that_does_not_exist() -> None:
    def measure(period: Any) -> Any:
        """Formula: x. Unit: x. Source: x."""

    with pytest.raises(ValueError, match="there is no dimension planet"):
        metric("mars", title="Mars", order=1, cuts=("planet",))(measure)
    assert "mars" not in METRICS.codes()


def test_an_order_is_stored_and_read_back() -> None:
    order = Order(SEPTEMBER, tuple(in_order(("deposits",))), "USD", PREVIOUS, cut_of({"branch": "main"}), "board", "B")
    assert order_from(order.as_data(), SEPTEMBER) == order


def test_a_month_of_the_stored_bank_is_read_in_few_requests(sealed_bank: list[DayTotals], requests_made: Any) -> None:
    requests_made.clear()
    pack = queries.pack_of(Order(SEPTEMBER, tuple(in_order()), "USD"), NOW)
    assert pack.sections[0].figure(NUMBER).value == count_between(sealed_bank, SEPTEMBER.first, SEPTEMBER.last)
    assert len(requests_made) <= 12
