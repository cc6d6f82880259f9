"""`/held-movements`: what screening holds for review, and the decision on each."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.generic import View

from accounts.http import actor_of, person
from accounts.ledger import HOUSE, Refused
from accounts.models import HeldMovement, User
from accounts.models.held import NEVER
from accounts.names import channel_name, type_name
from accounts.queries.held import held_movement, stopped_on, waiting
from accounts.queries.people import users
from accounts.services.held import turn_away
from accounts.services.posting import Busy, NotKnownYet, Receipt
from accounts.wires import wire_of
from cloudbank import store
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import business_date
from cloudbank.forms import UNPROCESSABLE
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.templatetags.bank import icon
from cloudbank.wording import day
from monitoring.forms.held import DecideForm, HeldFilter
from monitoring.models import Alert
from monitoring.queries.held import Stopped, changes_of, days_left, with_names
from monitoring.services.held import (
    DECIDE,
    alone_at_most,
    needs_second,
    pending_release,
    release_movement,
    side_in_words,
)

VIEW = "monitoring.view_alert"
CONFLICT, UNAVAILABLE = 409, 503
STATES = {
    "waiting": "Under review",
    "released": "Released",
    "rejected": "Rejected",
    "expired": "Expired",
    "blocked": "Blocked",
}
DONE = {
    "set_aside": "Held by screening",
    "keep": "Posted, its money held by screening",
    "refuse": "Refused by screening",
    "release": "Released",
    "reject": "Rejected",
    "expire": "Not decided in time",
}


def clock_tag(item: HeldMovement, today: date) -> SafeString:
    """How long it still waits."""
    left = days_left(item, today)
    if not item.is_waiting:
        return SafeString("")
    if left is None:
        return format_html('<span class="tag tag-blue">{}{}</span>', icon("clock"), "no end")
    words = "over" if left < 0 else "today" if left == 0 else f"{left} business day{'' if left == 1 else 's'}"
    variant = "red" if left <= 0 else "amber" if left == 1 else "blue"
    title = f"decide by the end of {item.expires_on}"
    return format_html(
        '<span class="tag tag-{}" title="{}">{}{}</span>', variant, title, icon("hourglass-split"), words
    )


class Row:
    """A stopped movement in the list."""

    def __init__(self, stopped: Stopped, today: date) -> None:
        self.stopped, self.item = stopped, stopped.item
        self.clock = clock_tag(stopped.item, today)
        self.asked = stopped.item.instruction

    def _party(self, account: str) -> str:
        name = self.stopped.name_of(self.stopped.owner_of(account))
        if account in HOUSE:
            name = wire_of(self.asked.get("details", "")).party(incoming=self.asked["debit"] == account)
        return name or side_in_words(account)

    @property
    def title(self) -> str:
        """What it is."""
        return f"{type_name(self.asked['type'])}{', posted and held' if self.item.posted else ''}"

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("held_movement", args=[self.item.movement_id])

    @property
    def channel(self) -> str:
        """How it came."""
        return channel_name(self.asked["channel"])

    @property
    def amount(self) -> int:
        """Minor units."""
        return self.item.amount

    @property
    def source(self) -> str:
        """Who pays."""
        return self._party(self.asked["debit"])

    @property
    def target(self) -> str:
        """Who is paid."""
        return self._party(self.asked["credit"])

    @property
    def state(self) -> str:
        """In words."""
        return STATES[self.item.state]


class HeldMovements(ListView):
    """What waits, the shortest time first; or what was stopped on a day, the newest first."""

    name, title, icon = "held-movements", "Held movements", "hourglass-split"
    saved_views = True
    permission_required = VIEW
    form_class = HeldFilter
    template_name = "monitoring/held_list.html"
    empty_title = "Nothing waits for a decision"
    empty_text = "What a rule holds for review comes here; its money is set aside until somebody decides."
    columns = (
        Column(
            "title",
            "Movement",
            main=True,
            link=lambda row: row.url,
            note=lambda row: channel_name(row.asked["channel"]),
        ),
        Column(
            "amount", "Amount", "balance", value=lambda row: row.item.amount, currency=lambda row: row.item.currency
        ),
        Column("source", "From", note=lambda row: side_in_words(row.asked["debit"])),
        Column("target", "To", note=lambda row: side_in_words(row.asked["credit"])),
        Column("asked_at", "Stopped", "time", value=lambda row: from_iso(row.item.asked_at)),
        Column("clock", "Decide in", "html", value="clock", export=lambda row: row.item.expires_on),
        Column("state", "State", "badge", value="state"),
    )

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """One index query, and the names."""
        chosen, today = query.filters.get("day"), business_date(utcnow())
        if chosen:
            items = stopped_on(chosen, before=cursor or "", limit=limit + 1)
            following = items[limit - 1].day_order if len(items) > limit else None
        else:
            found = list(waiting(after=cursor or "", limit=limit + 1))
            items, following = [one for _, one in found], found[limit - 1][0] if len(found) > limit else None
        return Page([Row(one, today) for one in with_names(items[:limit])], following)


class HeldMovementPage(PermissionRequiredMixin, View):
    """One held movement. The decision posts here."""

    permission_required = VIEW

    @cached_property
    def item(self) -> HeldMovement:
        """It, or 404."""
        found = held_movement(self.kwargs["movement_id"])
        if found is None:
            raise Http404("no such held movement")
        return found

    def get(self, request: HttpRequest, movement_id: str) -> HttpResponse:
        """The page."""
        return self.page()

    def post(self, request: HttpRequest, movement_id: str) -> HttpResponse:
        """Release or reject."""
        if not request.user.has_perm(DECIDE):
            raise PermissionDenied
        form = DecideForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        try:
            done = self.decide(form.cleaned_data)
        except (Refused, NotAllowed) as refused:
            overtaken = refused.code == "overtaken"
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
            return self.page(form, CONFLICT if overtaken else UNPROCESSABLE)
        except (Busy, NotKnownYet, store.StoreError):
            form.add_error(None, "The bank's books are busy just now. Look at the state below, then try again.")
            return self.page(form, UNAVAILABLE)
        return done

    def decide(self, data: dict[str, Any]) -> HttpResponse:
        """The one domain call, and where it leads."""
        known = {"movement_id": self.item.movement_id, "reason": data["reason"]}
        known |= {"actor": actor_of(self.request), "now": utcnow()}
        if data["action"] == "reject":
            turn_away(**known)
            messages.success(self.request, "Rejected. The money is free again, and the customer is told so.")
        else:
            done = release_movement(**known, key=data["key"], name=person(self.request).name)
            if isinstance(done, Approval):
                messages.success(self.request, "Asked. Nothing moves before another person approves.")
                return redirect("approval", approval_id=done.approval_id)
            posted = isinstance(done, Receipt)
            messages.success(self.request, "Released and posted." if posted else "Released: the money is free.")
        return redirect("held_movement", movement_id=self.item.movement_id)

    def page(self, form: DecideForm | None = None, status: int = 200) -> HttpResponse:
        """The whole page, the movement as it is now."""
        self.__dict__.pop("item", None)
        item, now = self.item, utcnow()
        (stopped,) = with_names([item])
        changes = changes_of(item)
        people = users({one.actor_id for one in changes if one.actor_id.startswith("usr_")})
        known = {
            "item": item,
            "row": Row(stopped, business_date(now)),
            "asked": item.asked(),
            "what": type_name(item.instruction["type"]),
            "particulars": wire_of(item.instruction.get("details", "")).facts(),
            "channel": channel_name(item.instruction["channel"]),
            "owner": stopped.people.get(item.owner_id),
            "asked_by": stopped.name_of(item.asked_by),
            "sides": [
                (label, item.instruction[side], stopped.name_of(stopped.owner_of(item.instruction[side])))
                for label, side in (("From", "debit"), ("To", "credit"))
            ],
            "last_day": day(date.fromisoformat(item.expires_on)) if item.expires_on not in ("", NEVER) else "",
            "asked_at": from_iso(item.asked_at),
            "alerts": list(store.load(Alert, item.alerts).values()),
            "changes": [
                (DONE.get(one.action, one.action), _name(people, one.actor_id), from_iso(one.at), one)
                for one in reversed(changes)
            ],
            "pending": pending_release(item, now) if item.is_waiting else None,
            "second": needs_second(item, now),
            "alone": alone_at_most(item.currency, now),
            "form": (form or DecideForm()) if item.is_waiting and self.request.user.has_perm(DECIDE) else None,
            "refused": form if not item.is_waiting else None,
        }
        return render(self.request, "monitoring/held.html", known, status=status)


def _name(people: Mapping[str, User], user_id: str) -> str:
    return people[user_id].name if user_id in people else ""
