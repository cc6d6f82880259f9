"""The field for who acts at the counter for an account's owner: found by name, e-mail address, number or id."""

from typing import Any

from crispy_forms.layout import HTML
from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.queries.meant import customers_meant
from cloudbank.forms import IconField

_TYPED = "input changed delay:500ms"
_ANSWER = '<div id="whose-conductor" data-answers="id_conductor" aria-live="polite"></div>'


class ConductorField(forms.CharField):
    """What is typed; below it stands who it may mean."""

    def __init__(self) -> None:
        asks = {
            "hx-get": "/counter/person",
            "hx-target": "#whose-conductor",
            "hx-trigger": _TYPED,
            "autocomplete": "off",
        }
        super().__init__(
            label="Brought by, if not the owner",
            required=False,
            max_length=254,
            help_text="Name, e-mail, account number or customer id of who acts for the owner.",
            widget=forms.TextInput(attrs=asks),
        )


def conductor_rows(form: forms.Form) -> list[Any]:
    """The field with the place of its answer; none on a customer's own pages."""
    if "conductor" not in form.fields:
        return []
    if form["conductor"].value():
        form.fields["conductor"].widget.attrs["hx-trigger"] = f"{_TYPED}, load"
    return [IconField("conductor", "person-badge"), HTML(_ANSWER)]


def person_meant(text: str) -> User:
    """The one customer that is meant. Raises ValidationError when it is nobody, or may be several."""
    found, more = customers_meant(text)
    if not found:
        raise ValidationError("No customer is found by this name, e-mail address, account number or id.")
    if len(found) > 1:
        names = ", ".join(f"{one.name} ({one.email or one.user_id})" for one in found)
        rest = " and more" if more else ""
        raise ValidationError(f"This may be several people: {names}{rest}. Choose one, or type the e-mail address.")
    return found[0]
