"""Requests of customers about their own data that wait for an answer."""

from django.urls import reverse

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.models import PRIVACY_REQUESTS, PrivacyRequest
from compliance.queries.selections import Selected, Selection


@control("privacy-requests")
class PrivacyRequests(Control):
    """Answered within one month, or within the extension that was told to the customer."""

    title = "Privacy requests waiting"
    framework = Framework.PRIVACY
    obligation = (
        "The bank answers a request for access, portability, correction, restriction or erasure without undue delay, "
        "at the latest within one month of receiving it."
    )
    source = "GDPR art. 12(3), 15-20"
    counts = ("request", "requests")
    gauge_label = "Oldest without an answer"
    unit = ("day", "days")
    formula = (
        "Open requests. The meter shows the days since the one that is due first came in, without those that an "
        "extension added; one month is read as 30 days."
    )
    warn = 20
    breach = 30
    weight = 2
    columns = (
        Column(
            "about",
            "Request",
            value="title",
            link=lambda item: reverse("privacy_request", args=[item.user_id]),
            main=True,
        ),
        Column("received", "Received", "date"),
        Column("due", "Answer due", "date"),
        Column("status", "Status", "badge"),
    )
    empty_text = "Every request has been answered."

    def offenders(self, scope: Scope) -> Selected:
        """Filed by the day on which the answer is due."""
        return Selected([Selection(PrivacyRequest, "by_review_date", PRIVACY_REQUESTS)])

    def measure(self, scope: Scope) -> Measure:
        """The age of the one that is due first."""
        waiting = self.offenders(scope)
        oldest = waiting.first()
        age = max(0, scope.age(oldest.received_on) - oldest.more_days) if oldest else 0
        return Measure(
            count=waiting.count(),
            gauge=age,
            says=f"the first of them has waited {said(age, self.unit)}" if oldest else "no request waits",
        )
