"""Asking for a movement to be taken back."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.forms.servicing import ReversalForm
from accounts.http import actor_of, person
from accounts.queries.loans import visible_loan
from accounts.queries.visible import visible_movement
from accounts.services.reversing import ask_reversal, pending_reversal
from accounts.views.access import account_or_404
from accounts.views.receipts import ReceiptFacts
from accounts.views.servicing import Fact, ServicingView, said
from cloudbank.clock import from_iso, utcnow
from cloudbank.wording import day as day_in_words


class AskReversal(ServicingView):
    """`/receipts/<movement_id>/reverse`."""

    permission_required = "accounts.reverse_movement"
    heading, text = "Ask to reverse this movement", "A new movement takes it back once another person has approved."
    button, icon = "Ask for the reversal", "arrow-counterclockwise"

    def find(self) -> None:
        """The movement."""
        viewer = person(self.request)
        lines = visible_movement(self.kwargs["movement_id"], viewer)
        if not lines:
            raise Http404("no such movement")
        self.receipt = ReceiptFacts(lines, viewer)
        number = lines[0].account_id or ""
        self.account = visible_loan(number, viewer) or account_or_404(number, viewer)

    def new_form(self, data: Any = None) -> forms.Form:
        """The reason."""
        return ReversalForm(data)

    def facts(self) -> list[Fact]:
        """The movement, read back."""
        first = self.receipt.first
        posted = ("Posted", day_in_words(from_iso(first.posted_at).date()), first.movement_id)
        return [("Amount", said(abs(first.amount), first.currency), ""), *self.receipt.rows()[:4], posted]

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """Ask."""
        asked = ask_reversal(
            movement_id=self.kwargs["movement_id"],
            reason=data["reason"],
            told=data["told"],
            key=data["key"],
            actor=actor_of(self.request),
            name=person(self.request).name,
            now=now,
        )
        messages.success(self.request, "Asked. Nothing moves until another person approves.")
        return redirect("approval", approval_id=asked.approval_id)

    def back_url(self) -> str:
        """The receipt."""
        return reverse("receipt", args=[self.kwargs["movement_id"]])

    def more(self) -> dict[str, Any]:
        """Whether somebody has asked already."""
        return {"pending": pending_reversal(self.kwargs["movement_id"], utcnow())}
