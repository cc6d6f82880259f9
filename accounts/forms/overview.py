"""The forms around an account: opening one, finding one, its history's filters, the reason of a change."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings

from accounts import ledger, names, numbers
from accounts.forms.banking import KeyField, label
from accounts.forms.fields import reason_field
from accounts.models import DepositAccount
from accounts.models.ledger import PRODUCTS
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import IconField, MoneyField, layout


class OpenAccountForm(forms.Form):
    """A new checking or savings account."""

    product = forms.ChoiceField(
        label="Kind of account",
        choices=list(PRODUCTS.items()),
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one, one) for one in settings.BANK_CURRENCIES]
        self.fields["currency"] = forms.ChoiceField(
            label="Currency",
            required=False,
            choices=offered,
            initial=settings.BANK_CURRENCY,
            widget=forms.Select(attrs={"class": "form-select"}),
        )

    def clean_currency(self) -> str:
        """The bank's own unless another one is chosen."""
        return self.cleaned_data["currency"] or settings.BANK_CURRENCY


class ReasonForm(forms.Form):
    """Why an account's status changes; kept with the account and in the audit record."""

    reason = reason_field(help_text="Kept with the account and in its audit trail. The owner does not see it.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("reason", "pencil"))


class AskForm(ReasonForm):
    """Why something is asked of a second person."""

    reason = reason_field(help_text="The person who decides reads it. The owner does not see it.")
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("reason", "pencil"), "key")


class CloseForm(ReasonForm):
    """Why an account is closed, and where what is on it is paid to."""

    pay_to = forms.ChoiceField(
        label="Pay out to",
        required=False,
        help_text="Another account of the same owner, or cash: then a teller approves and counts it out.",
    )
    key = KeyField()

    def __init__(self, *args: Any, others: Sequence[DepositAccount], is_due: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choose where the money goes"), *((one.account_id, label(one)) for one in others)]
        self.fields["pay_to"].choices = [*choices, (ledger.CASH, "Cash, once a teller approves")]  # type: ignore[attr-defined]
        rows = [IconField("pay_to", "box-arrow-up")] if is_due else []
        self.fields["key"].required = is_due
        if not is_due:
            del self.fields["pay_to"]
        self.helper = layout(*rows, IconField("reason", "pencil"), "key")


BADGES = [("", "Any"), ("OK", "OK"), ("suspicious", "Suspicious"), ("ALERT", "ALERT"), ("CRITICAL", "CRITICAL")]


class HistoryFilter(forms.Form):
    """What an account's history may be narrowed by; the badge only for staff (tipping off)."""

    first = forms.DateField(
        label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    type = forms.ChoiceField(label="Type", required=False, choices=names.choices(names.TYPES))
    minimum = MoneyField(label="At least", required=False)
    maximum = MoneyField(label="At most", required=False)
    badge = forms.ChoiceField(label="Screening", required=False, choices=BADGES)

    def __init__(self, *args: Any, currency: str, with_badge: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("minimum", "maximum"):
            self.fields[name].currency = currency  # type: ignore[attr-defined]
        if not with_badge:
            del self.fields["badge"]

    def clean(self) -> dict[str, Any]:
        """Ranges run upwards."""
        data = self.cleaned_data
        self._upwards("first", "last", "The first day is after the last one.")
        self._upwards("minimum", "maximum", "The smallest amount is above the largest one.")
        return data

    def _upwards(self, low: str, high: str, message: str) -> None:
        bottom: date | int | None = self.cleaned_data.get(low)
        top: date | int | None = self.cleaned_data.get(high)
        if bottom is not None and top is not None and bottom > top:  # type: ignore[operator]
            self.add_error(low, message)


class OnDayForm(forms.Form):
    """Of which day the balance is asked."""

    on = forms.DateField(
        label="Balance at the end of",
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control form-control-sm"}, format="%Y-%m-%d"),
    )

    def clean_on(self) -> date:
        """A day that has begun."""
        day: date = self.cleaned_data["on"]
        if day > bank_calendar().local(utcnow()).date():
            raise forms.ValidationError("This day has not come yet.")
        return day


class FindForm(forms.Form):
    """Staff look for an account by its number, or for a customer by name or e-mail."""

    q = forms.CharField(label="Account number, name or e-mail", max_length=100, strip=True)

    def account_number(self) -> str:
        """The number when the text is one; "" when it is something else. A mistyped one is an error of the form."""
        text = self.cleaned_data["q"]
        if not any(letter.isdigit() for letter in text) or not set(text) <= set("0123456789 -"):
            return ""
        try:
            return numbers.parse(text)
        except numbers.AccountNumberError as error:
            self.add_error("q", str(error))
            return ""
