"""The forms of wires: one that goes out, for customers and at the counter; one that came in, booked by staff."""

from datetime import datetime
from typing import Any, ClassVar

from crispy_forms.layout import HTML
from django import forms
from django.core.exceptions import ValidationError

from accounts import ledger
from accounts.forms.banking import MovementForm, note_field
from accounts.forms.fields import AccountNumberField, PlainField
from accounts.ledger import CLEARING, Plan, Refused
from accounts.models import User
from accounts.queries.people import user
from accounts.services.wires import must_travel, wire_fee
from accounts.statement_files.amounts import is_iban
from accounts.wires import (
    ACCOUNT_LENGTH,
    ADDRESS_LENGTH,
    LABELS,
    NAME_LENGTH,
    Wire,
    account_problem,
    in_words,
    institution_problem,
)
from cloudbank.clock import utcnow
from cloudbank.countries import countries
from cloudbank.forms import IconField
from cloudbank.money import format_amount

_BANK_HELP = "Its BIC (SWIFT code, 8 or 11 signs) or, in the United States, its 9-digit routing number."
_INSIST = "Needed for wires of 3,000.00 USD and more (31 CFR 1010.410)."


def _text(name: str, most: int, **options: Any) -> PlainField:
    return PlainField(label=LABELS[name], max_length=most, required=False, **options)


class WireForm(MovementForm):
    """What both share: the channel, the house account, the particulars."""

    institution = forms.CharField(label="Bank", max_length=20, required=False, help_text=_BANK_HELP)
    country = forms.ChoiceField(label="Country", required=False)
    memo = note_field("")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", "Choose a country"), *countries().items()]  # type: ignore[attr-defined]
        self.fields["memo"].label = "Purpose"
        self.fields["memo"].help_text = "What it is for, in a few words; it travels with the wire."

    @property
    def house(self) -> str:
        """Wires come and go through clearing."""
        return CLEARING

    @property
    def channel(self) -> str:
        """Whoever asks, and wherever."""
        return "wire"

    def clean_institution(self) -> str:
        """A BIC or a routing number, in capitals and without spaces."""
        text = "".join(self.cleaned_data["institution"].split()).upper()
        if problem := institution_problem(text):
            raise ValidationError(problem)
        return text

    def _clean_number(self, name: str) -> str:
        """An account number elsewhere, in capitals; an IBAN's check digits are verified."""
        text = " ".join(self.cleaned_data[name].upper().split())
        bare = text.replace(" ", "")
        if problem := account_problem(text, is_iban=is_iban(bare)):
            raise ValidationError(problem)
        return bare if is_iban(bare) else text

    def owner(self) -> User | None:
        """Whose account it is, of a valid form."""
        return user(self.own.owner_id or "")

    def wire(self) -> Wire:
        """The fields that travel."""
        raise NotImplementedError

    def details(self) -> str:
        """The fields, packed."""
        return self.wire().packed()

    @property
    def insists(self) -> bool:
        """Whether an amount like this one must carry all fields."""
        amount = self.cleaned_data.get("amount")
        return bool(amount) and bool(self.held) and must_travel(int(amount or 0), self.own.currency, utcnow())


