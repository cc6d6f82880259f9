"""Corrective actions: the list, opening, editing. One action has its page in compliance.views.action."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from accounts.http import actor_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UnprocessableFormMixin
from cloudbank.ids import new_id
from cloudbank.lists import Column, ListQuery, ListView, Page, Totals
from cloudbank.lists.sorting import Sorting
from compliance.controls import CONTROLS, find_control, needed_for
from compliance.forms import ActionFilter, ActionForm
from compliance.models import PRIORITIES, CorrectiveAction
from compliance.queries import actions as queries
from compliance.queries import standing
from compliance.score import State
from compliance.services.actions import edit_action, open_action
from compliance.steps import NotAllowed
from compliance.views.rows import status_badge, status_label
from monitoring.models import Alert
from monitoring.queries.alerts import get_alert

VIEW, WORK = "compliance.view_action", "compliance.work_action"
DAYS_BY_DEFAULT = {State.BREACHED: 7}
USUAL_DAYS = 14


def control_title(code: str) -> str:
    """The title of an action's control; the code when the control is gone."""
    return CONTROLS[code].title if code in CONTROLS else code


SORTS: dict[str, Callable[[CorrectiveAction], Any]] = {
    "priority": lambda item: (item.priority, item.due_on, item.transaction_id),
    "owner": lambda item: (item.owner_name.casefold(), item.priority, item.due_on),
    "due": lambda item: (item.due_on, item.priority, item.transaction_id),
    "opened": lambda item: (item.opened_at, item.transaction_id),
}


