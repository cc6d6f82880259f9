"""Requests for a second person that nobody decides on."""

from datetime import timedelta

from django.urls import reverse

from cloudbank import approvals
from cloudbank.approvals.request import WAITING
from cloudbank.clock import from_iso, iso
from cloudbank.lists import Column
from cloudbank.roles import Role
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.selections import Selected, Selection

SOON = timedelta(hours=24)


@control("approvals-waiting")
class ApprovalsWaiting(Control):
    """Four eyes work: there is always a second person, in time."""

    title = "Requests nobody has decided on"
    framework = Framework.ACCESS
    obligation = (
        "What needs a second person gets one: no single person carries a critical transaction through alone, and "
        "requests do not run out because nobody looked."
    )
    source = "12 CFR 30 app. A II.A (internal controls); FDIC RMS manual, section 4.2 (dual control)"
    counts = ("request", "requests")
    gauge_label = "Requests that ran out, run out within a day, or hang"
    unit = ("request", "requests")
    formula = (
        "Four-eyes requests that ran out undecided and are not yet filed away, that run out within 24 hours, or that "
        "are approved and not carried out. What they are about is told to those who may decide on them."
    )
    warn = 0
    breach = 4
    weight = 2
    owner = Role.COMPLIANCE
    columns = (
        Column(
            "request",
            "Request",
            main=True,
            value=lambda item: "Request for a second person",
            link=lambda item: reverse("approval", args=[item.approval_id]),
            export=lambda item: item.approval_id,
        ),
        Column("maker", "Asked by", value=lambda item: item.maker_name),
        Column("asked_at", "Asked", "time", value=lambda item: from_iso(item.asked_at)),
        Column("due_at", "Runs out", "time", value=lambda item: from_iso(item.due_at)),
    )
    empty_text = "No request is about to run out."

    def offenders(self, scope: Scope) -> Selected:
        """What hangs first, then what runs out first. Never what it is about: some of it is secret."""
        soon = TransactionsItem.worklist_order < iso(scope.now + SOON)
        return Selected([Selection(approvals.Approval, "worklist", WAITING, soon, keys_only=True)])

    def measure(self, scope: Scope) -> Measure:
        """How many, of all that wait."""
        number = self.offenders(scope).count()
        waiting = Selected([Selection(approvals.Approval, "worklist", WAITING, keys_only=True)]).count()
        says = "somebody must decide today" if number.number else "none is about to run out"
        return Measure(number, number.number, says, of=waiting, of_label="requests that wait")
