"""FinCEN's requests under 314(a) that wait for their search or answer. That one came is no secret; whom it names is."""

from cloudbank.lists import Column
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.filings.terms import due_text
from compliance.queries.selections import Selected, Selection
from compliance.requests314.models import WAITING, InformationRequest
from compliance.requests314.terms import SOURCE, STATES


@control("requests-314a")
class Requests314a(Control):
    """Searched, decided and answered within two weeks."""

    title = "314(a) requests waiting"
    framework = Framework.AML
    obligation = (
        "The bank searches its records for the subjects of FinCEN's requests and reports a match within 14 days after "
        "the request was posted."
    )
    source = SOURCE
    counts = ("request", "requests")
    gauge_label = "Since the oldest was posted"
    unit = ("day", "days")
    formula = (
        "Requests that are taken in and not closed. The meter shows the days since FinCEN posted the one that is due "
        "first. Officers find them in the register of 314(a) requests; nobody else learns whom they name."
    )
    warn = 9
    breach = 14
    weight = 3
    columns = (
        Column("tracking", "Request", main=True),
        Column("posted", "Posted", "date"),
        Column("due", "Due", "date"),
        Column("status", "State", value=lambda item: STATES[item.status]),
    )
    empty_text = "Every request was searched and answered."

    def offenders(self, scope: Scope) -> Selected:
        """The first due on top."""
        return Selected([Selection(InformationRequest, "worklist", WAITING, keys_only=True)])

    def measure(self, scope: Scope) -> Measure:
        """The age of the one that is due first."""
        waiting = self.offenders(scope)
        oldest = waiting.first()
        if oldest is None:
            return Measure(waiting.count(), 0, "no request waits")
        age = max(0, scope.age(oldest.posted_on))
        says = f"posted {said(age, self.unit)} ago, {due_text((oldest.due - scope.today).days)}"
        return Measure(waiting.count(), age, says)
