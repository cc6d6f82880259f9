"""Screening of somebody who becomes a customer, or of a company's new owners: in the transaction that keeps them.

What cannot be screened is looked at by a person: an error is an alert, never a pass.
"""

import logging
from datetime import date, datetime
from typing import Any

from django.conf import settings

from accounts.ledger import Actor
from accounts.models import User
from cloudbank import parameters
from cloudbank.conf import business_date
from cloudbank.ids import derived_id
from cloudbank.store import Write
from monitoring.models import SANCTIONS
from monitoring.queries import lists, sanctions
from monitoring.rulebook import HIGH, Hit
from monitoring.sanctions import REVIEW
from monitoring.services.raising import Raised, raising_writes
from monitoring.services.sanctions import raised_hit, standing_hits

CLEAR, FOUND, FAILED = "clear", "hit", "failed"
log = logging.getLogger("monitoring.sanctions")


def screening_writes(customer: User, *, actor: Any, now: datetime) -> list[Write]:
    """What a screening of the customer's names writes: an alert for hits, or for a screening that failed.

    Notes the outcome on the customer ("screened"), to be saved in the same transaction. The alert is raised by the
    bank and not by who registers. Raises store.StoreError only when the alert itself cannot be made.
    """
    today = business_date(now)
    try:
        raised = _screened(customer, today)
    except Exception as error:
        log.exception("Screening of %s failed; a person looks at it.", customer.user_id)
        customer.screened, raised = FAILED, [_failed(customer, error, today, now)]
    robot = Actor("system:onboarding", "system", actor.source)
    return raising_writes(raised, actor=robot, now=now, snapshot=parameters.snapshot(now)) if raised else []


def _screened(customer: User, today: date) -> list[Raised]:
    lists.fresh_book()
    if not sanctions.index():
        customer.screened = ""  # no list yet: loading one screens everybody
        return []
    found, _ = standing_hits(customer, today)
    customer.screened = FOUND if found else CLEAR
    return [raised_hit(customer, one, today) for one in found]


def _failed(customer: User, error: Exception, today: date, now: datetime) -> Raised:
    """A finding that asks for a screening by hand. The name is in the customer's record, not in the sentence."""
    hit = Hit(
        value=0,
        threshold=REVIEW,
        unit="score",
        severity=HIGH,
        sentence="This customer could not be screened against the sanctions list; screen the name by hand.",
        inputs={"error": type(error).__name__, "subject": customer.user_id},
    )
    return Raised(
        finding_id=derived_id("fnd", "sanctions", "failed", customer.user_id, now.isoformat()),
        rule="sanctions",
        number=7,
        family=SANCTIONS,
        severity=HIGH,
        customer_id=customer.user_id,
        members=(),
        hit=hit,
        currency=settings.BANK_CURRENCY,
        business_date=today.isoformat(),
        movement_type="",
    )