class OutgoingWireForm(WireForm):
    """Money goes to an account at another bank."""

    kind = ledger.WIRE_OUT
    sides: ClassVar[dict[str, str]] = {"debit": "account"}

    account = AccountNumberField(label="From")
    beneficiary_name = PlainField(label="Beneficiary", max_length=NAME_LENGTH, help_text="Who receives the money.")
    beneficiary_account = PlainField(
        label="Beneficiary's account", max_length=ACCOUNT_LENGTH + 10, help_text="IBAN or account number."
    )
    originator_address = PlainField(
        label="Address of the account's owner",
        max_length=ADDRESS_LENGTH,
        required=False,
        help_text=f"Left empty: the address the bank has on file. {_INSIST}",
    )
    field_order = (
        *("account", "amount", "beneficiary_name", "beneficiary_account", "institution", "country", "memo"),
        *("originator_address", "conductor", "key"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("institution", "country"):
            self.fields[name].required = True
        self.fields["institution"].label = "Beneficiary's bank"
        self.fields["country"].label = "Country of that bank"
        self.fields["memo"].help_text += " Needed for wires of 3,000.00 USD and more."

    def _rows(self, currency: str) -> list[Any]:
        account, *rest = super()._rows(currency)
        answer = [row for row in rest if isinstance(row, HTML)]
        return [
            *(account, *answer, IconField("amount", "cash-coin", suffix=currency, size="lg")),
            *(IconField("beneficiary_name", "person-vcard"), IconField("beneficiary_account", "hash")),
            *(IconField("institution", "bank2"), IconField("country", "globe"), IconField("memo", "pencil")),
            IconField("originator_address", "house"),
            *([IconField("conductor", "person-badge")] if "conductor" in self.fields else []),
            "key",
        ]

    def clean_beneficiary_account(self) -> str:
        """The number."""
        return self._clean_number("beneficiary_account")

    def clean(self) -> dict[str, Any]:
        """From the threshold on, all that must travel is there."""
        data = self.cleaned_data
        if not self.errors and self.insists:
            if not data["memo"]:
                self.add_error(
                    "memo", "Say what the wire is for; the bank asks this of wires of 3,000.00 USD and more."
                )
            if "originator_address" in self.wire().missing():
                self.add_error("originator_address", f"The bank has no address on file. {_INSIST}")
        return data

    def wire(self) -> Wire:
        """The sender is the account's owner."""
        owner, data = self.owner(), self.cleaned_data
        on_file = owner.address[:ADDRESS_LENGTH] if owner else ""
        return Wire(
            originator_name=owner.name[:NAME_LENGTH] if owner else "",
            originator_account=self.own.account_id,
            originator_address=data["originator_address"] or on_file,
            beneficiary_name=data["beneficiary_name"],
            beneficiary_account=data["beneficiary_account"],
            institution=data["institution"],
            country=data["country"],
        )

    def fee(self, now: datetime) -> int:
        """What it costs, in minor units of the account's currency."""
        return wire_fee(self.own.currency, now)

    def plan(self, now: datetime) -> Plan:
        """What would be posted; refused when the fee could not be paid after it."""
        plan, fee = super().plan(now), self.fee(now)
        after = plan.states[0]
        if after.balance - after.held < fee:
            whole = format_amount(self.cleaned_data["amount"] + fee, after.currency)
            raise Refused(
                "insufficient_funds", f"With its fee the wire comes to {whole} {after.currency}: too much.", "amount"
            )
        return plan


class IncomingWireForm(WireForm):
    """A wire that came in. What the message lacks is left empty: rule 6 asks for it."""

    kind = ledger.WIRE_IN
    sides: ClassVar[dict[str, str]] = {"credit": "account"}

    account = AccountNumberField(label="To")
    originator_name = _text("originator_name", NAME_LENGTH, help_text="Who sent the money, as the message names them.")
    originator_account = _text("originator_account", ACCOUNT_LENGTH + 10, help_text="IBAN or account number.")
    originator_address = _text("originator_address", ADDRESS_LENGTH)
    field_order = (
        *("account", "amount", "originator_name", "originator_account", "originator_address"),
        *("institution", "country", "memo", "key"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("conductor", None)
        self.fields["institution"].label = "Ordering bank"
        self.fields["country"].label = "Country of that bank"

    def _rows(self, currency: str) -> list[Any]:
        account, *rest = super()._rows(currency)
        answer = [row for row in rest if isinstance(row, HTML)]
        return [
            *(account, *answer, IconField("amount", "cash-coin", suffix=currency, size="lg")),
            *(IconField("originator_name", "person-vcard"), IconField("originator_account", "hash")),
            *(IconField("originator_address", "house"), IconField("institution", "bank2")),
            *(IconField("country", "globe"), IconField("memo", "pencil"), "key"),
        ]

    def clean_originator_account(self) -> str:
        """The number."""
        return self._clean_number("originator_account")

    def wire(self) -> Wire:
        """The beneficiary is the account's owner."""
        owner, data = self.owner(), self.cleaned_data
        return Wire(
            beneficiary_name=owner.name[:NAME_LENGTH] if owner else "",
            beneficiary_account=self.own.account_id,
            **{
                name: data[name]
                for name in ("originator_name", "originator_account", "originator_address", "institution", "country")
            },
        )

    def lacking(self) -> str:
        """What the page asks to be found out, in words; "" when all is there or the amount is small."""
        missing = self.wire().missing()
        return in_words(missing) if missing and self.insists else ""
