"""The form of a sale at the counter: an instrument for cash; and the register's filter."""

from datetime import date, datetime
from typing import Any, ClassVar

from crispy_forms.layout import HTML
from django import forms
from django.core.validators import RegexValidator

from accounts import ledger
from accounts.forms.banking import MovementForm
from accounts.forms.fields import PlainField
from accounts.instruments import IDENTITY_LENGTH, KINDS, PAYEE_LENGTH, SERIAL_LENGTH, Instrument
from accounts.ledger import INSTRUMENTS, Plan, Refused
from accounts.services.instruments import cash_for, most
from cloudbank.conf import business_date
from cloudbank.forms import IconField
from cloudbank.money import format_amount

_SERIAL = RegexValidator(r"\A[A-Za-z0-9./ -]+\Z", "A serial number has letters, digits, and . / - only.")


class InstrumentForm(MovementForm):
    """Sold to the owner of an account, or to who acts for them."""

    kind = ledger.INSTRUMENT
    sides: ClassVar[dict[str, str]] = {"debit": "account"}

    instrument = forms.ChoiceField(label="Instrument", choices=[("", "Choose one"), *KINDS.items()])
    serial = forms.CharField(label="Serial number", max_length=SERIAL_LENGTH, validators=[_SERIAL])
    payee = PlainField(label="Payee", max_length=PAYEE_LENGTH, help_text="To whom it is made out.")
    identity = PlainField(
        label="How the buyer was identified",
        max_length=IDENTITY_LENGTH,
        help_text="Signature card on file, or the document you saw with its number and issuer.",
    )
    field_order = ("account", "amount", "instrument", "serial", "payee", "identity", "conductor", "key")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["memo"]
        self.fields["account"].label = "Account of the buyer"

    def _rows(self, currency: str) -> list[Any]:
        account, *rest = super()._rows(currency)
        return [
            *(account, *(row for row in rest if isinstance(row, HTML))),
            IconField("amount", "cash-coin", suffix=currency, size="lg"),
            *(IconField("instrument", "receipt"), IconField("serial", "hash"), IconField("payee", "person-vcard")),
            *(IconField("identity", "fingerprint"), IconField("conductor", "person-badge"), "key"),
        ]

    @property
    def house(self) -> str:
        """What is outstanding until somebody cashes it."""
        return INSTRUMENTS

    def sold(self) -> Instrument:
        """The instrument of a valid form."""
        data = self.cleaned_data
        return Instrument(data["instrument"], data["serial"], data["payee"], data["identity"])

    def details(self) -> str:
        """The instrument, packed."""
        return self.sold().packed()

    def clean(self) -> dict[str, Any]:
        """The posting's note is the instrument."""
        chosen = self.cleaned_data.get("instrument", "")
        self.cleaned_data["memo"] = KINDS.get(chosen, "")
        return self.cleaned_data

    def plan(self, now: datetime) -> Plan:
        """The sale as it would be posted after its cash; raises Refused."""
        sale, states = self.instruction(), {key: item.state() for key, item in self.held.items()}
        at_most = most(sale.currency, now)
        if sale.amount > at_most:
            shown = f"{format_amount(at_most, sale.currency)} {sale.currency}"
            raise Refused("limit_instrument", f"One instrument sold for cash is worth at most {shown}.", "amount")
        first = ledger.plan(cash_for(sale), states, now, business_date(now))
        return ledger.plan(sale, {state.account_id: state for state in first.states}, now, business_date(now))


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RegisterFilter(forms.Form):
    """Which sales."""

    first = forms.DateField(label="From", required=False, widget=_day())
    last = forms.DateField(label="To", required=False, widget=_day())
    customer = forms.CharField(label="Customer id", required=False, max_length=64)
    logged = forms.BooleanField(label="Only those that the law has recorded", required=False)

    def clean(self) -> dict[str, Any]:
        """Ranges run upwards."""
        first: date | None = self.cleaned_data.get("first")
        last: date | None = self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("first", "The first day is after the last one.")
        return self.cleaned_data
