"""What is done for a privacy request: the package made and handed out, data corrected, restricted, erased."""

import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from accounts import mail
from accounts.ledger import Actor, Refused
from accounts.models import User
from accounts.queries.people import holder_of, user
from accounts.services.erasing import (
    IDENTITY_DATA,
    address_writes,
    correct_contact,
    corrected,
    pseudonymise,
    set_restricted,
)
from cloudbank import approvals, audit, documents, parameters, store
from cloudbank.approvals import Approval, Outcome, Shown
from cloudbank.clock import from_iso, iso
from cloudbank.conf import bank_calendar
from cloudbank.documents import StoredDocument
from cloudbank.parameters import Parameter
from cloudbank.roles import allows
from cloudbank.store import Write
from compliance.kyc.services.forgetting import forget_file
from compliance.models import PrivacyRequest
from compliance.privacy import queries
from compliance.privacy.contents import contents_for
from compliance.privacy.holds import binding, kept_until, told_to_customer
from compliance.privacy.package import write_zip
from compliance.privacy.paper import pdf_of
from compliance.privacy.pasts import holds_on, today, years
from compliance.privacy.services import OWN, WORK, change_request, step_taken
from compliance.privacy.terms import CORRECT, ERASE, PACKAGE, RESTRICT
from compliance.services.saving import save_audited
from compliance.steps import NotAllowed
from monitoring.services.onboarding import screening_writes

PACKAGE_DAYS = "privacy.package_days"
parameters.declare(
    Parameter(PACKAGE_DAYS, "Data packages: can be fetched for", "days", 14, "GDPR art. 5(1)(e)", minimum=1, maximum=90)
)
FILES = {"zip": "application/zip", "pdf": "application/pdf"}
RECTIFY = "rectify_identity"
CORRECTED = {
    "name": "Name",
    "date_of_birth": "Date of birth",
    "identity_number": "Identity number, last 4",
    "email": "E-mail address",
}
"""What two people correct."""
Changed = tuple[dict[str, Any], dict[str, Any], str, Sequence[Write]]


def customer_of(item: PrivacyRequest) -> User:
    """Whose request it is. Raises NotAllowed when that person is gone."""
    found = user(item.owner_id or "")
    if found is None:
        raise NotAllowed("There is no such customer any more.")
    return found


def make_package(*, request_id: str, version: int, actor: Actor, now: datetime) -> PrivacyRequest:
    """Make the files of the customer's own data, to be fetched until they expire. Made again: the new ones count."""

    def change(item: PrivacyRequest) -> Changed:
        after = step_taken(item, PACKAGE.code, "", actor, now)
        person = customer_of(item)
        old.update(item.package)
        stem = f"privacy/{item.user_id.lower()}/{item.version:04d}-{now:%Y%m%dt%H%M%S}"
        packed = io.BytesIO()
        counts = write_zip(contents_for(person, item.about, now), packed)
        paper = pdf_of(contents_for(person, item.about, now), person.name, bank_calendar().zone)
        files = {
            "zip": documents.store_bytes(f"{stem}.zip", packed.getvalue()),
            "pdf": documents.store_bytes(f"{stem}.pdf", paper),
        }
        kept = timedelta(days=parameters.snapshot(now).number(PACKAGE_DAYS))
        item.package = {
            "files": {code: [one.name, one.size, one.sha256] for code, one in files.items()},
            "made_at": iso(now),
            "expires_at": iso(now + kept),
            "counts": counts,
        }
        after |= {"expires_at": item.package["expires_at"]} | {code: one.sha256 for code, one in files.items()}
        return {}, after, "", ()

    old: dict[str, Any] = {}
    item = change_request(request_id, version, "make_package", change, actor=actor, now=now)
    _forget(old)
    return item


def _forget(package: Mapping[str, Any]) -> None:
    for name, _, _ in package.get("files", {}).values():
        documents.delete_document(name)


