"""Charts and meters as plain data: one declaration gives the canvas, its table and its links. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cloudbank.money import exponent, format_amount


@dataclass(frozen=True)
class Dataset:
    """One series. `links[i]` is where a click on point i (and the table's cell) leads; empty = nowhere.

    A value that is not known is None: a gap in the drawing, "n/a" in the table, never 0.
    """

    label: str
    data: Sequence[int | float | None]
    links: Sequence[str] = ()
    type: str = ""


@dataclass(frozen=True)
class ChartData:
    """A chart. `type`: bar, line, doughnut, pie or stacked. With `currency`, the values are minor units.

    `decimals` of another unit: 2 where the values are hundredths of a percent.
    """

    title: str
    type: str
    labels: Sequence[str]
    datasets: Sequence[Dataset] = field(default_factory=tuple)
    unit: str = ""
    period: str = ""
    currency: str = ""
    category: str = "Day"
    decimals: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for series in self.datasets for value in series.data)


def payload(chart: ChartData) -> dict[str, Any]:
    """What charts.js reads from the page's `json_script` block."""
    series = [
        {"label": one.label, "data": list(one.data), "links": list(one.links), "type": one.type}
        for one in chart.datasets
    ]
    return {
        "type": chart.type,
        "labels": list(chart.labels),
        "datasets": series,
        "unit": chart.currency or chart.unit,
        "exponent": exponent(chart.currency) if chart.currency else chart.decimals,
        "money": bool(chart.currency),
    }


def _shown(value: int | float | None, chart: ChartData) -> str:
    if value is None:
        return "n/a"
    if chart.currency:
        return format_amount(int(value), chart.currency)
    text = f"{Decimal(int(value)).scaleb(-chart.decimals):,f}" if chart.decimals else f"{value:,}"
    return text.replace("-", "\N{MINUS SIGN}")


def _cell(series: Dataset, index: int, chart: ChartData) -> dict[str, str]:
    link = series.links[index] if index < len(series.links) else ""
    return {"text": _shown(series.data[index], chart), "link": link}


def rows(chart: ChartData) -> list[dict[str, Any]]:
    """The adjacent table: one row a label, one cell a series."""
    return [
        {"label": label, "cells": [_cell(series, index, chart) for series in chart.datasets]}
        for index, label in enumerate(chart.labels)
    ]


def _share(value: float, maximum: float) -> float:
    return round(max(0.0, min(100.0, 100 * value / maximum)), 2) if maximum else 0.0


def meter(label: str, value: float, maximum: float, warn: float | None, breach: float | None) -> dict[str, Any]:
    """A gauge's geometry in percent of its width."""
    marks = [_share(mark, maximum) for mark in (warn, breach) if mark is not None]
    return {"label": label, "value": value, "maximum": maximum, "fill": _share(value, maximum), "marks": marks}
