"""The form that brings a payroll."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.forms.banking import account_select
from accounts.forms.fields import AccountNumberField
from accounts.ledger.planning import GIVES_MONEY
from accounts.models import DepositAccount
from accounts.payroll import MOST_BYTES, MOST_ROWS
from accounts.queries.deposits import account
from cloudbank.forms import IconField, layout


class PayrollForm(forms.Form):
    """A file and the account that pays it. `own`: the accounts a customer chooses from; None at the counter."""

    account = AccountNumberField(label="Pay from")
    file = forms.FileField(
        label="Payroll file",
        help_text=f"CSV, up to {MOST_ROWS:,} payees and {MOST_BYTES // 1024 // 1024} MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
        allow_empty_file=True,
    )
    again = forms.BooleanField(
        label="Pay this file again",
        required=False,
        help_text="Only when the very same file is meant as a new payroll, for example next month.",
    )

    def __init__(self, *args: Any, own: list[DepositAccount] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._own = own
        self.payer: DepositAccount | None = None
        if own is None:
            self.fields["account"].help_text = "16 digits, of a business customer."
        else:
            self.fields["account"].widget = account_select(own, GIVES_MONEY)
        self.helper = layout(IconField("account", "wallet2"), IconField("file", "upload"), "again")

    def clean_account(self) -> str:
        """The number; the account behind it is in `payer`."""
        number: str = self.cleaned_data["account"]
        allowed = None if self._own is None else {item.account_id for item in self._own}
        self.payer = account(number) if allowed is None or number in allowed else None
        if self.payer is None:
            raise ValidationError("There is no account with this number. Compare it digit by digit.")
        return number

    def clean_file(self) -> UploadedFile:
        """Of a size that is read at all."""
        file: UploadedFile = self.cleaned_data["file"]
        if (file.size or 0) > MOST_BYTES:
            raise ValidationError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
        return file
