"""How far back the performance of rules looks."""

from django import forms

DEFAULT_DAYS = 90
PERIODS = ((7, "7 days"), (30, "30 days"), (365, "One year"))


class PeriodForm(forms.Form):
    """The days, and which rules."""

    days = forms.ChoiceField(
        label="Look back",
        required=False,
        choices=[("", f"{DEFAULT_DAYS} days"), *((str(days), text) for days, text in PERIODS)],
    )
    rules = forms.ChoiceField(
        label="Rules", required=False, choices=[("", "That found or decided anything"), ("all", "All of them")]
    )