def open_package(*, request_id: str, code: str, actor: Actor, now: datetime) -> tuple[bytes, StoredDocument]:
    """A file of the package for its owner, or for an officer who hands it out; put on record first.

    Raises NotAllowed when there is none for this person, documents.Damaged when it is not what was made.
    """
    item = queries.request(request_id)
    own = item is not None and item.owner_id == actor.user_id and allows(actor.role, OWN)
    if item is None or not (own or allows(actor.role, WORK)) or code not in item.package.get("files", {}):
        raise NotAllowed("There is no such file.")
    if is_expired(item, now):
        raise NotAllowed("It could be fetched for some days only, and they are over. Ask for it again.")
    found = StoredDocument(*item.package["files"][code])
    content = documents.read_document(found)
    entry = audit.record(item, "download_package", actor=actor, now=now, after={"file": code, "sha256": found.sha256})
    try:
        save_audited(item, entry)
    except store.ConditionFailed as error:
        raise NotAllowed("The request was changed at this moment. Try again.") from error
    return content, found


def is_expired(item: PrivacyRequest, now: datetime) -> bool:
    """Whether its package cannot be fetched any more."""
    return bool(item.package) and from_iso(item.package["expires_at"]) <= now


def expire_package(*, item: PrivacyRequest, actor: Actor, now: datetime) -> None:
    """Delete the files of a package whose days are over; that it was there stays on record.

    The files go first: who is interrupted finds the package here again and ends it. Raises documents.NotDeleted.
    """
    files = item.package.get("files", {})
    if not files or not is_expired(item, now):
        return
    _forget({"files": files})
    gone = {code: one[2] for code, one in files.items()}
    item.package = {name: value for name, value in item.package.items() if name != "files"}
    entry = audit.record(item, "expire_package", actor=actor, now=now, before=gone)
    save_audited(item, entry)


def restrict(*, request_id: str, note: str, version: int, actor: Actor, now: datetime) -> PrivacyRequest:
    """Restrict the processing of the customer's data, as asked."""

    def change(item: PrivacyRequest) -> Changed:
        after = step_taken(item, RESTRICT.code, note, actor, now)
        _do(set_restricted, item, note, actor, now, restricted=True)
        return {}, after, note.strip(), ()

    return change_request(request_id, version, "restrict", change, actor=actor, now=now)


def _do(deed: Any, item: PrivacyRequest, reason: str, actor: Actor, now: datetime, **more: Any) -> None:
    try:
        deed(customer_id=item.owner_id or "", reason=reason, actor=actor, now=now, **more)
    except Refused as refused:
        raise NotAllowed(str(refused)) from refused


def decide_erasure(*, request_id: str, note: str, version: int, actor: Actor, now: datetime) -> PrivacyRequest:
    """Erase what no hold keeps: the person is pseudonymised, or, while a hold binds, restricted until its day.

    What the customer is told stands on the request as the draft of its answer.
    """

    def change(item: PrivacyRequest) -> Changed:
        after = step_taken(item, ERASE.code, note, actor, now)
        holds = holds_on(customer_of(item), now)
        if binding(holds, today(now)):
            _do(set_restricted, item, f"Erasure asked for: {note.strip()}", actor, now, restricted=True)
            until = kept_until([one for one in holds if one.told], today(now))  # a later day would tell of a secret
            after |= {"decision": "restricted", "until": until.isoformat() if until else ""}
            item.answer = told_to_customer(holds, years(now), today(now))
        else:
            why = f"Erasure asked for: {note.strip()}"
            forget_file(customer_id=item.owner_id or "", reason=why, actor=actor, now=now)
            _do(pseudonymise, item, why, actor, now)
            after |= {"decision": "erased", "until": ""}
            item.answer = "Your data is erased. What the books need is kept under a number that names nobody."
        item.steps = {**item.steps, ERASE.code: [*item.steps[ERASE.code], after["decision"], after["until"]]}
        return {}, after, note.strip(), ()

    return change_request(request_id, version, "decide_erasure", change, actor=actor, now=now)


