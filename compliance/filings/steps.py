"""The steps of a filing as its page offers them: from which state, of which form, and what is done."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.http import actor_of, person
from cloudbank.clock import utcnow
from compliance.filings.amending import amend_cash_report
from compliance.filings.forms import AmendForm, ContinueForm, FiledForm, ReviewForm, VersionForm
from compliance.filings.life import ask_approval, record_filed
from compliance.filings.models import ActivityReport, CashReport, Filing, OfacReport
from compliance.filings.ofac_forms import OfacFiledForm, ReleaseForm
from compliance.filings.ofac_life import ask_release, can_be_released
from compliance.filings.suspicion import amend_report, continue_report
from compliance.filings.terms import Status


@dataclass(frozen=True)
class Done:
    """What was done, in a sentence, and which filing to look at now."""

    said: str
    filing_id: str


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"actor": actor_of(request), "now": utcnow()}


def _review(request: HttpRequest, item: Filing, data: dict[str, Any]) -> Done:
    ask_approval(filing_id=item.filing_id, **data, name=person(request).name, **_who(request))
    return Done("Reviewed. A second person decides under Approvals.", item.filing_id)


def _filed(request: HttpRequest, item: Filing, data: dict[str, Any]) -> Done:
    record_filed(filing_id=item.filing_id, **data, **_who(request))
    return Done("The report is filed.", item.filing_id)


def _amend(request: HttpRequest, item: Filing, data: dict[str, Any]) -> Done:
    change = amend_report if isinstance(item, ActivityReport) else amend_cash_report
    new: Filing = change(filing_id=item.filing_id, why=data["reason"], version=data["version"], **_who(request))
    return Done("The amendment is drafted. It takes the same way as the report.", new.filing_id)


def _continue(request: HttpRequest, item: Filing, data: dict[str, Any]) -> Done:
    new = continue_report(filing_id=item.filing_id, version=data["version"], **_who(request))
    return Done("The continuing report is drafted.", new.filing_id)


def _release(request: HttpRequest, item: Filing, data: dict[str, Any]) -> Done:
    ask_release(filing_id=item.filing_id, **data, name=person(request).name, **_who(request))
    return Done("Asked. A second person decides under Approvals.", item.filing_id)


TO_FINCEN = (CashReport, ActivityReport)


@dataclass(frozen=True)
class Step:
    """One step: where it starts, its form, what it does, its button."""

    code: str
    start: Status
    form: type[VersionForm]
    run: Callable[[HttpRequest, Filing, dict[str, Any]], Done]
    label: str
    icon: str
    only: type[Filing] | tuple[type[Filing], ...] = Filing

    def is_for(self, item: Filing) -> bool:
        """Whether a filing can take it now. What has a later edition is amended and continued there."""
        if item.status != self.start or not isinstance(item, self.only) or item.amended_by:
            return False
        if self.code == "filed" and item.batch_id:
            return False
        if self.code == "release" and not can_be_released(item):
            return False
        return not (self.code == "continue" and isinstance(item, ActivityReport) and item.continued_by)


STEPS = (
    Step("review", Status.DRAFT, ReviewForm, _review, "Ask a second person", "people"),
    Step("filed", Status.APPROVED, FiledForm, _filed, "Record the acknowledgement", "receipt", TO_FINCEN),
    Step("filed_ofac", Status.APPROVED, OfacFiledForm, _filed, "Record the reference", "receipt", OfacReport),
    Step("amend", Status.FILED, AmendForm, _amend, "Amend the report", "pencil", TO_FINCEN),
    Step("release", Status.FILED, ReleaseForm, _release, "Close: not blocked any more", "unlock", OfacReport),
    Step("continue", Status.FILED, ContinueForm, _continue, "The activity goes on", "arrow-repeat", ActivityReport),
)
