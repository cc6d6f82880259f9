"""Retention: what outlived its period is let go, month by month."""

from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.jobs import JobRun, last_run
from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.privacy.engine import JOB, backlog
from compliance.queries.selections import Counted, Listed


def has_backlog(run: JobRun) -> bool:
    """Whether the run broke off, or had to leave something."""
    return run.state == "failed" or backlog(run) > 0


@control("retention-backlog")
class RetentionBacklog(Control):
    """Personal data is kept no longer than its purpose and the law ask for."""

    title = "Retention backlog"
    framework = Framework.PRIVACY
    obligation = (
        "Personal data is kept no longer than its purpose and the law ask for: what outlived its period is erased, and "
        "what a hold keeps is restricted."
    )
    source = "GDPR art. 5(1)(e), 17(1)(a); 31 CFR 1010.430"
    counts = ("run with a backlog", "runs with a backlog")
    gauge_label = "Age of the last run"
    unit = ("day", "days")
    formula = (
        "Days since manage.py apply_retention last ran. When the last run broke off, or had to leave something, the "
        "control is breached whatever its age."
    )
    warn = 31
    breach = 62
    weight = 2
    columns = (
        Column("transaction_id", "Run", main=True),
        Column("started_at", "Started", "time", value=lambda run: from_iso(run.started_at)),
        Column("left", "Left", "number", value=backlog),
        Column("error", "Why"),
    )
    empty_text = "The last run left nothing behind."

    def offenders(self, scope: Scope) -> Listed:
        """The last run, when it left something."""
        run = last_run(JOB)
        return Listed([run] if run and has_backlog(run) else [])

    def measure(self, scope: Scope) -> Measure:
        """The age of the last run in days; not measurable before the first."""
        run = last_run(JOB)
        if run is None:
            return Measure(Counted(0), None, "Retention was never applied. Run manage.py apply_retention.")
        age = (scope.today - bank_calendar().local(from_iso(run.started_at)).date()).days
        failed = has_backlog(run)
        says = f"{backlog(run)} left" if failed else f"applied {said(age, self.unit)} ago" if age else "applied today"
        return Measure(Counted(int(failed)), age, says, failed=failed)
