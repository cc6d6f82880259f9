"""Cash over the reporting limit that has not been reported."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.queries.people import users
from cloudbank.lists import Column, Page
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.drill import person_url
from compliance.queries.cash_days import CashDay, awaiting
from compliance.queries.selections import Counted, Listed


@dataclass(frozen=True)
class CashDayRow:
    """A cash day with the person's name and the time that is left."""

    cash: CashDay
    name: str
    today: date

    @property
    def left(self) -> str:
        """ "8 days left", "due today", "2 days overdue"."""
        days = (self.cash.due_on - self.today).days
        if days == 0:
            return "due today"
        return f"{said(days, ('day', 'days'))} left" if days > 0 else f"{said(-days, ('day', 'days'))} overdue"


@dataclass(frozen=True)
class CashDays(Listed):
    """The cash days; names are read for the page that shows them only."""

    today: date = date.min
    more: bool = False

    def count(self) -> Counted:
        """How many."""
        return Counted(len(self.rows), self.more)

    def page(self, cursor: Any, limit: int) -> Page:
        """With names."""
        page = super().page(cursor, limit)
        people = users({one.customer_id for one in page.rows})
        named = [
            CashDayRow(one, people[one.customer_id].name if one.customer_id in people else one.customer_id, self.today)
            for one in page.rows
        ]
        return Page(named, page.next_cursor)


@control("ctr-filing")
class CtrFiling(Control):
    """Currency transaction reports are filed in time."""

    title = "Large cash waiting for its report"
    framework = Framework.REPORTING
    obligation = (
        "Cash of more than 10,000 USD in, or out, by or on behalf of one person on one business day is reported to "
        "FinCEN (Form 112) within 15 days following that day."
    )
    source = "31 CFR 1010.311, 1010.313, 1010.306(a)(1)"
    counts = ("cash day", "cash days")
    gauge_label = "Oldest cash day without a report"
    unit = ("day", "days")
    formula = (
        "Persons, business days and directions with cash over the limit whose alert is still open; in and out are "
        "never netted, imported history is left out. The meter shows the calendar days since the oldest; closing "
        "its alert takes a cash day off."
    )
    warn = 10
    breach = 15
    weight = 5
    hard_cap = True
    columns = (
        Column("name", "Person", main=True, link=lambda row: person_url(row.cash.customer_id)),
        Column(
            "day",
            "Business day",
            "date",
            value=lambda row: date.fromisoformat(row.cash.day),
            note=lambda row: row.cash.direction,
        ),
        Column("total", "Cash", "balance", value=lambda row: row.cash.total, currency=lambda row: row.cash.currency),
        Column("due_on", "Report due", "date", value=lambda row: row.cash.due_on, note="left"),
        Column(
            "alert",
            "Alert",
            value=lambda row: "Open the alert",
            link=lambda row: reverse("alert", args=[row.cash.alert_id]),
            export=lambda row: row.cash.alert_id,
        ),
    )
    empty_text = "No cash over the limit waits for its report."

    def offenders(self, scope: Scope) -> CashDays:
        """Oldest first."""
        days, more = awaiting()
        return CashDays(days, scope.today, more)

    def measure(self, scope: Scope) -> Measure:
        """Days since the oldest."""
        waiting = self.offenders(scope)
        if not waiting.rows:
            return Measure(Counted(0), 0, "nothing waits")
        oldest = waiting.rows[0]
        age = max(0, scope.age(oldest.day))
        return Measure(waiting.count(), age, f"the first report: {CashDayRow(oldest, '', scope.today).left}")
