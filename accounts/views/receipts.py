"""The receipt of a movement, for its parties and for staff; and whether a doubtful movement is in the books."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.generic import View

from accounts.customer_texts import told_of_reversal
from accounts.http import person
from accounts.instruments import Instrument, instrument_of
from accounts.ledger import (
    CASH,
    CLEARING,
    DEPOSIT,
    HOUSE,
    HOUSE_NAMES,
    INSTRUMENT,
    LOAN,
    RECOVERY,
    REPAYMENT,
    REVERSAL,
    TRANSFER,
    WIRE_IN,
    WIRE_OUT,
    WIRES,
    WITHDRAWAL,
)
from accounts.models import Posting, User
from accounts.names import channel_name, role_name, type_name
from accounts.queries.held import visible_stop
from accounts.queries.holds import reversal_of
from accounts.queries.people import users
from accounts.queries.visible import sees_all, visible_movement
from accounts.readback import amount_in_words, masked_name
from accounts.services.counter import AT_COUNTER, approval_of
from accounts.services.reversing import may_be_reversed, pending_reversal
from accounts.views.access import AnyPermissionMixin
from accounts.views.stopped import stopped_page
from accounts.wires import Wire, wire_of
from cloudbank.approvals import Approval
from cloudbank.clock import from_iso, utcnow
from cloudbank.money import format_amount
from cloudbank.wording import day, grouped, last_four

Fact = tuple[str, str, str]
VIEW = ("accounts.view_own_account", "accounts.view_any_account")
AGAIN = {
    DEPOSIT: "deposit",
    WITHDRAWAL: "withdraw",
    TRANSFER: "transfer",
    WIRE_OUT: "wire",
    WIRE_IN: "wire_incoming",
    INSTRUMENT: "sell_instrument",
}
HOW = {
    "branch": "At the counter",
    "online": "Online",
    "card": "By card",
    "wire": "By wire",
    "system": "Automatic",
    "import": "Brought in with the bank's history",
}
MAY_POST = ("accounts.post_own_movement", "accounts.post_any_movement", "accounts.post_any_wire")
MAY_POST_AGAIN = {
    WIRE_OUT: ("accounts.post_own_movement", "accounts.post_any_wire"),
    WIRE_IN: ("accounts.post_any_wire",),
    INSTRUMENT: ("accounts.post_any_movement",),
}
"""Of other types, MAY_POST but for the last."""


def memo_for(posting: Posting, *, staff: bool) -> str:
    """The note of a line as this viewer reads it: of a reversal, a customer reads one of the bank's fixed words."""
    return told_of_reversal(posting.memo) if posting.type == REVERSAL and not staff else posting.memo


def type_of(posting: Posting) -> str:
    """What a line is to people. Cash for a charged-off loan is a recovery, which the books take in as a repayment.

    It is known by what it lacks: a repayment of a running loan pays parts of it, and its posting tells which.
    """
    is_recovery = posting.type == REPAYMENT and posting.product == LOAN and not posting.split
    return RECOVERY if is_recovery else posting.type


def house_in_words(house: str) -> str:
    """The other side of what enters or leaves the bank."""
    if house in (CASH, CLEARING):
        return "Cash" if house == CASH else "Outside the bank"
    return f"The bank: {HOUSE_NAMES[house].lower()}"


