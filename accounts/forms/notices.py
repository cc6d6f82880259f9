"""Forms of webhooks and of the list of messages."""

from typing import Any

from django import forms

from accounts.forms.fields import PlainField
from accounts.services.webhooks import choices
from cloudbank import outbox
from cloudbank.forms import IconField, layout


class WebhookForm(forms.Form):
    """A name, an address and the events it is told of."""

    label = PlainField(label="Name", max_length=60, help_text="What is behind it: the SIEM, the case system.")
    url = PlainField(label="Address", max_length=500, help_text="https:// only. Each message is POSTed there as JSON.")
    events = forms.MultipleChoiceField(label="Events", choices=choices, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("label", "pencil"), IconField("url", "link-45deg"), "events")


class ChangeWebhookForm(WebhookForm):
    """The same of one that is there, which can be turned off."""

    active = forms.BooleanField(label="Active", required=False, help_text="Off: it is told nothing.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("label", "pencil"), IconField("url", "link-45deg"), "events", "active")


class MessageFilter(forms.Form):
    """What still waits, what was given up, or all of one day."""

    state = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[("", "Waiting"), (outbox.GIVEN_UP, "Given up"), ("day", "All of a day")],
    )
    day = forms.DateField(
        label="Day (UTC)", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
