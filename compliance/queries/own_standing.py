"""What a customer may know of their own standing. Reads the customer's own item only, and nothing of alerts."""

from dataclasses import dataclass
from datetime import date

from accounts.models import User
from accounts.models.people import PENDING, REJECTED, VERIFIED

ASKED_FOR = {
    "date_of_birth": "your date of birth",
    "address": "your address",
    "identity_number": "your identity document",
    "phone": "your telephone number",
}
REVIEW_SOON_DAYS = 60


@dataclass(frozen=True)
class OwnStanding:
    """Identity status in words, what is missing, and the dates."""

    status: str
    headline: str
    explained: str
    missing: list[str]
    verified_on: date | None
    review_on: date | None
    review_soon: bool
    consent_on: date | None


WORDS = {
    VERIFIED: ("Your identity is verified", "There is nothing for you to do."),
    PENDING: (
        "We are checking your identity",
        "You can open an account meanwhile. Please bring an identity document to a branch if we ask you to.",
    ),
    REJECTED: (
        "We could not verify your identity",
        "Please come to a branch with an identity document; we will look at it together.",
    ),
}


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def own_standing(customer: User, today: date) -> OwnStanding:
    """The standing of the person who asks."""
    headline, explained = WORDS.get(customer.kyc_status, WORDS[PENDING])
    review_on = _date(customer.kyc_review_on)
    return OwnStanding(
        status=customer.kyc_status,
        headline=headline,
        explained=explained,
        missing=[words for name, words in ASKED_FOR.items() if not getattr(customer, name)],
        verified_on=_date(customer.kyc_decided_on) if customer.kyc_status == VERIFIED else None,
        review_on=review_on,
        review_soon=bool(review_on and (review_on - today).days <= REVIEW_SOON_DAYS),
        consent_on=_date(customer.consent_on),
    )