def rectify(
    *, request_id: str, values: Mapping[str, str], note: str, version: int, key: str, name: str, actor: Actor,
    now: datetime,
) -> Approval | None:  # fmt: skip
    """Correct what is wrong. How a customer is reached at once; identity data when a second person approves.

    Answers the request for approval, None when none was needed. Raises NotAllowed, approvals.NotAllowed.
    """
    item = queries.request(request_id)
    person = customer_of(item) if item else None
    changed = {field: text for field, text in values.items() if person and getattr(person, field) != text}
    if not changed:
        raise NotAllowed("Nothing differs from what is on record.")
    identity = {field: text for field, text in changed.items() if field in IDENTITY_DATA}
    contact = {field: text for field, text in changed.items() if field not in IDENTITY_DATA}

    def change(item: PrivacyRequest) -> Changed:
        after = step_taken(item, CORRECT.code, note, actor, now)
        if contact:
            _do(correct_contact, item, note, actor, now, values=contact)
        return {}, after | {"fields": sorted(contact), "waits_for_approval": sorted(identity)}, note.strip(), ()

    if not note.strip():
        raise NotAllowed("Say what showed that it was wrong.", "note")
    item = change_request(request_id, version, "rectify", change, actor=actor, now=now)
    if not identity:
        return None
    content = {"customer_id": item.owner_id, "request_id": request_id, "values": identity}
    content["before"] = {field: getattr(person, field) for field in identity}
    about = f"rectify#{item.owner_id}"
    return approvals.ask(
        code=RECTIFY, content=content, about=about, key=key, reason=note, actor=actor, name=name, now=now
    )


@approvals.effect(RECTIFY, label="Correct identity data", icon="person-vcard", asks=WORK, permission=WORK)
class RectifyIdentity(approvals.Effect):
    """A name or a date of birth that was wrong, in the transaction of the decision."""

    refusals = (Refused,)

    def shown(self, content: Any, now: datetime) -> Shown:
        """Whose, from what to what."""
        person = _unchanged(content)
        _refuse_taken(content)
        return Shown(
            f"Correct the identity data of {person.name}",
            facts=[("Customer", person.name, person.user_id), ("Asked by the customer", content["request_id"], "")],
            changes=[(CORRECTED[field], content["before"][field], text) for field, text in content["values"].items()],
        )

    def check(self, request: Approval, now: datetime) -> None:
        """Still what was read, and nobody else has the address."""
        _unchanged(request.content)
        _refuse_taken(request.content)

    def carry_out(self, request: Approval, *, actor: Any, now: datetime) -> Outcome:
        """Set it; the name is filed anew."""
        person = _unchanged(request.content)
        _refuse_taken(request.content)
        values, approval, address = request.content["values"], request.approval_id, person.email
        entry = corrected(person, values, actor=actor, now=now, reason=request.reason, approval=approval)
        url = reverse("privacy_request", args=[request.content["request_id"]])
        hits = screening_writes(person, actor=actor, now=now)  # another name is held against the sanctions list at once
        writes = [store.changed(person), entry, *address_writes(person, address), *hits]
        return Outcome("The identity data is corrected.", url, writes)

    def afterwards(self, request: Approval) -> None:
        """Another address to sign in with is told at the old one and at the new one."""
        content = request.content
        if "email" in content["values"]:
            for address in filter(None, (content["before"]["email"], content["values"]["email"])):
                mail.later(_tell_address, content["customer_id"], address)

    def link(self, content: Any) -> tuple[str, str]:
        """The customer's request."""
        return "Open the request", reverse("privacy_request", args=[content["request_id"]])


def _tell_address(customer_id: str, address: str) -> None:
    person = user(customer_id)
    if person:
        mail.send("address_changed", address, person=person)


def _refuse_taken(content: Any) -> None:
    address = content["values"].get("email")
    holder = holder_of(address) if address else None
    if holder is not None and holder.user_id != content["customer_id"]:
        raise Refused("email", "Somebody else signs in with this address.", "email")


def _unchanged(content: Any) -> User:
    person = user(content["customer_id"])
    if person is None:
        raise Refused("gone", "There is no such customer.")
    if any(getattr(person, field) != text for field, text in content["before"].items()):
        raise Refused("changed", "The customer's data was changed since. Ask again from what is now.")
    return person
