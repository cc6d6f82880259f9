"""Forms of approvals: the inbox's filters, and the decision on one request."""

from typing import Any

from django import forms

from accounts.forms.fields import PlainField
from cloudbank import approvals
from cloudbank.forms import IconField, layout
from cloudbank.roles import allows

SETTLED = "settled"
NOTE_LENGTH = 1000


def _kinds(role: str) -> list[tuple[str, str]]:
    known = (one for one in approvals.kinds() if not one.secret or allows(role, one.secret))
    return [("", "Any"), *((one.code, one.label) for one in known)]


def _states() -> list[tuple[str, str]]:
    settled = [(code, word) for code, word in approvals.STATES.items() if code != approvals.PENDING]
    return [("", "Waiting for a decision"), (SETTLED, "All that are settled"), *settled]


class InboxFilter(forms.Form):
    """What the inbox is narrowed by."""

    state = forms.ChoiceField(label="State", required=False, choices=_states)
    kind = forms.ChoiceField(label="What is asked", required=False)
    mine = forms.BooleanField(label="Asked by me", required=False)

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = _kinds(role)  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """Approve or reject exactly what was shown."""

    note = PlainField(
        lines=True,
        label="Note",
        required=False,
        max_length=NOTE_LENGTH,
        help_text="Needed when you reject. The person who asked reads it.",
    )
    content_hash = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.helper = layout(IconField("note", "pencil"), "content_hash")


class WithdrawForm(forms.Form):
    """Take one's own request back."""

    note = PlainField(lines=True, label="Why", required=False, max_length=NOTE_LENGTH)
