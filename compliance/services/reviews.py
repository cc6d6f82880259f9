"""Periodic reviews of customers: done, with what was looked at, until the next one by risk."""

from datetime import date, datetime, timedelta

from accounts.ledger import Actor
from accounts.models import User
from accounts.models.people import HIGH, VERIFIED
from accounts.queries.people import user
from accounts.services.people import next_review
from cloudbank import audit, store
from cloudbank.conf import bank_calendar
from cloudbank.roles import allows
from compliance.queries import standing
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed

EARLY = timedelta(days=30)
"""A review may be done so long before its date."""


def complete_review(*, customer_id: str, note: str, actor: Actor, now: datetime, enhanced: bool = False) -> User:
    """Keep that a customer was reviewed, and set the next date by risk rating. Raises NotAllowed.

    `enhanced`: with enhanced diligence, which customers of high risk need (source of funds, activity, owners).
    """
    if not allows(actor.role, "accounts.verify_customer"):
        raise NotAllowed("Your role may look at reviews, but not do them.")
    if not note.strip():
        raise NotAllowed("Say what was reviewed; it is kept with the customer.", "reason")
    today = bank_calendar().local(now).date()
    customer = _due(customer_id, today)
    if customer.risk_rating == HIGH and not enhanced:
        raise NotAllowed("A customer of high risk needs the enhanced review, on the customer's KYC page.", "enhanced")
    before = {"kyc_review_on": customer.kyc_review_on}
    customer.kyc_review_on = next_review(customer.risk_rating, today, now).isoformat()
    customer.enhanced_due = customer.kyc_review_on if customer.risk_rating == HIGH else ""
    customer.file_for_review()
    after = {"kyc_review_on": customer.kyc_review_on} | ({"enhanced": True} if enhanced else {})
    entry = audit.record(
        customer, "review_customer", actor=actor, now=now, before=before, after=after, reason=note.strip()
    )
    try:
        save_audited(customer, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("Somebody changed this customer meanwhile. Try again.") from error
    standing.forget()
    return customer


def _due(customer_id: str, today: date) -> User:
    customer = user(customer_id)
    if customer is None or customer.is_staff_member:
        raise NotAllowed("There is no such customer.")
    if customer.kyc_status != VERIFIED:
        raise NotAllowed("The identity has to be verified first.")
    dates = [one for one in (customer.kyc_review_on, customer.enhanced_due) if one]
    if not dates or min(dates) > (today + EARLY).isoformat():
        raise NotAllowed("No review of this customer is due.")
    return customer
