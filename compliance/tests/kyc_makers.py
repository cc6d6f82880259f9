"""Makers for tests of KYC: factors, papers, a customer whose file is ready to be verified."""

from datetime import date, timedelta
from typing import Any

from accounts.models import User
from accounts.models.people import PENDING
from accounts.testing import a_customer
from cloudbank.clock import utcnow
from compliance.kyc.models import KycFile
from compliance.kyc.papers import Paper
from compliance.kyc.queries import file_of
from compliance.kyc.rating import Factors
from compliance.kyc.services.papers import add_paper, check_paper
from compliance.kyc.services.rating import declare_factors
from compliance.testing import actor, today

PDF = b"%PDF-1.4 a passport"
PLAIN = Factors("US", "basic", "employed", "none", 400_000)
RISKY = Factors("US", "basic", "employed", "foreign", 400_000)


def a_pending_customer(**attributes: Any) -> User:
    """Somebody who has registered with all that is asked for."""
    known = {"date_of_birth": "1988-03-04", "address": "1 Main Street", "identity_number": "6789"}
    return a_customer(**(known | {"kyc_status": PENDING} | attributes))


def declared(customer: User, officer: User, factors: Factors = PLAIN, **more: Any) -> KycFile:
    """The customer's factors, declared by the officer."""
    known: dict[str, Any] = {"company": customer.is_company, "reason": "questionnaire", "now": utcnow()} | more
    seen = file_of(customer.user_id).version
    return declare_factors(customer_id=customer.user_id, factors=factors, seen=seen, actor=actor(officer), **known)


def a_paper(
    customer: User, by: User, *, kind: str = "passport", content: bytes = PDF, until: date | None = None, **more: Any
) -> Paper:
    """A paper in the customer's file, to be checked; valid for a year unless told otherwise."""
    known: dict[str, Any] = {"name": "scan.pdf", "now": utcnow()} | more
    return add_paper(
        customer_id=customer.user_id,
        kind=kind,
        expires_on=until or today() + timedelta(days=365),
        content=content,
        actor=actor(by),
        **known,
    )


def checked(customer: User, paper: Paper, officer: User, *, accept: bool = True, note: str = "seen") -> KycFile:
    """The paper, accepted or refused by the officer."""
    return check_paper(
        customer_id=customer.user_id,
        paper_id=paper.paper_id,
        accept=accept,
        expires_on=date.fromisoformat(paper.expires_on) if paper.expires_on else None,
        note=note,
        seen=file_of(customer.user_id).version,
        actor=actor(officer),
        now=utcnow(),
    )


def ready(officer: User, factors: Factors = PLAIN, **attributes: Any) -> User:
    """A pending customer with a checked passport and declared factors."""
    customer = a_pending_customer(**attributes)
    checked(customer, a_paper(customer, officer, content=PDF + customer.user_id.encode()), officer)
    declared(customer, officer, factors)
    return customer
