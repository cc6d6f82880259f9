"""What the page of a person says of that person: masked unless somebody gave a reason."""

from datetime import date
from typing import Any

from django.contrib.auth.hashers import is_password_usable

from accounts.models import User
from accounts.models.people import REJECTED
from cloudbank.clock import from_iso
from cloudbank.roles import Role
from cloudbank.templatetags.bank import badge, when
from cloudbank.wording import day

DOTS = "\N{BULLET}" * 4
DASH = "\N{EM DASH}"
Facts = list[tuple[str, Any, str]]


def masked_email(email: str) -> str:
    """The first letter and the domain."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}{DOTS}@{domain}" if domain else DASH


def masked_end(text: str, shown: int = 2) -> str:
    """The last few signs."""
    return f"{DOTS}{text[-shown:]}" if text else DASH


def masked_all(text: str) -> str:
    """Only that there is something."""
    return DOTS if text else DASH


def year_of(iso_day: str) -> str:
    """The year of a date of birth; "" when it is not known."""
    return iso_day[:4]


def _day(text: str) -> str:
    return day(date.fromisoformat(text)) if text else DASH


def facts_of(person: User, *, unmasked: bool) -> Facts:
    """Label, value and note of each fact."""
    if person.role != Role.CUSTOMER:
        return [("E-mail", person.email, ""), *_sign_in(person)]
    return [*_identity(person), *_personal(person, unmasked), *_sign_in(person)]


def _identity(person: User) -> Facts:
    decided = f"decided on {_day(person.kyc_decided_on)}" if person.kyc_decided_on else "waiting for a decision"
    review = [("Next review", _day(person.kyc_review_on), "")] if person.kyc_review_on else []
    if person.kyc_status == REJECTED and not person.kyc_decided_on:
        decided = ""
    return [
        ("Identity", badge(person.kyc_status), decided),
        *review,
        ("Customer since", _day(person.activated_on), "" if person.activated_on else "no verified account yet"),
        ("Segment", person.segment.capitalize(), ""),
        ("Risk", person.risk_rating.capitalize(), ""),
    ]


def _personal(person: User, unmasked: bool) -> Facts:
    born = _day(person.date_of_birth)
    number = masked_end(person.identity_number, 4) if unmasked else masked_all(person.identity_number)
    return [
        ("E-mail", (person.email or DASH) if unmasked else masked_email(person.email), ""),
        ("Phone", (person.phone or DASH) if unmasked else masked_end(person.phone), ""),
        ("Date of birth", born if unmasked else masked_all(person.date_of_birth), ""),
        ("Address", (person.address or DASH) if unmasked else masked_all(person.address), ""),
        ("Identity number", number, ""),
        ("Privacy consent", _day(person.consent_on), ""),
    ]


def _sign_in(person: User) -> Facts:
    unset = person.email and not is_password_usable(person.password)
    if unset and person.role != Role.CUSTOMER:
        invited = ("Password", "not set yet", "they get another link on the sign-in page: Forgotten your password?")
        return [("Registered", _day(person.registered_on), ""), invited]
    last = when(from_iso(person.last_sign_in_at)) if person.last_sign_in_at else "never"
    return [
        ("Registered", _day(person.registered_on), ""),
        ("Last sign-in", last, f"{person.sign_ins} in all" if person.sign_ins else ""),
    ]
