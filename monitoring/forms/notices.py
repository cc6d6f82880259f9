"""Which notices a colleague wants by e-mail."""

from typing import Any

from django import forms

from cloudbank.forms import layout
from monitoring.notices import KINDS


class NoticesForm(forms.Form):
    """One tick box a kind."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind, (title, what) in KINDS.items():
            self.fields[kind] = forms.BooleanField(label=title, help_text=what, required=False)
        self.helper = layout(*KINDS)

    @property
    def wanted(self) -> list[str]:
        """The kinds that are ticked."""
        return [kind for kind in KINDS if self.cleaned_data[kind]]
