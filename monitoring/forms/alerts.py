"""Forms of alerts: the queue's filters, and the decisions on one alert."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from accounts.forms.fields import PlainField
from accounts.ledger import Refused
from cloudbank.forms import DayField, IconField, layout
from monitoring.models import OUTCOMES, REASONS, STATUSES
from monitoring.patternbook import catalogue
from monitoring.queries.alerts import ALL, NOBODY, OPEN
from monitoring.rulebook import SEVERITIES
from monitoring.services.alerts import REASON_LIMIT
from monitoring.services.closing import NOTE_LIMIT, checked

Choices = Sequence[tuple[str, str]]
EARLIEST, LATEST = date(1900, 1, 1), date(2900, 12, 31)


def day_field(label: str) -> DayField:
    """A date the browser offers a calendar for; none so early or late that no day could be counted from it."""
    return DayField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[MinValueValidator(EARLIEST, "No bank had a day so early."), MaxValueValidator(LATEST, "Too late.")],
    )


def _rules() -> Choices:
    return [("", "Any rule"), *((rule.code, f"{rule.number} {rule.title}") for rule in catalogue())]


class AlertFilterForm(forms.Form):
    """What the queue is narrowed by."""

    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Open"), *STATUSES.items(), (ALL, "Open and closed")]
    )
    severity = forms.ChoiceField(
        label="Severity", required=False, choices=[("", "Any"), *((one, one.capitalize()) for one in SEVERITIES)]
    )
    rule = forms.ChoiceField(label="Rule", required=False, choices=_rules)
    assignee = forms.ChoiceField(label="Assigned to", required=False)
    first = day_field("Opened from")
    last = day_field("to")
    customer = forms.SlugField(label="Customer", required=False, widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, workers: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", "Anybody"), (NOBODY, "Nobody yet"), *workers]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Dates run upwards."""
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("first", "The first day is after the last one.")
        return self.cleaned_data

    @property
    def status_wanted(self) -> str:
        """The status the list reads for: open unless said otherwise."""
        return self.cleaned_data.get("status") or OPEN


class DecisionForm(forms.Form):
    """Base of the decisions: which state of the alert the person saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class AssignForm(DecisionForm):
    """Who works on it."""

    assignee = forms.ChoiceField(label="Work on it")
    reason = PlainField(
        label="Reason", max_length=REASON_LIMIT, required=False, help_text="Needed when a colleague works on it."
    )

    def __init__(self, *args: Any, workers: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = list(workers)  # type: ignore[attr-defined]
        self.helper = layout(IconField("assignee", "person-check"), "reason", "revision")


class TakeForm(DecisionForm):
    """Take it; from a colleague with a reason."""

    reason = PlainField(label="Why you take it over", max_length=REASON_LIMIT, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "revision")


class ReopenForm(DecisionForm):
    """Why a closed alert is looked at again."""

    reason = PlainField(label="Why it is opened again", max_length=REASON_LIMIT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason", "revision")


def _endings() -> list[tuple[str, Any]]:
    choices: list[tuple[str, Any]] = [("", "Choose\N{HORIZONTAL ELLIPSIS}")]
    return choices + [(OUTCOMES[outcome], list(reasons.items())) for outcome, reasons in REASONS.items()]


class CloseForm(DecisionForm):
    """How it ends, and why."""

    reason_code = forms.ChoiceField(label="It is", choices=_endings)
    duplicate_of = forms.ChoiceField(label="Same facts as", required=False)
    note = PlainField(
        lines=True,
        label="What you found",
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Kept with the alert, with your name. No full account numbers, please.",
    )

    def __init__(self, *args: Any, others: Choices = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["duplicate_of"].choices = [("", "For duplicates only"), *others]  # type: ignore[attr-defined]
        shown = [IconField("reason_code", "flag"), *(["duplicate_of"] if others else []), "note", "revision"]
        self.helper = layout(*shown)

    def clean(self) -> dict[str, Any]:
        """A reason and a note, and for duplicates the other alert."""
        data = self.cleaned_data
        if "reason_code" in data and "note" in data:
            try:
                self.ending = checked(data["reason_code"], data["note"], data.get("duplicate_of", ""))
            except Refused as refused:
                self.add_error(refused.field or None, refused.message)
        return data


class FreezeForm(DecisionForm):
    """Which account is frozen, and why."""

    account = PlainField(widget=forms.HiddenInput, max_length=20)
    reason = PlainField(label="Reason", max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("reason", "snow"), "account", "revision")


class SnoozeForm(DecisionForm):
    """Which rule is kept quiet for the customer, until when, and why."""

    rule = forms.SlugField(widget=forms.HiddenInput, max_length=40)
    until = DayField(label="Until", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = PlainField(label="Why it says nothing here", max_length=REASON_LIMIT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("until", "reason", "rule", "revision")
