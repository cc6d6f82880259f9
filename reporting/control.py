"""The compliance control over reports: every report that was asked for is built and reaches its recipients."""

from datetime import timedelta

from django.urls import reverse

from cloudbank.clock import iso
from cloudbank.lists import Column
from cloudbank.roles import Role
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.selections import Counted, Listed
from reporting.models import FAILED, ReportRun

DAYS, MOST = 7, 200
DELIVERY = timedelta(hours=2)
"""A report that is built is with its recipients by then."""


def undelivered(run: ReportRun, scope: Scope) -> bool:
    """Whether it failed, or a recipient of it has waited longer than a delivery takes."""
    if run.state_at(scope.now) == FAILED:
        return True
    is_old = run.ended_at and run.ended_at < iso(scope.now - DELIVERY)
    return bool(is_old and set(run.recipients) - set(run.delivered))


@control("report-delivery")
class ReportDelivery(Control):
    """Reports are there when they are due."""

    title = "Reports not built or not delivered"
    framework = Framework.REPORTING
    obligation = "Board and regulatory reports are produced and delivered in time; one that fails is built again."
    source = "12 CFR 30 app. A II.B; 12 CFR 363.2 (reports of management); OCC Heightened Standards, 12 CFR 30 app. D"
    counts = ("report", "reports")
    gauge_label = "Reports failed or not delivered in a week"
    unit = ("report", "reports")
    formula = (
        "Of the newest 200 runs of the last seven days: those that failed, and those of which a recipient has had "
        "nothing for two hours."
    )
    warn = 0
    breach = 3
    weight = 1
    owner = Role.MANAGER
    columns = (
        Column("title", "Report", main=True, link=lambda run: reverse("report_run", args=[run.transaction_id])),
        Column("period", "Period"),
        Column("asked", "Asked for", "time"),
        Column("error", "Why", value=lambda run: run.error or "not delivered, or its worker is gone"),
    )
    empty_text = "Every report of the last week was built and delivered."

    def _runs(self, scope: Scope) -> list[ReportRun]:
        """The newest runs of a week, one query (two in the first week of a year)."""

        def read() -> list[ReportRun]:
            since = scope.now - timedelta(days=DAYS)
            found: list[ReportRun] = []
            for year in sorted({scope.now.year, since.year}, reverse=True):
                newest = ReportRun.by_day.query(
                    ReportRun.group(year), ReportRun.day_order > iso(since), scan_index_forward=False, limit=MOST
                )
                found += [one for one in newest if isinstance(one, ReportRun)]
            return found[:MOST]

        return scope.once("report_runs", read)

    def offenders(self, scope: Scope) -> Listed:
        """Newest first."""
        return Listed([run for run in self._runs(scope) if undelivered(run, scope)])

    def measure(self, scope: Scope) -> Measure:
        """How many of those asked for in a week."""
        number, runs = self.offenders(scope).count(), self._runs(scope)
        says = "somebody waits for a report" if number.number else "all were built and delivered"
        return Measure(number, number.number, says, of=Counted(len(runs)), of_label="reports of the last week")
