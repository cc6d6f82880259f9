"""`/reports` for staff: choose a period and figures, look at them, build the files; the archive."""

import logging
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import TemplateView, View

from accounts.http import actor_of, person
from accounts.names import type_name
from accounts.queries.month_ends import Torn
from accounts.queries.people import users
from accounts.views.access import AnyPermissionMixin
from cloudbank import documents
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.ids import new_id
from cloudbank.lists import Column, ListQuery, ListView, Page
from reporting import preview, queries, services
from reporting.cuts import Cut, cut_of, in_words
from reporting.forms.reports import BuildForm, ReportForm
from reporting.models import Report
from reporting.orders import Order
from reporting.pack import Pack
from reporting.packs import SavedPack, declared
from reporting.part_queries import branches
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.retention import class_of, keep_until
from reporting.services.background import start
from reporting.services.packs import packs_for
from reporting.services.runs import ask_run
from reporting.views.files import attachment
from reporting.views.statements import Statements
from reporting.writers import WRITERS
from reporting.writers import in_order as writers_in_order

log = logging.getLogger(__name__)
VIEW, BUILD, OWN = "reporting.view_report", "reporting.build_report", "reporting.view_own_statement"
CHOSEN = ("period", "first", "last", "pack", "metrics")
"""Any of these in the address, and something was chosen."""


class ReportsPage(AnyPermissionMixin, View):
    """One address: staff see the bank's reports, a customer their own statements."""

    permission_required = (VIEW, OWN)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The page of this person."""
        page = Reports if request.user.has_perm(VIEW) else Statements
        return page.as_view()(request)


class BuiltBy:
    """Names of the people who asked for the reports of one page."""

    def __init__(self, actors: set[str]) -> None:
        self._people = users({one for one in actors if not one.startswith("command:")})

    def name(self, actor: str) -> str:
        """The person, or the command."""
        found = self._people.get(actor)
        return found.name if found else actor.removeprefix("command:")


def chosen(request: HttpRequest, data: QueryDict, form: type[ReportForm] = ReportForm) -> Any:
    """The form of what this person may choose from."""
    now = utcnow()
    return form(
        data,
        quarters=queries.quarters_with_data(settings.BANK_CURRENCY, now),
        packs=packs_for(person(request).user_id),
        branches=branches(settings.BANK_CURRENCY),
        today=business_date(now),
    )


def of_what(report: Report) -> str:
    """Its period, and its part of the bank when it is one."""
    cut = cut_of(report.order.get("cut", {}))
    return f"{report.period}, {in_words(cut)}" if cut else str(report.period)


class Reports(ListView):
    """Choose, preview, build; below, what was built before."""

    name = "reports"
    title = "Reports"
    icon = "file-earmark-bar-graph"
    permission_required = VIEW
    template_name = "reporting/reports.html"
    export_formats = ()
    empty_title = "No report has been built yet"
    empty_text = "Build one above, or let cron run: manage.py quarterly_report --quarter last_quarter --output DIR"
    columns = (
        Column("title", "Report", value=lambda row: row[0].title, link=lambda row: f"/reports/{row[0].transaction_id}",
               note=lambda row: of_what(row[0]), main=True),
        Column("built", "Built", "time", value=lambda row: row[0].built),
        Column("by", "By", value=lambda row: row[1]),
        Column("status", "Status", "badge", value=lambda row: row[0].status),
        Column("files", "Files", value=lambda row: ", ".join(sorted(code.upper() for code in row[0].files))),
        Column("took", "Took", value=lambda row: f"{row[0].duration_ms / 1000:.1f} s"),
        Column("hash", "SHA-256", value=lambda row: row[0].sha256[:12]),
    )  # fmt: skip

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The archive, newest first."""
        found = queries.archive(utcnow(), cursor, limit)
        names = BuiltBy({one.built_by for one in found.rows})
        return Page([(row, names.name(row.built_by)) for row in found.rows], found.cursor)

    @cached_property
    def today(self) -> date:
        """The business date."""
        return business_date(utcnow())

    @cached_property
    def choice(self) -> ReportForm:
        """What is chosen; the board's pack over the last quarter when nothing is."""
        data = self.request.GET.copy()
        if not any(name in data for name in CHOSEN):
            data["pack"] = "board"
        if not (data.get("period") or data.get("first") or data.get("last")):
            quarters = queries.quarters_with_data(settings.BANK_CURRENCY, utcnow())
            data["period"] = "last_quarter" if len(quarters) > 1 else "this_quarter"
        form: ReportForm = chosen(self.request, data)
        return form

    def extra_context(self) -> dict[str, Any]:
        """The chooser, and the preview or why there is none."""
        if "HX-Request" in self.request.headers:
            return {}  # another page of the archive: the preview stays as it is
        known = {"choice": self.choice, "key": new_id("key"), "may_build": self.request.user.has_perm(BUILD)}
        known |= {"writers": writers_in_order(), "packs": packs_for(person(self.request).user_id)}
        known["me"] = person(self.request).user_id
        if not self.choice.is_valid():
            return known
        order: Order = self.choice.cleaned_data["order"]
        known |= {"order": order, "sent": sent(order)}
        try:
            pack = queries.pack_of(order, utcnow())
        except NothingToReport as nothing:
            return known | {"nothing": str(nothing)}
        except (FootingError, Torn) as broken:
            log.error("a report does not foot: %s", broken)
            return known | {"broken": str(broken)}
        return known | previewed(pack, order.cut)


