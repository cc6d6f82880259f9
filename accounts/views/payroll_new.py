"""Bring a payroll file: judged at once, kept, then read back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.forms.payroll import PayrollForm
from accounts.http import actor_of, person
from accounts.ledger import CLOSED
from accounts.models import DepositAccount
from accounts.models.payroll import CHECKED
from accounts.payroll import NotAPayroll
from accounts.queries.deposits import accounts_of
from accounts.queries.people import user
from accounts.services.look_ups import count_look_up
from accounts.services.payroll import Payer, check, receive
from accounts.views.payroll import ANY, CANNOT, OWN, PayrollRoom
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE


class NewPayroll(PayrollRoom, View):
    """Bring a file; it is judged at once."""

    permission_required = (OWN, ANY)

    def own(self) -> list[DepositAccount] | None:
        """The accounts a customer chooses from; None at the counter."""
        if self.request.user.has_perm(ANY):
            return None
        return [item for item in accounts_of(person(self.request).user_id) if item.status != CLOSED]

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form."""
        return self.page(PayrollForm(own=self.own()))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Judge, keep; then on to the read-back."""
        form = PayrollForm(request.POST, request.FILES, own=self.own())
        if not form.is_valid() or form.payer is None:
            return self.page(form, UNPROCESSABLE)
        file = form.cleaned_data["file"]
        actor = actor_of(request)
        try:
            count_look_up(actor=actor, now=utcnow())
            checked = check(file.read(), self.payer(form.payer), now=utcnow())
            if checked.guesses:  # counted before a word of it is told
                count_look_up(actor=actor, now=utcnow(), numbers=checked.guesses)
            item, known = receive(checked, file_name=file.name, again=form.cleaned_data["again"], now=utcnow())
        except NotAPayroll as error:
            form.add_error("file", str(error))
        except CANNOT as error:
            form.add_error(None, str(error))
        else:
            if known and item.state != CHECKED:
                messages.info(request, "This file was paid before: this is that payroll. Nothing was paid again.")
            return redirect("payroll", payroll_id=item.payroll_id)
        return self.page(form, UNPROCESSABLE)

    def payer(self, paying: DepositAccount) -> Payer:
        """Who pays. Raises NotAPayroll for an account that has no owner."""
        owner = user(paying.owner_id or "")
        if owner is None:
            raise NotAPayroll("The account has no owner.")
        at_counter = self.request.user.has_perm(ANY)
        return Payer(paying, owner, actor_of(self.request), "branch" if at_counter else "online")

    def page(self, form: PayrollForm, status: int = 200) -> HttpResponse:
        """The form."""
        return render(self.request, "accounts/payroll_new.html", {"form": form}, status=status)
