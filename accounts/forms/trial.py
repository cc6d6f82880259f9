"""What a trial balance is asked for."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.forms.servicing import day_input


class TrialForm(forms.Form):
    """A business day and a currency."""

    day = forms.DateField(label="End of", required=False, widget=day_input())
    currency = forms.ChoiceField(label="Currency", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [(one, one) for one in settings.BANK_CURRENCIES]  # type: ignore[attr-defined]
