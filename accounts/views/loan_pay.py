"""Paying a loan: what is due, all of it or another amount; read back with what it pays, then posted once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.forms.loans import PayForm
from accounts.http import actor_of, person
from accounts.ledger import CASH
from accounts.loans.servicing import allocate, as_of
from accounts.queries.ledger import movement_lines
from accounts.readback import amount_in_words
from accounts.services.loans.till import Payment, asked_before, hand_in, rule_over
from accounts.views.access import AnyPermissionMixin
from accounts.views.loan_actions import POST_ANY, POST_OWN, PROBLEMS, loan_of, sources_for
from accounts.views.loan_readback import label_of
from accounts.views.movements import REASON_LENGTH, cash_warning
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount

FIELDS = {"insufficient_funds": "source"}
"""Refusals that another account would mend, whatever field the ledger names."""


class PayLoan(AnyPermissionMixin, View):
    """`/loans/<loan_id>/pay`: what is due, all of it or another amount; read back; posted once."""

    permission_required = (POST_OWN, POST_ANY)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the loan; only its borrower and the counter pay it."""
        if self.has_permission():
            self.loan = loan_of(request, kwargs["loan_id"])
            self.today = business_date(utcnow())
            self.state = as_of(self.loan.loan(), self.today)
            self.at_counter = request.user.has_perm(POST_ANY)
        return super().dispatch(request, *args, **kwargs)

    def form(self, data: Any = None, **initial: Any) -> PayForm:
        """The form over the loan as it is now."""
        sources = sources_for(self.loan, self.request)
        payoff = self.state.payoff(self.today) if self.state.is_live else 0
        due = self.state.due_now if self.state.not_due else 0  # when all of it is due, it is paid off
        unit = self.loan.currency
        return PayForm(data, unit=unit, sources=sources, due=due, payoff=payoff, initial=initial)

    def get(self, request: HttpRequest, loan_id: str) -> HttpResponse:
        """A fresh form; `?what=payoff` chooses."""
        if not self.state.is_live:
            messages.info(request, "Nothing is to be paid on this loan.")
            return redirect("loan", loan_id=self.loan.loan_id)
        form = self.form()
        what = request.GET.get("what", "")
        if what in dict(form.fields["what"].choices):  # type: ignore[attr-defined]
            form.fields["what"].initial = what
        return self.page(form)

    def post(self, request: HttpRequest, loan_id: str) -> HttpResponse:
        """Read back, or post."""
        form = self.form(request.POST)
        if not form.is_valid() or "change" in request.POST:
            return self.page(form, UNPROCESSABLE if form.errors else 200)
        try:
            seen = request.POST.get("seen") == str(form.cleaned_data["minor"])  # what was read back is what is paid
            return self.execute(form) if "confirm" in request.POST and seen else self.read_back(form)
        except PROBLEMS as refused:
            name = FIELDS.get(getattr(refused, "code", ""), getattr(refused, "field", ""))
            form.add_error(name if name in form.fields else None, str(refused))
            return self.page(form, UNPROCESSABLE)

    def payment(self, form: PayForm) -> Payment:
        """What the form asks for."""
        return Payment(
            loan_id=self.loan.loan_id,
            amount=form.cleaned_data["minor"],
            source=form.cleaned_data["source"],
            key=form.cleaned_data["key"],
            channel="branch" if self.at_counter else "online",
            branch=person(self.request).branch if self.at_counter else "",
        )

    def execute(self, form: PayForm) -> HttpResponse:
        """Post it or ask for it; the same key always leads to the same receipt or request."""
        actor, name = actor_of(self.request), person(self.request).name
        reason = self.request.POST.get("reason", "").strip()[:REASON_LENGTH]
        try:
            receipt = hand_in(payment=self.payment(form), reason=reason, actor=actor, name=name, now=utcnow())
        except NotAllowed as refused:
            if refused.field != "reason":
                raise
            return self.read_back(form, UNPROCESSABLE)
        if isinstance(receipt, Approval):
            return redirect("approval", approval_id=receipt.approval_id)
        if receipt.replayed:
            messages.info(self.request, "This was posted before; nothing was posted twice.")
        return redirect("receipt", movement_id=receipt.movement_id)

    def read_back(self, form: PayForm, status: int = 200) -> HttpResponse:
        """What the payment pays, in the order in which it does; over the teller's limit, that it must be approved."""
        minor, unit = form.cleaned_data["minor"], self.loan.currency
        payment, now = self.payment(form), utcnow()
        if movement_lines(payment.movement_id(actor_of(self.request).user_id)):
            return self.execute(form)  # who went back in the browser gets the receipt
        payment.refuse_uncovered(self.loan, actor_of(self.request), now)
        rule = rule_over(payment, unit, now)
        if rule and (before := asked_before(payment, actor_of(self.request))):
            return redirect("approval", approval_id=before.approval_id)
        known = {
            "form": form,
            "loan": self.loan,
            "facts": self.facts(form),
            "minor": minor,
            "currency": unit,
            "amount_in_words": amount_in_words(minor, unit),
            "warning": cash_warning(minor, unit) if payment.source == CASH else "",
            "rule": rule,
            "limit": rule.most(unit, now) if rule else None,
            "lacks_reason": status != 200,
        }
        return render(self.request, "accounts/loan_pay_confirm.html", known, status=status)

    def facts(self, form: PayForm) -> list[tuple[str, str, str]]:
        """From where, to which loan, and what of it pays what."""
        minor, unit = form.cleaned_data["minor"], self.loan.currency
        split = allocate(self.state, minor, self.today)
        parts = [
            ("Fees", split.fees, ""),
            ("Interest", split.all_interest, "to today" if split.accrued else ""),
            ("Principal due", split.principal_due, ""),
            ("Principal ahead of time", split.principal_ahead, "shortens the loan"),
        ]
        source = dict(form.fields["source"].choices)[form.cleaned_data["source"]]  # type: ignore[attr-defined]
        facts = [("From", source, ""), ("To", label_of(self.loan), "")]
        facts += [(name, f"{format_amount(part, unit)} {unit}", note) for name, part, note in parts if part]
        after = self.state.principal - split.principal
        facts.append(
            ("Principal afterwards", f"{format_amount(after, unit)} {unit}", "" if after else "the loan is repaid")
        )
        return facts

    def page(self, form: PayForm, status: int = 200) -> HttpResponse:
        """The form."""
        known = {"form": form, "loan": self.loan, "state": self.state, "has_source": bool(form.sources)}
        return render(self.request, "accounts/loan_pay.html", known, status=status)