class ReceiptFacts:
    """What one viewer may read on a movement's receipt: own numbers and balances whole, other people's masked."""

    def __init__(self, lines: list[Posting], viewer: User) -> None:
        self.lines, self.viewer, self.staff = lines, viewer, sees_all(viewer)
        self.first = lines[0]
        self.people = users({line.owner_id for line in lines} | self._staff_ids())
        gains = self.first.amount > 0
        self.debit = self.first.counter if gains else self.first.account_id
        self.credit = self.first.account_id if gains else self.first.counter

    def _staff_ids(self) -> set[str]:
        return {self.first.actor_id, self.first.conductor_id} - {""} if self.staff else set()

    @property
    def mine(self) -> list[Posting]:
        """The lines whose balance this viewer may read."""
        return [line for line in self.lines if self.staff or line.owner_id == self.viewer.user_id]

    @property
    def loan_id(self) -> str:
        """The loan on which money moved, if any: its page is where its borrower goes on."""
        return next((line.account_id or "" for line in self.mine if line.product == LOAN), "")

    def done_url(self) -> str:
        """Where this viewer goes on."""
        if self.loan_id:
            return reverse("loan", args=[self.loan_id])
        return reverse("account", args=[self.mine[0].account_id])

    @property
    def sent(self) -> bool:
        """Whether the viewer knows the recipient's number: they typed it."""
        return any(line.amount < 0 for line in self.mine)

    def title(self) -> str:
        """ "Transfer posted"; for who only gained: "Transfer received"."""
        if self.first.type == INSTRUMENT:
            return f"{self._sold.name or type_name(INSTRUMENT)} issued"
        received = self.first.type == TRANSFER and not self.sent
        loan_line = next((line for line in self.lines if line.product == LOAN), self.first)
        return f"{type_name(type_of(loan_line))} {'received' if received else 'posted'}"

    def rows(self) -> list[Fact]:
        """The lines of the receipt."""
        first = self.first
        shown = [
            ("From", *self._end(self.debit, whole=False)),
            ("To", *self._end(self.credit, whole=self.sent)),
            ("In words", amount_in_words(abs(first.amount), first.currency), ""),
            ("Purpose" if first.type in WIRES else "Note", self._note(), ""),
            *self._particulars(),
            (
                "Business day",
                day_in_words(first.business_date),
                HOW.get(first.channel) or channel_name(first.channel),
            ),
            *(self._balance(line) for line in self.mine),
            *(self._who() if self.staff else []),
        ]
        return [row for row in shown if row[1]]

    def _balance(self, line: Posting) -> Fact:
        text = f"{format_amount(line.balance_after, line.currency)} {line.currency}"
        return "Balance after", text, f"account ending {last_four(line.account_id or '')}"

    def _note(self) -> str:
        """The memo; of an instrument it only repeats what it is."""
        return "" if self.first.type == INSTRUMENT else memo_for(self.first, staff=self.staff)

    @cached_property
    def _sold(self) -> Instrument:
        return instrument_of(self.first.details or "")

    @cached_property
    def _wire(self) -> Wire:
        return wire_of(self.first.details or "")

    def _outside(self, house: str) -> tuple[str, str]:
        incoming = self.first.amount > 0
        if self.first.type in WIRES and (name := self._wire.party(incoming)):
            return name, self._wire.party_account(incoming)
        return house_in_words(house), ""

    def _particulars(self) -> list[Fact]:
        """What travelled with a wire, but for what the two ends say."""
        said = {self.first.account_id, *self._outside(CLEARING)}
        shown = self._wire.facts() + self._sold.facts()
        return [(label, value, "") for label, value in shown if value not in said]

    def _end(self, account_id: str, *, whole: bool) -> tuple[str, str]:
        if account_id in HOUSE:
            return self._outside(account_id)
        line = next(one for one in self.lines if one.account_id == account_id)
        name = owner.name if (owner := self.people.get(line.owner_id)) else ""
        if self.staff or line.owner_id == self.viewer.user_id:
            return grouped(account_id), name
        return (grouped(account_id) if whole else f"Account ending {last_four(account_id)}"), masked_name(name)

    @cached_property
    def approval(self) -> Approval | None:
        """The request of what was over the counter's limit; only the staff's receipt names it."""
        handed_in = (self.first.channel == AT_COUNTER or self.first.type in WIRES) and not self.first.observed
        return approval_of(self.first.movement_id) if self.staff and handed_in else None

    def _who(self) -> list[Fact]:
        first = self.first
        name = actor.name if (actor := self.people.get(first.actor_id)) else first.actor_id
        rows = [("Posted by", name, f"{role_name(first.actor_role)} from {first.source or 'an unknown address'}")]
        if self.approval:
            rows.append(
                ("Approved by", self.approval.checker_name, f"{role_name(self.approval.checker_role)}, over the limit")
            )
        if first.conductor_id:
            conductor = self.people.get(first.conductor_id)
            rows.append(("Brought by", conductor.name if conductor else first.conductor_id, first.conductor_id))
        if first.observed:
            rows.append(("Observed", "Imported history", "it happened elsewhere and was not refused for funds"))
        return rows


