"""Charging a fee of the schedule on an account."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.fee_schedule import schedule
from accounts.forms.servicing import FeeForm
from accounts.http import actor_of
from accounts.services.fees import charge_fee, fee_instruction
from accounts.views.servicing import ServicingView, account_facts, said
from cloudbank.clock import utcnow


class ChargeFee(ServicingView):
    """`/accounts/<account_id>/fees/new`."""

    permission_required = "accounts.charge_fee"
    heading, text = (
        "Charge a fee",
        "A fee of the schedule; it never overdraws. To waive one, reverse it on its receipt.",
    )
    button, icon, danger = "Charge", "tag", True

    def new_form(self, data: Any = None) -> forms.Form:
        """The schedule in force."""
        return FeeForm(data, fees=schedule(self.account.currency, utcnow()), currency=self.account.currency)

    def read_back(self, form: forms.Form) -> HttpResponse:
        """The fee as it will stand on the statement."""
        asked = fee_instruction(**self._asked(form.cleaned_data, utcnow()))
        after = self.account.balance - asked.amount
        facts = [
            *account_facts(self.account)[:2],
            ("On the statement", asked.memo, "the customer reads it"),
            ("Why", form.cleaned_data["reason"], "kept inside the bank"),
            ("New balance", said(after, asked.currency), f"{said(self.account.balance, asked.currency)} now"),
        ]
        return self.readback_page(form, "Charge a fee", asked.amount, facts)

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """Charge it."""
        receipt = charge_fee(**self._asked(data, now))
        return redirect("receipt", movement_id=receipt.movement_id)

    def _asked(self, data: dict[str, Any], now: datetime) -> dict[str, Any]:
        said_so = {name: data[name] for name in ("fee", "reason", "key")}
        return said_so | {"account_id": self.account.account_id, "actor": actor_of(self.request), "now": now}
