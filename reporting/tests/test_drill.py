"""Every figure has rows behind it, and they sum to it; a metric that declares none is found here."""

import dataclasses
from collections.abc import Iterator
from datetime import date

import pytest

from accounts.totals import DayTotals
from cloudbank.quarters import Quarter
from cloudbank.stretches import Month, Stretch
from reporting.behind import Behind, Formula, Rows, has_rows, value_of
from reporting.drill import NoSuchFigure, behind, drilled, slug
from reporting.metrics import Measure, Metric, in_order
from reporting.periods import Period, period_of
from reporting.tests.days import CALENDAR, Q3, bank_days

CUTOFF_DAY = "2026-08-20"


def opened(days: list[DayTotals]) -> list[DayTotals]:
    """The same days, the last ones not sealed yet."""
    return [day if day.day < CUTOFF_DAY else dataclasses.replace(day, closed=False, end={}) for day in days]


def the_period(stretch: Stretch, *, still_open: bool = False) -> Period:
    """A period of the hand-made bank."""
    days = bank_days()
    return period_of(stretch, "USD", opened(days) if still_open else days, CALENDAR)


PERIODS = {
    "a sealed quarter": the_period(Q3),
    "a quarter so far": the_period(Q3, still_open=True),
    "the bank's first quarter": the_period(Quarter(2025, 2)),
    "a month": the_period(Month(2026, 8)),
}


def measures(period: Period) -> Iterator[tuple[Metric, Measure]]:
    """Every figure of the period."""
    for metric in in_order():
        for measure in metric.measure(period).measures:
            yield metric, measure


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS.keys())
def test_every_figure_has_rows_and_they_come_to_it_to_the_cent(period: Period) -> None:
    wrong = []
    for metric, measure in measures(period):
        if measure.metric not in metric.rows:
            wrong.append(f"{metric.code}: {measure.metric!r} declares no rows")
            continue
        found = behind(metric, measure, period)
        if not has_rows(found):
            wrong.append(f"{metric.code}: {measure.metric!r} has numbers behind it, but no rows")
        if (again := value_of(found)) != measure.value:
            wrong.append(f"{metric.code}: {measure.metric!r} {measure.dimension!r}: {measure.value}, its rows {again}")
    assert wrong == []


def test_the_figures_are_many_and_most_are_not_zero() -> None:
    """The loop above would hold of a bank where nothing happens."""
    values = [measure.value for _, measure in measures(PERIODS["a sealed quarter"])]
    assert len(values) > 60
    assert sum(bool(value) for value in values) > 40


@pytest.mark.parametrize("metric", in_order(), ids=lambda metric: metric.code)
def test_no_two_figures_of_a_metric_share_an_address(metric: Metric) -> None:
    names = [(one.metric, one.dimension) for one in metric.measure(PERIODS["a sealed quarter"]).measures]
    assert len({(slug(name), slug(dimension)) for name, dimension in names}) == len(set(names))


def leaves(found: Behind) -> Iterator[Rows]:
    """All lists behind a figure."""
    if isinstance(found, Formula):
        for part in found.parts:
            yield from leaves(part.behind)
    elif isinstance(found, Rows):
        yield found


def test_rows_lead_only_to_days_of_the_period() -> None:
    period = PERIODS["a sealed quarter"]
    days = {day.day for day in period.days}
    for metric, measure in measures(period):
        for rows in leaves(behind(metric, measure, period)):
            for row in rows.read():
                if row.link and row.link.view == "movements":
                    assert dict(row.link.query)["day"] in days


def test_a_ratio_drills_to_its_parts_and_each_part_to_its_rows() -> None:
    period = PERIODS["a sealed quarter"]
    top = drilled(period, "transactions", "suspicious-share")
    over, under = top.here.parts()
    assert (over.label, over.value()) == ("Suspicious transactions", period.cells()["suspicious"])
    assert under.value() == period.cells()["n"]
    part = drilled(period, "transactions", "suspicious-share", path=(0,))
    assert [step.label for step in part.steps] == ["Suspicious share", "Suspicious transactions"]
    assert isinstance(part.here.behind, Rows)
    rows = list(part.here.behind.read())
    assert sum(row.value for row in rows) == over.value()
    assert all(row.link and ("badge", "suspicious") in row.link.query for row in rows)


def test_a_type_leads_to_its_own_movements() -> None:
    found = drilled(PERIODS["a sealed quarter"], "transaction_mix", "transaction-volume", "type-deposit").here.behind
    assert isinstance(found, Rows)
    assert all(row.link and ("type", "deposit") in row.link.query for row in found.read())


def test_a_level_is_its_start_and_the_change_of_each_day() -> None:
    period = PERIODS["a sealed quarter"]
    found = drilled(period, "deposits", "deposits-end-of-period").here.behind
    assert isinstance(found, Rows)
    first, *changes = found.read()
    assert (first.label, first.value) == ("At the end of 2026-06-30", period.opening["deposits"])
    assert all(date.fromisoformat(row.label) >= Q3.first for row in changes)


@pytest.mark.parametrize(
    ("code", "name", "dimension", "path"),
    [
        ("nothing", "deposits-end-of-period", "", ()),
        ("deposits", "nothing", "", ()),
        ("deposits", "deposits-end-of-period", "type-wire", ()),
        ("deposits", "growth-over-the-quarter", "", (2,)),
        ("deposits", "deposits-end-of-period", "", (0,)),
    ],
)
def test_what_is_no_figure_is_not_found(code: str, name: str, dimension: str, path: tuple[int, ...]) -> None:
    with pytest.raises(NoSuchFigure):
        drilled(PERIODS["a sealed quarter"], code, name, dimension, path)
