"""Small building blocks of forms: icon fields, money fields, HTTP 422, the layout helper."""

from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpResponse

from cloudbank.money import MAX_MINOR, MoneyError, format_amount, parse_amount

UNPROCESSABLE = 422


class IconField(Field):
    """A crispy field with an icon of the sprite inside its left edge, and maybe a suffix ("USD", "%")."""

    template = "ui/_icon_field.html"

    def __init__(self, name: str, icon: str = "", *, suffix: str = "", size: str = "", **attrs: Any) -> None:
        super().__init__(name, template=self.template, **attrs)
        self._look = {"field_icon": icon, "field_suffix": suffix, "input_size": f"input-group-{size}" if size else ""}

    def render(self, form: Any, context: Any, *args: Any, **kwargs: Any) -> Any:
        """The field's HTML, with our look in its context."""
        kwargs["extra_context"] = (kwargs.get("extra_context") or {}) | self._look
        return super().render(form, context, *args, **kwargs)


def layout(*fields: Any) -> FormHelper:
    """The helper of a form whose template writes the `<form>` tag, the CSRF token and the buttons itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    helper.layout = Layout(*fields)
    return helper


class MoneyInput(forms.TextInput):
    """A text input for an amount: decimal keyboard on phones, tabular figures."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        base = {"inputmode": "decimal", "autocomplete": "off", "class": "input-money", "placeholder": "0.00"}
        super().__init__(base | (attrs or {}))


class MoneyField(forms.Field):
    """What people type as money ("1,234.50") -> int minor units; refuses all else in a plain sentence."""

    widget = MoneyInput

    def __init__(self, *, currency: str = "USD", maximum: int = MAX_MINOR, **kwargs: Any) -> None:
        self.currency, self.maximum = currency, maximum
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> int | None:
        """Minor units, or None when left empty."""
        if value in self.empty_values:
            return None
        try:
            return parse_amount(str(value), self.currency, maximum=self.maximum)
        except MoneyError as error:
            raise ValidationError(str(error), code="money") from error

    def prepare_value(self, value: Any) -> Any:
        """Minor units as text for the input; what was typed stays as typed."""
        return format_amount(value, self.currency) if isinstance(value, int) else value


_WITHIN = "Choose a day from 1900 to 2200."


class DayField(forms.DateField):
    """A day that somebody can mean: what is far outside of the calendar is a slip of the keyboard."""

    default_validators = [
        MinValueValidator(date(1900, 1, 1), _WITHIN),
        MaxValueValidator(date(2200, 12, 31), _WITHIN),
    ]


class UnprocessableFormMixin:
    """For FormView and its like: an invalid form answers 422, so htmx, tests and proxies can tell."""

    def form_invalid(self, form: forms.BaseForm) -> HttpResponse:
        """The page again, values kept, errors on top."""
        response: HttpResponse = super().form_invalid(form)  # type: ignore[misc]
        response.status_code = UNPROCESSABLE
        return response
