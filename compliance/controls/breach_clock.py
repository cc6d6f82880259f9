"""Breaches of personal data that the authority has to be told of, and is not."""

from datetime import timedelta

from django.urls import reverse

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.privacy.breaches import open_breaches
from compliance.privacy.models import Breach
from compliance.queries.selections import CAP, Listed


@control("breach-clock")
class BreachClock(Control):
    """Told to the authority within 72 hours of awareness, unless a risk to persons is unlikely."""

    title = "Breaches to be told to the authority"
    framework = Framework.PRIVACY
    obligation = (
        "The bank tells the supervisory authority of a breach of personal data within 72 hours of becoming aware of "
        "it, unless it is unlikely to be a risk to persons; later only with the reasons for the delay."
    )
    source = "GDPR art. 33(1)"
    counts = ("breach", "breaches")
    gauge_label = "Oldest awareness"
    unit = ("hour", "hours")
    formula = (
        "Open breaches whose risk is not unlikely (one that is not assessed counts) and that the authority does not "
        "know of. The meter shows the full hours since the bank became aware of the oldest."
    )
    warn = 48
    breach = 71
    weight = 3
    columns = (
        Column("title", "Breach", main=True, link=lambda item: reverse("breach", args=[item.transaction_id])),
        Column("aware", "Aware", "time"),
        Column("due", "Told by", "time"),
        Column("persons", "Persons", "number"),
    )
    empty_text = "The authority knows of every breach that it has to know of."

    def offenders(self, scope: Scope) -> Listed:
        """The open ones are few: read, and kept when the authority waits for them."""
        found = open_breaches().page(None, CAP).rows
        return Listed([one for one in found if isinstance(one, Breach) and one.authority_waits])

    def measure(self, scope: Scope) -> Measure:
        """Hours since the oldest awareness."""
        waiting = self.offenders(scope)
        oldest = min((one.aware for one in waiting.rows), default=None)
        hours = (scope.now - oldest) // timedelta(hours=1) if oldest else 0
        says = f"aware for {said(hours, self.unit)}" if oldest else "none waits"
        return Measure(count=waiting.count(), gauge=max(0, hours), says=says)
