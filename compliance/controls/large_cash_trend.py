"""Whether there is more reportable cash than usual."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.loans.rows import months_back
from accounts.month_ends import of_part
from accounts.prudential import share
from accounts.queries.month_ends import month_end, rows
from cloudbank.lists import Column, Page
from compliance.control import BASIS_POINTS, Control, Framework, Measure, Scope, control, percent
from compliance.prudential_control import not_counted
from compliance.queries.sealed import last_month_end, month_numbers
from compliance.queries.selections import Counted

SHEET, RULE = "alerts", "ctr_aggregate"
FEWEST = 5
"""Fewer in the month before make no base to compare with."""


@dataclass(frozen=True)
class OpenedInMonth:
    """The large-cash alerts opened in the month that a sheet ends. Counted from its numbers; rows read for the page."""

    day: date | None
    number: int

    def count(self) -> Counted:
        """How many."""
        return Counted(self.number)

    def page(self, cursor: Any, limit: int) -> Page:
        """In the order of their opening."""
        item = month_end(self.day, settings.BANK_CURRENCY, SHEET) if self.day and self.number else None
        month = self.day.isoformat()[:7] if self.day else ""
        found = [one for one in rows(item) if one.opened_on[:7] == month and RULE in one.rules.split()] if item else []
        start = int(cursor or 0)
        shown = sorted(found, key=lambda one: (one.opened_at, one.id))[start : start + limit]
        return Page(shown, start + limit if start + limit < len(found) else None)


@control("large-cash-trend")
class LargeCashTrend(Control):
    """A rise of reportable cash is noticed and explained."""

    title = "Trend of large cash"
    framework = Framework.AML
    obligation = (
        "The bank knows the cash activity of its customers, and looks into a rise of cash above the reporting limit."
    )
    source = "31 CFR 1010.311, 1020.210(a)(2)(v); FFIEC manual, Currency Transaction Reporting"
    counts = ("large-cash alert", "large-cash alerts")
    gauge_label = "More than in the month before"
    unit = BASIS_POINTS
    formula = (
        "Alerts for cash over the reporting limit opened in the last sealed month / those of the month before, less "
        "one; 0 when there were not more. The rows are the alerts of that month, from its sheet."
    )
    warn = 5_000
    breach = 10_000
    weight = 1
    columns = (
        Column("id", "Alert", main=True, link=lambda row: reverse("alert", args=[row.id])),
        Column("severity", "Severity", "severity"),
        Column("opened_on", "Opened", "date", value=lambda row: date.fromisoformat(row.opened_on)),
        Column(
            "state",
            "Then",
            value=lambda row: "Decided" if row.closed_on else "Open",
        ),
    )
    empty_text = "No alert for large cash was opened in the last sealed month."

    def offenders(self, scope: Scope) -> OpenedInMonth:
        """Of the last month end."""
        day = last_month_end()
        numbers = month_numbers(day, SHEET) if day else None
        return OpenedInMonth(day, numbers[of_part("opened_0", "rule", RULE)] if numbers else 0)

    def measure(self, scope: Scope) -> Measure:
        """The rise against the month before."""
        found = self.offenders(scope)
        numbers = month_numbers(found.day, SHEET) if found.day else None
        if found.day is None or numbers is None:
            return not_counted("No month end is sealed yet: the first sheet of alerts comes with one.")
        before = numbers[of_part("opened_1", "rule", RULE)]
        month, earlier = months_back(found.day)[:2]
        if before < FEWEST:
            return Measure(found.count(), None, f"Only {before} in {earlier}: too few to compare {month} with.")
        rise = share(max(0, found.number - before), before)
        return Measure(found.count(), rise, f"{percent(rise or 0)} more in {month} than in {earlier} ({before})")
