"""The forms of loans: asking for one, paying, what staff do to one, the filter of the loan book."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.customer_texts import LOAN_FEES
from accounts.forms.banking import KeyField, option
from accounts.forms.fields import PlainField, reason_field
from accounts.forms.servicing import INSIDE, told_field
from accounts.ledger import CASH
from accounts.loans.products import PRODUCTS
from accounts.loans.remedies import GROUNDS
from accounts.loans.schedule import MAX_INSTALMENTS, MAX_RATE
from accounts.loans.state import BUCKET_NAMES, STAGES
from accounts.models import DepositAccount
from accounts.models.loans import Loan
from cloudbank.forms import IconField, MoneyField, layout
from cloudbank.money import format_amount

_TERMS = sorted({6, 12, 18, 24, 36, 48, 60, 72, 84, 120, 180, 240})
WORDS = {
    "applied": "Applied",
    "approved": "Approved",
    "active": "Active",
    "non_accrual": "Non-accrual",
    "charged_off": "Charged off",
    "closed": "Closed",
    "declined": "Declined",
    "withdrawn": "Withdrawn",
}
"""The stages of a loan as people read them."""
BUCKET_WORDS = {"current": "Current", "over-365": "Over 365 days"}


def bucket_in_words(name: str) -> str:
    """ "Current", "31-60 days"."""
    return BUCKET_WORDS.get(name, f"{name.replace('-', chr(0x2013))} days")


class QuoteForm(forms.Form):
    """What the monthly instalment depends on."""

    offer = forms.ChoiceField(
        label="What for",
        choices=[(product.code, product.label) for product in PRODUCTS.values()],
        widget=forms.RadioSelect(attrs={"class": "form-check-input"}),
    )
    amount = MoneyField(label="Amount", currency=settings.BANK_CURRENCY)
    instalments = forms.TypedChoiceField(
        label="Repaid in", coerce=int, choices=[(months, f"{months} months") for months in _TERMS]
    )


class ApplyForm(QuoteForm):
    """An application. `offer_accounts` are the borrower's open accounts."""

    pays_to = forms.ChoiceField(label="Pay it out to")
    purpose = PlainField(label="Purpose", max_length=120, help_text="In a few words, for example: new kitchen.")
    monthly_income = MoneyField(
        label="Monthly income after tax", currency=settings.BANK_CURRENCY, help_text="As on your latest pay slip."
    )
    collects = forms.BooleanField(
        label="Pay each instalment from that account on its due date", required=False, initial=True
    )
    key = KeyField()

    def __init__(self, *args: Any, offer_accounts: list[DepositAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pays_to"].choices = [option(item) for item in offer_accounts]  # type: ignore[attr-defined]
        asks = {
            "hx-get": "/loans/quote",
            "hx-include": "closest form",
            "hx-target": "#quote",
            "hx-params": "offer,amount,instalments",
            "hx-sync": "#quote:replace",
            "hx-trigger": "input changed delay:300ms, change",
        }
        for name in ("amount", "instalments"):
            self.fields[name].widget.attrs.update(asks)
        self.fields["offer"].widget.attrs.update(asks | {"hx-trigger": "change"})
        currency = settings.BANK_CURRENCY
        self.helper = layout(
            IconField("amount", "cash-coin", suffix=currency, size="lg"),
            IconField("instalments", "calendar3"),
            IconField("pays_to", "wallet2"),
            IconField("purpose", "pencil"),
            IconField("monthly_income", "cash-stack", suffix=currency),
            "collects",
            "key",
        )


class PayForm(forms.Form):
    """A repayment: what is due, all of it, or another amount."""

    what = forms.ChoiceField(label="How much", widget=forms.RadioSelect(attrs={"class": "form-check-input"}))
    amount = MoneyField(label="Another amount", required=False)
    source = forms.ChoiceField(label="Pay from")
    key = KeyField()

    def __init__(
        self, *args: Any, unit: str, sources: list[tuple[str, str]], due: int, payoff: int, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.payoff, self.due, self.sources = payoff, due, sources
        ways = [("due", f"What is due: {format_amount(self.due, unit)} {unit}")] if self.due else []
        ways += [("payoff", f"Pay the loan off: {format_amount(payoff, unit)} {unit}"), ("other", "Another amount")]
        self.fields["what"].choices = ways  # type: ignore[attr-defined]
        self.fields["what"].initial = ways[0][0] if self.due else "other"
        self.fields["source"].choices = sources  # type: ignore[attr-defined]
        self.fields["amount"].currency = unit  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The amount in minor units under `minor`."""
        data = self.cleaned_data
        what = data.get("what")
        if what == "other" and not data.get("amount") and "amount" not in self.errors:
            self.add_error("amount", "Enter the amount you want to pay.")
        data["minor"] = {"due": self.due, "payoff": self.payoff}.get(what or "", data.get("amount"))
        return data


class ConfirmForm(forms.Form):
    """Nothing to fill in: the page says what is done."""

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout()


class AccountForm(forms.Form):
    """From which account the loan's instalments are taken, and whether."""

    source = forms.ChoiceField(label="Account of the loan")
    collects = forms.BooleanField(
        label="Pay each instalment from that account on its due date",
        required=False,
        help_text="Otherwise each instalment is paid by hand.",
    )

    def __init__(self, *args: Any, loan: Loan, sources: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {"source": loan.pays_to, "collects": bool(loan.collects)}
        self.fields["source"].choices = [one for one in sources if one[0] != CASH]  # type: ignore[attr-defined]
        self.helper = layout(IconField("source", "wallet2"), "collects")


class RecoverForm(forms.Form):
    """Money for a loan that was charged off."""

    amount = MoneyField(label="Amount")
    source = forms.ChoiceField(label="From")
    reason = reason_field(
        "What the manager should know", required=False, help_text="Only for cash that needs a second person."
    )
    key = KeyField()

    def __init__(self, *args: Any, loan: Loan, sources: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].currency = loan.currency  # type: ignore[attr-defined]
        self.fields["source"].choices = sources  # type: ignore[attr-defined]
        self.helper = layout(
            IconField("amount", "cash-coin", suffix=loan.currency, size="lg"),
            IconField("source", "wallet2"),
            IconField("reason", "pencil"),
            "key",
        )


class ReasonedForm(forms.Form):
    """What staff ask or do, with its reason."""

    reason = reason_field(help_text="Kept with the loan and in its audit trail. The borrower does not see it.")
    key = KeyField()

    def __init__(self, *args: Any, loan: Loan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loan = loan
        self.prepare()
        self.helper = layout(*self.rows(), IconField("reason", "pencil"), "key")

    def prepare(self) -> None:
        """Adapt fields to the loan."""

    def rows(self) -> list[Any]:
        """The fields before the reason."""
        return []


class RestructureForm(ReasonedForm):
    """New terms from what is outstanding."""

    rate = forms.DecimalField(
        label="New rate", min_value=0, max_value=MAX_RATE / 100, decimal_places=2, help_text="Percent a year."
    )
    instalments = forms.IntegerField(label="New number of monthly instalments", min_value=1, max_value=MAX_INSTALMENTS)
    capitalise = forms.BooleanField(
        label="Add unpaid interest to the principal",
        required=False,
        help_text="Otherwise it is due at once. Interest of a non-accrual loan is never added.",
    )
    field_order = ("rate", "instalments", "capitalise", "reason", "key")

    def rows(self) -> list[Any]:
        """Rate, number, capitalise."""
        return [IconField("rate", "percent", suffix="%"), IconField("instalments", "calendar3"), "capitalise"]


class ChargeOffForm(ReasonedForm):
    """Why the loan leaves the books."""

    ground = forms.ChoiceField(label="Ground", choices=[(one, one.capitalize()) for one in GROUNDS])
    field_order = ("ground", "reason", "key")

    def rows(self) -> list[Any]:
        """The ground."""
        return [IconField("ground", "flag")]


class FeeForm(ReasonedForm):
    """A fee the borrower owes from now on."""

    amount = MoneyField(label="Fee")
    told = told_field(LOAN_FEES)
    reason = reason_field("Why", help_text=INSIDE)
    field_order = ("amount", "told", "reason", "key")

    def prepare(self) -> None:
        """Amounts in the loan's currency."""
        self.fields["amount"].currency = self.loan.currency  # type: ignore[attr-defined]

    def rows(self) -> list[Any]:
        """The amount, and what the borrower reads."""
        amount = IconField("amount", "cash-coin", suffix=self.loan.currency, size="lg")
        return [amount, IconField("told", "receipt")]


class BookFilter(forms.Form):
    """What the loan book may be narrowed by: the state is the book, the arrears a range of its order."""

    state = forms.ChoiceField(
        label="State", required=False, choices=[(one, WORDS[one]) for one in STAGES], initial="active"
    )
    late = forms.ChoiceField(
        label="Past due",
        required=False,
        choices=[("", "Any"), ("late", "Late at all"), *((name, bucket_in_words(name)) for name in BUCKET_NAMES)],
    )


class BridgeFilter(forms.Form):
    """The currency of the bridge; the bank's own first."""

    currency = forms.ChoiceField(label="Currency", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [(one, one) for one in settings.BANK_CURRENCIES]  # type: ignore[attr-defined]
