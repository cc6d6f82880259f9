"""Forms of compliance. They check the shape of what is typed; the services check what it means."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings

from accounts.forms.banking import KeyField
from accounts.forms.fields import PlainField, reason_field
from accounts.models import User
from cloudbank.clock import utcnow
from cloudbank.forms import DayField, IconField, MoneyField, layout
from cloudbank.parameters import TEXTS, Parameter
from cloudbank.roles import Role
from cloudbank.wording import HUNDREDTHS
from compliance.controls import CONTROLS
from compliance.models import PRIORITIES
from compliance.privacy.terms import OUTCOMES
from compliance.retention import RIGHTS
from compliance.services.actions import Content
from compliance.services.thresholds import ROOMS, bounds, unit_note
from compliance.steps import LABELS, STEPS, Status
from monitoring.forms.cases import PaperForm

LONG = 4000
ROLE_WORDS = {str(role): str(role).capitalize() for role in Role} | {"compliance": "Compliance officer"}


def _area(rows: int, **attrs: Any) -> forms.Textarea:
    return forms.Textarea({"rows": rows} | attrs)


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ActionForm(forms.Form):
    """What is done about a weakness."""

    title = PlainField(label="What is to be mended", max_length=160)
    root_cause = PlainField(
        lines=True, label="Root cause", max_length=LONG, widget=_area(4), help_text="Why did it happen, not only what."
    )
    plan = PlainField(
        lines=True,
        label="Plan",
        max_length=LONG,
        widget=_area(4),
        help_text="What will be done, so that it stays mended.",
    )
    owner_id = forms.ChoiceField(label="Owner")
    priority = forms.TypedChoiceField(label="Priority", coerce=int, choices=list(PRIORITIES.items()))
    due_on = DayField(label="Due", widget=DateInput())
    key = PlainField(widget=forms.HiddenInput, required=False, max_length=64)
    control_code = PlainField(widget=forms.HiddenInput, required=False, max_length=64)
    alert_id = PlainField(widget=forms.HiddenInput, required=False, max_length=64)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, owners: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one.user_id, f"{one.name} ({ROLE_WORDS.get(one.role, one.role)})") for one in owners]
        self.fields["owner_id"].choices = [("", "Choose who answers for it"), *choices]  # type: ignore[attr-defined]
        self.helper = layout(
            IconField("title", "flag"),
            "root_cause",
            "plan",
            IconField("owner_id", "person-check"),
            IconField("priority", "sort-up"),
            IconField("due_on", "calendar-check"),
            "key",
            "control_code",
            "alert_id",
            "version",
        )

    def content(self) -> Content:
        """What the services take."""
        names = ("title", "root_cause", "plan", "priority", "owner_id", "due_on")
        return Content(**{name: self.cleaned_data[name] for name in names})


class StepForm(forms.Form):
    """One step of an action, with its note."""

    step = forms.ChoiceField(choices=[(code, step.label) for code, step in STEPS.items()], widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    note = PlainField(lines=True, required=False, max_length=LONG, widget=_area(3))


class EvidenceForm(PaperForm):
    """A file that shows what was done."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("file", "upload"), "version")


SHOW = (("", "Not closed"), ("overdue", "Overdue"), ("month", "Opened in a month"))


