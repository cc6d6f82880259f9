"""Reports to OFAC on their way: blocked property and rejected transactions, ten business days each."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.urls import reverse

from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.filings.models import OfacReport
from compliance.filings.register import open_filings
from compliance.filings.terms import DEEDS, LABELS, OFAC, Status, due_text
from compliance.queries.selections import CAP, Counted, Listed


@dataclass(frozen=True)
class Clock:
    """A report on its way, and how much of its time is over."""

    item: OfacReport
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
        """Percent of the business days from the event to the due date that are over; above 100 it is late."""
        began = date.fromisoformat(self.item.day)
        over = 100 * _business_days(began, self.today) // max(1, _business_days(began, self.item.due))
        return max(over, 101) if self.today > self.item.due else over  # late on the Saturday after a Friday too

    @property
    def left(self) -> str:
        """ "8 days left", "2 days overdue": calendar days."""
        return due_text((self.item.due - self.today).days)

    @property
    def state(self) -> str:
        """Where it stands."""
        return LABELS[Status(self.item.status)]


def _business_days(first: date, last: date) -> int:
    """Business days after `first`, up to and with `last`."""
    return sum(1 for _ in bank_calendar().days(first + timedelta(days=1), last))


@dataclass(frozen=True)
class Clocks(Listed):
    """The reports, the first due on top."""

    more: bool = False

    def count(self) -> Counted:
        """How many."""
        return Counted(len(self.rows), self.more)


@control("ofac-reports")
class OfacReports(Control):
    """What was blocked or rejected is reported to OFAC in time."""

    title = "Reports to OFAC on their way"
    framework = Framework.SANCTIONS
    obligation = (
        "Blocked property and rejected transactions are reported to OFAC within ten business days after they were "
        "blocked or rejected."
    )
    source = "31 CFR 501.603(b)(1), 501.604(c)"
    counts = ("report", "reports")
    gauge_label = "Time used by the report that is nearest to its due date"
    unit = ("%", "%")
    formula = (
        "Reports to OFAC that are not filed. The meter shows, of the one that has used most of its time, the percent "
        "of the business days from the event to the due date that are over; above 100 % it is late. What nobody has "
        "drafted yet is drafted in the evening by the job draft_filings."
    )
    warn = 50
    breach = 100
    weight = 5
    hard_cap = True
    columns = (
        Column("name", "Person", main=True, link=lambda row: row.url),
        Column("deed", "What", value=lambda row: DEEDS[row.item.deed]),
        Column("day", "Since", "date", value=lambda row: date.fromisoformat(row.item.day)),
        Column("due_on", "Due", "date", value=lambda row: row.item.due, note="left"),
        Column("used", "Time used", value=lambda row: f"{row.used} %"),
        Column("state", "State", value="state"),
    )
    empty_text = "Nothing that was blocked or rejected waits for its report."

    def offenders(self, scope: Scope) -> Clocks:
        """The first due on top."""
        found = [Clock(item, scope.today) for item in open_filings(OFAC, CAP) if isinstance(item, OfacReport)]
        return Clocks(found, len(found) == CAP)

    def measure(self, scope: Scope) -> Measure:
        """The fullest clock."""
        waiting = self.offenders(scope)
        if not waiting.rows:
            return Measure(Counted(0), 0, "nothing waits")
        fullest = max(waiting.rows, key=lambda one: one.used)
        return Measure(waiting.count(), max(0, fullest.used), f"the most urgent: {fullest.left}")
