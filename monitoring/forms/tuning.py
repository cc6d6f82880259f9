"""The form that tries other parameters of one rule."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.forms.fields import PlainField
from cloudbank.forms import IconField, MoneyField, layout
from cloudbank.money import format_amount
from cloudbank.parameters import TEXTS, ParameterError, Value, check
from monitoring.patternbook import Pattern
from monitoring.rulebook import Rule, Threshold

LONGEST_TEXT = 1_000
DEFAULT_DAYS = 30
DAYS = ((7, "7 days"), (30, "30 days"), (90, "90 days"))


class ZeroMoneyField(MoneyField):
    """Money that may be zero."""

    def to_python(self, value: Any) -> int | None:
        """Minor units."""
        return 0 if str(value).strip() in ("0", "0.00") else super().to_python(value)


def _field(threshold: Threshold) -> forms.Field:
    label, unit = threshold.label, threshold.unit
    if threshold.kind == "money":
        return ZeroMoneyField(label=label, currency=settings.BANK_CURRENCY, maximum=threshold.maximum)
    if threshold.kind == "choice":
        return forms.ChoiceField(label=label, choices=threshold.choices)
    if threshold.kind in TEXTS:
        hint = TEXTS[threshold.kind].hint
        return PlainField(label=label, max_length=LONGEST_TEXT, required=False, help_text=hint)
    words = unit or {"percent": "percent", "days": "days", "hours": "hours"}.get(threshold.kind, "")
    return forms.IntegerField(
        label=label, min_value=threshold.minimum, max_value=threshold.maximum, help_text=words.capitalize()
    )


def as_typed(threshold: Threshold, value: Value) -> Value:
    """A value as it stands in its field."""
    return format_amount(int(value), settings.BANK_CURRENCY) if threshold.kind == "money" else value


def _least(threshold: Threshold) -> str:
    """The bound of money that is too little (MoneyField refuses what is too much)."""
    return f"At least {format_amount(threshold.minimum, settings.BANK_CURRENCY)}."


class TryForm(forms.Form):
    """Each parameter of the rule, as it is in force, and how far back to look."""

    def __init__(self, *args: Any, rule: Rule | Pattern, in_force: dict[str, Value], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = {threshold.code.replace(".", "-"): threshold for threshold in rule.parameters}
        self._in_force = in_force
        for name, threshold in self._names.items():
            self.fields[name] = _field(threshold)
            self.initial[name] = as_typed(threshold, in_force[threshold.code])
        self.fields["days"] = forms.TypedChoiceField(label="Look back", coerce=int, choices=DAYS, initial=DEFAULT_DAYS)
        self.helper = layout(*(IconField(name, "sliders") for name in self._names), "days")

    @property
    def changes(self) -> dict[str, Value]:
        """Codes and values that differ from what is in force."""
        chosen = {threshold.code: self.cleaned_data[name] for name, threshold in self._names.items()}
        return {code: value for code, value in chosen.items() if value != self._in_force[code]}

    def clean(self) -> dict[str, Any]:
        """Each value within what its parameter allows, and something must differ."""
        for name, threshold in self._names.items():
            if name in self.cleaned_data:
                try:
                    check(threshold.code, self.cleaned_data[name])
                except ParameterError as error:
                    self.add_error(name, _least(threshold) if threshold.kind == "money" else str(error))
        if not self.errors and not self.changes:
            raise forms.ValidationError("Change at least one value; these are the ones in force.")
        return self.cleaned_data
