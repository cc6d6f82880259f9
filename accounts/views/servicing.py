"""What staff do with an account beside moving its owner's money: holds, fees, reversals."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.fee_schedule import schedule
from accounts.forms.banking import label
from accounts.forms.servicing import CaptureForm, FeeForm, HoldForm, ReleaseForm, ReversalForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.models import DepositAccount, Hold
from accounts.models.holds import OPEN
from accounts.parameters import HOLD_DAYS
from accounts.queries.holds import hold as get_hold
from accounts.queries.people import users
from accounts.queries.visible import visible_movement
from accounts.readback import amount_in_words
from accounts.services.fees import charge_fee, fee_instruction
from accounts.services.holds import capture_hold, place_hold, release_hold
from accounts.services.posting import Busy, NotKnownYet
from accounts.services.reversing import ask_reversal, pending_reversal
from accounts.views.access import account_or_404
from accounts.views.receipts import ReceiptFacts
from cloudbank import parameters
from cloudbank.approvals import NotAllowed
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from cloudbank.wording import day as day_in_words
from cloudbank.wording import grouped

Fact = tuple[str, str, str]
MOST_HOLD_DAYS = 60
REFUSALS = (Refused, Busy, NotKnownYet, NotAllowed)


def said(minor: int, currency: str) -> str:
    """ "1,234.50 USD"."""
    return f"{format_amount(minor, currency)} {currency}"


def account_facts(account: DepositAccount) -> list[Fact]:
    """Which account, whose, and what is on it."""
    owner = users([account.owner_id or ""]).get(account.owner_id or "")
    held = f"{said(account.held, account.currency)} held" if account.held else ""
    return [
        ("Account", grouped(account.account_id), label(account)),
        ("Owner", owner.name if owner else "unknown", owner.email if owner else ""),
        ("Balance", said(account.balance, account.currency), held),
        ("Available", said(account.state().available, account.currency), ""),
    ]


class ServicingView(PermissionRequiredMixin, View):
    """One form about an account. Subclasses say what it is about, its words, and what it does."""

    heading: ClassVar[str]
    text: ClassVar[str]
    button: ClassVar[str]
    icon: ClassVar[str]
    danger: ClassVar[bool] = False
    account: DepositAccount

    # What a subclass overrides.
    def find(self) -> None:
        """Set `account` and what else it is about; Http404 when it is not there for this person."""
        self.account = account_or_404(self.kwargs["account_id"], person(self.request))

    def new_form(self, data: Any = None) -> forms.Form:
        """The form, bound to `data` if any."""
        raise NotImplementedError

    def facts(self) -> list[Fact]:
        """What stands above the form."""
        return account_facts(self.account)

    def do(self, data: dict[str, Any], now: datetime) -> HttpResponse:
        """The one domain call, and where it leads."""
        raise NotImplementedError

    def read_back(self, form: forms.Form) -> HttpResponse | None:
        """What is read once more before money moves; None when nothing moves."""
        return None

    # The request.
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find what it is about before anything is answered."""
        if self.has_permission():
            self.find()
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form."""
        return self.page(self.new_form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Do it, after the read-back where there is one."""
        form = self.new_form(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            shown = None if "confirm" in request.POST else self.read_back(form)
            return shown or self.do(form.cleaned_data, utcnow())
        except REFUSALS as refused:
            named = getattr(refused, "field", "")
            form.add_error(named if named in form.fields else None, str(refused))
            return self.page(form, UNPROCESSABLE)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page with its form."""
        known = {
            "form": form,
            "words": self,
            "facts": self.facts(),
            "back_url": self.back_url(),
            "account_label": label(self.account),
            "account": self.account,
        }
        return render(self.request, "accounts/servicing.html", known | self.more(), status=status)

    def back_url(self) -> str:
        """Where Cancel leads."""
        return reverse("account", args=[self.account.account_id])

    def more(self) -> dict[str, Any]:
        """More context."""
        return {}

    def readback_page(self, form: forms.Form, title: str, minor: int, facts: list[Fact]) -> HttpResponse:
        """The house's read-back."""
        currency = self.account.currency
        known = {
            "title": title,
            "minor": minor,
            "currency": currency,
            "words": amount_in_words(minor, currency),
            "facts": [row for row in facts if row[1]],
            "form": form,
            "action": self.request.path,
            "back_url": self.request.path,
            "confirm": f"{self.button} {said(minor, currency)}",
            "danger": self.danger,
        }
        return render(self.request, "accounts/servicing_readback.html", known)


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
            ("For", hold.reason, f"placed by {by.name if by else hold.placed_by}"),
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
        rest = hold.amount - amount
        facts = [
            *account_facts(account)[:2],
            ("For", hold.reason, ""),
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
        return FeeForm(data, fees=schedule(utcnow()), currency=self.account.currency)

    def read_back(self, form: forms.Form) -> HttpResponse:
        """The fee as it will stand on the statement."""
        asked = fee_instruction(**self._asked(form.cleaned_data, utcnow()))
        after = self.account.balance - asked.amount
        facts = [
            *account_facts(self.account)[:2],
            ("On the statement", asked.memo, ""),
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
        self.account = account_or_404(lines[0].account_id or "", viewer)

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
