"""What privacy asks of a person's item: processing restricted or free again, held for the law, data corrected, erased.

Each is one transaction with its audit record. Why, and whether it may be, is decided by compliance.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password

from accounts.ledger import Actor, Refused
from accounts.models import EmailLock, User
from accounts.services.people import persistently
from cloudbank import audit, store
from cloudbank.conf import bank_calendar
from cloudbank.roles import Role
from cloudbank.store import Write

PERSONAL = ("name", "email", "phone", "date_of_birth", "address", "identity_number", "last_sign_in_from")
"""What names or reaches a person."""
IDENTITY_DATA = ("name", "date_of_birth", "identity_number", "email")
"""Who somebody is, and by what they sign in: corrected by two people."""
CONTACT_DATA = ("address", "phone")
ERASED = "Erased person"


def _customer(person: User) -> None:
    if person.role != Role.CUSTOMER:
        raise Refused("not_customer", "This is for customers only.")
    if person.erased_on:
        raise Refused("erased", "This person's data was erased.")


def set_restricted(*, customer_id: str, restricted: bool, reason: str, actor: Actor, now: datetime) -> User:
    """Restrict the processing of a customer's data, or lift it. Raises Refused."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the change.", "reason")

    def change(person: User, _: date) -> Sequence[Write]:
        _customer(person)
        if bool(person.restricted_on) == restricted:
            return []
        before = {"restricted_on": person.restricted_on}
        person.restricted_on = bank_calendar().local(now).date().isoformat() if restricted else ""
        person.restricted_why = reason.strip() if restricted else ""
        after, action = {"restricted_on": person.restricted_on}, "restrict" if restricted else "lift_restriction"
        return [audit.record(person, action, actor=actor, now=now, before=before, after=after, reason=reason.strip())]

    return persistently(customer_id, change, now)


def set_legal_hold(*, customer_id: str, reason: str, held: bool, actor: Actor, now: datetime) -> User:
    """Keep everything of a customer whatever its age, or no longer. Raises Refused."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the change.", "reason")

    def change(person: User, _: date) -> Sequence[Write]:
        _customer(person)
        if bool(person.legal_hold) == held:
            return []
        before, person.legal_hold = {"legal_hold": person.legal_hold}, reason.strip() if held else ""
        action, after = "hold_data" if held else "release_data", {"legal_hold": person.legal_hold}
        return [audit.record(person, action, actor=actor, now=now, before=before, after=after, reason=reason.strip())]

    return persistently(customer_id, change, now)


def corrected(
    person: User, values: Mapping[str, str], *, actor: Any, now: datetime, reason: str, approval: str = ""
) -> Write:
    """Set what was wrong on the item; the record with old and new. Raises Refused when nothing differs."""
    _customer(person)
    changed = {name: text for name, text in values.items() if getattr(person, name) != text}
    if not changed:
        raise Refused("same", "This is what is on record already.")
    before = {name: getattr(person, name) for name in changed}
    for name, text in changed.items():
        setattr(person, name, text)
    if "email" in changed:
        person.session_epoch += 1
    person.file_under_name()
    after = changed | ({"approval": approval} if approval else {})
    return audit.record(person, "rectify", actor=actor, now=now, before=before, after=after, reason=reason)


def address_writes(person: User, before: str) -> list[Write]:
    """The locks on the address that a person signs in with, when it was another one `before`."""
    if EmailLock.key(person.email) == EmailLock.key(before):
        return []
    lock = EmailLock(user_id=EmailLock.key(person.email), version=1, holder_id=person.user_id)
    return [store.new(lock), *([store.Delete(EmailLock, EmailLock.key(before))] if before else [])]


def correct_contact(*, customer_id: str, values: Mapping[str, str], reason: str, actor: Actor, now: datetime) -> User:
    """Correct how a customer is reached, alone. Identity data needs a second person. Raises Refused."""
    if set(values) - set(CONTACT_DATA):
        raise Refused("identity", "Identity data is corrected by two people.")

    def change(person: User, _: date) -> Sequence[Write]:
        return [corrected(person, values, actor=actor, now=now, reason=reason)]

    return persistently(customer_id, change, now)


def pseudonymise(*, customer_id: str, reason: str, actor: Actor, now: datetime) -> User:
    """Take out everything that names or reaches a former customer; what they did stays, under a number.

    Refused while an account is open. The sign-in and its address are free again.
    """

    def change(person: User, _: date) -> Sequence[Write]:
        if person.erased_on:
            return []
        _customer(person)
        if person.open_accounts or not person.exited_on:
            raise Refused("customer", "An account is open: this is still a customer.")
        lock = [store.Delete(EmailLock, EmailLock.key(person.email))] if person.email else []
        for name in PERSONAL:
            setattr(person, name, "")
        person.name = f"{ERASED} {person.user_id[-6:]}"
        person.password, person.disabled, person.consent_on = make_password(None), True, ""
        person.erased_on = bank_calendar().local(now).date().isoformat()
        person.session_epoch += 1
        person.file_under_name()
        after = {"erased_on": person.erased_on, "fields": list(PERSONAL)}
        return [audit.record(person, "pseudonymise", actor=actor, now=now, after=after, reason=reason), *lock]

    return persistently(customer_id, change, now)
