"""Forms of the audit trail: what is looked for, and whose chain is followed."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from accounts.forms.fields import PlainField
from accounts.queries.people import holder_of
from compliance.forms import DateInput
from compliance.queries.audit import MOST_DAYS

WITHIN = (MinValueValidator(date(1990, 1, 1)), MaxValueValidator(date(2200, 1, 1)))
"""Days that this bank can have lived; far beyond, the calendar ends."""


class AuditFilter(forms.Form):
    """Filters of the audit trail: of one subject, by one person, or of some days; each is a key of an index."""

    subject = PlainField(
        label="About",
        required=False,
        max_length=200,
        help_text="A subject, an account number, or a person's id or e-mail address.",
        widget=forms.TextInput({"placeholder": "user#usr_... or 4000 ...", "data-search": ""}),
    )
    actor = PlainField(
        label="By", required=False, max_length=254, widget=forms.TextInput({"placeholder": "usr_... or an e-mail"})
    )
    action = PlainField(
        label="Action", required=False, max_length=60, widget=forms.TextInput({"placeholder": "freeze"})
    )
    day = forms.DateField(label="From day", required=False, widget=DateInput(), validators=WITHIN)
    until = forms.DateField(label="To day", required=False, widget=DateInput(), validators=WITHIN)

    def clean_subject(self) -> str:
        """What was typed as the trail names it: "user#usr_...", "deposit_account#4000..."."""
        text: str = self.cleaned_data["subject"]
        digits = "".join(text.split())
        if "@" in text and "#" not in text:
            return f"user#{_id_of(text)}"
        if text.startswith("usr_"):
            return f"user#{text}"
        return f"deposit_account#{digits}" if digits.isdigit() else text

    def clean_actor(self) -> str:
        """The id of who did it."""
        text: str = self.cleaned_data["actor"]
        return _id_of(text) if "@" in text else text

    def clean(self) -> dict[str, Any]:
        """One day when only one is named; a stretch of days is bounded unless a subject or a person is named."""
        cleaned = super().clean() or {}
        first, last = cleaned.get("day"), cleaned.get("until")
        named = cleaned.get("subject") or cleaned.get("actor")
        if last and not first and "day" not in self.errors:
            self.add_error("day", "Choose the first day, too.")
        elif first and last and last < first:
            self.add_error("until", "This is before the first day.")
        elif not named and first and last and (last - first).days >= MOST_DAYS:
            self.add_error("until", f"At most {MOST_DAYS} days, unless you name a subject or a person.")
        return cleaned


def _id_of(email: str) -> str:
    holder = holder_of(email)
    if holder is None:
        raise forms.ValidationError("Nobody here has this address.")
    return holder.user_id


class ChainForm(forms.Form):
    """Whose chain is to be followed."""

    subject = AuditFilter.base_fields["subject"]
    clean_subject = AuditFilter.clean_subject