class ActionList(ListView):
    """All corrective actions, in the order to do them."""

    name, title, icon = "actions", "Corrective actions", "list-check"
    saved_views = True
    intro = "What is done about weaknesses: by whom, until when, and verified by a second person. Most urgent first."
    permission_required = VIEW
    form_class = ActionFilter
    template_name = "compliance/actions.html"
    empty_title = "No corrective action is open"
    empty_text = "Open one from a control, or by hand with the button above."
    columns = (
        Column(
            "title",
            "Action",
            main=True,
            link=lambda item: reverse("action", args=[item.transaction_id]),
            note=lambda item: control_title(item.control_code),
        ),
        Column("status", "Status", "html", value=status_badge, export=lambda item: status_label(item.status)),
        Column("priority", "Priority", value=lambda item: PRIORITIES.get(item.priority, ""), sort="priority"),
        Column("owner_name", "Owner", sort="owner"),
        Column("due", "Due", "date", sort="due"),
        Column("opened_at", "Opened", "time", value=lambda item: from_iso(item.opened_at), sort="opened"),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who can be chosen as owner; how many are open, and late."""
        may, today = self.request.user.has_perm, bank_calendar().local(utcnow()).date()
        return {"owners": queries.owners(), "may": may, "counted": queries.counts(today, may=may)}

    @property
    def is_secret(self) -> bool:  # type: ignore[override]
        """Whether what is asked for tells of a control that not everybody may know of, by its name or by a count."""
        knows = queries.known_to(self.request.user.has_perm) != [""]
        return knows and bool(self.query.filters)

    @cached_property
    def sorting(self) -> Sorting:
        """The orders beside the one in which they are to be done."""
        return Sorting(SORTS)

    def totals(self, page: Page, is_all: bool) -> Totals | None:
        """What a sort left out, if anything."""
        return self.sorting.totals

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By the index that fits the filters."""
        wanted, may = query.filters, query.user.has_perm
        found = queries.not_closed(may=may, priority=wanted.get("priority"))
        if wanted.get("show") == "overdue":
            today = bank_calendar().local(utcnow()).date()
            found = queries.not_closed(may=may, priority=wanted.get("priority"), overdue_on=today)
        elif wanted.get("show") == "month":
            found = queries.opened_in(wanted["month"], may=may)
        elif "control" in wanted:
            found = queries.of_control(wanted["control"])
        read = partial(
            queries.narrowed,
            found,
            control_code=wanted.get("control"),
            status=wanted.get("status"),
            priority=wanted.get("priority"),
            owner_id=wanted.get("owner"),
        )
        return self.sorting.page(read, query, cursor, limit)

    def extra_context(self) -> dict[str, Any]:
        """The button, for who may open one."""
        return {"tab": "actions", "may_work": self.request.user.has_perm(WORK)}


class ActionFormView(UnprocessableFormMixin, PermissionRequiredMixin, FormView):
    """What opening and editing have in common."""

    permission_required = WORK
    form_class = ActionForm
    template_name = "compliance/action_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who can answer for it."""
        return super().get_form_kwargs() | {"owners": list(queries.owners(self.secret))}

    @property
    def secret(self) -> str:
        """The permission without which nobody may know of the action; "" for none."""
        raise NotImplementedError

    def save(self, form: ActionForm) -> CorrectiveAction:
        """The one domain call."""
        raise NotImplementedError

    def form_valid(self, form: ActionForm) -> HttpResponse:
        """Save, or show what is wrong at its field."""
        try:
            item = self.save(form)
        except NotAllowed as error:
            form.add_error(error.field or None, error.message)
            return self.form_invalid(form)
        return HttpResponseRedirect(reverse("action", args=[item.transaction_id]))


class OpenActionView(ActionFormView):
    """Open an action, from a control (`?control=code`), an alert (`?alert=id`) or by hand."""

    def get_initial(self) -> dict[str, Any]:
        """What the control knows already."""
        today = bank_calendar().local(utcnow()).date()
        known: dict[str, Any] = {"key": new_id("key"), "priority": 2, "due_on": today + timedelta(days=USUAL_DAYS)}
        code = self.request.GET.get("control", "")
        if code in CONTROLS and self.may_know(code):
            reading = standing.current(utcnow()).readings[code]
            breached = reading.state is State.BREACHED
            due = today + timedelta(days=DAYS_BY_DEFAULT.get(reading.state, USUAL_DAYS))
            title = f"{reading.control.title}: {reading.control.counted(reading.measure.count)}"
            known |= {"control_code": code, "title": title, "priority": 1 if breached else 2, "due_on": due}
        elif alert := self.alert:
            known |= {"alert_id": alert.alert_id, "title": f"What the alert shows: {alert.headline}"[:160]}
        return known

    @property
    def secret(self) -> str:
        """That of the control it is opened from."""
        return needed_for(self.request.POST.get("control_code") or self.request.GET.get("control", ""))

    def may_know(self, code: str) -> bool:
        """Whether this person may know of the control; to others it is as if it did not exist."""
        return not needed_for(code) or self.request.user.has_perm(needed_for(code))

    @cached_property
    def alert(self) -> Alert | None:
        """The alert it is opened from (`?alert=alt_...`)."""
        key = self.request.POST.get("alert_id") or self.request.GET.get("alert", "")
        return get_alert(key[:64]) if key else None

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The control it is opened from."""
        code = self.request.POST.get("control_code") or self.request.GET.get("control", "")
        control = find_control(code) if self.may_know(code) else None
        back = reverse("control", args=[code]) if control else reverse("actions")
        if self.alert and not control:
            back = reverse("alert", args=[self.alert.alert_id])
        known = {"tab": "actions", "control": control, "alert": self.alert, "back": back}
        return super().get_context_data(**kwargs) | known

    def save(self, form: ActionForm) -> CorrectiveAction:
        """Open it."""
        asked = form.cleaned_data
        item = open_action(
            content=form.content(),
            control_code=asked["control_code"],
            alert_id=asked["alert_id"],
            key=asked["key"] or new_id("key"),
            actor=actor_of(self.request),
            now=utcnow(),
        )
        messages.success(self.request, "The corrective action is open.")
        return item


class EditActionView(ActionFormView):
    """Change what is planned."""

    @cached_property
    def item(self) -> CorrectiveAction:
        """The action, or 404."""
        item = queries.action(self.kwargs["action_id"])
        if item is None or (item.secret and not self.request.user.has_perm(item.secret)):
            raise Http404("There is no such action.")
        return item

    @property
    def secret(self) -> str:
        """Its own."""
        return str(self.item.secret)

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        item = self.item
        names = ("title", "root_cause", "plan", "priority", "owner_id", "due_on", "version", "control_code")
        return {name: getattr(item, name) for name in names}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The way back."""
        back = reverse("action", args=[self.item.transaction_id])
        return super().get_context_data(**kwargs) | {"tab": "actions", "item": self.item, "back": back}

    def save(self, form: ActionForm) -> CorrectiveAction:
        """Change it."""
        item = edit_action(
            action_id=self.item.transaction_id,
            content=form.content(),
            version=form.cleaned_data["version"] or 0,
            actor=actor_of(self.request),
            now=utcnow(),
        )
        messages.success(self.request, "The change is saved.")
        return item


def actions_url(**filters: str) -> str:
    """The list with filters set."""
    return f"{reverse('actions')}?{urlencode(filters)}" if filters else reverse("actions")
