"""Cases that are open longer than a report may take."""

from datetime import UTC, datetime, time, timedelta

from django.urls import reverse

from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.queries.selections import Selected, Selection
from monitoring.casework import WORKLIST_CASES, CaseFile


@control("case-deadlines")
class CaseDeadlines(Control):
    """Investigations end in time for what must follow."""

    title = "Cases open too long"
    framework = Framework.AML
    obligation = (
        "An investigation is brought to a decision in time: a report is due 30 days after facts were found that may "
        "call for one, 60 where nobody is suspected yet."
    )
    source = "31 CFR 1020.320(b)(3); 12 CFR 21.11(d); FFIEC manual, Timing of a SAR Filing"
    counts = ("case", "cases")
    gauge_label = "Oldest open case"
    unit = ("day", "days")
    formula = "Open cases that were opened more days ago than the first threshold allows; the meter shows the oldest."
    warn = 20
    breach = 30
    weight = 3
    columns = (
        Column("title", "Case", main=True, link=lambda item: reverse("case", args=[item.case_id])),
        Column("severity", "Severity", "severity"),
        Column("opened_at", "Opened", "time", value=lambda item: from_iso(item.opened_at)),
        Column("status", "Status", "badge"),
    )
    empty_text = "No case is open for long."

    def offenders(self, scope: Scope) -> Selected:
        """Oldest first."""
        calendar = bank_calendar()
        day = scope.today - timedelta(days=self.threshold(scope, "warn"))
        before = iso(datetime.combine(day, time(), calendar.zone).astimezone(UTC))
        old = TransactionsItem.worklist_order < before
        return Selected([Selection(CaseFile, "worklist", WORKLIST_CASES, old, keys_only=True)])

    def measure(self, scope: Scope) -> Measure:
        """The age of the oldest; of all open cases."""
        everything = Selected([Selection(CaseFile, "worklist", WORKLIST_CASES, keys_only=True)])
        oldest, number = everything.first(), self.offenders(scope).count()
        if oldest is None:
            return Measure(number, 0, "no case is open")
        age = max(0, (scope.today - bank_calendar().local(from_iso(oldest.opened_at)).date()).days)
        says = f"the oldest was opened {said(age, self.unit)} ago"
        return Measure(number, age, says, of=everything.count(), of_label="open cases")
