"""Requests for a second person that nobody decides on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse

from cloudbank import store
from cloudbank.approvals import Approval, find_effect
from cloudbank.approvals.request import WAITING, Filed
from cloudbank.clock import from_iso, iso
from cloudbank.lists import Column, Page
from cloudbank.roles import Role
from cloudbank.tables import TransactionsItem
from compliance.control import Control, Framework, Measure, Scope, control
from compliance.queries.selections import CAP, Counted

SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Requests:
    """Requests by their keys; a page reads its own."""

    filed: Sequence[Filed]

    def count(self) -> Counted:
        """How many."""
        return Counted(min(len(self.filed), CAP), len(self.filed) > CAP)

    def page(self, cursor: Any, limit: int) -> Page:
        """The cursor is the number of requests before the page."""
        start = int(cursor or 0)
        chosen = self.filed[start : min(start + limit, CAP)]
        found = store.load(TransactionsItem, [one.approval_id for one in chosen])
        rows = [found[one.approval_id] for one in chosen if one.approval_id in found]
        following = start + limit
        return Page(rows, following if following < min(len(self.filed), CAP) else None)


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
        "are approved and not carried out. What they are about is told to those who may decide on them. Requests about "
        "reports on suspicious activity stand under the clocks of those reports."
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

    def _waiting(self, scope: Scope) -> list[Filed]:
        """What waits, what runs out first on top, from keys alone; without those of secret kinds (their own clocks
        tell of them): not even their number is for everybody."""
        keys = store.index_keys(Approval, "worklist", WAITING, limit=CAP + 1)
        found = [Filed.of(order, key) for order, key in keys]
        return [one for one in found if not ((kind := find_effect(one.code)) and kind.secret)]

    def offenders(self, scope: Scope) -> Requests:
        """What hangs first, then what runs out first."""
        waiting = scope.once("approvals_waiting", lambda: self._waiting(scope))
        return Requests([one for one in waiting if one.when < iso(scope.now + SOON)])

    def measure(self, scope: Scope) -> Measure:
        """How many, of all that wait."""
        number = self.offenders(scope).count()
        waiting = Requests(scope.once("approvals_waiting", lambda: self._waiting(scope))).count()
        says = "somebody must decide today" if number.number else "none is about to run out"
        return Measure(number, number.number, says, of=waiting, of_label="requests that wait")
