"""A customer's loans, and asking for one: the form with its live instalment, the read-back, the request."""

from dataclasses import fields
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.loans import ApplyForm, QuoteForm
from accounts.http import actor_of, person
from accounts.ledger import ACTIVE, Refused
from accounts.loans.products import PRODUCTS
from accounts.loans.schedule import Summary, schedule, summary
from accounts.loans.servicing import as_of
from accounts.loans.state import APPLIED, APPROVED, LIVE, Terms
from accounts.models import User
from accounts.models.loans import Loan
from accounts.queries.deposits import accounts_of
from accounts.queries.loans import loans_of
from accounts.services.loans.applications import Application, apply_for_loan, bounds_of, quote, rate_of
from accounts.services.loans.fees import late_fee
from accounts.services.posting import Busy
from accounts.views.access import AnyPermissionMixin
from accounts.views.overview import customer
from cloudbank.approvals import NotAllowed
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from cloudbank.wording import day

VIEW = ("accounts.view_own_loan", "accounts.view_any_loan")
APPLY = "accounts.apply_for_loan"
CURRENCY: str = settings.BANK_CURRENCY


def percent(rate: int) -> str:
    """Basis points as people read them: "6.50 %"."""
    return f"{rate / 100:.2f} %"


def late_fee_in_words(currency: str) -> tuple[str, str]:
    """The late fee in force today and when it is charged; ("", "") when there is none."""
    amount, grace = late_fee(currency, business_date(utcnow()))
    if not amount:
        return "", ""
    return f"{format_amount(amount, currency)} {currency}", f"for an instalment unpaid {grace} days after its due date"


def title_of(loan: Loan) -> str:
    """ "Personal loan"."""
    return PRODUCTS[loan.offer].label if loan.offer in PRODUCTS else "Loan"


def card_of(loan: Loan) -> dict[str, Any]:
    """What a loan's card shows."""
    today = business_date(utcnow())
    state = as_of(loan.loan(), today)
    upcoming = state.next_parts() if state.next_due else (0, 0)
    return {
        "item": loan,
        "state": state,
        "title": title_of(loan),
        "icon": PRODUCTS[loan.offer].icon if loan.offer in PRODUCTS else "bank2",
        "late": state.days_past_due(today),
        "next_amount": sum(upcoming),
        "rate": percent(state.terms.rate),
        "share": round(100 * state.repaid / (state.disbursed + state.capitalised)) if state.disbursed else 0,
    }


