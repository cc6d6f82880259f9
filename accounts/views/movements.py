"""Deposit, withdraw, transfer: form, read-back, posting, receipt. Nothing moves before the read-back is confirmed."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import DepositForm, MovementForm, TransferForm, WithdrawForm, label, option
from accounts.forms.desk import Desk
from accounts.http import actor_of, person
from accounts.ledger import CLOSED, HOUSE, Plan, Refused
from accounts.ledger.planning import TAKES_MONEY
from accounts.models import User
from accounts.queries.deposits import accounts_of
from accounts.queries.held import answer_of
from accounts.queries.people import users
from accounts.readback import amount_in_words, masked_name
from accounts.services.counter import asked_before, hand_in, rule_over
from accounts.services.look_ups import count_look_up
from accounts.services.posting import Busy, NotKnownYet
from accounts.views.access import AnyPermissionMixin
from accounts.views.desk_search import found_at_desk, identity_fact
from cloudbank import parameters, store
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import utcnow
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from cloudbank.wording import day, grouped

ANY, OWN = "accounts.post_any_movement", "accounts.post_own_movement"
REPORTING_LIMIT = "rule.ctr_aggregate.limit"
"""A parameter that the monitoring app declares; without it there is no warning."""
UNAVAILABLE = 503
REASON_LENGTH = 500
ACCEPTED = 202
OUTSIDE = {"branch": "Cash at the counter", "online": "An account outside the bank"}
Fact = tuple[str, str, str]


@dataclass(frozen=True)
class Words:
    """What a movement is called on its pages."""

    title: str
    intro: str
    done: str
    icon: str


def desk_of(request: HttpRequest, counter: str = ANY) -> Desk:
    """Where this person moves money; `counter`: the permission that lets them do it for customers."""
    return Desk(actor_of(request), person(request).branch, at_counter=request.user.has_perm(counter))


def cash_warning(minor: int, currency: str) -> str:
    """What the counter minds before it takes in or pays out this much cash; "" when nothing."""
    values = parameters.snapshot(utcnow())
    if REPORTING_LIMIT not in values or minor <= (limit := values.money(REPORTING_LIMIT, currency)):
        return ""
    shown = f"{format_amount(limit, currency)} {currency}"
    return f"Cash over {shown} is reported. Check the identity document of who is at the counter first."


class MovementView(AnyPermissionMixin, View):
    """Step 1 the form, step 2 the read-back; both post here. The hidden key travels through both.

    Each step validates from scratch: the read-back page is shown, never trusted.
    """

    permission_required: tuple[str, ...] = (OWN, ANY)
    counter_permission = ANY
    form_class: ClassVar[type[MovementForm]]
    url_name: ClassVar[str]
    online: ClassVar[Words]
    counter: ClassVar[Words]

    @property
    def words(self) -> Words:
        """The page's words for this desk."""
        return self.counter if self.desk.at_counter else self.online

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find the desk, then answer."""
        if self.has_permission():
            self.desk = desk_of(request, self.counter_permission)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """A fresh form with a fresh key; `?account=` and `?to=` fill it in."""
        chosen = {name: request.GET[name] for name in ("account", "to") if name in request.GET}
        return self.page(self.form_class(initial=chosen, desk=self.desk), filled=chosen)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Back to the form, on to the read-back, or post."""
        if "change" in request.POST:
            kept = {name: request.POST.get(name, "") for name in self.form_class.base_fields}
            return self.page(self.form_class(initial=kept, desk=self.desk))
        form = self.form_class(request.POST, desk=self.desk)
        try:
            return self.step(form)
        except store.StoreError:
            return self.again(form, "The bank's books cannot be reached just now. Nothing was posted by this try.")

    def step(self, form: MovementForm) -> HttpResponse:
        """What a bound form leads to. The read-back, and every refusal, says something of a number that was typed."""
        confirmed = "confirm" in self.request.POST
        if not confirmed:
            self.count_look_up(form)
        try:
            if form.is_valid():
                return self.execute(form) if confirmed else self.read_back(form)
        except Refused as refused:
            form.refuse(refused)
        if confirmed:
            self.count_look_up(form)
        return self.page(form, UNPROCESSABLE)

    def count_look_up(self, form: MovementForm) -> None:
        """Count it where a number is typed; customers choose among their own accounts. Raises TooMany."""
        if self.desk.at_counter or "to" in form.fields:
            count_look_up(actor=self.desk.actor, now=utcnow())

    def page(self, form: MovementForm, status: int = 200, filled: dict[str, str] | None = None) -> HttpResponse:
        """The form; a customer chooses among their own accounts."""
        own = [] if self.desk.at_counter else accounts_of(self.desk.actor.user_id)
        held, states = [item for item in own if item.status != CLOSED], form.usable_states()
        if not self.desk.at_counter:
            form.offer(held)
        known = {
            "form": form,
            "words": self.words,
            "own": [(item.account_id, label(item)) for item in held if item.status in TAKES_MONEY],
            "has_account": self.desk.at_counter or bool(held),
            "has_usable": self.desk.at_counter or form.is_bound or any(item.status in states for item in held),
            "held": [option(item, states) for item in held],
            "open_url": reverse("open_account"),
        }
        if self.desk.at_counter:
            known |= found_at_desk(self.request, form, filled or {})
        return render(self.request, f"accounts/{self.url_name}.html", known, status=status)

    def read_back(self, form: MovementForm, status: int = 200) -> HttpResponse:
        """Everything once more, as the ledger would post it now; raises Refused when it would not.

        Somebody who went back in the browser sends a form that was posted already: they get its receipt.
        """
        asked = form.instruction()
        rule = rule_over(asked, utcnow())
        if any(answer_of(asked.movement_id)):
            return self.execute(form)
        if rule and (before := asked_before(rule, asked)):
            return redirect("approval", approval_id=before.approval_id)
        plan = form.plan(utcnow())
        movement = plan.movement
        known = {
            "form": form,
            "words": self.words,
            "minor": movement.amount,
            "currency": movement.currency,
            "amount_in_words": amount_in_words(movement.amount, movement.currency),
            "facts": self.facts(form, plan),
            "warning": self.warning(plan),
            "action": reverse(self.url_name),
            "rule": rule,
            "limit": rule.most(movement.currency, utcnow()) if rule else None,
            "lacks_reason": status != 200,
        }
        return render(self.request, "accounts/movement_confirm.html", known, status=status)

    def facts(self, form: MovementForm, plan: Plan) -> list[Fact]:
        """The lines of the read-back."""
        movement, own = plan.movement, form.own
        people = users(item.owner_id or "" for item in form.held.values())
        owner = people.get(own.owner_id or "")
        before, after = own.balance, next(s.balance for s in plan.states if s.account_id == own.account_id)
        unit = own.currency
        rows = [
            ("From", *self.end(form, movement.debit, people)),
            ("To", *self.end(form, movement.credit, people)),
            ("Note", movement.memo, ""),
            ("Identity", *identity_fact(owner if self.desk.at_counter else None)),
            ("Brought by", form.conducting.name if form.conducting else "", form.cleaned_data.get("conductor", "")),
            ("Their identity", *identity_fact(form.conducting)),
            ("Business day", day(movement.business_date), ""),
            (
                "New balance",
                f"{format_amount(after, unit)} {unit}",
                f"{format_amount(before, unit)} {unit} now, {label(own)}",
            ),
        ]
        return [row for row in rows if row[1]]

    def warning(self, plan: Plan) -> str:
        """At the counter: cash over the reporting limit needs the identity of who brought it (31 CFR 1010.312)."""
        movement = plan.movement
        return cash_warning(movement.amount, movement.currency) if movement.cash and self.desk.at_counter else ""

    def end(self, form: MovementForm, account_id: str, people: dict[str, User]) -> tuple[str, str]:
        """One end of the movement: what it is and whose. A customer reads other people's names masked."""
        if account_id in HOUSE:
            return OUTSIDE[self.desk.channel], ""
        account = form.held[account_id]
        owner = people.get(account.owner_id or "")
        name = owner.name if owner else ""
        if account.owner_id == self.desk.actor.user_id:
            return label(account), grouped(account_id)
        return (name if self.desk.at_counter else masked_name(name)), grouped(account_id)

    def execute(self, form: MovementForm) -> HttpResponse:
        """Post it, or ask for it; the same key always leads to the same receipt or request."""
        asked, reason = form.instruction(), self.request.POST.get("reason", "").strip()[:REASON_LENGTH]
        try:
            receipt = hand_in(instruction=asked, reason=reason, name=person(self.request).name, now=utcnow())
        except NotAllowed as refused:
            return self.not_asked(form, refused)
        except Busy as busy:
            return self.again(form, str(busy))
        except NotKnownYet as doubt:
            return self.checking(form, doubt.reference)
        except store.StoreError:
            return self.checking(form, form.instruction().movement_id)
        if isinstance(receipt, Approval):
            return redirect("approval", approval_id=receipt.approval_id)
        if receipt.replayed:
            before = "This was sent before" if receipt.held else "This was posted before"
            messages.info(self.request, f"{before}. You see what became of it then; nothing was posted twice.")
        return redirect("receipt", movement_id=receipt.movement_id)

    def not_asked(self, form: MovementForm, refused: NotAllowed) -> HttpResponse:
        """The read-back again while the reason is missing, else the form with what is wrong."""
        if refused.field == "reason":
            return self.read_back(form, UNPROCESSABLE)
        form.add_error(None, refused.message)
        return self.page(form, UNPROCESSABLE)

    def again(self, form: MovementForm, why: str) -> HttpResponse:
        """Nothing was posted, and the same form may be sent again. Reads nothing."""
        known = {"form": form, "words": self.words, "why": why, "action": reverse(self.url_name), "step": self._step()}
        response = render(self.request, "accounts/movement_again.html", known, status=UNAVAILABLE)
        response["Retry-After"] = "2"
        return response

    def _step(self) -> str:
        return "confirm" if "confirm" in self.request.POST else ""

    def checking(self, form: MovementForm, movement_id: str) -> HttpResponse:
        """The answer was lost. The books say what happened; until they do, this page asks them."""
        known = {
            "form": form,
            "words": self.words,
            "reference": movement_id,
            "action": reverse(self.url_name),
            "check_url": reverse("movement_state", args=[movement_id]),
            "step": "confirm",
        }
        try:
            if any(answer_of(movement_id)):
                return redirect("receipt", movement_id=movement_id)
        except store.StoreError:
            known["unreachable"] = True
        return render(self.request, "accounts/movement_checking.html", known, status=ACCEPTED)


class Deposit(MovementView):
    """Money comes in."""

    form_class = DepositForm
    url_name = "deposit"
    online = Words("Deposit", "Bring money in from an account outside the bank.", "Deposit", "box-arrow-in-down")
    counter = Words("Cash deposit", "Count the cash, then enter the amount.", "Take in", "box-arrow-in-down")


class Withdraw(MovementView):
    """Money goes out."""

    form_class = WithdrawForm
    url_name = "withdraw"
    online = Words("Withdraw", "Send money to your account outside the bank.", "Withdraw", "box-arrow-up")
    counter = Words("Cash withdrawal", "Pay out cash only after the receipt is shown.", "Pay out", "box-arrow-up")


class Transfer(MovementView):
    """Money goes from account to account."""

    form_class = TransferForm
    url_name = "transfer"
    online = Words(
        "Transfer", "To another account of this bank, yours or somebody else's.", "Transfer", "arrow-left-right"
    )
    counter = Words(
        "Transfer for a customer", "From any account of the bank to any other.", "Transfer", "arrow-left-right"
    )