def sent(order: Order) -> list[tuple[str, str]]:
    """The hidden fields that ask for this order again, whatever day it is then."""
    chosen_by = [("pack", order.pack_code)] if order.pack_code else [("metrics", code) for code in order.codes]
    return [("period", order.stretch.label), *chosen_by, ("compare", order.compare), *order.cut]


def address_of(pack: SavedPack) -> str:
    """Where `/reports` shows a pack."""
    query = QueryDict(mutable=True)
    query.update({"pack": pack.code, "compare": pack.compare, **pack.cut})
    return f"/reports?{query.urlencode()}"


def previewed(pack: Pack, cut: Cut) -> dict[str, Any]:
    """What the preview's template needs."""
    return {"pack": pack, "sections": preview.sections(pack, cut), "tiles": preview.headlines(pack, cut)}


class BuildReport(PermissionRequiredMixin, View):
    """The Build button of the preview: start a run, and lead to its page.

    The form's key makes a second click find the run of the first one.
    """

    permission_required = BUILD
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        """The run's page; back to the reports with the reason when it cannot be asked for."""
        form = chosen(request, request.POST, BuildForm)
        if not form.is_valid():
            raise SuspiciousOperation("No such report.")
        asked, now = form.cleaned_data, utcnow()
        order: Order = asked["order"]
        try:
            queries.check_stretch(order.stretch, order.currency, now)
        except NothingToReport as nothing:
            messages.error(request, str(nothing))
            return redirect("reports")
        formats = writers_in_order(tuple(asked["formats"]))
        run = ask_run(order=order, formats=formats, key=asked["key"], actor=actor_of(request), now=now)
        start(run.transaction_id)
        return redirect("report_run", run.transaction_id)


class ReportPage(PermissionRequiredMixin, TemplateView):
    """One report of the archive: its facts, its files, and whether it is still what was built."""

    permission_required = VIEW
    template_name = "reporting/report.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The report and what is wrong with it, if anything."""
        report = queries.report(kwargs["report_id"])
        if report is None:
            raise Http404("no such report")
        known: dict[str, Any] = {
            "report": report,
            "builder": BuiltBy({report.built_by}).name(report.built_by),
            "files": files_of(report),
            "problems": services.problems_of(report, utcnow()),
            "again": again(report),
            "corrections": [(one, type_name(one.type)) for one in queries.corrected_since(report, utcnow())],
            "retention": class_of(report.provisional),
            "keep_until": keep_until(report.built, report.provisional),
        }
        return super().get_context_data(**kwargs) | known


def files_of(report: Report) -> list[tuple[Any, documents.StoredDocument]]:
    """Its files with their writers, PDF first."""
    return [(writer, found) for writer in writers_in_order() if (found := report.document(writer.code))]


def again(report: Report) -> str:
    """The query string that asks for the same once more; a pack that a person saved is asked for by its metrics."""
    query = QueryDict(mutable=True)
    query.update({"period": report.period, "compare": report.order["compare"], **report.order["cut"]})
    pack = report.order["pack"][0]
    if declared(pack):
        query["pack"] = pack
    else:
        query.setlist("metrics", report.order["codes"])
    return query.urlencode()


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