class Loans(AnyPermissionMixin, View):
    """`/loans`: a customer's own; staff are led to the book."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """The loans, what is due first."""
        if request.user.has_perm("accounts.view_any_loan"):
            return redirect("loan_book")
        cards = [card_of(item) for item in loans_of(person(request).user_id)]
        known = {
            "running": [card for card in cards if card["item"].stage in LIVE],
            "asked": [card for card in cards if card["item"].stage in (APPLIED, APPROVED)],
            "past": [card for card in cards if card["item"].stage not in (*LIVE, APPLIED, APPROVED)],
            "products": [
                (product, percent(rate_of(product, utcnow())), *bounds_of(product, settings.BANK_CURRENCY, utcnow()))
                for product in PRODUCTS.values()
            ],
            "currency": settings.BANK_CURRENCY,
        }
        return render(request, "accounts/loans.html", known)


def offered(form: QuoteForm) -> tuple[Terms, Summary] | None:
    """What the bank offers for a valid form, None (with an error at its field) when it does not."""
    data = form.cleaned_data
    try:
        terms = quote(data["offer"], data["amount"], data["instalments"], settings.BANK_CURRENCY, utcnow())
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return None
    rows = schedule(terms.principal, terms.rate, terms.instalments, Terms(1, 0, 1, business_date(utcnow())).due(1))
    return terms, summary(rows)


class Quote(AnyPermissionMixin, View):
    """The monthly instalment of what stands in the form, as a fragment."""

    permission_required = APPLY

    def get(self, request: HttpRequest) -> HttpResponse:
        """The figures, or what is missing for them."""
        form = QuoteForm(request.GET)
        found = offered(form) if form.is_valid() else None
        asked = bool(request.GET.get("amount", "").strip())
        errors = [message for name in form.errors for message in form.errors[name]] if asked else []
        return render(request, "accounts/_loan_quote.html", quote_context(found) | {"errors": errors})


def quote_context(found: tuple[Terms, Summary] | None) -> dict[str, Any]:
    """What the fragment shows."""
    if found is None:
        return {"said": None}
    terms, said = found
    return {"terms": terms, "said": said, "rate": percent(terms.rate), "currency": settings.BANK_CURRENCY}


class Apply(AnyPermissionMixin, View):
    """`/loans/apply`: form, read-back, request. At the counter for the customer named by `?customer=`."""

    permission_required = APPLY

    def owner(self, request: HttpRequest) -> User | None:
        """Whose loan it will be."""
        if not request.user.has_perm("accounts.view_any_loan"):
            return person(request)
        return customer(request.POST.get("customer", "") or request.GET.get("customer", ""))

    def get(self, request: HttpRequest) -> HttpResponse:
        """A fresh form; `?offer=` chooses what for."""
        owner = self.owner(request)
        if owner is None:
            messages.info(request, "Find the customer first; their page leads to a loan.")
            return redirect("people" if request.user.has_perm("accounts.view_staff") else "accounts")
        chosen = request.GET.get("offer", "personal")
        form = ApplyForm(initial={"offer": chosen, "instalments": 36}, offer_accounts=open_accounts(owner))
        return self.page(form, owner)

    def post(self, request: HttpRequest) -> HttpResponse:
        """On to the read-back, or ask for it."""
        owner = self.owner(request)
        if owner is None:
            return redirect("accounts")
        form = ApplyForm(request.POST, offer_accounts=open_accounts(owner))
        found = offered(form) if form.is_valid() else None
        if found is None or "change" in request.POST:
            return self.page(form, owner, UNPROCESSABLE if form.errors else 200)
        if "confirm" not in request.POST:
            return self.read_back(form, owner, *found)
        try:
            loan = self.ask(form, owner)
        except (Refused, NotAllowed, Busy) as refused:
            name = getattr(refused, "field", "")
            form.add_error(name if name in form.fields else None, str(refused))
            return self.page(form, owner, UNPROCESSABLE)
        messages.success(request, "Your application is with the bank. You see here as soon as it is decided.")
        return redirect("loan", loan_id=loan.loan_id)

    def ask(self, form: ApplyForm, owner: User) -> Loan:
        """The one domain call."""
        data = form.cleaned_data
        application = Application(**{one.name: data[one.name] for one in fields(Application)})
        who: dict[str, Any] = {"actor": actor_of(self.request), "name": person(self.request).name}
        return apply_for_loan(owner=owner, application=application, key=data["key"], now=utcnow(), **who)

    def read_back(self, form: ApplyForm, owner: User, terms: Terms, said: Summary) -> HttpResponse:
        """Everything once more, with what it costs."""
        unit, data = settings.BANK_CURRENCY, form.cleaned_data
        account = dict(form.fields["pays_to"].choices)[data["pays_to"]]  # type: ignore[attr-defined]
        facts = [
            ("Loan", PRODUCTS[data["offer"]].label, data["purpose"]),
            ("Rate", percent(terms.rate), "fixed, a year"),
            ("Each month", f"{format_amount(said.instalment, unit)} {unit}", f"{said.count} instalments"),
            ("First instalment", day(said.first_due), "if it is paid out today; one month after that"),
            ("Interest in all", f"{format_amount(said.interest, unit)} {unit}", ""),
            ("To be repaid in all", f"{format_amount(said.total, unit)} {unit}", ""),
            ("Late fee", *late_fee_in_words(unit)),
            ("Paid out to", account, "instalments are taken from there" if data["collects"] else "you pay yourself"),
        ]
        known = {
            "form": form,
            "facts": [fact for fact in facts if fact[1]],
            "minor": terms.principal,
            "currency": unit,
            "owner": owner,
        }
        known |= {"for_others": owner.user_id != person(self.request).user_id}
        return render(self.request, "accounts/loan_confirm.html", known)

    def page(self, form: ApplyForm, owner: User, status: int = 200) -> HttpResponse:
        """The form with the quote beside it."""
        found = None
        if form.is_bound and not form.errors:
            found = offered(form)
        known = {
            "form": form,
            "owner": owner,
            "for_others": owner.user_id != person(self.request).user_id,
            "has_account": bool(form.fields["pays_to"].choices),  # type: ignore[attr-defined]
            "offers": [(radio, PRODUCTS[str(radio.data["value"])]) for radio in form["offer"]],
            "rates": {code: percent(rate_of(product, utcnow())) for code, product in PRODUCTS.items()},
            "back_url": reverse("loans"),
        }
        return render(self.request, "accounts/loan_apply.html", known | quote_context(found), status=status)


def open_accounts(owner: User) -> list[Any]:
    """The accounts a loan may be paid out to: the form's amounts are in the bank's currency, so theirs are."""
    return [item for item in accounts_of(owner.user_id) if (item.status, item.currency) == (ACTIVE, CURRENCY)]
