"""Messages of the bank that have not reached anybody."""

from datetime import timedelta

from django.urls import reverse

from cloudbank.clock import from_iso, iso
from cloudbank.lists import Column
from cloudbank.outbox.item import WORKLIST, WORKLIST_GIVEN_UP, Message
from cloudbank.roles import Role
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.selections import CAP, Counted, Selected, Selection

PATIENCE = timedelta(minutes=15)


@control("messages-undelivered")
class MessagesUndelivered(Control):
    """Who must be told is told."""

    title = "Messages not delivered"
    framework = Framework.REPORTING
    obligation = "Notices of critical alerts, deadlines and reports reach those who must act on them."
    source = "12 CFR 21.21(d)(1) (internal controls); FFIEC IT Handbook, Architecture and Operations VI.C"
    counts = ("message", "messages")
    gauge_label = "Messages given up or overdue"
    unit = ("message", "messages")
    formula = (
        "Messages that were given up after three days of trying, and those that should have been tried more than 15 "
        "minutes ago and were not: then manage.py deliver_messages does not run."
    )
    warn = 0
    breach = 20
    weight = 1
    owner = Role.ADMIN
    columns = (
        Column(
            "transaction_id",
            "Message",
            main=True,
            link=lambda item: f"{reverse('messages')}?day={item.created_at[:10]}",
        ),
        Column("created_at", "Written", "time", value=lambda item: from_iso(item.created_at)),
        Column("state", "State", "badge"),
        Column("attempts", "Tries", "number"),
    )
    empty_text = "Every message was delivered, or is on its way."

    def offenders(self, scope: Scope) -> Selected:
        """Given up first, then what should have been tried."""
        overdue = TransactionsItem.worklist_order < iso(scope.now - PATIENCE)
        return Selected(
            [
                Selection(Message, "worklist", WORKLIST_GIVEN_UP, keys_only=True),
                Selection(Message, "worklist", WORKLIST, overdue, keys_only=True),
            ]
        )

    def measure(self, scope: Scope) -> Measure:
        """How many, of which so many given up."""
        counts = [one.count(CAP) for one in self.offenders(scope).selections]
        number = min(sum(counts), CAP)
        says = (
            f"{counts[0]:,} given up, {counts[1]:,} not tried in time"
            if number
            else "all are delivered or on their way"
        )
        return Measure(Counted(number, sum(counts) > CAP), number, says)
