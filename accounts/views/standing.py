"""Standing orders of a customer: the list, a new one with its read-back, one order with what to do."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.generic import View

from accounts.forms.banking import label
from accounts.forms.standing import StandingOrderForm
from accounts.http import actor_of, person
from accounts.ledger import Refused
from accounts.ledger.planning import GIVES_MONEY
from accounts.models.standing import ACTIVE, ENDED, PAUSED, StandingOrder
from accounts.queries.deposits import accounts_of
from accounts.queries.standing import orders_of, standing_order
from accounts.readback import amount_in_words
from accounts.services.look_ups import count_look_up
from accounts.services.posting import Busy
from accounts.services.standing import (
    acknowledge_problem,
    check_wish,
    create_order,
    end_order,
    pause_order,
    resume_order,
)
from accounts.standing import in_words
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE
from cloudbank.money import format_amount
from cloudbank.wording import day as day_in_words
from cloudbank.wording import grouped, last_four

PERMISSION = "accounts.post_own_movement"
Fact = tuple[str, str, str]


def said_day(text: str) -> str:
    """An ISO date as people read it, "" for none."""
    return day_in_words(date.fromisoformat(text)) if text else ""


class OrderRow:
    """An order in the words of its owner."""

    def __init__(self, order: StandingOrder) -> None:
        self.order = order
        self.id = order.transaction_id
        self.url = reverse("standing_order", args=[order.transaction_id])
        self.title = f"To {order.to_name}"
        self.rhythm = in_words(date.fromisoformat(order.first_on), order.rhythm)
        self.to = f"account ending {last_four(order.to_account)}"
        self.next = said_day(order.run_on) if order.state == ACTIVE else ""
        self.money = f"{format_amount(order.amount, order.currency)} {order.currency}"

    def facts(self) -> list[Fact]:
        """The lines of its page and of its read-back."""
        order = self.order
        again = "the second try" if order.tries else ""
        rows = [
            ("Amount each time", self.money, amount_in_words(order.amount, order.currency)),
            ("From", grouped(order.from_account), ""),
            ("To", grouped(order.to_account), order.to_name),
            ("How often", self.rhythm, ""),
            ("First day", said_day(order.first_on), "a weekend or holiday counts as the next business day"),
            ("Last day", said_day(order.last_on) or "none, until you end it", ""),
            ("Next payment", self.next, again or "in the evening of this business day"),
            ("Note", order.memo, ""),
        ]
        return [row for row in rows if row[1]]

    @property
    def what_to_do(self) -> str:
        """What its owner can do about what went wrong."""
        order, from_ = self.order, f"the account ending {last_four(self.order.from_account)}"
        if order.state == ENDED:
            return "It does not go on. Set up another one if you still want to pay."
        if order.state == PAUSED:
            return "It is paused; what was missed is not made up for."
        if order.tries:
            return f"Have {self.money} on {from_} by then."
        return f"Pay it by hand if it is still owed. The next one is due on {self.next}, from {from_}."

    def so_far(self) -> list[Fact]:
        """What it has done."""
        order = self.order
        rows = [
            ("Paid", f"{order.paid} times" if order.paid != 1 else "once", f"last on {said_day(order.last_paid_on)}"),
            ("Not paid", str(order.missed), "due dates without enough money, or on a blocked account"),
            ("Ended", order.ended_why, ""),
        ]
        return [row for row in rows if row[1] and row[1] != "0 times" and row[1] != "0"]


def problems_of(owner_id: str) -> list[OrderRow]:
    """The orders whose owner must know something; for the dashboard."""
    return [OrderRow(one) for one in orders_of(owner_id) if one.problem]


class Orders(PermissionRequiredMixin, View):
    """`/standing-orders`."""

    permission_required = PERMISSION

    def get(self, request: HttpRequest) -> HttpResponse:
        """Those that go on, then those that ended."""
        rows = [OrderRow(one) for one in orders_of(person(request).user_id)]
        known = {
            "running": [row for row in rows if row.order.state != ENDED],
            "ended": [row for row in rows if row.order.state == ENDED],
        }
        return render(request, "accounts/standing_orders.html", known)


class NewOrder(PermissionRequiredMixin, View):
    """`/standing-orders/new`: the form, then the read-back; both post here."""

    permission_required = PERMISSION

    def form(self, data: Any = None, initial: dict[str, Any] | None = None) -> StandingOrderForm:
        """The form with the customer's own accounts."""
        own = [item for item in accounts_of(person(self.request).user_id) if item.status in GIVES_MONEY]
        today = bank_calendar().local(utcnow()).date()
        return StandingOrderForm(data, initial=initial, own=own, today=today)

    def get(self, request: HttpRequest) -> HttpResponse:
        """A fresh form."""
        return self.page(self.form(initial={"from_account": request.GET.get("account", "")}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Back to the form, on to the read-back, or set up."""
        if "change" in request.POST:
            return self.page(self.form(initial={name: request.POST[name] for name in request.POST}))
        form = self.form(request.POST)
        count_look_up(actor=actor_of(request), now=utcnow())
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            return self.set_up(form) if "confirm" in request.POST else self.read_back(form)
        except Refused as refused:
            form.refuse(refused)
        except Busy as busy:
            form.add_error(None, str(busy))
        return self.page(form, UNPROCESSABLE)

    def read_back(self, form: StandingOrderForm) -> HttpResponse:
        """The order as it would be."""
        order = check_wish(form.wish(), actor=actor_of(self.request), now=utcnow())
        order.transaction_id = "new"
        return render(self.request, "accounts/standing_confirm.html", {"form": form, "row": OrderRow(order)})

    def set_up(self, form: StandingOrderForm) -> HttpResponse:
        """Make it."""
        key = form.cleaned_data["key"]
        made = create_order(wish=form.wish(), key=key, actor=actor_of(self.request), now=utcnow())
        messages.success(self.request, "The standing order is set up.")
        return redirect("standing_order", order_id=made.transaction_id)

    def page(self, form: StandingOrderForm, status: int = 200) -> HttpResponse:
        """The form."""
        own = [(item.account_id, label(item)) for item in form.own.values()]
        known = {"form": form, "own": own, "open_url": reverse("open_account")}
        return render(self.request, "accounts/standing_new.html", known, status=status)


ACTS: dict[str, tuple[Callable[..., StandingOrder], str]] = {
    "pause": (pause_order, "Paused. What falls due meanwhile is not made up for."),
    "resume": (resume_order, "It goes on."),
    "end": (end_order, "The standing order is ended."),
    "acknowledge": (acknowledge_problem, "Noted."),
}


class OrderPage(PermissionRequiredMixin, View):
    """`/standing-orders/<order_id>`: its owner's only; to everybody else it is not there."""

    permission_required = PERMISSION

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Find it."""
        if self.has_permission():
            found = standing_order(kwargs["order_id"])
            if found is None or found.owner_id != person(request).user_id:
                raise Http404("no such standing order")
            self.order = found
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """The order, what it has done, what to do with it."""
        return self.page()

    def post(self, request: HttpRequest, order_id: str) -> HttpResponse:
        """Pause, resume, end, or put the notice away."""
        act, done = ACTS.get(request.POST.get("action", ""), (None, ""))
        if act is None:
            raise Http404("no such action")
        try:
            act(order_id=order_id, actor=actor_of(request), now=utcnow())
        except (Refused, Busy) as refused:
            messages.error(request, str(refused))
            return self.page(UNPROCESSABLE)
        messages.success(request, done)
        if request.POST.get("from") == "dashboard":
            return redirect("dashboard")
        return redirect("standing_order", order_id=order_id)

    def page(self, status: int = 200) -> HttpResponse:
        """The page."""
        order = self.order
        known = {
            "row": OrderRow(order),
            "order": order,
            "may_pause": order.state == ACTIVE,
            "may_resume": order.state == PAUSED,
            "may_end": order.state != ENDED,
        }
        return render(self.request, "accounts/standing_order.html", known, status=status)
