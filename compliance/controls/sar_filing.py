"""Suspicious activity reports that are due: their clocks. Who may not know of such reports never sees this control."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.filings.life import VIEW
from compliance.filings.models import ActivityReport
from compliance.filings.register import open_filings
from compliance.filings.terms import LABELS, SAR, Status, due_text
from compliance.queries.selections import CAP, Counted, Listed


@dataclass(frozen=True)
class Clock:
    """A report on its way, and how much of its time is over."""

    item: ActivityReport
    today: date

    @property
    def name(self) -> str:
        """The person it is mainly about."""
        return str(self.item.main.get("name") or "Unknown person")

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("filing", args=[self.item.filing_id])

    @property
    def used(self) -> int:
        """Percent of the days from the determination to the due date that are over; above 100 it is late."""
        began = date.fromisoformat(self.item.determined_on)
        return 100 * (self.today - began).days // max(1, (self.item.due - began).days)

    @property
    def left(self) -> str:
        """ "8 days left", "2 days overdue"."""
        return due_text((self.item.due - self.today).days)

    @property
    def state(self) -> str:
        """Where it stands."""
        return LABELS[Status(self.item.status)]


@dataclass(frozen=True)
class Clocks(Listed):
    """The reports, the first due on top."""

    more: bool = False

    def count(self) -> Counted:
        """How many."""
        return Counted(len(self.rows), self.more)


@control("sar-filing")
class SarFiling(Control):
    """Suspicious activity reports are filed in time."""

    title = "Suspicious activity reports on their way"
    framework = Framework.REPORTING
    obligation = (
        "Suspicious activity is reported to FinCEN (Form 111) within 30 calendar days after the bank knew or had "
        "reason to suspect, 60 when nobody is suspected; continuing activity within 120 days after the report before."
    )
    source = "31 CFR 1020.320(b)(3); FinCEN FAQ of 2025-10-09"
    counts = ("report", "reports")
    gauge_label = "Time used by the report that is nearest to its due date"
    unit = ("%", "%")
    formula = (
        "Reports that are not filed. The meter shows, of the one that has used most of its time, the percent of the "
        "days from the determination to the due date that are over; above 100 % it is late."
    )
    warn = 75
    breach = 100
    weight = 5
    hard_cap = True
    permission = VIEW[SAR]
    columns = (
        Column("name", "Person", main=True, link=lambda row: row.url),
        Column("determined_on", "Determined", "date", value=lambda row: date.fromisoformat(row.item.determined_on)),
        Column("due_on", "Due", "date", value=lambda row: row.item.due, note="left"),
        Column("used", "Time used", value=lambda row: f"{row.used} %"),
        Column("state", "State", value="state"),
    )
    empty_text = "No report is on its way."

    def offenders(self, scope: Scope) -> Clocks:
        """The first due on top."""
        found = [Clock(item, scope.today) for item in open_filings(SAR, CAP) if isinstance(item, ActivityReport)]
        return Clocks(found, len(found) == CAP)

    def measure(self, scope: Scope) -> Measure:
        """The fullest clock."""
        waiting = self.offenders(scope)
        if not waiting.rows:
            return Measure(Counted(0), 0, "nothing waits")
        fullest = max(waiting.rows, key=lambda one: one.used)
        return Measure(waiting.count(), max(0, fullest.used), f"the most urgent: {fullest.left}")
