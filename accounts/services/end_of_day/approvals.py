"""Requests under four eyes: what was approved and not finished is carried on, what nobody decided in time expires."""

from collections import Counter

from accounts.services.end_of_day import Evening, step
from cloudbank import approvals


@step("approvals", order=5)
def settle_requests(evening: Evening) -> Counter[str]:
    """First of all steps: what was approved may still move money today."""
    resumed, left = approvals.resume_due(now=evening.now)
    expired = approvals.expire_due(actor=evening.actor, now=evening.now)
    return +Counter({"resumed": resumed, "unfinished": left, "expired": expired})
