"""`/reports/runs`: reports under way and ended; one run with its progress, cancel, retry and files."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.generic import View

from accounts.http import actor_of
from cloudbank.clock import from_iso, utcnow
from cloudbank.lists import Column, ListQuery, ListView, Page
from reporting import queries, services
from reporting.cuts import cut_of, in_words
from reporting.models import CANCELLED, DONE, FAILED, UNDER_WAY, ReportRun
from reporting.run_queries import existing_run, runs
from reporting.services.asked import ASKED
from reporting.services.background import start
from reporting.services.runs import NotNow, cancel_run, retry_run
from reporting.views.reports import BUILD, VIEW, BuiltBy, files_of

CAUSES = {"page": "by hand", "command": "by a command", "schedule": "by a schedule"}


class Runs(ListView):
    """What was asked for, newest first, with what became of it."""

    name = "report-runs"
    title = "Runs"
    icon = "arrow-repeat"
    permission_required = VIEW
    template_name = "reporting/runs.html"
    export_formats = ()
    empty_title = "Nothing was built yet"
    empty_text = "A run stands here from the moment somebody, a command or a schedule asks for a report."
    columns = (
        Column("title", "Report", value=lambda row: row[0].title, main=True,
               link=lambda row: f"/reports/runs/{row[0].transaction_id}", note=lambda row: row[0].period),
        Column("asked", "Asked for", "time", value=lambda row: row[0].asked),
        Column("by", "By", value=lambda row: row[1], note=lambda row: CAUSES[row[0].cause]),
        Column("state", "State", "badge", value=lambda row: row[0].state_at(row[2]).capitalize()),
        Column("why", "Why", value=lambda row: row[0].why(row[2])),
    )  # fmt: skip

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The runs over the years."""
        now = utcnow()
        found = runs(now, cursor, limit)
        names = BuiltBy({one.asked_by for one in found.rows})
        return Page([(row, names.name(row.asked_by), now) for row in found.rows], found.cursor)


def found_run(run_id: str) -> ReportRun:
    """The run, or 404."""
    try:
        return existing_run(run_id)
    except LookupError as error:
        raise Http404("no such run") from error


class RunPage(PermissionRequiredMixin, View):
    """One run. htmx asks for the fragment every second while it is under way; without it the page loads again."""

    permission_required = VIEW
    raise_exception = True

    def get(self, request: HttpRequest, run_id: str) -> HttpResponse:
        """The page, or the fragment of its progress."""
        known = shown(found_run(run_id)) | {"may_build": request.user.has_perm(BUILD)}
        is_fragment = "HX-Request" in request.headers
        return render(request, "reporting/_run.html" if is_fragment else "reporting/run.html", known)


def shown(run: ReportRun) -> dict[str, Any]:
    """What the page says of a run."""
    now = utcnow()
    state = run.state_at(now)
    report = queries.report(run.report_id) if run.report_id else None
    order = run.order
    return {
        "run": run,
        "state": state,
        "under_way": state in UNDER_WAY,
        "is_done": state == DONE,
        "may_retry": state in (FAILED, CANCELLED),
        "why": run.why(now),
        "words": f"{run.done} of {run.total} steps" if run.total else "Waiting for its turn",
        "by": BuiltBy({run.asked_by}).name(run.asked_by),
        "cause": CAUSES[run.cause],
        "took": _seconds(run),
        "report": report,
        "files": files_of(report) if report else [],
        "metrics": len(order["codes"]),
        "part": in_words(cut_of(order.get("cut", {}))),
        "typed": typed(run),
    }


def typed(run: ReportRun) -> list[tuple[str, str]]:
    """What was typed for a report that was refused, beside its period; empty for others."""
    data = run.order.get(ASKED, {})
    words = {name: ", ".join(text) if isinstance(text, list) else text for name, text in data.items()}
    return [(name.capitalize(), text) for name, text in words.items() if text and name != "period"]


def _seconds(run: ReportRun) -> float | None:
    if not run.started_at or not run.ended_at:
        return None
    took: timedelta = from_iso(run.ended_at) - from_iso(run.started_at)
    return max(0.0, round(took.total_seconds(), 1))


class ChangeRun(PermissionRequiredMixin, View):
    """Cancel or retry: managers."""

    permission_required = BUILD
    raise_exception = True
    http_method_names = ["post"]

    def change(self, request: HttpRequest, run_id: str) -> None:
        """What the button does. Raises NotNow."""
        raise NotImplementedError

    def post(self, request: HttpRequest, run_id: str) -> HttpResponseBase:
        """Do it, and show the run again."""
        found_run(run_id)
        try:
            self.change(request, run_id)
        except (NotNow, services.Busy) as error:
            messages.error(request, str(error))
        return redirect("report_run", run_id)


class CancelRun(ChangeRun):
    """Stop it; what is not archived yet never will be."""

    def change(self, request: HttpRequest, run_id: str) -> None:
        """By who is signed in, now."""
        cancel_run(run_id=run_id, actor=actor_of(request), now=utcnow())


class RetryRun(ChangeRun):
    """Build it again, with the same parameters."""

    def change(self, request: HttpRequest, run_id: str) -> None:
        """Have it taken up at once."""
        retry_run(run_id=run_id, actor=actor_of(request), now=utcnow())
        start(run_id)
