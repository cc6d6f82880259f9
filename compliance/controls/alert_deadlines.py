"""Alerts that were not decided by their deadline."""

from django.urls import reverse

from cloudbank.clock import from_iso, iso
from cloudbank.lists import Column
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.selections import CAP, Counted, Selected, Selection
from monitoring.models import WORKLIST
from monitoring.rulebook import RANK


@control("alert-deadlines")
class AlertDeadlines(Control):
    """Suspicious activity is looked at in time."""

    title = "Alerts past their deadline"
    framework = Framework.AML
    obligation = (
        "The bank monitors for suspicious activity and decides on its alerts in time, so that reports can be filed "
        "within 30 days of detection."
    )
    source = "12 CFR 21.11, 21.21; 31 CFR 1020.320(b)(3); FFIEC manual, Suspicious Activity Monitoring"
    counts = ("alert", "alerts")
    gauge_label = "Open alerts past their deadline"
    unit = ("alert", "alerts")
    formula = (
        "Open alerts whose deadline (set by severity, parameters alert.sla.*) has passed. Imported history has none."
    )
    warn = 0
    breach = 9
    weight = 4
    columns = (
        Column("headline", "Alert", main=True, link=lambda item: reverse("alert", args=[item.transaction_id])),
        Column("severity", "Severity", "severity"),
        Column("opened_at", "Opened", "time", value=lambda item: from_iso(item.opened_at)),
        Column("due_at", "Deadline", "time", value=lambda item: from_iso(item.due_at)),
        Column("status", "Status", "badge"),
    )
    empty_text = "Every open alert is within its deadline."

    def _late(self, rank: int, scope: Scope) -> Selection:
        past = TransactionsItem.worklist_order.between(f"{rank}#", f"{rank}#{iso(scope.now)}")
        return Selection(TransactionsItem, "worklist", WORKLIST, past, keys_only=True)

    def offenders(self, scope: Scope) -> Selected:
        """The most severe first, then the longest past its deadline."""
        return Selected([self._late(rank, scope) for rank in RANK.values()])

    def measure(self, scope: Scope) -> Measure:
        """How many, of all open alerts."""
        late = {severity: self._late(rank, scope).count(CAP) for severity, rank in RANK.items()}
        number = sum(late.values())
        parts = [f"{count:,} {severity}" for severity, count in late.items() if count]
        return Measure(
            count=Counted(min(number, CAP), number > CAP),
            gauge=min(number, CAP),
            says=", ".join(parts) if parts else "all are within their deadlines",
            of=Selected([Selection(TransactionsItem, "worklist", WORKLIST)]).count(),
            of_label="open alerts",
        )
