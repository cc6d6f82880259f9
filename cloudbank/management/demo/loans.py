"""Loans that are still being decided at the demo bank, through the services, at moments of the last days."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.demo.life import Demo
from accounts.ledger import Actor
from accounts.models import User
from accounts.queries.people import user
from accounts.services.loans.applications import DECIDE, Application, apply_for_loan, open_request
from cloudbank import approvals
from cloudbank.management.demo.work import actor_of
from cloudbank.roles import Role

ASKED = (
    ("personal", 600_000, 24, "New furniture", 1, ""),
    ("auto", 1_850_000, 60, "A family car", 1, ""),
    ("home", 4_200_000, 120, "Solar panels", 2, ""),
    ("personal", 250_000, 12, "Dental treatment", 2, ""),
    ("auto", 900_000, 36, "A used van", 3, "approve"),
    ("personal", 1_200_000, 48, "Paying off cards", 4, "approve"),
    ("personal", 4_800_000, 60, "A boat", 5, "reject"),
    ("home", 9_000_000, 180, "New roof", 6, "reject"),
)
"""What for, amount, months, purpose, days ago, and what the manager said ("": not decided yet)."""


def ask_for_loans(demo: Demo, staff: Mapping[str, User]) -> int:
    """Applications in every state before paying out; returns how many. Safe to repeat: keys derive from the place."""
    manager = staff["manager@cloudbank.example"]
    people = [one for one in demo.cast() if one.salary and one.verified_after == 0 and not one.leaves]
    for place, (offer, amount, months, purpose, days, decision) in enumerate(ASKED):
        who = people[-(3 + 2 * place) % len(people)]
        owner = user(who.customer_id)
        if owner is None:
            continue
        at = demo.until - timedelta(days=days, hours=3)
        asked = apply_for_loan(
            owner=owner,
            application=Application(offer, amount, months, purpose, who.salary, who.checking, collects=True),
            key=f"demo-loan-{place}",
            actor=Actor(owner.user_id, str(Role.CUSTOMER), "203.0.113.9"),
            name=owner.name,
            now=at,
        )
        request = open_request(asked, DECIDE, at)
        if request and decision:
            _decide(request, decision, manager, at + timedelta(hours=2))
    return len(ASKED)


def _decide(request: approvals.Approval, decision: str, manager: User, at: datetime) -> None:
    sealed = {"approval_id": request.approval_id, "content_hash": request.content_hash}
    known: dict[str, Any] = sealed | {"name": manager.name, "now": at}
    if decision == "approve":
        approvals.approve(**known, actor=actor_of(manager))
    else:
        note = "The instalment is too large for the declared income."
        approvals.reject(**known, note=note, actor=actor_of(manager))
