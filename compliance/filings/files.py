"""`/compliance/filings/<id>.<xml|pdf>`: a filing as the E-Filing System takes it, or on paper. Who took it is kept."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.http import actor_of, person
from accounts.ledger import Actor
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.exports import safe_filename
from cloudbank.lists.taken import Taker, count_taken, keep_in, take_away
from compliance.filings.bank_facts import bank_facts
from compliance.filings.bsa_xml import activity_report_xml, cash_report_xml
from compliance.filings.models import ActivityReport, Filing, OfacReport, ReportCopies
from compliance.filings.narrative import TooLong
from compliance.filings.paper import filing_pdf
from compliance.filings.terms import FORM_NUMBERS, Refused, Status
from compliance.filings.views import OneFiling

TYPES = {"xml": "application/xml", "pdf": "application/pdf"}


def filing_xml(item: Filing, now: datetime) -> bytes:
    """The file for the E-Filing System. Raises Refused saying what keeps it from being made."""
    if isinstance(item, OfacReport):
        raise Refused("OFAC takes its reports through its own Reporting System: copy them from the PDF.")
    if item.status in (Status.DRAFT, Status.REVIEWED, Status.DISMISSED):
        raise Refused("Only an approved report leaves for the E-Filing System.")
    if item.currency != "USD":
        raise Refused("The form takes US dollars; the bank keeps no rates. File this report by hand.")
    bank, today = bank_facts(now), item.filed_on or bank_calendar().local(now).date().isoformat()
    try:
        make = activity_report_xml if isinstance(item, ActivityReport) else cash_report_xml
        return make(item, bank, today)
    except TooLong as error:
        raise Refused(str(error)) from error


class FilingFile(OneFiling):
    """The file; a reason why there is none is said on the filing's page."""

    def get(self, request: HttpRequest, filing_id: str, extension: str) -> HttpResponse:
        """Made anew each time from what is stored."""
        item, now = self.item, utcnow()
        if extension not in TYPES:
            raise Http404("There is no such format.")
        try:
            content = (
                filing_xml(item, now)
                if extension == "xml"
                else filing_pdf(item, taken_by=person(request).name, now=now)
            )
        except Refused as error:
            messages.error(request, error.message)
            return redirect("filing", filing_id=filing_id)
        _taken(request, item, extension, actor_of(request), now)
        name = safe_filename(f"{FORM_NUMBERS[item.FORM]} {item.filing_id}", extension)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(content, content_type=TYPES[extension], headers=headers)


def _taken(request: HttpRequest, item: Filing, extension: str, actor: Actor, now: datetime) -> None:
    """Note it before a byte leaves. Of a secret report in a trail that only those read who may know of it."""
    taker = Taker(actor.user_id, actor.role, actor.source)
    if isinstance(item, ActivityReport):
        count_taken(taker, now)
        keep_in(ReportCopies, ReportCopies.key(item.filing_id), taker, {"format": extension}, now)
    else:
        facts = [("What", f"the report {item.filing_id}")]
        take_away(taker, path=request.path, extension=extension, facts=facts, now=now)