def day_in_words(text: str) -> str:
    """An ISO date as people read it."""
    return day(date.fromisoformat(text))


class Receipt(AnyPermissionMixin, View):
    """`/receipts/<movement_id>`: printable; to a stranger it is not there."""

    permission_required = VIEW

    def get(self, request: HttpRequest, movement_id: str) -> HttpResponse:
        """The receipt as this person may read it."""
        viewer = person(request)
        lines = visible_movement(movement_id, viewer)
        if not lines:
            stopped = visible_stop(movement_id, viewer)
            if stopped is None:
                raise Http404("no such movement")
            return stopped_page(request, stopped)
        facts = ReceiptFacts(lines, viewer)
        return render(request, "accounts/receipt.html", self.context(facts, movement_id))

    def context(self, facts: ReceiptFacts, movement_id: str) -> dict[str, Any]:
        """What the page shows."""
        first = facts.first
        may_post = any(self.request.user.has_perm(one) for one in MAY_POST_AGAIN.get(first.type, MAY_POST[:2]))
        return {
            "title": facts.title(),
            "minor": abs(first.amount),
            "currency": first.currency,
            "at": from_iso(first.posted_at),
            "reference": movement_id,
            "facts": facts.rows(),
            "again_url": reverse(AGAIN[first.type]) if may_post and first.type in AGAIN else "",
            "done_url": facts.done_url(),
            "postings": facts.lines if facts.staff else [],
            "badge": first.badge if facts.staff else "",
            "approval": facts.approval,
            "reverses": first.link if first.type == REVERSAL else "",
            **self.taken_back(movement_id, facts.staff),
            "may_reverse": self.request.user.has_perm("accounts.reverse_movement") and may_be_reversed(facts.lines),
            "pending": self.pending(movement_id),
        }

    def taken_back(self, movement_id: str, staff: bool) -> dict[str, Any]:
        """The reversal of the movement, if any, and why, in words that this viewer may read."""
        mark = reversal_of(movement_id)
        if mark is None:
            return {"reversed_by": None}
        return {"reversed_by": mark, "reversed_why": mark.reason if staff else told_of_reversal(mark.reason)}

    def pending(self, movement_id: str) -> Approval | None:
        """Who may ask for a reversal sees that somebody has."""
        may = self.request.user.has_perm("accounts.reverse_movement")
        return pending_reversal(movement_id, utcnow()) if may else None


class MovementState(AnyPermissionMixin, View):
    """Whether a movement whose answer was lost is in the books. Asked by the checking page every few seconds."""

    permission_required = MAY_POST

    def get(self, request: HttpRequest, movement_id: str) -> HttpResponse:
        """Lead to the receipt, or say that it is not there so far."""
        viewer = person(request)
        found = bool(visible_movement(movement_id, viewer) or visible_stop(movement_id, viewer))
        whole_page = "HX-Request" not in request.headers
        if found and whole_page:
            return redirect("receipt", movement_id=movement_id)
        if found:
            return HttpResponse(status=204, headers={"HX-Redirect": reverse("receipt", args=[movement_id])})
        template = "accounts/movement_state.html" if whole_page else "accounts/_movement_state.html"
        return render(request, template, {"now": utcnow(), "reference": movement_id})
