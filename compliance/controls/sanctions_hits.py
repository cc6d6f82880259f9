"""Sanctions hits that nobody has decided on."""

from datetime import date, timedelta

from django.urls import reverse

from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.queries.selections import Selected, Selection
from monitoring.models import OPEN_HITS, Alert


@control("sanctions-hits")
class SanctionsHits(Control):
    """A hit is decided while a blocked or rejected transaction can still be reported in time."""

    title = "Sanctions hits open"
    framework = Framework.AML
    obligation = (
        "Property of a blocked person is blocked, and what was blocked or rejected is reported to OFAC within ten "
        "business days; a hit is therefore decided before."
    )
    source = "31 CFR 501.603, 501.604"
    counts = ("hit", "hits")
    gauge_label = "Oldest without a decision"
    unit = ("business day", "business days")
    formula = (
        "Alerts of the sanctions family that are open or in an open case. The meter shows the business days since the "
        "oldest was raised."
    )
    warn = 2
    breach = 10
    weight = 5
    hard_cap = True
    columns = (
        Column("headline", "Hit", main=True, link=lambda one: reverse("alert", args=[one.transaction_id])),
        Column("severity", "Severity", "severity"),
        Column("status", "Status", "badge"),
        Column("opened_at", "Raised", "time", value=lambda one: from_iso(one.opened_at)),
    )
    empty_text = "Every hit has been decided on."

    def offenders(self, scope: Scope) -> Selected:
        """The oldest first."""
        return Selected([Selection(Alert, "by_account", OPEN_HITS)])

    def measure(self, scope: Scope) -> Measure:
        """Business days since the oldest."""
        hits = self.offenders(scope)
        oldest = hits.first()
        opened = bank_calendar().local(from_iso(oldest.opened_at)).date() if oldest else scope.today
        days = _business_days(opened, scope.today)
        return Measure(
            count=hits.count(),
            gauge=days,
            says=f"the oldest has waited {said(days, self.unit)}" if oldest else "no hit is open",
        )


def _business_days(first: date, last: date) -> int:
    """Business days after `first`, up to and with `last`."""
    return sum(1 for _ in bank_calendar().days(first + timedelta(days=1), last))
