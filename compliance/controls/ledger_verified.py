"""The last verification of the ledger: when, and whether it found the books intact."""

from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.jobs import JobRun
from cloudbank.lists import Column
from cloudbank.roles import Role
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.queries.selections import Counted, Listed

JOB = "verify_ledger"
RECENT = 40


def finished_runs() -> list[JobRun]:
    """The newest ended run of each kind (fast: the open days; full: every day), newest first.

    Of both, because a fast run that finds nothing does not mend what a full one found.
    """
    newest: dict[str, JobRun] = {}
    for run in JobRun.by_subject.query(f"job#{JOB}", scan_index_forward=False, limit=RECENT):
        if run.state != "running":
            newest.setdefault(run.run_key, run)
    return list(newest.values())


def found_fault(run: JobRun) -> bool:
    """Whether it broke off or found a broken invariant."""
    return run.state == "failed" or bool(int(run.counts.get("broken", 0)))


def outcome(run: JobRun) -> str:
    """What the run found, in words."""
    if run.state == "failed":
        return f"broke off: {run.error}"
    broken = int(run.counts.get("broken", 0))
    return f"{broken} broken invariant{'s' if broken != 1 else ''}" if broken else "intact"


@control("ledger-verified")
class LedgerVerified(Control):
    """Hash chains, balances and seals are verified regularly, and the last verification found no fault."""

    title = "Ledger verification"
    framework = Framework.LEDGER
    obligation = (
        "Records cannot be altered unseen: hash chains, balances and sealed days are verified regularly, and a fault "
        "is dealt with at once."
    )
    source = "12 CFR 30 app. A II.A (internal controls); this house's guarantee 4: every row is tamper-evident"
    counts = ("failed verification", "failed verifications")
    gauge_label = "Age of the last verification"
    unit = ("day", "days")
    formula = (
        "Days since manage.py verify_ledger last ended. When the newest fast or the newest full verification found a "
        "broken invariant or broke off, the control is breached whatever its age."
    )
    warn = 1
    breach = 7
    weight = 4
    hard_cap = True
    owner = Role.MANAGER
    columns = (
        Column("transaction_id", "Run", main=True, note=outcome),
        Column("run_key", "Kind"),
        Column("started_at", "Started", "time", value=lambda run: from_iso(run.started_at)),
        Column("postings", "Postings read", "number", value=lambda run: int(run.counts.get("postings", 0))),
    )
    empty_text = "The last verifications found every chain, balance and seal intact."

    def offenders(self, scope: Scope) -> Listed:
        """The newest run of each kind, when it found a fault."""
        return Listed([run for run in finished_runs() if found_fault(run)])

    def measure(self, scope: Scope) -> Measure:
        """The age of the last run in days; not measurable before the first."""
        runs = finished_runs()
        if not runs:
            return Measure(Counted(0), None, "The ledger was never verified. Run manage.py verify_ledger --full.")
        faulty = [run for run in runs if found_fault(run)]
        ended = bank_calendar().local(from_iso(runs[0].ended_at)).date()
        age = (scope.today - ended).days
        says = (
            outcome(faulty[0])
            if faulty
            else f"intact, verified {said(age, self.unit)} ago"
            if age
            else "intact, verified today"
        )
        return Measure(Counted(len(faulty)), age, says, failed=bool(faulty))