class ActionFilter(forms.Form):
    """Filters of the list of actions; each maps to an index."""

    show = forms.ChoiceField(label="Show", required=False)
    month = forms.RegexField(
        label="Month",
        required=False,
        regex=r"^\d{4}-(0[1-9]|1[0-2])$",
        widget=forms.TextInput({"type": "month"}),
        error_messages={"invalid": "Write the month as 2026-11."},
    )
    control = forms.ChoiceField(label="Control", required=False)
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any"), *((str(k), v) for k, v in LABELS.items())]
    )
    priority = forms.TypedChoiceField(
        label="Priority", required=False, coerce=int, empty_value=None, choices=[("", "Any"), *PRIORITIES.items()]
    )
    owner = forms.ChoiceField(label="Owner", required=False)

    def __init__(
        self,
        *args: Any,
        owners: Iterable[User],
        counted: Mapping[str, Any],
        may: Callable[[str], bool],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        shown = [(code, f"{label} ({counted[code]})" if code in counted else label) for code, label in SHOW]
        self.fields["show"].choices = shown  # type: ignore[attr-defined]
        seen = [control for control in CONTROLS if not control.permission or may(control.permission)]
        controls = [(control.code, control.title) for control in seen]
        people = [(one.user_id, one.name) for one in owners]
        self.fields["control"].choices = [("", "Any"), *controls]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", "Anybody"), *people]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A month belongs to the choice "Opened in a month"; naming one chooses it. Closed ones are found by month."""
        cleaned = super().clean() or {}
        if cleaned.get("status") == Status.CLOSED and not cleaned.get("control") and not cleaned.get("month"):
            cleaned["month"] = utcnow().strftime("%Y-%m")
        if cleaned.get("month"):
            cleaned["show"] = "month"
        elif cleaned.get("show") == "month":
            self.add_error("month", "Choose the month.")
        return cleaned


class DayForm(forms.Form):
    """A past day of the compliance page."""

    day = DayField(label="Day", required=False, widget=DateInput())

    def chosen(self) -> date | None:
        """The day, when one is named rightly."""
        return self.cleaned_data.get("day") if self.is_valid() else None


class AskForm(forms.Form):
    """A customer's request about their own data."""

    about = forms.ChoiceField(
        label="What would you like?",
        choices=[(code, f"{title}. {more}") for code, (title, more) in RIGHTS.items()],
        widget=forms.RadioSelect,
    )
    details = PlainField(
        lines=True,
        label="Tell us more",
        required=False,
        max_length=LONG,
        widget=_area(3),
        help_text="For a correction: what is wrong, and what is right.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("about", "details")


class AnswerForm(forms.Form):
    """An officer's answer to a request."""

    outcome = forms.ChoiceField(label="Outcome", choices=list(OUTCOMES.items()))
    answer = PlainField(
        lines=True,
        label="Answer",
        max_length=LONG,
        widget=_area(6),
        help_text="The customer reads this text. Never mention alerts or reports to authorities (31 CFR 1020.320(e)).",
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("outcome", "check2-circle"), "answer", "version")


class ThresholdFilter(forms.Form):
    """Which thresholds."""

    room = forms.ChoiceField(label="Of", required=False)
    changed = forms.BooleanField(label="Only those that differ from their default", required=False)

    def __init__(self, *args: Any, counted: Mapping[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rooms = [(code, f"{words} ({counted[code]})") for code, words in ROOMS.items()]
        self.fields["room"].choices = [("", f"All ({counted['']})"), *rooms]  # type: ignore[attr-defined]


class ThresholdForm(forms.Form):
    """Another value from a day on, for a reason; its field fits the parameter."""

    value: forms.Field
    effective_from = DayField(
        label="In force from",
        widget=DateInput(),
        help_text="From midnight UTC of this day; when it is approved later, from the day of the approval.",
    )
    reason = reason_field(lines=True, help_text="The person who approves reads it; kept with the history.")
    key = KeyField()

    def __init__(self, *args: Any, parameter: Parameter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parameter = parameter
        self.fields["value"] = value_field(parameter)
        is_percent = parameter.kind == "percent" or parameter.unit in HUNDREDTHS
        suffix = settings.BANK_CURRENCY if parameter.kind == "money" else "%" if is_percent else ""
        self.helper = layout(
            IconField("value", "sliders", suffix=suffix), IconField("effective_from", "calendar3"), "reason", "key"
        )

    def clean_effective_from(self) -> date:
        """Nothing changes the past."""
        day: date = self.cleaned_data["effective_from"]
        if day < utcnow().date():
            raise forms.ValidationError("This day has passed; findings of the past keep the values of their day.")
        return day


class ZeroMoneyField(MoneyField):
    """An amount that may also be nothing: a fee that is not charged."""

    def to_python(self, value: Any) -> int | None:
        """Minor units, or None when left empty."""
        return 0 if str(value).strip() in ("0", "0.00") else super().to_python(value)


class WaiverForm(forms.Form):
    """That it is accepted for some time how a control stands."""

    until = DayField(label="Accepted until", widget=DateInput())
    reason = reason_field(
        "Why it can wait, and what holds the risk meanwhile", lines=True, help_text="The person who approves reads it."
    )
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("until", "calendar3"), "reason", "key")


class EndWaiverForm(forms.Form):
    """That it is not accepted any more."""

    reason = reason_field("Why not any more", lines=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("reason")


class HundredthsField(forms.DecimalField):
    """A percentage with at most two decimals, kept as whole hundredths of a percent: "4.25" is 425."""

    def __init__(self, *, min_value: int, max_value: int, **options: Any) -> None:
        least, most = Decimal(min_value) / 100, Decimal(max_value) / 100
        super().__init__(max_digits=12, decimal_places=2, min_value=least, max_value=most, **options)

    def prepare_value(self, value: Any) -> Any:
        """What is stored as people type it; what was typed stays as it is."""
        return f"{value / 100:.2f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        """Whole hundredths."""
        cleaned = super().clean(value)
        return None if cleaned is None else int(cleaned * 100)


LONGEST_TEXT = 1_000


def _of_kind(parameter: Parameter) -> Callable[[str], None]:
    """Refuses a text that its kind does not allow, in the field."""

    def validate(text: str) -> None:
        if problem := TEXTS[parameter.kind].complaint(text):
            raise forms.ValidationError(problem)

    return validate


def value_field(parameter: Parameter) -> forms.Field:
    """The field in which a value of this parameter is typed, within its bounds."""
    about: dict[str, Any] = {
        "label": "New value",
        "help_text": " ".join(filter(None, [bounds(parameter), unit_note(parameter)])),
    }
    if parameter.is_text:
        return PlainField(max_length=LONGEST_TEXT, required=False, validators=[_of_kind(parameter)], **about)
    if parameter.kind == "choice":
        return forms.ChoiceField(choices=list(parameter.choices), **about)
    if parameter.kind == "money":
        return (MoneyField if parameter.minimum > 0 else ZeroMoneyField)(currency=settings.BANK_CURRENCY, **about)
    if parameter.unit in HUNDREDTHS:
        return HundredthsField(min_value=parameter.minimum, max_value=parameter.maximum, **about)
    return forms.IntegerField(min_value=parameter.minimum, max_value=parameter.maximum, **about)
