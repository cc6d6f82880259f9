"""Starting a report on suspicious activity from a case, and writing it. To who may not know of it, neither is there."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import FormView

from accounts.http import actor_of
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.forms import UnprocessableFormMixin
from compliance.filings.forms import ReportForm, StartForm
from compliance.filings.life import WORK, filing
from compliance.filings.models import ActivityReport
from compliance.filings.suspicion import edit_report, reports_of_case, start_report
from compliance.filings.terms import SAR, Refused, Status
from compliance.steps import NotAllowed
from monitoring.casework import CaseFile
from monitoring.queries.casework import get_case


class Secret(UnprocessableFormMixin, FormView):
    """A page that is not there for who may not work on such reports."""

    template_name = "compliance/filings/report_form.html"
    told_as = "/compliance/filings/<filing_id>"
    """In the log, whose readers are others: every filing has that address."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 for all others."""
        if not request.user.has_perm(WORK[SAR]):
            raise Http404("There is no such page.")
        return super().dispatch(request, *args, **kwargs)

    def refused(self, form: Any, error: Refused | NotAllowed) -> HttpResponse:
        """What is wrong, at its field."""
        form.add_error(error.field if error.field in form.fields else None, error.message)
        return self.form_invalid(form)


GOING_ON = (
    "Is it still going on? Then telephone law enforcement and the bank's regulator at once; the report is filed all "
    "the same (31 CFR 1020.320(b)(3))."
)


class StartReport(Secret):
    """The first report of a case; when there is one, that one."""

    form_class = StartForm

    @cached_property
    def case(self) -> CaseFile:
        """The case, or 404."""
        found = get_case(self.kwargs["case_id"])
        if found is None:
            raise Http404("There is no such case.")
        return found

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form, or the latest report of the case."""
        if there := reports_of_case(self.case.case_id):
            return redirect("filing", filing_id=there[0].filing_id)
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """Today, until an officer says otherwise."""
        return {"determined_on": bank_calendar().local(utcnow()).date()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The words around the form."""
        return super().get_context_data(
            heading="Report suspicious activity",
            intro=f"From the case {self.case.title!r}. Its facts are filled in.",
            warning=GOING_ON,
            button="Draft the report",
            back=reverse("case", args=[self.case.case_id]),
            **kwargs,
        )

    def form_valid(self, form: StartForm) -> HttpResponse:
        """Draft it."""
        try:
            item = start_report(
                case_id=self.case.case_id, **form.cleaned_data, actor=actor_of(self.request), now=utcnow()
            )
        except (Refused, NotAllowed) as error:
            return self.refused(form, error)
        return redirect("filing", filing_id=item.filing_id)


class EditReport(Secret):
    """Write a draft."""

    form_class = ReportForm

    @cached_property
    def item(self) -> ActivityReport:
        """The draft, or 404."""
        found = filing(self.kwargs["filing_id"])
        if not isinstance(found, ActivityReport) or found.status != Status.DRAFT:
            raise Http404("There is no such draft.")
        return found

    def get_initial(self) -> dict[str, Any]:
        """As it is."""
        item = self.item
        names = ("determined_on", "first_on", "last_on", "total", "kinds", "version")
        suspect = {"has_suspect": "yes" if item.has_suspect else "no"}
        return {name: getattr(item, name) for name in names} | suspect | dict(item.answers)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The words around the form."""
        return super().get_context_data(
            heading="Write the report",
            intro="Facts of the case are filled in. Write so that somebody who knows nothing of it understands it.",
            button="Save",
            back=reverse("filing", args=[self.item.filing_id]),
            **kwargs,
        )

    def form_valid(self, form: ReportForm) -> HttpResponse:
        """Save it."""
        data = {"content": form.content(), "version": form.cleaned_data["version"]}
        try:
            edit_report(filing_id=self.item.filing_id, **data, actor=actor_of(self.request), now=utcnow())
        except (Refused, NotAllowed) as error:
            return self.refused(form, error)
        return redirect("filing", filing_id=self.item.filing_id)
