"""The forms that move money. One declared form each, for a customer's own pages and for the bank's counter."""

import secrets
from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML
from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from accounts import ledger, numbers
from accounts.forms.conductor import ConductorField, conductor_rows, person_meant
from accounts.forms.desk import Desk
from accounts.forms.fields import AccountNumberField, ChoiceSelect, PlainField
from accounts.ledger import ACTIVE, Instruction, Plan, Refused
from accounts.ledger.planning import GIVES_MONEY, TAKES_MONEY
from accounts.limits import keep_within
from accounts.models import DepositAccount, LedgerAccount, User
from accounts.models.ledger import PRODUCTS
from accounts.parameters import limits_of
from accounts.queries.deposits import accounts
from accounts.queries.people import users
from accounts.states import state_in_words
from cloudbank.conf import business_date
from cloudbank.forms import IconField, MoneyField, layout
from cloudbank.money import format_amount

MEMO_LENGTH = 140
_ANSWER = '<div id="whose-{0}" data-answers="id_{0}" aria-live="polite"></div>'
_ASKS = {"hx-get": "/transfer/recipient", "hx-trigger": "input changed delay:500ms"}
"""A typed or pasted number is answered with whose it is, below its field."""
_LOST_KEY = "This form has lost its key, so it could be posted twice. Open it again."


def new_key() -> str:
    """A fresh idempotency key; one for each form that is shown."""
    return secrets.token_urlsafe(16)


def label(account: LedgerAccount) -> str:
    """ "Checking •••• 1234": how an owner tells their accounts apart."""
    return f"{PRODUCTS.get(account.product, account.product.capitalize())} {numbers.masked(account.account_id)}"


def option(account: DepositAccount, states: Container[str] = (ACTIVE,)) -> tuple[str, str]:
    """The account as a choice, with what may leave it, or the state that is none of those it may be used in."""
    state = format_amount(account.state().available, account.currency) + f" {account.currency}"
    shown = state if account.status in states else state_in_words(account.status)
    return account.account_id, f"{label(account)} \N{MIDDLE DOT} {shown}"


def account_select(held: Sequence[DepositAccount], states: Container[str]) -> ChoiceSelect:
    """A choice among accounts; those that cannot be used stand last, with the reason."""
    usable = sorted(held, key=lambda item: item.status not in states)
    return ChoiceSelect(
        [option(item, states) for item in usable], [item.account_id for item in held if item.status not in states]
    )


def note_field(read_by: str) -> PlainField:
    """A note; `read_by` says who reads it."""
    return PlainField(
        label="Note", required=False, max_length=MEMO_LENGTH, help_text=f"Up to {MEMO_LENGTH} characters. {read_by}"
    )


class KeyField(forms.CharField):
    """The hidden idempotency key of one form render."""

    def __init__(self) -> None:
        is_key = RegexValidator(r"\A[A-Za-z0-9_-]{16,64}\Z", _LOST_KEY)
        super().__init__(
            widget=forms.HiddenInput, initial=new_key, validators=[is_key], error_messages={"required": _LOST_KEY}
        )


