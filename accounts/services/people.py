"""Changes of people: register, make staff, verify identity, change role, disable.

Each is one transaction with its audit record. What takes rights away ends all open sessions of
the person, because the session epoch is part of every session's hash.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password

from accounts.ledger import Actor, Refused
from accounts.models import EmailLock, User
from accounts.models.people import HIGH, PENDING, REJECTED, VERIFIED
from accounts.parameters import asks_second_person, review_years
from accounts.participants import newcomer_writes, participant
from accounts.queries.deposits import accounts_of
from accounts.services.flows import customer_flow
from accounts.services.posting import Busy
from cloudbank import audit, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.ids import new_id
from cloudbank.roles import STAFF, Role
from cloudbank.store import Write

ATTEMPTS = 8
Change = Callable[[User, date], Sequence[Write]]


@dataclass(frozen=True)
class Details:
    """What a person says of himself or herself when registering."""

    name: str
    email: str
    date_of_birth: date
    address: str
    phone: str
    identity_number: str
    """Last four characters of an identity document."""


def register_customer(*, details: Details, password: str, actor: Actor, now: datetime) -> User | None:
    """A new customer with identity pending, or None when somebody holds the address.

    Screened in the same transaction: a hit, or a screening that failed, is an alert for a person to look at.
    Hashes the password once either way, so that the time says nothing.
    """
    user_id, today = new_id("usr"), bank_calendar().local(now).date().isoformat()
    customer = User(
        user_id=user_id,
        version=1,
        role=str(Role.CUSTOMER),
        name=details.name,
        email=details.email,
        date_of_birth=details.date_of_birth.isoformat(),
        address=details.address,
        phone=details.phone,
        identity_number=details.identity_number[-4:],
        kyc_status=PENDING,
        consent_on=today,
        **_with_password(password, now),
    )
    himself = replace(actor, user_id=user_id, role=str(Role.CUSTOMER))
    return _store_new(customer, "register", himself, now, also=newcomer_writes(customer, actor=himself, now=now))


def create_staff(
    *, email: str, name: str, role: Role | str, password: str, handed_out: bool, actor: Actor, now: datetime
) -> User:
    """A new member of staff. `handed_out`: somebody else knows the password, so it must be changed at once."""
    if role not in STAFF:
        raise Refused("role", f"'{role}' is no role of the staff.", "role")
    person = a_member_of_staff(
        user_id=new_id("usr"), email=email, name=name, role=str(role), password=password, now=now
    )
    person.must_change_password = handed_out
    if _store_new(person, "create_staff", actor, now) is None:
        raise Refused("email", "Somebody already signs in with this address.", "email")
    return person


def a_member_of_staff(*, user_id: str, email: str, name: str, role: str, password: str | None, now: datetime) -> User:
    """A colleague, not stored. Without a password nobody signs in before the person has set one."""
    known = _with_password(password, now)
    return User(user_id=user_id, version=1, role=role, name=name, email=email, kyc_status=VERIFIED, **known)


def _with_password(password: str | None, now: datetime) -> dict[str, Any]:
    return {
        "password": make_password(password),
        "password_set_at": iso(now),
        "registered_at": iso(now),
        "registered_on": bank_calendar().business_date(now).isoformat(),
    }


def _store_new(person: User, action: str, actor: Actor, now: datetime, also: Sequence[Write] = ()) -> User | None:
    """Store the person and the lock on the address, or None when the address is taken."""
    writes = [*joining_writes(person, action, actor=actor, now=now), *also]
    for attempt in range(ATTEMPTS):
        try:
            store.save(writes)
            return person
        except store.ConditionFailed:
            # Taken, or it was us: an earlier attempt whose answer was lost.
            holder = store.get(EmailLock, EmailLock.key(person.email))
            return person if holder and holder.holder_id == person.user_id else None
        except (store.Conflict, store.OutcomeUnknown):
            store.pause(attempt)
    raise Busy("The bank's books did not answer. Try again.")


def joining_writes(
    person: User, action: str, *, actor: Any, now: datetime, reason: str = "", approval: str = ""
) -> list[Write]:
    """A new person, the lock on the address and the audit record; `approval`: the request that is carried out."""
    person.file_under_name()
    person.file_for_review()
    lock = EmailLock(user_id=EmailLock.key(person.email), version=1, holder_id=person.user_id)
    after = {"role": person.role} | ({"approval": approval} if approval else {})
    entry = audit.record(person, action, actor=actor, now=now, after=after, reason=reason)
    return [store.new(person), store.new(lock), entry]


def persistently(user_id: str, change: Change, now: datetime) -> User:
    """Load a person, let `change` say what to write (nothing: leave it), save; again when somebody was faster."""
    day = bank_calendar().business_date(now)
    for attempt in range(ATTEMPTS):
        person = _existing(user_id)
        writes = change(person, day)
        if not writes:
            return person
        try:
            store.save([store.changed(person), *writes])
            return person
        except store.ConditionFailed as error:
            if any(isinstance(write, store.Add) for write in error.writes):
                day = bank_calendar().after(day)  # the day was closed meanwhile
        except (store.Conflict, store.OutcomeUnknown):
            pass
        store.pause(attempt)
    raise Busy("Somebody else is changing this person just now. Try again.")


def _existing(user_id: str) -> User:
    person = store.get(User, user_id)
    if person is None:
        raise Refused("unknown_person", "There is no such person.")
    return person


def verify_customer(*, customer_id: str, approve: bool, reason: str, actor: Actor, now: datetime) -> User:
    """Decide on a customer's identity. Verified with an account open: the customer counts as activated today.

    Refused where a second person must agree (parameter `kyc.second_person`): compliance.kyc asks for one.
    """
    if not approve and not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the decision.", "reason")
    _another(customer_id, actor, "You cannot decide on your own identity.")

    def change(customer: User, day: date) -> Sequence[Write]:
        if approve and customer.kyc_status != VERIFIED and asks_second_person(customer.risk_rating, now):
            raise Refused("second_person", f"A customer of {customer.risk_rating} risk is verified by two people.")
        return decision_writes(customer, approve, reason, day=day, actor=actor, now=now)

    return persistently(customer_id, change, now)


def decision_writes(
    customer: User, approve: bool, reason: str, *, day: date, actor: Any, now: datetime, approval: str = ""
) -> Sequence[Write]:
    """Set the identity's status, and what is saved with the customer; nothing when it is so already. Raises Refused."""
    if customer.role != Role.CUSTOMER:
        raise Refused("not_customer", "Identity is verified for customers only.")
    status = VERIFIED if approve else REJECTED
    if customer.kyc_status == status:
        return []
    if approve and (why := participant().objection(customer.profile(), day)):
        raise Refused("sanctions", why)
    before = {"kyc_status": customer.kyc_status}
    customer.kyc_status, customer.kyc_decided_on = status, day.isoformat()
    customer.kyc_review_on = next_review(customer.risk_rating, day, now).isoformat() if approve else ""
    customer.enhanced_due = customer.kyc_review_on if customer.risk_rating == HIGH else ""
    customer.file_for_review()
    flows = _activation(customer, day) if approve else []
    after = {name: getattr(customer, name) for name in ("kyc_status", "kyc_review_on", "activated_on")}
    after |= {"approval": approval} if approval else {}
    action = "verify_identity" if approve else "reject_identity"
    entry = audit.record(customer, action, actor=actor, now=now, before=before, after=after, reason=reason.strip())
    return [entry, *flows]


