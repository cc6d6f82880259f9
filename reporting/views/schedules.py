"""`/reports/schedules`: what is built and mailed by itself; managers make, stop and delete schedules."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.http import actor_of, person
from accounts.queries.people import users
from cloudbank import store
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UNPROCESSABLE
from cloudbank.ids import new_id
from reporting.forms.schedules import EditForm, ScheduleForm, as_typed
from reporting.models import ReportRun, ReportSchedule
from reporting.run_queries import existing_schedule, schedules
from reporting.schedules import TOKENS
from reporting.services.delivery import may_get
from reporting.services.packs import packs_for
from reporting.services.schedules import (
    ScheduleRefused,
    change_schedule,
    edit_schedule,
    make_schedule,
    rhythm_of,
    run_id_of,
)
from reporting.views.reports import BUILD, VIEW

ACTIONS = {"stop": "stopped", "start": "running again", "delete": "deleted"}
SAVE = "save"


class Schedules(PermissionRequiredMixin, View):
    """The schedules, and the form for another one."""

    permission_required = VIEW
    raise_exception = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        initial = {"key": new_id("key"), "recipients": person(request).email}
        return self.page(request, ScheduleForm(packs=packs_for(), initial=initial), 200)

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """Make one; 422 with the form when it cannot be."""
        if not request.user.has_perm(BUILD):
            raise PermissionDenied
        form = ScheduleForm(request.POST, packs=packs_for())
        if not form.is_valid():
            return self.page(request, form, UNPROCESSABLE)
        try:
            made = make_schedule(**form.cleaned_data, actor=actor_of(request), now=utcnow())
        except ScheduleRefused as refused:
            form.add_error(None, str(refused))
            return self.page(request, form, UNPROCESSABLE)
        messages.success(request, f"The schedule {made.title} is running.")
        return redirect("report_schedules")

    def page(self, request: HttpRequest, form: ScheduleForm, status: int) -> HttpResponse:
        """What is there, and the form."""
        known = {"rows": rows(schedules()), "form": form, "may_build": request.user.has_perm(BUILD)}
        return render(request, "reporting/schedules.html", known, status=status)


def rows(found: list[ReportSchedule]) -> list[dict[str, Any]]:
    """Each schedule in words, with its next report and the last one that was due."""
    now, calendar = utcnow(), bank_calendar()
    people = users({one for item in found for one in (*item.recipients, item.made_by)})
    titles = {pack.code: pack.title for pack in packs_for()}
    shown = []
    for item in found:
        rhythm = rhythm_of(item)
        due = rhythm.due(item.begins, now, calendar)
        last = store.get(ReportRun, run_id_of(item, due[-1].label)) if due else None
        shown.append(
            {
                "item": item,
                "pack": titles.get(item.pack, f"{item.pack} (deleted)"),
                "rhythm": TOKENS[item.token],
                "next": rhythm.next_at(now, calendar),
                "due": due[-1].label if due else "",
                "last": last,
                "last_state": last.state_at(now) if last else "pending",
                "recipients": [people[one].name for one in item.recipients if one in people],
                "maker": people[item.made_by].name if item.made_by in people else item.made_by,
            }
        )
    return shown


class ChangeSchedule(PermissionRequiredMixin, View):
    """Edit, stop, start again, delete."""

    permission_required = BUILD
    raise_exception = True

    def get(self, request: HttpRequest, schedule_id: str) -> HttpResponse:
        """The form with what the schedule is now."""
        item = found_schedule(schedule_id)
        form = EditForm(packs=packs_for(), initial=as_typed(item, users(set(item.recipients))))
        return self.page(request, item, form, 200)

    def page(self, request: HttpRequest, item: ReportSchedule, form: EditForm, status: int) -> HttpResponse:
        """The form, with whom the mail does not reach any more."""
        people = users(set(item.recipients))
        gone = [one.name for one in people.values() if not may_get(one)]
        return render(request, "reporting/schedule.html", {"item": item, "form": form, "gone": gone}, status=status)

    def save(self, request: HttpRequest, schedule_id: str) -> HttpResponseBase:
        """Change it; 422 with the form when it cannot be."""
        item, form = found_schedule(schedule_id), EditForm(request.POST, packs=packs_for())
        if not form.is_valid():
            return self.page(request, item, form, UNPROCESSABLE)
        try:
            edit_schedule(schedule_id=schedule_id, **form.cleaned_data, actor=actor_of(request), now=utcnow())
        except ScheduleRefused as refused:
            form.add_error(None, str(refused))
            return self.page(request, item, form, UNPROCESSABLE)
        messages.success(request, f"The schedule {form.cleaned_data['title']} is changed.")
        return redirect("report_schedules")

    def post(self, request: HttpRequest, schedule_id: str) -> HttpResponseBase:
        """Do what the button says."""
        action = request.POST.get("action", "")
        if action == SAVE:
            return self.save(request, schedule_id)
        if action not in ACTIONS:
            raise SuspiciousOperation("No such action.")
        try:
            item = change_schedule(schedule_id=schedule_id, action=action, actor=actor_of(request), now=utcnow())
        except LookupError as error:
            raise Http404("no such schedule") from error
        except ScheduleRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"The schedule {item.title} is {ACTIONS[action]}.")
        return redirect("report_schedules")


def found_schedule(schedule_id: str) -> ReportSchedule:
    """The schedule, or 404."""
    try:
        return existing_schedule(schedule_id)
    except LookupError as error:
        raise Http404("no such schedule") from error
