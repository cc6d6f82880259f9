"""Corrective actions: the list, one action with its history, opening, editing, moving on."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView, View

from accounts.http import actor_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE, UnprocessableFormMixin
from cloudbank.ids import new_id
from cloudbank.lists import Column, ListQuery, ListView, Page
from compliance.controls import CONTROLS, find_control
from compliance.forms import ActionFilter, ActionForm, StepForm
from compliance.models import PRIORITIES, CorrectiveAction
from compliance.queries import actions as queries
from compliance.queries import standing
from compliance.score import State
from compliance.services.actions import edit_action, move_action, open_action
from compliance.steps import NotAllowed, Status, steps_from
from compliance.views.rows import events, status_badge, status_label

VIEW, WORK = "compliance.view_action", "compliance.work_action"
DAYS_BY_DEFAULT = {State.BREACHED: 7}
USUAL_DAYS = 14


def control_title(code: str) -> str:
    """The title of an action's control; the code when the control is gone."""
    return CONTROLS[code].title if code in CONTROLS else code


class ActionList(ListView):
    """All corrective actions, in the order to do them."""

    name, title, icon = "actions", "Corrective actions", "list-check"
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
        Column("priority", "Priority", value=lambda item: PRIORITIES.get(item.priority, "")),
        Column("owner_name", "Owner"),
        Column("due", "Due", "date"),
        Column("opened_at", "Opened", "time", value=lambda item: from_iso(item.opened_at)),
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who can be chosen as owner."""
        return {"owners": queries.owners()}

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """By the index that fits the filters."""
        wanted = query.filters
        found = queries.not_closed(priority=wanted.get("priority"))
        if wanted.get("show") == "overdue":
            today = bank_calendar().local(utcnow()).date()
            found = queries.not_closed(priority=wanted.get("priority"), overdue_on=today)
        elif wanted.get("show") == "month":
            found = queries.opened_in(wanted["month"])
        elif "control" in wanted:
            found = queries.of_control(wanted["control"])
        return queries.narrowed(
            found,
            cursor,
            limit,
            control_code=wanted.get("control"),
            status=wanted.get("status"),
            priority=wanted.get("priority"),
            owner_id=wanted.get("owner"),
        )

    def extra_context(self) -> dict[str, Any]:
        """The button, for who may open one."""
        return {"tab": "actions", "may_work": self.request.user.has_perm(WORK)}


class OneAction(PermissionRequiredMixin):
    """Views of one action."""

    permission_required = VIEW
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def item(self) -> CorrectiveAction:
        """The action, or 404."""
        item = queries.action(self.kwargs["action_id"])
        if item is None:
            raise Http404("There is no such action.")
        return item

    def page(self, form: StepForm | None = None, status: int = 200) -> HttpResponse:
        """The action with its history and the steps that lead on."""
        item, user = self.item, self.request.user
        may_work = user.has_perm(WORK)
        steps = (
            [(step, _why_not(step.target, item, str(user.pk))) for step in steps_from(item.status)] if may_work else []
        )
        known = {
            "tab": "actions",
            "item": item,
            "status_badge": status_badge(item),
            "priority": PRIORITIES.get(item.priority, ""),
            "control": find_control(item.control_code),
            "events": events(queries.records(item)),
            "steps": steps,
            "may_edit": may_work and not item.is_closed,
            "form": form,
            "opened_at": from_iso(item.opened_at),
            "stages": stages(item),
        }
        return render(self.request, "compliance/action.html", known, status=status)


def _why_not(target: Status, item: CorrectiveAction, user_id: str) -> str:
    """Why this person cannot take the step, "" when they can."""
    if target is Status.CLOSED and item.ready_by == user_id:
        return "You marked it ready, so a second person verifies and closes it."
    return ""


def stages(item: CorrectiveAction) -> list[tuple[str, str]]:
    """The way of an action: each stage with "done", "now" or ""."""
    way = [Status.OPEN, Status.IN_PROGRESS, Status.READY, Status.CLOSED]
    here = way.index(Status.OPEN if item.status == Status.REOPENED else Status(item.status))
    words = [status_label(one) for one in way]
    if item.status == Status.REOPENED:
        words[0] = status_label(Status.REOPENED)
    return [
        (word, "done" if place < here or item.is_closed else "now" if place == here else "")
        for place, word in enumerate(words)
    ]


class ActionView(OneAction, View):
    """One action."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page."""
        return self.page()


class StepView(OneAction, View):
    """Take a step."""

    permission_required = WORK

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Move the action, or show the page again with what is wrong."""
        form = StepForm(request.POST)
        if not form.is_valid():
            return self.page(form, UNPROCESSABLE)
        asked = form.cleaned_data
        try:
            item = move_action(
                action_id=self.item.transaction_id,
                step=asked["step"],
                note=asked["note"],
                version=asked["version"],
                actor=actor_of(request),
                now=utcnow(),
            )
        except NotAllowed as error:
            form.add_error(error.field or None, error.message)
            del self.item
            return self.page(form, UNPROCESSABLE)
        messages.success(request, f"The action is {status_label(item.status).lower()} now.")
        return redirect("action", action_id=item.transaction_id)


class ActionFormView(UnprocessableFormMixin, PermissionRequiredMixin, FormView):
    """What opening and editing have in common."""

    permission_required = WORK
    form_class = ActionForm
    template_name = "compliance/action_form.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        """Who can answer for it."""
        return super().get_form_kwargs() | {"owners": list(queries.owners())}

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
    """Open an action, from a control (`?control=code`) or by hand."""

    def get_initial(self) -> dict[str, Any]:
        """What the control knows already."""
        today = bank_calendar().local(utcnow()).date()
        known: dict[str, Any] = {"key": new_id("key"), "priority": 2, "due_on": today + timedelta(days=USUAL_DAYS)}
        code = self.request.GET.get("control", "")
        if code in CONTROLS:
            reading = standing.current(utcnow()).readings[code]
            breached = reading.state is State.BREACHED
            due = today + timedelta(days=DAYS_BY_DEFAULT.get(reading.state, USUAL_DAYS))
            title = f"{reading.control.title}: {reading.control.counted(reading.measure.count)}"
            known |= {"control_code": code, "title": title, "priority": 1 if breached else 2, "due_on": due}
        return known

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The control it is opened from."""
        code = self.request.POST.get("control_code") or self.request.GET.get("control", "")
        control = find_control(code)
        back = reverse("control", args=[code]) if control else reverse("actions")
        return super().get_context_data(**kwargs) | {"tab": "actions", "control": control, "back": back}

    def save(self, form: ActionForm) -> CorrectiveAction:
        """Open it."""
        asked = form.cleaned_data
        item = open_action(
            content=form.content(),
            control_code=asked["control_code"],
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
        if item is None:
            raise Http404("There is no such action.")
        return item

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