class MovementForm(forms.Form):
    """What the three money forms share. `held` are the accounts named in a valid form, read strongly.

    At a customer's desk the account must be their own; another's is answered like an unknown one.
    """

    kind: ClassVar[str]
    sides: ClassVar[dict[str, str]]
    """The ledger's side -> the field that names it."""

    account = AccountNumberField(label="Account")
    amount = MoneyField(label="Amount", help_text="Digits only, for example 1,234.50.")
    memo = note_field("It stands in the account's history.")
    conductor = ConductorField()
    key = KeyField()

    def __init__(self, *args: Any, desk: Desk, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.desk = desk
        self.held: dict[str, DepositAccount] = {}
        self.conducting: User | None = None
        if desk.at_counter:
            self.fields["account"].help_text = "16 digits; the last two are check digits."
        else:
            del self.fields["conductor"]
        self._currency = settings.BANK_CURRENCY if len(settings.BANK_CURRENCIES) == 1 else ""

    @property
    def helper(self) -> FormHelper:
        """The layout; made when it is drawn, so that it knows which fields have an error to show."""
        return layout(*self._rows(self._currency))

    def _rows(self, currency: str) -> list[Any]:
        typed = {"to"} & self.fields.keys() | ({"account"} if self.desk.at_counter else set())
        for name in typed:
            asks = _ASKS | {"hx-target": f"#whose-{name}"}
            if self[name].value() and name not in self.errors:  # else the error says it
                asks["hx-trigger"] += ", load"
            self.fields[name].widget.attrs.update(asks)
        rows = [
            IconField("account", "wallet2"),
            HTML(_ANSWER.format("account")) if "account" in typed else None,
            IconField("to", "person-vcard") if "to" in typed else None,
            HTML(_ANSWER.format("to")) if "to" in typed else None,
            IconField("amount", "cash-coin", suffix=currency, size="lg"),
            IconField("memo", "pencil"),
            *conductor_rows(self),
            "key",
        ]
        return [row for row in rows if row]

    def offer(self, own: list[DepositAccount]) -> None:
        """Let a customer choose among their accounts instead of typing a number."""
        states = self.usable_states()
        select = self.fields["account"].widget = account_select(own, states)
        if self.initial.get("account") in select.disabled:
            del self.initial["account"]
        currencies = {item.currency for item in own if item.status in states}
        self._currency = currencies.pop() if len(currencies) == 1 else ""

    @classmethod
    def offered_fields(cls) -> dict[str, tuple[str, frozenset[str]]]:
        """The fields that take an account's number: what using it there is called, and the states that allow it."""
        states = {"debit": GIVES_MONEY, "credit": TAKES_MONEY}
        words = {"debit": "From", "credit": "To"} if len(cls.sides) > 1 else {}
        return {name: (words.get(side, "Use"), states[side]) for side, name in cls.sides.items()}

    @classmethod
    def usable_states(cls) -> frozenset[str]:
        """The states in which the account of the field `account` can do its part."""
        return cls.offered_fields()["account"][1]

    # Reading what the numbers name.
    def _number_fields(self) -> list[str]:
        return list(self.sides.values())

    def _read(self) -> None:
        """Load the accounts the form names, check whose they are, and set the currency the amount is read in."""
        named = {name: self.cleaned_data[name] for name in self._number_fields() if self.cleaned_data.get(name)}
        self.held = accounts(named.values())
        for name, number in named.items():
            if number not in self.held or (name == "account" and not self._may_use(self.held[number])):
                self.add_error(name, "There is no account with this number. Compare it digit by digit.")
        own = self.held.get(named.get("account", ""))
        if own:
            self.fields["amount"].currency = own.currency  # type: ignore[attr-defined]

    def _may_use(self, account: DepositAccount) -> bool:
        return self.desk.at_counter or account.owner_id == self.desk.actor.user_id

    def clean_account(self) -> str:
        """The number; the account behind it is read once all numbers are there."""
        number: str = self.cleaned_data["account"]
        if self._number_fields() == ["account"]:
            self._read()
        return number

    def clean_conductor(self) -> str:
        """The id of the customer who acts for the owner, or ""."""
        text, picked = self.cleaned_data["conductor"], str(self.data.get("picked", ""))
        if not text:
            return ""
        self.conducting = person_meant(picked or text)
        known: Any = self.data.copy()  # type: ignore[attr-defined]  # what is sent on names exactly this person
        known["conductor"] = self.conducting.user_id
        self.data = known
        return self.conducting.user_id

    # What is asked.
    @property
    def house(self) -> str:
        """The house account on the other side, where the form names only one."""
        return self.desk.house

    @property
    def channel(self) -> str:
        """The channel of what is asked."""
        return self.desk.channel

    def details(self) -> str:
        """What the posting carries beside the money, packed."""
        return ""

    def ends(self) -> tuple[str, str]:
        """Debit and credit: account ids or the house account of the desk."""
        debit, credit = (
            self.cleaned_data[self.sides[side]] if side in self.sides else self.house for side in ("debit", "credit")
        )
        return debit, credit

    @property
    def own(self) -> DepositAccount:
        """The account of the field `account`, of a valid form."""
        return self.held[self.cleaned_data["account"]]

    def instruction(self) -> Instruction:
        """What a valid form asks of the ledger."""
        debit, credit = self.ends()
        data = self.cleaned_data
        return Instruction(
            type=self.kind,
            key=data["key"],
            amount=data["amount"],
            currency=self.own.currency,
            debit=debit,
            credit=credit,
            channel=self.channel,
            branch=self.desk.branch,
            actor=self.desk.actor,
            memo=data["memo"],
            conductor_id=data.get("conductor", ""),
            details=self.details(),
        )

    def plan(self, now: datetime) -> Plan:
        """What would be posted now, by the very functions that post it; raises Refused."""
        states = {key: item.state() for key, item in self.held.items()}
        plan = ledger.plan(self.instruction(), states, now, business_date(now))
        owners = users({item.owner_id or "" for item in self.held.values()})
        keep_within(plan, {key: limits_of(owner.kyc_status, now) for key, owner in owners.items()})
        return plan

    def refuse(self, refused: Refused) -> None:
        """Show the ledger's refusal at the field it speaks of."""
        named = self.sides.get(refused.field, refused.field)
        theirs = refused.code in ledger.STATUSES and not self.desk.at_counter and named != "account"
        said = "This account cannot take payments now." if theirs else refused.message
        self.add_error(named if named in self.fields else None, said)


class DepositForm(MovementForm):
    """Money comes in: cash at the counter, from outside the bank online."""

    kind = ledger.DEPOSIT
    sides: ClassVar[dict[str, str]] = {"credit": "account"}


class WithdrawForm(MovementForm):
    """Money goes out: cash at the counter, to outside the bank online."""

    kind = ledger.WITHDRAWAL
    sides: ClassVar[dict[str, str]] = {"debit": "account"}


class TransferForm(MovementForm):
    """Money goes from one account of the bank to another."""

    kind = ledger.TRANSFER
    sides: ClassVar[dict[str, str]] = {"debit": "account", "credit": "to"}

    account = AccountNumberField(label="From")
    memo = note_field("The other party reads it too.")
    to = AccountNumberField(
        label="To account number",
        help_text="16 digits. The recipient's masked name appears, so that you can compare it.",
    )
    field_order = ("account", "to", "amount", "memo", "conductor", "key")

    def clean_to(self) -> str:
        """The number; with both there, read what they name."""
        number: str = self.cleaned_data["to"]
        self._read()
        return number

    def offer(self, own: list[DepositAccount]) -> None:
        """Also suggest the customer's other accounts as recipients."""
        super().offer(own)
        self.fields["to"].widget.attrs["list"] = "own-accounts"
