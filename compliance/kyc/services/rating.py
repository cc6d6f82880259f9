"""Declare what sets a customer's risk: the rating, the dates of the reviews and the working change with it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from accounts.ledger import Actor
from accounts.models import User
from accounts.models.people import BUSINESS, HIGH, RETAIL, VERIFIED
from accounts.parameters import review_years
from accounts.services.people import next_review, years_after
from cloudbank import audit, parameters, store
from cloudbank.countries import is_country
from cloudbank.money import MAX_MINOR, is_whole
from cloudbank.store import Write
from compliance.kyc.models import KycFile
from compliance.kyc.rating import JUDGEMENTS, OCCUPATIONS, PEPS, PRODUCTS, RANKS, Factors, rate
from compliance.kyc.services.filing import change_file, may_work, today_of
from compliance.kyc.terms import ENHANCED_DAYS, terms_of
from compliance.steps import NotAllowed


def declare_factors(
    *, customer_id: str, factors: Factors, company: bool, reason: str, seen: int, actor: Actor, now: datetime
) -> KycFile:
    """Keep the factors, rate the customer anew and move the review date. The same again changes nothing.

    Raises NotAllowed naming the field.
    """
    may_work(actor)
    _checked(factors)
    if not reason.strip():
        raise NotAllowed("Say where this is known from; it is kept with the rating.", "reason")

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        result = rate(factors, terms_of(now))
        same = kyc.factors == factors.stored() and kyc.rated == result.stored()
        if same and customer.is_company == company and customer.risk_rating == result.rating:
            return []
        before = _state(customer)
        _set_company(kyc, customer, company)
        return rating_writes(kyc, customer, factors, before=before, reason=reason.strip(), actor=actor, now=now)

    return change_file(customer_id, change, now, seen=seen)


def rating_writes(
    kyc: KycFile,
    customer: User,
    factors: Factors,
    *,
    before: dict[str, str] | None = None,
    reason: str,
    actor: Any,
    now: datetime,
    asked: dict[str, str] | None = None,
) -> list[Write]:
    """Rate by these factors: the customer and the records of both; the file itself is saved by who asked for it."""
    result, today, before = rate(factors, terms_of(now)), today_of(now), before or _state(customer)
    _set_rating(customer, result.rating, today, now)
    known: dict[str, Any] = {"actor": actor, "now": now, "reason": reason}
    rated = _state(customer) | (asked or {})
    declared = factors.stored() | {"rated": result.stored()}
    entries = [
        audit.record(customer, "rate_customer", before=before, after=rated, **known),
        audit.record(kyc, "declare_factors", before=kyc.factors, after=declared, **known),
    ]
    kyc.factors, kyc.rated, kyc.rated_on = factors.stored(), result.stored(), today.isoformat()
    return [store.changed(customer), *entries]


def _checked(factors: Factors) -> None:
    known = (
        ("product", factors.product, PRODUCTS),
        ("occupation", factors.occupation, OCCUPATIONS),
        ("pep", factors.pep, PEPS),
        ("judgement", factors.judgement, JUDGEMENTS),
    )
    for field, value, values in known:
        if value not in values:
            raise NotAllowed("Choose one of the list.", field)
    if factors.ceiling:
        raise NotAllowed("A rating below the points needs a second person.", "judgement")
    if not is_country(factors.country):
        raise NotAllowed("Choose a country.", "country")
    if not (is_whole(factors.turnover) and 0 <= factors.turnover <= MAX_MINOR):
        raise NotAllowed("Enter what is expected in a month, 0 or more.", "turnover")


def _state(customer: User) -> dict[str, str]:
    names = ("risk_rating", "kyc_review_on", "enhanced_due", "segment")
    return {name: getattr(customer, name) for name in names}


def _set_company(kyc: KycFile, customer: User, company: bool) -> None:
    if company == customer.is_company:
        return
    if not company and kyc.owners:
        raise NotAllowed("Take the owners off first: a person has none.", "company")
    customer.segment = BUSINESS if company else RETAIL


def _set_rating(customer: User, rating: str, today: date, now: datetime) -> None:
    """The rating and, of a verified customer, the dates: sooner when it rises, counted from the last review else."""
    before = customer.risk_rating
    if customer.kyc_status == VERIFIED and customer.kyc_review_on and rating != before:
        present = date.fromisoformat(customer.kyc_review_on)
        rises = before not in RANKS or RANKS.index(rating) > RANKS.index(before)
        looked_at = years_after(present, -review_years(before, now))
        moved = min(present, next_review(rating, today, now)) if rises else next_review(rating, looked_at, now)
        customer.kyc_review_on = moved.isoformat()
    customer.risk_rating = rating
    if rating != HIGH:
        customer.enhanced_due = ""
    elif before != HIGH:
        days = parameters.snapshot(now).number(ENHANCED_DAYS.code)
        customer.enhanced_due = (today + timedelta(days=days)).isoformat()
    customer.file_for_review()
