"""What is done to a loan: paying, paying out, taking back, and the bank's remedies. Read, give the reason, done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import option
from accounts.forms.loans import AccountForm, ChargeOffForm, ConfirmForm, FeeForm, RecoverForm, RestructureForm
from accounts.http import actor_of, person
from accounts.ledger import ACTIVE, CASH, Refused
from accounts.loans.state import ACTIVE as RUNNING
from accounts.loans.state import APPLIED, APPROVED, CHARGED_OFF, NON_ACCRUAL
from accounts.models.loans import Loan
from accounts.queries.deposits import accounts_of
from accounts.queries.loans import visible_loan
from accounts.readback import amount_in_words
from accounts.services.loans.applications import disburse_loan, withdraw_loan
from accounts.services.loans.collecting import change_loan_account
from accounts.services.loans.fees import charge_loan_fee
from accounts.services.loans.remedies import ask_charge_off, ask_restructure
from accounts.services.loans.till import Payment, hand_in
from accounts.services.posting import Busy, NotKnownYet, Receipt
from accounts.views.access import AnyPermissionMixin
from accounts.views.loan_readback import Fact, fee_facts, label_of, label_of_account, money, recovery_facts
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE

POST_OWN, POST_ANY = "accounts.post_own_movement", "accounts.post_any_movement"
PROBLEMS = (Refused, NotAllowed, Busy, NotKnownYet)


@dataclass(frozen=True)
class LoanAction:
    """Something that may be done to a loan: in which stages, by whom, in which words."""

    code: str
    label: str
    icon: str
    permission: str
    stages: tuple[str, ...]
    form: type[forms.Form]
    run: Callable[[HttpRequest, Loan, dict[str, Any]], object]
    text: str
    done: str
    danger: bool = False
    own: str = ""
    """Permission with which the borrower does it to their own loan."""
    read_back: Callable[[Loan, forms.Form], list[Fact]] | None = None
    """What is read once more before money moves; its form has an `amount`, and it leads to the receipt."""


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor_of(request), "name": person(request).name, "now": utcnow()}


def _channel(request: HttpRequest) -> str:
    return "branch" if request.user.has_perm("accounts.view_any_loan") else "online"


def _disburse(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    return disburse_loan(loan_id=loan.loan_id, actor=actor_of(request), channel=_channel(request), now=utcnow())


def _withdraw(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    return withdraw_loan(loan_id=loan.loan_id, **_who(request))


def _restructure(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    return ask_restructure(
        loan_id=loan.loan_id,
        rate=int(data["rate"] * 100),
        instalments=data["instalments"],
        capitalise=data["capitalise"],
        reason=data["reason"],
        key=data["key"],
        **_who(request),
    )


def _charge_off(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    return ask_charge_off(
        loan_id=loan.loan_id, ground=data["ground"], reason=data["reason"], key=data["key"], **_who(request)
    )


def _fee(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    return charge_loan_fee(
        loan_id=loan.loan_id,
        amount=data["amount"],
        reason=data["reason"],
        told=data["told"],
        key=data["key"],
        actor=actor_of(request),
        now=utcnow(),
    )


def _account(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    chosen = {"pays_to": data["source"], "collects": data["collects"]}
    return change_loan_account(loan_id=loan.loan_id, **chosen, actor=actor_of(request), now=utcnow())


def _recover(request: HttpRequest, loan: Loan, data: dict[str, Any]) -> object:
    asked = {name: data[name] for name in ("amount", "source", "key")}
    payment = Payment(loan_id=loan.loan_id, channel=_channel(request), branch=person(request).branch, **asked)
    return hand_in(payment=payment, reason=data["reason"], **_who(request))


WORK, DISBURSE = "accounts.work_loan", "accounts.disburse_loan"
ACTIONS = {
    action.code: action
    for action in (
        LoanAction(
            "disburse", "Pay out", "cash-coin", DISBURSE, (APPROVED,), ConfirmForm, _disburse,
            "The whole amount goes to the account below at once; the first instalment is due one month later.",
            "The loan is paid out.", own="accounts.apply_for_loan",
        ),
        LoanAction(
            "withdraw", "Withdraw", "x-circle", "accounts.decide_loan", (APPLIED, APPROVED), ConfirmForm, _withdraw,
            "The application ends here. A new one can be made at any time.",
            "The application is withdrawn.", danger=True, own="accounts.apply_for_loan",
        ),
        LoanAction(
            "account", "Change account", "wallet2", DISBURSE, (APPROVED, RUNNING, NON_ACCRUAL), AccountForm, _account,
            "The account that the loan is paid out to and its instalments are taken from, one of the borrower's own.",
            "The loan's account is changed.", own="accounts.apply_for_loan",
        ),
        LoanAction(
            "fee", "Charge a fee", "tag", WORK, (RUNNING, NON_ACCRUAL), FeeForm, _fee,
            "The borrower owes it from now on; the next repayment pays it first.",
            "The fee is charged.", read_back=fee_facts,
        ),
        LoanAction(
            "restructure", "New terms", "calendar-check", WORK, (RUNNING, NON_ACCRUAL), RestructureForm, _restructure,
            "New instalments from what is outstanding. Another person approves; the arrears stay on record.",
            "Asked for. Another person decides.",
        ),
        LoanAction(
            "charge-off", "Charge off", "x-octagon", WORK, (RUNNING, NON_ACCRUAL), ChargeOffForm, _charge_off,
            "The loan leaves the books at a loss; what the borrower owes stays owed. Another person approves.",
            "Asked for. Another person decides.", danger=True,
        ),
        LoanAction(
            "recover", "Record a recovery", "arrow-counterclockwise", DISBURSE, (CHARGED_OFF,), RecoverForm, _recover,
            "Money for a loan that was charged off: from one of the borrower's accounts, or in cash at the till.",
            "The recovery is posted.", read_back=recovery_facts,
        ),
    )
}  # fmt: skip


def may(action: LoanAction, loan: Loan, request: HttpRequest) -> bool:
    """Whether this person may do this to the loan as it is."""
    own = bool(action.own) and loan.owner_id == person(request).user_id and request.user.has_perm(action.own)
    return loan.stage in action.stages and (own or request.user.has_perm(action.permission))


def actions_for(loan: Loan, request: HttpRequest) -> list[tuple[LoanAction, str]]:
    """What this person may do to the loan now, with its address."""
    return [
        (action, reverse("loan_action", args=[loan.loan_id, action.code]))
        for action in ACTIONS.values()
        if may(action, loan, request)
    ]


def sources_for(loan: Loan, request: HttpRequest) -> list[tuple[str, str]]:
    """What the loan may be paid from: the till at the counter, its own account, the borrower's other open ones."""
    usable = [one for one in accounts_of(loan.owner_id or "") if (one.status, one.currency) == (ACTIVE, loan.currency)]
    sources = [option(one) for one in sorted(usable, key=lambda one: one.account_id != loan.pays_to)]
    return [(CASH, "Cash at the counter"), *sources] if request.user.has_perm(POST_ANY) else sources


