"""The form of capital and liquidity figures."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.forms.fields import PlainField
from cloudbank.forms import DayField, IconField, layout
from compliance.forms import DateInput, ZeroMoneyField
from compliance.prudential.entering import Entry
from compliance.prudential.models import AMOUNTS

MOST = 10**16
"""Minor units: a hundred thousand billion."""
OPTIONAL = frozenset({"liquid", "outflows", "inflows"})
HELP = {
    "tier1": "CET1 and additional tier 1 together.",
    "total": "Tier 1 and tier 2 together.",
    "assets": "For the leverage ratio: the average of the quarter.",
    "liquid": "Leave the three fields of liquidity empty where the rule does not apply.",
    "inflows": "All of them; the ratio counts at most 75 % of the outflows.",
}


class FiguresForm(forms.Form):
    """Figures of one day."""

    as_of = DayField(label="As of", widget=DateInput(), help_text="The day that the figures are of.")
    note = PlainField(label="Where they are from", max_length=200, help_text="For example: call report, schedule RC-R.")
    reason = PlainField(
        label="Why they are corrected", max_length=400, required=False, help_text="Only when figures of this day stand."
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in AMOUNTS.items():
            self.fields[name] = ZeroMoneyField(
                label=label,
                currency=settings.BANK_CURRENCY,
                maximum=MOST,
                required=name not in OPTIONAL,
                help_text=HELP.get(name, ""),
            )
        amounts = [IconField(name, "cash-stack", suffix=settings.BANK_CURRENCY) for name in AMOUNTS]
        self.helper = layout(
            IconField("as_of", "calendar3"), *amounts, IconField("note", "journal-text"), "reason", "version"
        )

    def entry(self) -> Entry:
        """What the service takes; what is left empty is nothing."""
        cleaned = self.cleaned_data
        amounts = {name: cleaned[name] or 0 for name in AMOUNTS}
        return Entry(cleaned["as_of"], amounts, cleaned["note"], cleaned["reason"])
