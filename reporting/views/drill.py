"""`/reports/<period>/rows/<metric>/<figure>`: the arithmetic of a figure and the rows that sum to it, as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.urls import resolve, reverse
from django.utils.functional import cached_property

from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.stretches import StretchError, parse_stretch
from reporting.behind import Formula, Given, Link, Row, Rows
from reporting.cuts import DIMENSIONS, Cut, cut_of, in_words
from reporting.drill import Drill, NoSuchFigure, NotDeclared, Step, as_text, drilled, parsed_path
from reporting.drill_queries import period_now
from reporting.figures import decimals, exact, is_money, shown
from reporting.queries import NothingToReport
from reporting.rows import named

VIEW = "reporting.view_report"


@dataclass(frozen=True)
class ShownRow:
    """A row of the list: a row behind the figure, or a part of its formula. `url` is "" where nothing can be seen."""

    label: str
    value: int | None
    unit: str
    note: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        """The value as people read it."""
        return shown(self.value, self.unit)

    @property
    def cell(self) -> Any:
        """The value as files have it: a number in its unit."""
        if self.value is None:
            return None
        return exact(self.value, self.unit) if decimals(self.unit) else self.value


class _Value(Column):
    """A number in whatever unit its row has, shown in that unit's words."""

    @property
    def is_numeric(self) -> bool:
        """Right-aligned."""
        return True


def names_in(address: str) -> tuple[str, str, str]:
    """Section, figure and dimension ("" for none) of "deposits/growth-over-the-period". Raises NoSuchFigure."""
    names = address.split("/")
    if not 2 <= len(names) <= 3:
        raise NoSuchFigure(address)
    return names[0], names[1], names[2] if len(names) == 3 else ""


class FigureRows(ListView):
    """A figure's rows; of a computed one its parts, each with rows of its own (`?part=0`)."""

    name = "figure-rows"
    icon = "calculator"
    permission_required = VIEW
    template_name = "reporting/figure_rows.html"
    page_sizes = (100, 50, 500)
    empty_title = "No rows"
    empty_text = "Nothing of this kind happened in the period: the figure is 0 or n/a."

    @cached_property
    def cut(self) -> Cut:
        """The part of the bank."""
        return cut_of({name: self.request.GET.get(name, "")[:40] for name in DIMENSIONS})

    @cached_property
    def drill(self) -> Drill:
        """What is looked at; 404 when there is no such figure."""
        wanted, now = self.kwargs, utcnow()
        try:
            stretch = parse_stretch(
                wanted["period"], business_date(now), bank_calendar(), settings.FISCAL_YEAR_START_MONTH
            )
            period = period_now(stretch, settings.BANK_CURRENCY, self.cut, now)
            path = parsed_path(self.request.GET.get("part", ""))
            return drilled(period, *names_in(wanted["figure"]), path)
        except (StretchError, NothingToReport, NoSuchFigure, NotDeclared) as error:
            raise Http404(str(error)) from error

    @property
    def title(self) -> str:  # type: ignore[override]
        """The figure's name; its part's, when one is looked at."""
        return f"{_named(self.drill)}, {self.drill.period.label}"

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """A row and its part of the figure."""
        here = self.drill.here.behind
        what, unit = (here.what, here.unit) if isinstance(here, Rows) else ("Part", "")
        return (
            Column("label", what, link=lambda row: row.url, note="note", main=True),
            _Value("value", f"Value ({unit})" if is_money(unit) and unit else "Value", value="text", export="cell"),
        )

    @cached_property
    def rows(self) -> list[ShownRow]:
        """All rows, in order."""
        here = self.drill.here
        if isinstance(here.behind, Rows):
            return [self._row(row, here.behind.unit) for row in here.behind.read()]
        return [self._part(step) for step in here.parts()]

    def _row(self, row: Row, unit: str) -> ShownRow:
        return ShownRow(row.label, row.value, unit, row.note, self._leads_to(row.link))

    def _part(self, step: Step) -> ShownRow:
        url = "" if isinstance(step.behind, Given) else self._address(step)
        return ShownRow(step.label, step.value(), step.unit, "", url)

    def _address(self, step: Step) -> str:
        query = dict(self.cut) | ({"part": as_text(step.path)} if step.path else {})
        return f"{self.request.path}?{urlencode(query)}" if query else self.request.path

    def _leads_to(self, link: Link | None) -> str:
        """The row's page, when this person may see it."""
        if link is None:
            return ""
        url, query = reverse(link.view, args=link.args), urlencode(link.query)
        found = resolve(url)
        page = found.func.view_class()  # type: ignore[attr-defined]
        page.setup(self.request, *found.args, **found.kwargs)
        allowed = page.has_permission() if hasattr(page, "has_permission") else True
        return (f"{url}?{query}" if query else url) if allowed else ""

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """A page of the rows: they are made anew from the days, which are few."""
        start = int(cursor or 0)
        return Page(self.rows[start : start + limit], start + limit if start + limit < len(self.rows) else None)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What all rows come to: the figure."""
        here = self.drill.here
        if not isinstance(here.behind, Rows) or here.behind.says:
            return None
        return Totals(f"All {len(self.rows):,} rows", [(_named(self.drill), shown(here.value(), here.behind.unit))])

    def export_facts(self) -> list[tuple[str, str]]:
        """The file says which figure, of which period, and what its rows come to."""
        here = self.drill.here
        return [
            ("Figure", " / ".join([self.drill.metric.title, *(step.label for step in self.drill.steps)])),
            ("Dimension", self.drill.measure.dimension or "none"),
            ("Period", self.drill.period.label),
            ("Part of the bank", in_words(self.cut)),
            ("Figure's value", f"{shown(here.value(), here.unit)}{_unit(here.unit)}"),
            *super().export_facts(),
        ]

    def extra_context(self) -> dict[str, Any]:
        """The arithmetic, the way back, and whether the rows come to the figure."""
        drill, here = self.drill, self.drill.here
        first = drill.steps[0]
        return {
            "drill": drill,
            "name": _named(drill),
            "part_of_bank": in_words(self.cut) if self.cut else "",
            "value": shown(here.value(), here.unit),
            "unit": here.unit if is_money(here.unit) else "",
            "formula": drill.measure.formula if here is first else "",
            "arithmetic": _arithmetic(here, self.rows),
            "says": here.behind.says if isinstance(here.behind, Rows) else "",
            "trail": [(step.label, self._address(step)) for step in drill.steps[:-1]],
            "differs": first.value() != drill.measure.value,
            "figure": shown(drill.measure.value, drill.measure.unit),
        }


def _named(drill: Drill) -> str:
    """The name of what is looked at, with the dimension of its figure."""
    _, _, name = drill.measure.dimension.partition(": ")
    label = drill.here.label
    return f"{label}, {named(name)}" if name and drill.here is drill.steps[0] else label


def _unit(unit: str) -> str:
    return f" {unit}" if is_money(unit) else ""


def _arithmetic(here: Step, rows: Sequence[ShownRow]) -> str:
    """The formula with its numbers: "1,234.00 / 5 = 246.80"."""
    if not isinstance(here.behind, Formula):
        return ""
    return f"{here.behind.words.format(*(row.text for row in rows))} = {shown(here.value(), here.unit)}"
