"""Exempt persons: the annual review, and the designation on Form 110, in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from accounts.queries.people import users
from cloudbank.lists import Column, Page
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.filings.exempting import DOEP_DAYS
from compliance.filings.exemptions import Exemption, all_exemptions
from compliance.queries.selections import CAP, Counted, Listed


@dataclass(frozen=True)
class Due:
    """Something that should have been done for an exemption."""

    item: Exemption
    what: str
    due_on: str
    name: str = ""

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("exemption", args=[self.item.customer_id])


class Dues(Listed):
    """The longest overdue first; names are read for what a page shows."""

    def page(self, cursor: object, limit: int) -> Page:
        """With the customers' names."""
        page = super().page(cursor, limit)
        people = users({one.item.customer_id for one in page.rows})
        rows = [Due(one.item, one.what, one.due_on, _name(one, people)) for one in page.rows]
        return Page(rows, page.next_cursor)


def _name(one: Due, people: Mapping[str, object]) -> str:
    return str(getattr(people.get(one.item.customer_id), "name", one.item.customer_id))


def overdue(item: Exemption, days: int, today: date) -> Due | None:
    """What of it is late on a day: Form 110 before the review."""
    if item.until:
        return None
    for what, day in (("Designation (Form 110)", item.doep_due(days)), ("Annual review", item.review_on)):
        if day and day < today.isoformat():
            return Due(item, what, day)
    return None


@control("exemption-reviews")
class ExemptionReviews(Control):
    """Who is exempt from cash reports is looked at each year."""

    title = "Exemptions not designated or reviewed in time"
    framework = Framework.REPORTING
    obligation = (
        "A person exempt from currency transaction reports is designated to FinCEN (Form 110) within 30 days of the "
        "first exempted cash, and whether the exemption still fits is reviewed at least once a year."
    )
    source = "31 CFR 1020.315(c), (d); FinCEN FIN-2012-G003"
    counts = ("exemption", "exemptions")
    gauge_label = "Longest past its day"
    unit = ("day", "days")
    formula = "Exemptions that hold, whose designation or annual review was due before today."
    warn = 0
    breach = 30
    weight = 2
    columns = (
        Column("name", "Customer", main=True, link=lambda row: row.url),
        Column("what", "What is late"),
        Column("due_on", "Was due", "date", value=lambda row: date.fromisoformat(row.due_on)),
        Column("basis", "Why exempt", value=lambda row: row.item.why.label),
    )
    empty_text = "Every exemption is designated and reviewed in time."

    def offenders(self, scope: Scope) -> Dues:
        """The longest overdue first."""
        days = scope.parameters.number(DOEP_DAYS.code)
        exempt = scope.once("ctr_exemptions", lambda: all_exemptions(CAP))
        late = [found for item in exempt if (found := overdue(item, days, scope.today))]
        return Dues(sorted(late, key=lambda one: (one.due_on, one.item.customer_id)))

    def measure(self, scope: Scope) -> Measure:
        """Days of the longest overdue; of all exemptions that hold."""
        late = self.offenders(scope).rows
        holding = sum(not one.until for one in scope.once("ctr_exemptions", lambda: all_exemptions(CAP)))
        longest = max((scope.age(one.due_on) for one in late), default=0)
        says = f"the longest is {said(longest, self.unit)} late" if late else "all are in time"
        return Measure(Counted(len(late)), longest, says, of=Counted(holding), of_label="exemptions that hold")
