"""Who owns and controls a company: named, taken off, or stated that nobody owns so much. New names are screened."""

from collections.abc import Sequence
from datetime import date, datetime

from accounts.ledger import Actor
from accounts.models import User
from cloudbank import audit, parameters, store
from cloudbank.countries import is_country
from cloudbank.store import Write
from compliance.kyc.models import KycFile
from compliance.kyc.owners import WHOLE, Owner, complaint
from compliance.kyc.services.filing import change_file, may_work, today_of
from compliance.kyc.terms import OWNER_PERCENT
from compliance.steps import NotAllowed
from monitoring.services.onboarding import screening_writes


def add_owner(*, customer_id: str, owner: Owner, seen: int, actor: Actor, now: datetime) -> KycFile:
    """Name a person behind a company and screen the name, in one transaction. Raises NotAllowed naming the field."""
    may_work(actor)
    _checked(owner, today_of(now))
    percent = parameters.snapshot(now).number(OWNER_PERCENT.code)

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        owners = [*kyc.all_owners(), owner]
        wrong, field = complaint(owners, percent)
        if wrong:
            raise NotAllowed(wrong, field)
        kyc.no_owner = kyc.no_owner and owner.share < percent * 100
        return _written(kyc, customer, owners, "add_owner", owner, "", actor, now)

    return change_file(customer_id, change, now, seen=seen)


def remove_owner(*, customer_id: str, place: int, reason: str, seen: int, actor: Actor, now: datetime) -> KycFile:
    """Take a person off; `place` counts from 0 in the file as it was seen. Raises NotAllowed."""
    may_work(actor)
    if not reason.strip():
        raise NotAllowed("Say what changed; it is kept with the file.", "reason")

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        owners = kyc.all_owners()
        if not 0 <= place < len(owners):
            raise NotAllowed("There is no such person in the file.")
        gone = owners.pop(place)
        return _written(kyc, customer, owners, "remove_owner", gone, reason.strip(), actor, now)

    return change_file(customer_id, change, now, seen=seen)


def state_no_owner(*, customer_id: str, reason: str, seen: int, actor: Actor, now: datetime) -> KycFile:
    """Keep the statement that nobody owns as much as has to be named. Raises NotAllowed."""
    may_work(actor)
    if not reason.strip():
        raise NotAllowed("Say who stated it and how; it is kept with the file.", "reason")
    percent = parameters.snapshot(now).number(OWNER_PERCENT.code)

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        _company(customer)
        if any(one.share >= percent * 100 for one in kyc.all_owners()):
            raise NotAllowed(f"An owner of {percent} % or more is named already.")
        if kyc.no_owner:
            return []
        kyc.no_owner = True
        after = {"no_owner": True, "percent": percent}
        return [audit.record(kyc, "state_no_owner", actor=actor, now=now, after=after, reason=reason.strip())]

    return change_file(customer_id, change, now, seen=seen)


def _written(
    kyc: KycFile,
    customer: User,
    owners: list[Owner],
    action: str,
    owner: Owner,
    reason: str,
    actor: Actor,
    now: datetime,
) -> list[Write]:
    _company(customer)
    kyc.owners = [one.as_json() for one in owners]
    customer.owner_names = {one.name for one in owners} or None
    hits = screening_writes(customer, actor=actor, now=now)
    said = {"name": owner.name, "share": owner.percent, "control": owner.control}
    known = {"after": said} if action == "add_owner" else {"before": said}
    entries = [
        audit.record(kyc, action, actor=actor, now=now, reason=reason, **known),
        audit.record(customer, action, actor=actor, now=now, reason=reason, **known),
    ]
    return [store.changed(customer), *entries, *hits]


def _company(customer: User) -> None:
    if not customer.is_company:
        raise NotAllowed("Only a company has owners. Declare it a company first.")


def _checked(owner: Owner, today: date) -> None:
    if not owner.name.strip():
        raise NotAllowed("Enter the full name.", "name")
    if not owner.born or date.fromisoformat(owner.born) >= today:
        raise NotAllowed("Enter the date of birth.", "born")
    if not is_country(owner.country):
        raise NotAllowed("Choose a country.", "country")
    if not 0 <= owner.share <= WHOLE:
        raise NotAllowed("A share lies between 0 and 100 %.", "share")
    if owner.control and not owner.title.strip():
        raise NotAllowed("Enter the office of the person in control, for example managing director.", "title")
