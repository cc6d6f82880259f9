"""The form of a standing order."""

from datetime import date
from typing import Any

from crispy_forms.layout import HTML
from django import forms

from accounts.forms.banking import MEMO_LENGTH, KeyField, option
from accounts.forms.fields import AccountNumberField, PlainField
from accounts.forms.servicing import day_input
from accounts.ledger import Refused
from accounts.models import DepositAccount
from accounts.services.standing import Wish
from accounts.standing import RHYTHMS
from cloudbank.forms import IconField, MoneyField, layout

YEARS_AHEAD = 30


class StandingOrderForm(forms.Form):
    """What a customer wants transferred again and again."""

    from_account = forms.ChoiceField(label="From")
    to_account = AccountNumberField(
        label="To account number",
        help_text="16 digits. The recipient's masked name appears, so that you can compare it.",
    )
    amount = MoneyField(label="Amount each time", help_text="Digits only, for example 1,234.50.")
    rhythm = forms.ChoiceField(label="How often", choices=list(RHYTHMS.items()), initial="monthly")
    first_on = forms.DateField(
        label="First day", widget=day_input(), help_text="On the 31st: the last day of shorter months."
    )
    last_on = forms.DateField(
        label="Last day", widget=day_input(), required=False, help_text="Leave empty until you end it yourself."
    )
    memo = PlainField(
        label="Note", required=False, max_length=MEMO_LENGTH, help_text="The other party reads it each time."
    )
    key = KeyField()

    def __init__(self, *args: Any, own: list[DepositAccount], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = {item.account_id: item for item in own}
        self.today = today
        self.fields["from_account"].choices = [option(item) for item in own]  # type: ignore[attr-defined]
        self.fields["first_on"].widget.attrs["min"] = today.isoformat()
        self.fields["to_account"].widget.attrs |= {
            "hx-get": "/transfer/recipient",
            "hx-target": "#whose-to",
            "hx-trigger": "input changed delay:500ms",
            "list": "own-accounts",
        }
        currencies = {item.currency for item in own}
        self.helper = layout(
            IconField("from_account", "wallet2"),
            IconField("to_account", "person-vcard"),
            HTML('<div id="whose-to" data-answers="id_to_account" aria-live="polite"></div>'),
            IconField("amount", "cash-coin", suffix=currencies.pop() if len(currencies) == 1 else "", size="lg"),
            IconField("rhythm", "arrow-repeat"),
            IconField("first_on", "calendar3"),
            IconField("last_on", "calendar-check"),
            IconField("memo", "pencil"),
            "key",
        )

    def clean_from_account(self) -> str:
        """One's own; its currency is what the amount is read in."""
        chosen: str = self.cleaned_data["from_account"]
        self.fields["amount"].currency = self.own[chosen].currency  # type: ignore[attr-defined]
        return chosen

    def clean_last_on(self) -> date | None:
        """Not beyond what anybody plans."""
        last: date | None = self.cleaned_data["last_on"]
        if last and last.year > self.today.year + YEARS_AHEAD:
            raise forms.ValidationError(f"Choose a day within {YEARS_AHEAD} years.")
        return last

    def clean_first_on(self) -> date:
        """Not beyond what anybody plans."""
        first: date = self.cleaned_data["first_on"]
        if first.year > self.today.year + YEARS_AHEAD:
            raise forms.ValidationError(f"Choose a day within {YEARS_AHEAD} years.")
        return first

    def wish(self) -> Wish:
        """What a valid form asks."""
        names = ("from_account", "to_account", "amount", "rhythm", "first_on", "last_on", "memo")
        return Wish(**{name: self.cleaned_data[name] for name in names})

    def refuse(self, refused: Refused) -> None:
        """Show a refusal at the field it speaks of."""
        self.add_error(refused.field if refused.field in self.fields else None, refused.message)
