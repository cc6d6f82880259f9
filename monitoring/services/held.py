"""Who decides on held movements: one person up to a limit, two above it and for blocked property."""

from datetime import datetime
from typing import Any

from django.urls import reverse

from accounts.ledger import HOUSE, Actor, Refused
from accounts.models import HeldMovement
from accounts.models.held import RELEASED
from accounts.outcomes import BLOCK
from accounts.parameters import REVIEW_ALONE
from accounts.queries.held import held_movement
from accounts.services.counter import money
from accounts.services.held import existing, let_go
from accounts.services.posting import Busy, NotKnownYet, Receipt
from cloudbank import approvals, parameters
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.audit import subject_of
from cloudbank.wording import grouped

DECIDE, SECOND = "monitoring.decide_held", "monitoring.approve_held"
RELEASE = "release_held"


def alone_at_most(currency: str, now: datetime) -> int:
    """What one person releases alone, at most, in minor units of the currency."""
    return parameters.snapshot(now).money(REVIEW_ALONE.code, currency)


def needs_second(item: HeldMovement, now: datetime) -> bool:
    """Whether releasing it takes two people: much money, or blocked property, whatever the amount."""
    return item.outcome == BLOCK or item.amount > alone_at_most(item.currency, now)


def release_movement(
    *, movement_id: str, reason: str, key: str, actor: Actor, name: str, now: datetime
) -> Receipt | HeldMovement | Approval:
    """Let a held movement go on, or ask another person to approve that.

    Raises Refused, Overtaken, approvals.NotAllowed, what `post` raises.
    """
    item = existing(movement_id)
    if not needs_second(item, now):
        return let_go(movement_id=movement_id, reason=reason, actor=actor, now=now)
    content = {"movement": movement_id, "amount": item.amount, "posted": item.posted}
    return approvals.ask(
        code=RELEASE,
        content=content,
        about=subject_of(item),
        key=key,
        reason=reason,
        actor=actor,
        name=name,
        now=now,
    )


def pending_release(item: HeldMovement, now: datetime) -> Approval | None:
    """The request to release it that waits for another person, if any."""
    return approvals.open_one(subject_of(item), now)


@approvals.effect(
    RELEASE,
    label="Release a held movement",
    icon="unlock",
    asks=DECIDE,
    permission=SECOND,
    separately=True,
)
class ReleaseHeld(approvals.Effect):
    """A held movement over the limit of one person, or blocked property."""

    refusals = (Refused,)
    doubts = (Busy, NotKnownYet)

    def shown(self, content: Any, now: datetime) -> Shown:
        """What is released, and what it does."""
        item = existing(content["movement"])
        asked, amount = item.asked(), money(item.amount, item.currency)
        facts = [
            ("Amount", amount, ""),
            ("From", side_in_words(asked.debit), ""),
            ("To", side_in_words(asked.credit), ""),
            ("Limit", money(alone_at_most(item.currency, now), item.currency), "what one person releases alone"),
            ("Movement", item.movement_id, "read its alerts before you decide"),
        ]
        after = "Free" if item.posted else "Posted"
        return Shown(f"Release {amount} held for review", facts, [("State", "Held", after)])

    def check(self, request: Approval, now: datetime) -> None:
        """Only while it waits."""
        existing(request.content["movement"])

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Release it in a transaction of its own; an earlier try whose answer was lost counts."""
        movement_id = request.content["movement"]
        found = held_movement(movement_id)
        if found is None or found.state != RELEASED:
            who = Actor(actor.user_id, actor.role, actor.source)
            let_go(movement_id=movement_id, reason=f"{request.reason} ({request.approval_id})", actor=who, now=now)
        return Outcome("Released.", reverse("held_movement", args=[movement_id]))

    def link(self, content: Any) -> tuple[str, str]:
        """The page of the held movement."""
        return "Open the held movement", reverse("held_movement", args=[content["movement"]])


def side_in_words(account: str) -> str:
    """An account number in groups, or where the money is outside the bank."""
    return "Outside the bank" if account in HOUSE else grouped(account)