def next_review(rating: str, day: date, now: datetime) -> date:
    """When a customer of this rating, looked at on a day, is looked at again (parameters `kyc.review_years.*`)."""
    return years_after(day, review_years(rating, now))


def years_after(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28 February."""
    last = 28 if (day.month, day.day) == (2, 29) else day.day
    return day.replace(year=day.year + years, day=last)


def _activation(customer: User, day: date) -> Sequence[Write]:
    if not customer.first_account_on or customer.activated_on:
        return []
    customer.activated_on = day.isoformat()
    first = next(iter(accounts_of(customer.user_id)), None)
    currency = first.currency if first else settings.BANK_CURRENCY
    return [customer_flow(day, currency, customer.user_id, {"customers_activated": 1})]


def change_role(*, user_id: str, role: Role | str, reason: str, actor: Actor, now: datetime) -> User:
    """Give a member of staff another role; all open sessions end. Pages ask a second person (services.staffing)."""
    refuse_role(user_id, role, actor.user_id)

    def change(person: User, _: date) -> Sequence[Write]:
        return role_writes(person, str(role), reason, actor=actor, now=now)

    return persistently(user_id, change, now)


def refuse_role(user_id: str, role: Role | str, actor_id: str) -> None:
    """Refuse what is no role of the staff, and one's own."""
    if role not in STAFF:
        raise Refused("role", f"'{role}' is no role of the staff.", "role")
    if user_id == actor_id:
        raise Refused("yourself", "You cannot change your own role.")


def role_writes(
    person: User, role: str, reason: str, *, actor: Any, now: datetime, approval: str = ""
) -> Sequence[Write]:
    """Set the role, and the record of it; nothing for the role that the person has."""
    if not person.is_staff_member:
        raise Refused("role", "A customer does not become staff; create a sign-in of its own.", "role")
    if person.role == role:
        return []
    before, after = {"role": person.role}, {"role": role} | ({"approval": approval} if approval else {})
    person.role = role
    person.file_under_name()
    return [_ended(person, "change_role", actor, now, before, after, reason)]


def set_disabled(*, user_id: str, disabled: bool, reason: str, actor: Actor, now: datetime) -> User:
    """Shut a person out at once, or let the person in again."""
    _another(user_id, actor, "You cannot disable yourself.")

    def change(person: User, _: date) -> Sequence[Write]:
        if person.disabled == disabled:
            return []
        before = {"disabled": person.disabled}
        person.disabled = disabled
        action = "disable" if disabled else "enable"
        return [_ended(person, action, actor, now, before, {"disabled": disabled}, reason)]

    return persistently(user_id, change, now)


def _ended(
    person: User, action: str, actor: Actor, now: datetime, before: dict[str, Any], after: dict[str, Any], reason: str
) -> Write:
    """The record of a change that ends all sessions, also those begun before an earlier change was taken back."""
    if not reason.strip():
        raise Refused("reason", "Give a reason; it is kept with the change.", "reason")
    person.session_epoch += 1
    return audit.record(person, action, actor=actor, now=now, before=before, after=after, reason=reason.strip())


def _another(user_id: str, actor: Actor, why: str) -> None:
    if user_id == actor.user_id:
        raise Refused("yourself", why)
