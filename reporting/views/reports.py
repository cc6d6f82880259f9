"""`/reports` for staff: choose a quarter, look at it, download it; the archive; the days behind a figure."""

import logging
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from accounts.http import actor_of
from accounts.queries.people import users
from accounts.queries.totals import day_totals
from accounts.views.access import AnyPermissionMixin
from cloudbank import documents
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.ids import new_id
from cloudbank.lists import Column, ListQuery, ListView, Page
from reporting import preview, queries, services
from reporting.days import matching_days
from reporting.forms import LAST, BuildForm, DaysForm, ReportForm
from reporting.models import Report
from reporting.orders import Order
from reporting.pack import Pack
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.views.files import attachment
from reporting.views.statements import Statements
from reporting.writers import WRITERS
from reporting.writers import in_order as writers_in_order

log = logging.getLogger(__name__)
VIEW, BUILD, OWN = "reporting.view_report", "reporting.build_report", "reporting.view_own_statement"


class ReportsPage(AnyPermissionMixin, View):
    """One address: staff see the bank's reports, a customer their own statements."""

    permission_required = (VIEW, OWN)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The page of this person."""
        page = Reports if request.user.has_perm(VIEW) else Statements
        return page.as_view()(request)


class _BuiltBy:
    """Names of the people who built the reports of one page."""

    def __init__(self, reports: list[Report]) -> None:
        self._people = users({one.built_by for one in reports if not one.built_by.startswith("command:")})

    def name(self, report: Report) -> str:
        """The person, or the command."""
        found = self._people.get(report.built_by)
        return found.name if found else report.built_by.removeprefix("command:")


class Reports(ListView):
    """Choose, preview, download; below, what was built before."""

    name = "reports"
    title = "Reports"
    icon = "file-earmark-bar-graph"
    permission_required = VIEW
    template_name = "reporting/reports.html"
    export_formats = ()
    empty_title = "No report has been built yet"
    empty_text = "Download one above, or let cron run: manage.py quarterly_report --quarter last_quarter --output DIR"
    columns = (
        Column("title", "Report", value=lambda row: row[0].title, link=lambda row: f"/reports/{row[0].transaction_id}",
               note=lambda row: row[0].period, main=True),
        Column("built", "Built", "time", value=lambda row: row[0].built),
        Column("by", "By", value=lambda row: row[1]),
        Column("status", "Status", "badge", value=lambda row: "provisional" if row[0].provisional else "final"),
        Column("files", "Files", value=lambda row: ", ".join(sorted(code.upper() for code in row[0].files))),
        Column("took", "Took", value=lambda row: f"{row[0].duration_ms / 1000:.1f} s"),
        Column("hash", "SHA-256", value=lambda row: row[0].sha256[:12]),
    )  # fmt: skip

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The archive, newest first."""
        found = queries.archive(utcnow(), cursor, limit)
        names = _BuiltBy(found.rows)
        return Page([(row, names.name(row)) for row in found.rows], found.cursor)

    @cached_property
    def today(self) -> date:
        """The business date."""
        return business_date(utcnow())

    @cached_property
    def choice(self) -> ReportForm:
        """The chosen quarter and metrics; last quarter and all metrics when nothing is chosen."""
        quarters = queries.quarters_with_data(settings.BANK_CURRENCY, utcnow())
        data = self.request.GET.copy()
        if "quarter" not in data:
            data["quarter"] = LAST if len(quarters) > 1 else "this_quarter"
            data.setlist("metrics", [code for code, _ in ReportForm.metric_choices()])
        return ReportForm(data, quarters=quarters, today=self.today)

    def extra_context(self) -> dict[str, Any]:
        """The chooser, and the preview or why there is none."""
        known = {"choice": self.choice, "key": new_id("key"), "may_build": self.request.user.has_perm(BUILD)}
        known["writers"] = writers_in_order()
        if "HX-Request" in self.request.headers:
            return {}  # another page of the archive: the preview stays as it is
        if not self.choice.is_valid():
            return known
        chosen = self.choice.cleaned_data
        try:
            pack = queries.quarterly_pack(chosen["quarter"], chosen["metrics"], settings.BANK_CURRENCY, utcnow())
        except NothingToReport as nothing:
            return known | {"nothing": str(nothing)}
        except FootingError as broken:
            log.error("a report does not foot: %s", broken)
            return known | {"broken": str(broken)}
        return known | previewed(pack)


