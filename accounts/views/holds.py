"""Holds: placed on an account, captured, released."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from accounts.forms.servicing import CaptureForm, HoldForm, ReleaseForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.models import Hold
from accounts.models.holds import OPEN
from accounts.parameters import HOLD_DAYS
from accounts.queries.holds import hold as get_hold
from accounts.queries.people import users
from accounts.services.holds import capture_hold, place_hold, refuse_alone, release_hold
from accounts.views.access import account_or_404
from accounts.views.servicing import Fact, ServicingView, account_facts, said
from cloudbank import parameters
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.wording import day as day_in_words

MOST_HOLD_DAYS = 60


class PlaceHold(ServicingView):
    """`/accounts/<account_id>/holds/new`."""

    permission_required = "accounts.place_hold"
    heading, text = "Hold money", "Sets an amount aside at once: it stays on the account and cannot be spent."
    button, icon = "Hold this amount", "bookmark"

    def new_form(self, data: Any = None) -> forms.Form:
        """Fresh: the usual last day."""
        today = business_date(utcnow())
        days = parameters.snapshot(utcnow()).number(HOLD_DAYS.code)
        return HoldForm(
            data,
            initial={"last": today + timedelta(days=days)},
            currency=self.account.currency,
            available=self.account.state().available,
            today=today,
            latest=today + timedelta(days=MOST_HOLD_DAYS),
        )

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """Place it."""
        made = place_hold(
            account_id=self.account.account_id,
            amount=data["amount"],
            reason=data["reason"],
            told=data["told"],
            expires_on=data["last"],
            key=data["key"],
            actor=actor_of(self.request),
            now=now,
        )
        messages.success(self.request, f"{said(made.amount, made.currency)} held.")
        return redirect("account", account_id=self.account.account_id)


class _OnHold(ServicingView):
    """A form about one hold of an account the person may see."""

    permission_required = "accounts.place_hold"
    hold: Hold

    def find(self) -> None:
        """The hold and its account."""
        found = get_hold(self.kwargs["hold_id"])
        if found is None:
            raise Http404("no such hold")
        self.hold = found
        self.account = account_or_404(found.on_account, person(self.request))

    def facts(self) -> list[Fact]:
        """The hold above its account."""
        hold = self.hold
        by = users([hold.placed_by]).get(hold.placed_by)
        until = f"to the end of {day_in_words(datetime.fromisoformat(hold.expires_on).date())}"
        return [
            ("Held", said(hold.amount, hold.currency), until),
            ("For", hold.said, f"{hold.reason}, placed by {by.name if by else hold.placed_by}"),
            *account_facts(self.account)[:2],
        ]

    def more(self) -> dict[str, Any]:
        """Whether it is still open."""
        return {"over": "" if self.hold.state == OPEN else f"This hold is {self.hold.state} already."}


class CaptureHold(_OnHold):
    """`/holds/<hold_id>/capture`."""

    heading, text = "Capture a hold", "Takes the held money from the account, in full or in part. The rest is free."
    button, icon, danger = "Take", "cash-coin", True

    def new_form(self, data: Any = None) -> forms.Form:
        """Fresh: all of it."""
        return CaptureForm(data, initial={"amount": self.hold.amount}, currency=self.hold.currency)

    def read_back(self, form: forms.Form) -> HttpResponse:
        """From whom, what for, what is left."""
        amount, hold, account = form.cleaned_data["amount"], self.hold, self.account
        if amount > hold.amount:
            raise Refused("amount", f"Only {said(hold.amount, hold.currency)} is held.", "amount")
        refuse_alone(hold, amount, actor_of(self.request), utcnow())
        rest = hold.amount - amount
        facts = [
            *account_facts(account)[:2],
            ("On the statement", hold.said, ""),
            ("Set free", said(rest, hold.currency) if rest else "", "what is not taken"),
            (
                "New balance",
                said(account.balance - amount, hold.currency),
                f"{said(account.balance, hold.currency)} now",
            ),
        ]
        return self.readback_page(form, "Capture a hold", amount, facts)

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """Take it."""
        actor = actor_of(self.request)
        receipt = capture_hold(hold_id=self.hold.transaction_id, amount=data["amount"], actor=actor, now=now)
        return redirect("receipt", movement_id=receipt.movement_id)


class ReleaseHold(_OnHold):
    """`/holds/<hold_id>/release`."""

    heading, text = "Release a hold", "Sets the money free at once; nothing is taken."
    button, icon = "Release the hold", "unlock"

    def new_form(self, data: Any = None) -> forms.Form:
        """The reason."""
        return ReleaseForm(data)

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """Release it."""
        actor = actor_of(self.request)
        release_hold(hold_id=self.hold.transaction_id, reason=data["reason"], actor=actor, now=now)
        messages.success(self.request, "The hold is released.")
        return redirect("account", account_id=self.account.account_id)
