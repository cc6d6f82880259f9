"""/compliance/prudential: the ratios that supervisors look at, and the figures that people enter for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from accounts.http import actor_of
from accounts.prudential import Margin
from cloudbank import store
from cloudbank.charts import ChartData, Dataset
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UnprocessableFormMixin
from cloudbank.wording import day as day_in_words
from compliance.control import percent
from compliance.controls import CONTROLS
from compliance.forms import DayForm
from compliance.models import ControlDay
from compliance.prudential.entering import ENTER, enter_figures
from compliance.prudential.forms import FiguresForm
from compliance.prudential.models import AMOUNTS, PrudentialFigures
from compliance.prudential.reading import LedgerRatio, figures, ledger_ratios, margin_of, quarters_of
from compliance.queries import standing
from compliance.queries.sealed import last_sealed
from compliance.steps import NotAllowed
from compliance.views.rows import ControlRow

VIEW = "compliance.view_control"
ENTERED = {
    "cet1": "capital-cet1",
    "tier1": "capital-tier1",
    "total": "capital-total",
    "leverage": "capital-leverage",
    "lcr": "liquidity-lcr",
}
"""Ratio of the entered figures -> its control."""
CHARTED = ("npl", "par-30", "past-due-early", "loan-to-deposit")


@dataclass(frozen=True)
class LedgerLine:
    """A ratio of the ledger with the judgement of its control."""

    found: LedgerRatio
    row: ControlRow

    @property
    def shown(self) -> str:
        """ "4.25 %", or a dash."""
        return "\N{EM DASH}" if self.found.ratio is None else percent(self.found.ratio)


@dataclass(frozen=True)
class MarginLine:
    """A quarter's net interest margin with the amounts that it is made of."""

    label: str
    found: Margin

    @property
    def shown(self) -> str:
        """ "3.42 %", or a dash."""
        return "\N{EM DASH}" if self.found.ratio is None else percent(self.found.ratio)

    @property
    def net(self) -> int:
        """Income less expense."""
        return self.found.income - self.found.expense


@dataclass(frozen=True)
class EnteredLine:
    """Figures of one day as the history lists them."""

    item: PrudentialFigures

    @property
    def ratios(self) -> list[str]:
        """The five ratios in words."""
        return ["\N{EM DASH}" if one is None else percent(one) for one in self.item.ratios.values()]

    @property
    def entered_at(self) -> Any:
        """When."""
        return from_iso(self.item.entered_at)

    @property
    def url(self) -> str:
        """Where they are corrected."""
        return f"{reverse('enter_figures')}?{urlencode({'day': self.item.as_of})}"

    @property
    def subject(self) -> str:
        """Of their audit trail."""
        return f"{reverse('audit')}?{urlencode({'subject': f'prudential_figures#{self.item.transaction_id}'})}"


class PanelView(PermissionRequiredMixin, TemplateView):
    """The panel."""

    permission_required = VIEW
    template_name = "compliance/prudential.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """From the ledger, from entered figures, and how both came along."""
        now = utcnow()
        taken, books = standing.current(now), last_sealed()
        rows = {code: ControlRow(one) for code, one in taken.readings.items()}
        entered = figures()
        today = bank_calendar().local(now).date()
        found = ledger_ratios(books.end) if books else []
        return super().get_context_data(**kwargs) | {
            "tab": "prudential",
            "books": books,
            "currency": settings.BANK_CURRENCY,
            "ledger": [LedgerLine(one, rows[one.control]) for one in found],
            "margins": margins(books.day) if books else [],
            "entered": [(CONTROLS[code], rows[code]) for code in ENTERED.values()],
            "newest": EnteredLine(entered[0]) if entered else None,
            "amounts": [(label, getattr(entered[0], name)) for name, label in AMOUNTS.items()] if entered else [],
            "past": [EnteredLine(one) for one in entered],
            "trend": ratios_chart(standing.history(today)),
            "capital": capital_chart(entered),
            "may_enter": self.request.user.has_perm(ENTER),
        }


def margins(day: date) -> list[MarginLine]:
    """Of the quarter that runs, as far as days are closed, and of the one before."""
    known = [(quarter, margin_of(quarter, day)) for quarter in quarters_of(day)]
    return [MarginLine(quarter.label, found) for quarter, found in known if found]


def ratios_chart(days: Sequence[ControlDay]) -> ChartData | None:
    """The ledger's ratios by day, from the daily snapshots; None before the second."""
    kept = [item for item in days if any(item.readings.get(code, {}).get("gauge") is not None for code in CHARTED)]
    if len(kept) < 2:
        return None
    labels = [day_in_words(date.fromisoformat(item.day)) for item in kept]
    links = [f"{reverse('compliance')}?{urlencode({'day': item.day})}" for item in kept]
    series = [
        Dataset(CONTROLS[code].gauge_label, [item.readings.get(code, {}).get("gauge") or 0 for item in kept], links)
        for code in CHARTED
    ]
    return ChartData(
        "Ratios by day", "line", labels, series, unit="%", decimals=2, period=f"{labels[0]} to {labels[-1]}"
    )


def capital_chart(entered: Sequence[PrudentialFigures]) -> ChartData | None:
    """The entered ratios by day; None before the second set of figures."""
    if len(entered) < 2:
        return None
    days = list(reversed(entered))
    labels = [day_in_words(item.day) for item in days]
    series = [
        Dataset(CONTROLS[code].gauge_label, [item.ratios[name] or 0 for item in days])
        for name, code in ENTERED.items()
        if name != "lcr"
    ]
    return ChartData(
        "Capital ratios", "line", labels, series, unit="%", decimals=2, period=f"{labels[0]} to {labels[-1]}"
    )


class EnterView(UnprocessableFormMixin, PermissionRequiredMixin, FormView):
    """Enter the figures of a day, or correct those that stand (`?day=2026-09-30`)."""

    permission_required = ENTER
    form_class = FiguresForm
    template_name = "compliance/prudential_form.html"

    @cached_property
    def standing_ones(self) -> PrudentialFigures | None:
        """The figures of the day that is asked for."""
        chosen = DayForm(self.request.GET).chosen()
        return store.get(PrudentialFigures, PrudentialFigures.key(chosen)) if chosen else None

    def get_initial(self) -> dict[str, Any]:
        """As they stand, else empty."""
        item = self.standing_ones
        if item is None:
            return {"version": 0}
        return {"as_of": item.day, "note": item.note, "version": item.version} | {
            name: getattr(item, name) for name in AMOUNTS
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Whether it corrects."""
        return super().get_context_data(**kwargs) | {"tab": "prudential", "item": self.standing_ones}

    def form_valid(self, form: FiguresForm) -> HttpResponse:
        """Keep them, or show what is wrong at its field."""
        try:
            item = enter_figures(
                entry=form.entry(),
                version=form.cleaned_data["version"] or 0,
                actor=actor_of(self.request),
                now=utcnow(),
            )
        except NotAllowed as error:
            form.add_error(error.field or None, error.message)
            return self.form_invalid(form)
        messages.success(self.request, f"The figures of {day_in_words(item.day)} are kept.")
        return HttpResponseRedirect(reverse("prudential"))
