"""Forms of account servicing: holds, fees, reversals."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.customer_texts import HOLDS, REVERSALS
from accounts.forms.banking import KeyField
from accounts.forms.fields import PlainField, reason_field
from cloudbank.forms import IconField, MoneyField, layout
from cloudbank.money import format_amount

INSIDE = "Kept in the audit trail; the customer never reads it."


def day_input() -> forms.DateInput:
    """A date as browsers pick it."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def told_field(texts: Mapping[str, str]) -> forms.ChoiceField:
    """What the customer reads: fixed words. What staff writes is never shown to customers."""
    return forms.ChoiceField(
        label="What the customer reads",
        choices=list(texts.items()),
        initial=next(iter(texts)),
        help_text="On their pages, receipt and statement.",
    )


class HoldForm(forms.Form):
    """Set money aside."""

    amount = MoneyField(label="Amount")
    told = told_field(HOLDS)
    reason = reason_field("Why", help_text=INSIDE)
    last = forms.DateField(label="Last day", widget=day_input(), help_text="The hold counts to the end of this day.")
    key = KeyField()

    def __init__(self, *args: Any, currency: str, available: int, today: date, latest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.latest = today, latest
        amount = self.fields["amount"]
        amount.currency = currency  # type: ignore[attr-defined]
        amount.help_text = f"Available {format_amount(max(0, available), currency)} {currency}."
        self.fields["last"].widget.attrs |= {"min": today.isoformat(), "max": latest.isoformat()}
        self.helper = layout(
            IconField("amount", "cash-coin", suffix=currency, size="lg"),
            IconField("told", "receipt"),
            IconField("reason", "pencil"),
            IconField("last", "calendar3"),
            "key",
        )

    def clean_last(self) -> date:
        """Not in the past, not for ever."""
        last: date = self.cleaned_data["last"]
        if last < self.today:
            raise forms.ValidationError("The last day lies in the past.")
        if last > self.latest:
            raise forms.ValidationError(f"A hold lasts to {self.latest} at the most.")
        return last


class CaptureForm(forms.Form):
    """Take what is held, in full or part."""

    amount = MoneyField(label="Amount to take", help_text="What is not taken is free again.")

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = currency  # type: ignore[attr-defined]
        self.helper = layout(IconField("amount", "cash-coin", suffix=currency, size="lg"))


class ReleaseForm(forms.Form):
    """Set the money free."""

    reason = PlainField(label="Reason", max_length=500, help_text="Kept with the hold and in the audit trail.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("reason", "pencil"))


class FeeForm(forms.Form):
    """Charge a fee of the schedule."""

    fee = forms.ChoiceField(label="Fee")
    reason = reason_field("Why", help_text=INSIDE)
    key = KeyField()

    def __init__(self, *args: Any, fees: Sequence[tuple[str, str, int]], currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fee"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a fee"),
            *(
                (code, f"{name} \N{MIDDLE DOT} {format_amount(amount, currency)} {currency}")
                for code, name, amount in fees
            ),
        ]
        self.helper = layout(IconField("fee", "tag"), IconField("reason", "pencil"), "key")


class ReversalForm(forms.Form):
    """Ask for a movement to be taken back."""

    told = told_field(REVERSALS)
    reason = reason_field("Why", help_text=f"The person who approves reads it. {INSIDE}")
    key = KeyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout(IconField("told", "receipt"), IconField("reason", "pencil"), "key")
