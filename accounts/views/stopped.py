"""What stands at a receipt's address while its movement is under review, and when it was not carried out.

Customers and tellers read the same few words: no reason, no rule (31 USC 5318(g)(2)).
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.ledger import CASH, HOUSE
from accounts.models import HeldMovement
from accounts.models.held import WAITING
from accounts.names import type_name
from cloudbank.clock import from_iso
from cloudbank.context import url_of
from cloudbank.wording import grouped

UNDER_REVIEW = "The bank is checking this payment. Its amount is set aside; you need not do anything."
NOT_DONE = (
    "This payment was not carried out and its money has not moved. Please contact your branch if you have questions."
)
Fact = tuple[str, str, str]


def stopped_page(request: HttpRequest, item: HeldMovement) -> HttpResponse:
    """The page of a stopped movement, for its customer and for staff."""
    waits = item.state == WAITING
    asked = item.asked()
    facts: list[Fact] = [("From", _side(asked.debit), ""), ("To", _side(asked.credit), ""), ("Note", asked.memo, "")]
    base = url_of("held_movements") if request.user.has_perm("monitoring.view_alert") else ""
    known = {
        "title": f"{type_name(asked.type)} {'under review' if waits else 'not carried out'}",
        "item": item,
        "at": from_iso(item.asked_at),
        "state": "Under review" if waits else "Not carried out",
        "text": UNDER_REVIEW if waits else NOT_DONE,
        "facts": [row for row in facts if row[1]],
        "decide_url": f"{base}/{item.movement_id}" if base else "",
    }
    return render(request, "accounts/stopped.html", known)


def _side(account: str) -> str:
    if account in HOUSE:
        return "Cash" if account == CASH else "Outside the bank"
    return grouped(account)