def loan_of(request: HttpRequest, loan_id: str) -> Loan:
    """The loan, or 404 as if it were not there."""
    found = visible_loan(loan_id, person(request))
    if found is None:
        raise Http404("no such loan")
    return found


class DoToLoan(AnyPermissionMixin, View):
    """`/loans/<loan_id>/<deed>`: what it means, its form, done."""

    def get_permission_required(self) -> tuple[str, ...]:
        """The permissions of the action the address names."""
        action = ACTIONS.get(self.kwargs["deed"])
        if action is None:
            raise Http404("no such action")
        return tuple(one for one in (action.permission, action.own) if one)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the loan; an action that is over leads back to it."""
        if self.has_permission():
            self.action, self.loan = ACTIONS[kwargs["deed"]], loan_of(request, kwargs["loan_id"])
            if not may(self.action, self.loan, request):
                messages.info(request, "This cannot be done to the loan any more.")
                return redirect("loan", loan_id=self.loan.loan_id)
        return super().dispatch(request, *args, **kwargs)

    def form(self, data: Any = None) -> forms.Form:
        """The action's form."""
        more: dict[str, Any] = {"loan": self.loan}
        if self.action.form in (RecoverForm, AccountForm):
            more["sources"] = sources_for(self.loan, self.request)
        return self.action.form(data, **more)

    def get(self, request: HttpRequest, loan_id: str, deed: str) -> HttpResponse:
        """What it means, and its fields."""
        return self.page(self.form())

    def post(self, request: HttpRequest, loan_id: str, deed: str) -> HttpResponse:
        """Do it."""
        form = self.form(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            if self.action.read_back and "confirm" not in request.POST:
                return self.read_back(form, self.action.read_back(self.loan, form))
            done = self.action.run(request, self.loan, form.cleaned_data)
        except PROBLEMS as refused:
            name = getattr(refused, "field", "")
            form.add_error(name if name in form.fields else None, str(refused))
            return self.page(form, UNPROCESSABLE)
        if isinstance(done, Approval) and self.action.read_back:
            return redirect("approval", approval_id=done.approval_id)
        messages.success(request, self.action.done)
        if self.action.read_back and isinstance(done, Receipt):
            return redirect("receipt", movement_id=done.movement_id)
        return redirect("loan", loan_id=self.loan.loan_id)

    def read_back(self, form: forms.Form, facts: list[Fact]) -> HttpResponse:
        """The house's read-back."""
        minor, unit = form.cleaned_data["amount"], self.loan.currency
        known = {
            "title": self.action.label,
            "minor": minor,
            "currency": unit,
            "words": amount_in_words(minor, unit),
            "facts": [fact for fact in facts if fact[1]],
            "form": form,
            "action": self.request.path,
            "back_url": self.request.path,
            "confirm": f"{self.action.label}: {money(minor, self.loan)}",
            "danger": self.action.danger,
        }
        return render(self.request, "accounts/servicing_readback.html", known)

    def page(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page with its form."""
        state = self.loan.loan()
        facts = [
            ("Loan", label_of(self.loan), ""),
            ("Amount", money(state.terms.principal, self.loan), f"{state.terms.instalments} instalments"),
            ("Principal outstanding", money(state.principal, self.loan) if state.disbursed else "", ""),
            ("Past due", f"{state.days_past_due(business_date(utcnow()))} days" if state.is_live else "", ""),
            ("Still owed", money(state.claim, self.loan) if state.claim else "", "after the charge-off"),
            ("Account", label_of_account(self.loan), ""),
        ]
        known = {"form": form, "action": self.action, "loan": self.loan, "facts": [one for one in facts if one[1]]}
        return render(self.request, "accounts/loan_action.html", known, status=status)
