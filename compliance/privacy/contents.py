"""A customer's own data, read for a package. Each section names its fields one by one: what is not named stays here."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from django.conf import settings

from accounts.audit_words import action_name
from accounts.customer_texts import told_of_reversal
from accounts.ledger import HOUSE, REVERSAL
from accounts.models import Posting, User
from accounts.names import channel_name, plain, product_name, type_name
from accounts.queries.deposits import accounts_of
from accounts.queries.ledger import statement_lines
from accounts.queries.loans import loans_of
from accounts.queries.people import open_sessions
from accounts.queries.standing import orders_of
from cloudbank.audit import AuditRecord
from cloudbank.conf import bank_calendar
from cloudbank.money import to_decimal
from cloudbank.wording import last_four
from compliance.kyc.papers import STATES
from compliance.kyc.queries import file_of
from compliance.privacy.package import PORTABLE, PORTABLE_PERSON, Contents, Row
from compliance.privacy.queries import requests_of

OWN_CHANGES = frozenset(
    {
        "register", "sign_in", "change_password", "end_session", "end_all_sessions", "first_account", "verify_identity",
        "rectify", "restrict", "lift_restriction",
    }
)  # fmt: skip
"""Actions on a person's item that a customer may read of. What staff looked at, and why, is not among them."""


def contents_for(person: User, about: str, now: datetime) -> Contents:
    """What answers a request about access or portability."""
    made: Mapping[str, Callable[[User, datetime], Iterator[Row]]] = {
        "person": _person,
        "accounts": _accounts,
        "movements": _movements,
        "loans": _loans,
        "standing_orders": _orders,
        "sign_ins": _sign_ins,
        "changes": _changes,
        "papers": _papers,
        "requests": _requests,
    }
    wanted = PORTABLE if about == "portability" else tuple(made)
    sections = {name: made[name](person, now) for name in wanted}
    if about == "portability":
        whole = next(_person(person, now))
        sections["person"] = iter([{name: whole[name] for name in PORTABLE_PERSON}])
    return Contents(about, now, settings.BANK_NAME, sections)


def _person(person: User, now: datetime) -> Iterator[Row]:
    yield {
        "name": person.name,
        "email": person.email,
        "phone": person.phone,
        "date_of_birth": person.date_of_birth,
        "address": person.address,
        "identity_number_last_four": person.identity_number,
        "customer_number": person.user_id,
        "registered_on": person.registered_on,
        "customer_since": person.activated_on,
        "identity": person.kyc_status,
        "identity_decided_on": person.kyc_decided_on,
        "consent_on": person.consent_on,
        "restricted_on": person.restricted_on,
    }


def _accounts(person: User, now: datetime) -> Iterator[Row]:
    for one in accounts_of(person.user_id):
        yield {
            "account": one.account_id,
            "product": product_name(one.product),
            "currency": one.currency,
            "status": one.status,
            "opened_on": one.opened_on,
            "closed_on": one.closed_on or "",
            "balance": to_decimal(one.balance, one.currency),
        }


def _movements(person: User, now: datetime) -> Iterator[Row]:
    for account_id in [one.account_id for one in (*accounts_of(person.user_id), *loans_of(person.user_id))]:
        for line in statement_lines(account_id, None, None):
            yield _movement(line, person.user_id)


def _movement(line: Posting, owner_id: str) -> Row:
    other = "" if line.counter in HOUSE else line.counter
    return {
        "account": line.account_id,
        "business_date": line.business_date,
        "posted_at": line.posted_at,
        "type": type_name(line.type),
        "amount": to_decimal(line.amount, line.currency),
        "currency": line.currency,
        "balance_after": to_decimal(line.balance_after, line.currency),
        "other_account": other if line.counter_owner == owner_id or not other else f"...{last_four(other)}",
        "note": told_of_reversal(line.memo) if line.type == REVERSAL else line.memo,
        "channel": channel_name(line.channel),
        "reference": line.movement_id,
    }


def _loans(person: User, now: datetime) -> Iterator[Row]:
    for one in loans_of(person.user_id):
        yield {
            "loan": one.loan_id,
            "product": plain(one.offer),
            "currency": one.currency,
            "stage": one.stage,
            "opened_on": one.opened_on,
            "closed_on": one.closed_on or "",
            "purpose": one.purpose,
            "monthly_income": to_decimal(one.monthly_income, one.currency),
            "balance": to_decimal(one.balance, one.currency),
        }


def _orders(person: User, now: datetime) -> Iterator[Row]:
    for one in orders_of(person.user_id):
        yield {
            "order": one.transaction_id,
            "from_account": one.from_account,
            "to_account": f"...{last_four(one.to_account)}",
            "to_name": one.to_name,
            "amount": to_decimal(one.amount, one.currency),
            "currency": one.currency,
            "note": one.memo,
            "rhythm": one.rhythm,
            "first_on": one.first_on,
            "last_on": one.last_on,
            "state": one.state,
        }


def _sign_ins(person: User, now: datetime) -> Iterator[Row]:
    for one in open_sessions(person, now=now):
        yield {
            "began_at": one.began_at,
            "last_seen_at": one.seen_at,
            "from_address": one.source,
            "device": one.agent,
        }


def _changes(person: User, now: datetime) -> Iterator[Row]:
    for one in AuditRecord.by_subject.query(f"{User.discriminator()}#{person.user_id}"):
        if isinstance(one, AuditRecord) and one.action in OWN_CHANGES:
            yield {"at": one.at, "what": action_name(one.action)}


def _papers(person: User, now: datetime) -> Iterator[Row]:
    day = bank_calendar().local(now).date()
    for one in file_of(person.user_id).all_papers():
        yield {
            "kind": one.label,
            "file": f"{one.title}.{one.extension}",
            "sent_at": one.sent_at,
            "valid_until": one.expires_on,
            "state": STATES[one.state_on(day)],
        }


def _requests(person: User, now: datetime) -> Iterator[Row]:
    for one in requests_of(person.user_id):
        names = ("about", "details", "received_on", "due_on", "outcome", "answer")
        yield {name: getattr(one, name) for name in names}
