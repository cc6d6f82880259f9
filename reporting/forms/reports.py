"""What staff choose for a report: a period, a pack or metrics, what stands beside, a part of the bank; and the days."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts import names
from cloudbank.conf import bank_calendar
from cloudbank.quarters import Quarter
from cloudbank.stretches import TOKENS, Days, Stretch, StretchError, checked, month_of, parse_stretch
from reporting.beside import BOTH, COMPARISONS
from reporting.cuts import BRANCH, DIMENSIONS, PRODUCTS, Cut, cut_of, product_title
from reporting.metrics import Metric, in_order
from reporting.orders import Order
from reporting.packs import SavedPack
from reporting.writers import in_order as writers_in_order

MONTHS = 24
"""Months offered; others are days of one's own."""
PART_LENGTH = 40
FIELD = {"class": "form-control"}


def select() -> forms.Select:
    """A list to choose one of."""
    return forms.Select(attrs={"class": "form-select"})


def day_input() -> forms.DateInput:
    """The browser's calendar."""
    return forms.DateInput(attrs=FIELD | {"type": "date"}, format="%Y-%m-%d")


def stretch_from(token: str, today: date) -> Stretch:
    """The period that a form's token names; ValidationError otherwise."""
    try:
        return parse_stretch(token, today, bank_calendar(), settings.FISCAL_YEAR_START_MONTH)
    except StretchError as error:
        raise ValidationError(str(error), code="period") from error


def period_choices(today: date, quarters: Sequence[Quarter]) -> list[tuple[str, Any]]:
    """Tokens with what they stand for today, then quarters and months with data, newest first."""
    tokens = [(token, f"{words} ({stretch_from(token, today).label})") for token, words in TOKENS.items()]
    listed = [(one.label, f"{one.label}, {one.first:%b %Y} to {one.last:%b %Y}") for one in quarters]
    months: list[tuple[str, str]] = []
    month = month_of(today)
    while quarters and month.last >= quarters[-1].first and len(months) < MONTHS:
        months.append((month.label, f"{month.first:%B %Y}"))
        month = month.previous()
    return [("Moves with the calendar", tokens), ("Quarters", listed), ("Months", months)]


def branch_choices(branches: Sequence[str], chosen: str) -> list[tuple[str, str]]:
    """All, and the branches by name; one that was chosen and that the bank does not have (any more) stays chosen."""
    gone = [chosen] if chosen and chosen not in branches else []
    return [("", "All"), *((one, names.branch_name(one)) for one in [*branches, *gone])]


class ReportForm(forms.Form):
    """Everything that a report is asked for with. `period`, or the days from `first` to `last`."""

    period = forms.CharField(label="Period", required=False, max_length=40, widget=select())
    first = forms.DateField(label="or from", required=False, widget=day_input())
    last = forms.DateField(label="to", required=False, widget=day_input())
    pack = forms.ChoiceField(label="Pack", required=False, widget=select())
    metrics = forms.MultipleChoiceField(
        label="Metrics", required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    )
    compare = forms.ChoiceField(label="Beside it", required=False, choices=list(COMPARISONS.items()), widget=select())
    branch = forms.CharField(label="Branch", required=False, max_length=PART_LENGTH, widget=select())
    segment = forms.ChoiceField(
        label="Segment",
        required=False,
        choices=[("", "All"), *names.SEGMENTS.items()],
        widget=select(),
    )
    product = forms.ChoiceField(
        label="Product",
        required=False,
        choices=[
            ("", "All"),
            *((title.capitalize(), [(one, product_title(one)) for one in codes]) for title, codes in PRODUCTS.items()),
        ],
        widget=select(),
    )

    def __init__(
        self,
        data: Any,
        *,
        quarters: Sequence[Quarter],
        packs: Sequence[SavedPack],
        branches: Sequence[str],
        today: date,
    ) -> None:
        super().__init__(data, auto_id="report_%s")
        self._today = today
        self._packs = {one.code: one for one in packs}
        chosen = self.data.get("period", "")
        offered = period_choices(today, quarters)
        if chosen and not any(chosen == value for _, group in offered for value, _ in group):
            offered.append(("Chosen", [(chosen, chosen)]))
        self.fields["period"].widget.choices = offered
        listed = [(one.code, one.title if one.shared else f"{one.title} (mine)") for one in packs]
        self.fields["pack"].choices = [("", "Metrics ticked below"), *listed]  # type: ignore[attr-defined]
        self.fields["metrics"].choices = [(one.code, one.title) for one in in_order()]  # type: ignore[attr-defined]
        self.fields[BRANCH].widget.choices = branch_choices(branches, self.data.get(BRANCH, "")[:PART_LENGTH])

    def clean_metrics(self) -> list[Metric]:
        """The metrics in the report's order; none ticked means all."""
        return in_order(tuple(self.cleaned_data["metrics"]))

    def clean_branch(self) -> str:
        """The branch's code."""
        return names.branch_code(self.cleaned_data["branch"])

    def clean(self) -> dict[str, Any]:
        """`order`: what to build."""
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        pack = self._packs.get(cleaned["pack"])
        cleaned["order"] = Order(
            stretch=self._stretch(),
            metrics=pack.metrics if pack else tuple(cleaned["metrics"]),
            currency=settings.BANK_CURRENCY,
            compare=cleaned["compare"] or BOTH,
            cut=self._cut(),
            pack_code=pack.code if pack else "",
            pack_title=pack.title if pack else "",
        )
        return cleaned

    def _stretch(self) -> Stretch:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if not first and not last:
            return stretch_from(self.cleaned_data["period"], self._today)
        if not first or not last:
            raise ValidationError("Give both the first and the last day, or neither.", code="range")
        try:
            return checked(Days(first, last, bank_calendar()))
        except StretchError as error:
            raise ValidationError(str(error), code="range") from error

    def _cut(self) -> Cut:
        return cut_of({one: self.cleaned_data[one] for one in DIMENSIONS})


class BuildForm(ReportForm):
    """What the Build button sends: the choice, the formats, and the key that makes a second click find the first."""

    formats = forms.MultipleChoiceField(choices=lambda: [(one.code, one.label) for one in writers_in_order()])
    key = forms.SlugField(max_length=64)


class PackForm(ReportForm):
    """What is saved as a pack: the choice under a name, for oneself or for all who read reports."""

    name = forms.CharField(max_length=60)
    shared = forms.BooleanField(required=False)
