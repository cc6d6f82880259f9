"""Currency transaction reports that are due: filings that are not filed, and cash that was not drafted yet."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse

from accounts.queries.people import users
from cloudbank import parameters
from cloudbank.lists import Column, Page
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.drill import person_url
from compliance.filings.drafting import FILING_DAYS, drafted_through
from compliance.filings.exemptions import Exemptions
from compliance.filings.models import CashReport
from compliance.filings.register import open_filings
from compliance.filings.terms import CTR, LABELS, Status, due_text
from compliance.queries.cash_days import CashDay, awaiting
from compliance.queries.selections import CAP, Counted, Listed


@dataclass(frozen=True)
class Due:
    """A report that is due: a filing on its way, or a cash day that nobody drafted yet. Minor units."""

    person_id: str
    day: str
    direction: str
    total: int
    currency: str
    due_on: date
    state: str
    url: str
    today: date
    name: str = ""

    @property
    def left(self) -> str:
        """ "8 days left", "due today", "2 days overdue"."""
        return due_text((self.due_on - self.today).days)


@dataclass(frozen=True)
class DueReports(Listed):
    """The reports; names are read for the page that shows them only."""

    more: bool = False

    def count(self) -> Counted:
        """How many."""
        return Counted(len(self.rows), self.more)

    def page(self, cursor: Any, limit: int) -> Page:
        """With names."""
        page = super().page(cursor, limit)
        people = users({one.person_id for one in page.rows})
        named = [_named(one, people[one.person_id].name if one.person_id in people else "") for one in page.rows]
        return Page(named, page.next_cursor)


def _named(one: Due, name: str) -> Due:
    return Due(**{field: getattr(one, field) for field in Due.__dataclass_fields__} | {"name": name or one.person_id})


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
        "Currency transaction reports that are not filed, and persons, business days and directions with an open cash "
        "alert whose day has not been drafted yet; in and out are never netted, imported history and exempt persons "
        "are left out. The meter shows the calendar days since the oldest cash day; filing its report takes it off."
    )
    warn = 10
    breach = 15
    weight = 5
    hard_cap = True
    columns = (
        Column("name", "Person", main=True, link=lambda row: person_url(row.person_id)),
        Column("day", "Business day", "date", value=lambda row: date.fromisoformat(row.day), note="direction"),
        Column("total", "Cash", "balance", currency="currency"),
        Column("due_on", "Report due", "date", note="left"),
        Column("state", "Report", value="state", link=lambda row: row.url, export="state"),
    )
    empty_text = "No cash over the limit waits for its report."

    def offenders(self, scope: Scope) -> DueReports:
        """Oldest first."""
        filings = [item for item in open_filings(CTR, CAP) if isinstance(item, CashReport)]
        days, more = awaiting()
        rows = [_of_filing(item, scope.today) for item in filings] + list(_undrafted(days, scope))
        rows.sort(key=lambda one: (one.day, one.person_id, one.direction))
        return DueReports(rows, more or len(filings) == CAP)

    def measure(self, scope: Scope) -> Measure:
        """Days since the oldest."""
        waiting = self.offenders(scope)
        if not waiting.rows:
            return Measure(Counted(0), 0, "nothing waits")
        oldest = waiting.rows[0]
        first = min(waiting.rows, key=lambda one: one.due_on)
        return Measure(waiting.count(), max(0, scope.age(oldest.day)), f"the first report: {first.left}")


def _of_filing(item: CashReport, today: date) -> Due:
    return Due(
        person_id=str(item.main["person_id"]),
        day=item.day,
        direction=item.direction,
        total=item.total,
        currency=item.currency,
        due_on=item.due,
        state=LABELS[Status(item.status)],
        url=reverse("filing", args=[item.filing_id]),
        today=today,
    )


def _undrafted(days: list[CashDay], scope: Scope) -> list[Due]:
    """The cash days after the last that was looked through; nobody who is exempt."""
    through = {code: drafted_through(code) for code in {one.currency for one in days}}
    fresh = [one for one in days if one.day > through[one.currency]]
    exempt = {
        day: Exemptions.of({one.customer_id for one in fresh if one.day == day}, date.fromisoformat(day))
        for day in {one.day for one in fresh}
    }
    allowed = timedelta(days=parameters.snapshot(scope.now).number(FILING_DAYS.code))
    return [
        Due(
            person_id=one.customer_id,
            day=one.day,
            direction=one.direction,
            total=one.total,
            currency=one.currency,
            due_on=date.fromisoformat(one.day) + allowed,
            state="Not drafted yet",
            url=reverse("alert", args=[one.alert_id]),
            today=scope.today,
        )
        for one in fresh
        if not exempt[one.day].covers(one.customer_id)
    ]
