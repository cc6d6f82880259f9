"""Movements that screening stopped and nobody has decided on."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import HeldMovement
from accounts.models.held import NEVER, WORKLIST
from cloudbank.clock import from_iso
from cloudbank.conf import bank_calendar
from cloudbank.lists import Column
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control, said
from compliance.queries.selections import Selected, Selection


def last_day(item: Any) -> date:
    """The last business day on which it may wait."""
    return date.fromisoformat(item.expires_on)


@control("held-waiting")
class HeldWaiting(Control):
    """A customer's money is not kept waiting longer than the review needs."""

    title = "Held movements waiting"
    framework = Framework.AML
    obligation = (
        "Movements that screening stopped are released or rejected in time; funds are not withheld longer than the "
        "law and the bank's own review period allow."
    )
    source = "12 CFR 229.10-229.13 (availability of funds); UCC 4A-209, 4A-210; parameter hold.review_days"
    counts = ("held movement", "held movements")
    gauge_label = "Longest wait"
    unit = ("day", "days")
    formula = (
        "Movements that wait for a decision, by their last day. Blocked property is left out: nobody may set it free. "
        "The meter shows calendar days since the first one to run out was stopped."
    )
    warn = 2
    breach = 5
    weight = 3
    columns = (
        Column(
            "movement_id",
            "Movement",
            main=True,
            link=lambda item: reverse("held_movement", args=[item.movement_id]),
        ),
        Column("amount", "Amount", "balance", currency="currency"),
        Column("asked_at", "Stopped", "time", value=lambda item: from_iso(item.asked_at)),
        Column("expires_on", "Last day", "date", value=last_day),
    )
    empty_text = "No movement waits for a decision."

    def offenders(self, scope: Scope) -> Selected:
        """What runs out first stands first."""
        ours = TransactionsItem.worklist_order < NEVER
        return Selected([Selection(HeldMovement, "worklist", WORKLIST, ours, keys_only=True)])

    def measure(self, scope: Scope) -> Measure:
        """How long the first one to run out has waited."""
        waiting = self.offenders(scope)
        number, first = waiting.count(), waiting.first()
        if first is None:
            return Measure(number, 0, "nothing waits")
        stopped = bank_calendar().local(from_iso(first.asked_at)).date()
        age = max(0, (scope.today - stopped).days)
        left = (last_day(first) - scope.today).days
        ends = (
            "today is its last day" if left == 0 else f"{said(abs(left), self.unit)} {'left' if left > 0 else 'over'}"
        )
        return Measure(number, age, f"the first to run out: {ends}")