def previewed(pack: Pack) -> dict[str, Any]:
    """What the preview's template needs."""
    return {"pack": pack, "sections": preview.sections(pack), "tiles": preview.headlines(pack)}


class BuildReport(PermissionRequiredMixin, View):
    """The download buttons of the preview: build all formats from one pack, archive them, send the one asked for.

    The form's key makes the second button find what the first one built, so the three files agree.
    """

    permission_required = BUILD
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """The file, or back to the page with the reason."""
        form = self._form(request)
        if not form.is_valid():
            raise SuspiciousOperation("No such report.")
        chosen, now, actor = form.cleaned_data, utcnow(), actor_of(request)
        try:
            report = services.build_report(
                order=Order(chosen["quarter"], tuple(chosen["metrics"]), settings.BANK_CURRENCY),
                formats=writers_in_order(),
                actor=actor,
                now=now,
                key=chosen["key"],
            )
            content = services.hand_out(report_id=report.transaction_id, code=chosen["format"], actor=actor, now=now)
        except (NothingToReport, FootingError, services.Busy, documents.NotStored, documents.Damaged) as error:
            messages.error(request, str(error))
            return redirect("reports")
        return attachment(content, report.stem, WRITERS[chosen["format"]])

    def _form(self, request: HttpRequest) -> BuildForm:
        quarters = queries.quarters_with_data(settings.BANK_CURRENCY, utcnow())
        return BuildForm(request.POST, quarters=quarters, today=business_date(utcnow()))


class ReportPage(PermissionRequiredMixin, TemplateView):
    """One report of the archive: its facts, its files, and whether it is still what was built."""

    permission_required = VIEW
    template_name = "reporting/report.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report and what is wrong with it, if anything."""
        report = queries.report(kwargs["report_id"])
        if report is None:
            raise Http404("no such report")
        files = [(writer, document) for writer in writers_in_order() if (document := report.document(writer.code))]
        return super().get_context_data(**kwargs) | {
            "report": report,
            "builder": _BuiltBy([report]).name(report),
            "files": files,
            "problems": services.problems_of(report, utcnow()),
        }


class DownloadReport(PermissionRequiredMixin, View):
    """A file of the archive. By POST: handing it out writes an audit record."""

    permission_required = VIEW
    http_method_names = ["post"]

    def post(self, request: HttpRequest, report_id: str, code: str) -> HttpResponseBase:
        """The file, proven to be the one that was built."""
        try:
            content = services.hand_out(report_id=report_id, code=code, actor=actor_of(request), now=utcnow())
        except KeyError as error:
            raise Http404("no such file") from error
        except (documents.Damaged, services.Busy) as error:
            log.error("report %s cannot be handed out: %s", report_id, error)
            messages.error(request, str(error))
            return redirect("report", report_id)
        report = queries.report(report_id)
        return attachment(content, report.stem if report else code, WRITERS[code])


class ReportDays(PermissionRequiredMixin, View):
    """The business days whose sum a figure is; each leads to its movements."""

    permission_required = VIEW

    def get(self, request: HttpRequest) -> HttpResponse:
        """The days of a type, a channel or a badge, with their total."""
        form = DaysForm(request.GET, today=business_date(utcnow()))
        if not form.is_valid():
            raise SuspiciousOperation("No such figure.")
        chosen = form.cleaned_data
        days = day_totals(chosen["quarter"].first, chosen["quarter"].last, settings.BANK_CURRENCY, with_cells=True)
        filters = {name: chosen[name] for name in ("type", "channel", "badge")}
        rows = matching_days(days, **filters)
        linked = [(row, preview.day_link(row.day, **filters)) for row in rows]
        known = {"quarter": chosen["quarter"], "filters": filters, "rows": linked, "currency": settings.BANK_CURRENCY}
        known["count"], known["volume"] = sum(row.count for row in rows), sum(row.volume or 0 for row in rows)
        return render(request, "reporting/days.html", known)
