"""A schedule: which pack, how often, when, in which formats, to whom."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from reporting.forms.reports import FIELD, select
from reporting.models import ReportSchedule
from reporting.packs import SavedPack
from reporting.schedules import TOKENS
from reporting.services.delivery import NoRecipient, may_get, recipients_from
from reporting.writers import in_order as writers_in_order

MOST_DAYS, MOST_RECIPIENTS = 60, 20


class ScheduleForm(forms.Form):
    """What a manager fills in. `recipients` cleans to the ids of colleagues."""

    title = forms.CharField(label="Name", max_length=60, widget=forms.TextInput(attrs=FIELD))
    pack = forms.ChoiceField(label="Pack", widget=select())
    token = forms.ChoiceField(label="How often", choices=list(TOKENS.items()), widget=select())
    days_after = forms.IntegerField(
        label="Days after the period's end",
        min_value=1,
        max_value=MOST_DAYS,
        initial=1,
        widget=forms.NumberInput(attrs=FIELD),
    )
    at = forms.TimeField(
        label="From (bank's clock)",
        initial=time(7),
        widget=forms.TimeInput(attrs=FIELD | {"type": "time"}, format="%H:%M"),
    )
    recipients = forms.CharField(
        label="Recipients",
        required=False,
        max_length=2000,
        help_text="E-mail addresses of colleagues who may read reports, separated by commas. Empty: only archived.",
        widget=forms.Textarea(attrs=FIELD | {"rows": 2}),
    )
    formats = forms.MultipleChoiceField(
        label="Formats",
        choices=lambda: [(one.code, one.label) for one in writers_in_order()],
        initial=["pdf", "xlsx"],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    key = forms.SlugField(max_length=64, widget=forms.HiddenInput())

    def __init__(
        self, data: Any = None, *, packs: Sequence[SavedPack], initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, auto_id="schedule_%s", initial=dict(initial or {}))
        self.fields["pack"].choices = [(one.code, one.title) for one in packs if one.shared]  # type: ignore[attr-defined]

    @property
    def in_order(self) -> list[forms.BoundField]:
        """The fields that are typed or chosen one by one; the formats are ticked apart."""
        return [field for field in self.visible_fields() if field.name != "formats"]

    def clean_recipients(self) -> list[str]:
        """The people behind the addresses: only those who may read reports."""
        addresses = str(self.cleaned_data["recipients"]).replace("\n", ",").replace(";", ",").split(",")
        try:
            found = recipients_from(addresses)
        except NoRecipient as error:
            raise ValidationError(str(error), code="recipient") from error
        if len(found) > MOST_RECIPIENTS:
            raise ValidationError(f"At most {MOST_RECIPIENTS} recipients.", code="recipients")
        return found


class EditForm(ScheduleForm):
    """The same of a schedule that there is; `seen` is the version that the page showed."""

    key = None  # type: ignore[assignment]
    seen = forms.IntegerField(widget=forms.HiddenInput())


def as_typed(item: ReportSchedule, people: Mapping[str, User]) -> dict[str, Any]:
    """A schedule as its form has it; who may not read reports any more is not among the recipients."""
    there = [people[one] for one in item.recipients if one in people]
    return {
        "title": item.title,
        "pack": item.pack,
        "token": item.token,
        "days_after": item.days_after,
        "at": time.fromisoformat(item.at),
        "recipients": ", ".join(one.email or "" for one in there if may_get(one)),
        "formats": list(item.formats),
        "seen": item.version,
    }
