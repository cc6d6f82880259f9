"""Identity work of the demo bank: factors, papers, a company's owners; and the sample sanctions list in force."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from django.conf import settings

from accounts.ledger import Actor
from accounts.models import User
from accounts.models.people import BUSINESS, KYC_HIGH, KYC_PENDING, VERIFIED
from accounts.queries.people import people_by_name
from cloudbank import store
from cloudbank.management.demo.work import actor_of
from cloudbank.roles import Role
from cloudbank.tables import UsersItem
from compliance.kyc.owners import Owner
from compliance.kyc.queries import file_of
from compliance.kyc.rating import Factors
from compliance.kyc.services.owners import add_owner
from compliance.kyc.services.papers import add_paper, check_paper
from compliance.kyc.services.rating import declare_factors
from monitoring.ofac import read_list
from monitoring.services.sanctions import load_list, screen_customers

SAMPLE = Path(settings.BASE_DIR) / "monitoring" / "sample_list"
COMMAND = Actor("command:seed_demo", "system", "seed_demo")
CONSULTANT = Factors("US", "wires", "self_employed", "none", 1_500_000)
SHOP = Factors("US", "cash", "cash_intensive", "none", 4_000_000)
OFFICIAL = Factors("US", "cross_border", "employed", "domestic", 900_000)


def keep_files(staff: Mapping[str, User], until: datetime) -> int:
    """Some customers' files, in different states; returns how many. Repeating changes nothing."""
    officer = actor_of(staff["compliance@cloudbank.example"])
    at, made = until - timedelta(days=2), 0
    for place, person in enumerate(_pending()):
        if file_of(person.user_id).version:
            continue
        _paper(person, "passport", officer, at, until.date() + timedelta(days=700))
        if place == 0:
            _checked(person, officer, at)
            _rated(person, CONSULTANT, officer, at)
        made += 1
    for person in _high():
        if not file_of(person.user_id).version:
            _rated(person, OFFICIAL, officer, at)
            made += 1
    company = _company()
    if company and not file_of(company.user_id).version:
        _rated(company, SHOP, officer, at)
        for owner in (
            Owner("Petra Lindholm", "1971-05-02", "US", 6_000, True, "Managing director"),
            Owner("Jonas Lindholm", "1969-11-20", "US", 4_000),
        ):
            seen = file_of(company.user_id).version
            add_owner(customer_id=company.user_id, owner=owner, seen=seen, actor=officer, now=at)
        made += 1
    return made


def load_sample(until: datetime) -> int:
    """Put the sample list in force and screen all customers against it; returns how many were screened."""
    texts = [(SAMPLE / name).read_text("utf-8") for name in ("SDN.CSV", "ALT.CSV", "ADD.CSV")]
    entries = read_list(*texts)
    load_list(entries=entries, origin="SAMPLE, made up", dry_run=False, actor=COMMAND, now=until)
    return screen_customers(actor=COMMAND, now=until).customers


def _pending() -> list[User]:
    return list(islice((one for one in User.by_review_date.query(KYC_PENDING)), 2))


def _high() -> list[User]:
    keys = [key for _, key in store.index_keys(UsersItem, "by_owner", KYC_HIGH, limit=1)]
    return [one for one in store.load(UsersItem, keys).values() if isinstance(one, User)]


def _company() -> User | None:
    rows = people_by_name(Role.CUSTOMER, limit=150).rows
    return next((one for one in rows if one.segment == BUSINESS and one.kyc_status == VERIFIED), None)


def _rated(person: User, factors: Factors, officer: Actor, at: datetime) -> None:
    declare_factors(
        customer_id=person.user_id,
        factors=factors,
        company=person.is_company,
        reason="Questionnaire at the counter",
        seen=file_of(person.user_id).version,
        actor=officer,
        now=at,
    )


def _paper(person: User, kind: str, officer: Actor, at: datetime, until: date) -> None:
    add_paper(
        customer_id=person.user_id,
        kind=kind,
        expires_on=until,
        name="specimen.pdf",
        content=specimen(person.user_id),
        actor=officer,
        now=at,
    )


def _checked(person: User, officer: Actor, at: datetime) -> None:
    kyc = file_of(person.user_id)
    paper = kyc.all_papers()[0]
    check_paper(
        customer_id=person.user_id,
        paper_id=paper.paper_id,
        accept=True,
        expires_on=date.fromisoformat(paper.expires_on),
        note="Compared with the person at the counter.",
        seen=kyc.version,
        actor=officer,
        now=at,
    )


def specimen(of: str) -> bytes:
    """A one-page PDF that says it is no real paper."""
    text = f"BT /F1 24 Tf 72 700 Td (SPECIMEN - {of}) Tj ET".encode()
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    head = b"xref\n0 %d\n0000000000 65535 f \n%b" % (size, table)
    return body + head + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(body))
