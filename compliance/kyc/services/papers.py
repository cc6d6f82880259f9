"""Papers of a customer: sent by staff or the customer, checked by an officer. The bytes go to the documents store."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from accounts.ledger import Actor, Refused
from accounts.models import User
from cloudbank import audit, documents
from cloudbank.clock import iso
from cloudbank.documents import StoredDocument
from cloudbank.lists.taken import Taker, keep_taken
from cloudbank.roles import Role, allows
from cloudbank.store import Write
from cloudbank.throttle import Count, Limit, count
from compliance.kyc.models import KycFile
from compliance.kyc.papers import ACCEPTED, KINDS, MOST_PAPERS, OWN_KINDS, REFUSED, TAKEN, Paper
from compliance.kyc.queries import file_of
from compliance.kyc.services.filing import ADD_PAPER, OWN, WORK, change_file, may_work, today_of
from compliance.steps import NotAllowed
from monitoring.papers import checked_paper

LONGEST_YEARS = 50
READS = Limit("kyc_paper_hour", 60, 60 * 60)
"""So many papers one person opens in an hour: enough for work, too few to copy the archive."""


def add_paper(
    *, customer_id: str, kind: str, expires_on: date | None, name: str, content: bytes, actor: Actor, now: datetime
) -> Paper:
    """Keep a paper, to be checked. The same file again is refused. Raises NotAllowed naming the field, NotStored.

    The bytes are stored first: what a failed transaction leaves behind is a file that nobody names.
    """
    _may_add(actor, customer_id, kind)
    _expiry(kind, expires_on, today_of(now))
    try:
        title, extension = checked_paper(name, content, TAKEN)
    except Refused as refused:
        raise NotAllowed(refused.message, "file") from refused
    digest = documents.sha256_of(content)
    folder = hashlib.sha256(customer_id.encode()).hexdigest()[:16]
    made = Paper(
        paper_id=digest[:16],
        kind=kind,
        title=title,
        extension=extension,
        stored=f"kyc/{folder}/{digest}.{extension}",
        size=len(content),
        sha256=digest,
        sent_by=actor.user_id,
        sent_at=iso(now),
        expires_on=expires_on.isoformat() if expires_on else "",
    )

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        if kyc.paper(made.paper_id):
            raise NotAllowed("This very file is here already.", "file")
        if len(kyc.papers) >= MOST_PAPERS:
            raise NotAllowed(f"A customer's file holds at most {MOST_PAPERS} papers.", "file")
        documents.store_bytes(made.stored, content)
        kyc.papers = [*kyc.papers, made.as_json()]
        after = {"paper": made.label, "title": made.title, "size": made.size, "sha256": made.sha256}
        return [audit.record(kyc, "add_paper", actor=actor, now=now, after=after | {"expires_on": made.expires_on})]

    change_file(customer_id, change, now)
    return made


def _may_add(actor: Actor, customer_id: str, kind: str) -> None:
    own = actor.role == Role.CUSTOMER and actor.user_id == customer_id and allows(actor.role, OWN)
    if kind not in (OWN_KINDS if own else KINDS):
        raise NotAllowed("Choose what kind of paper it is.", "kind")
    if not own and not allows(actor.role, ADD_PAPER):
        raise NotAllowed("Your role does not take papers in.")


def _expiry(kind: str, expires_on: date | None, today: date) -> None:
    if expires_on is None:
        if KINDS[kind].expires:
            raise NotAllowed("Enter the day until which it is valid; it stands on the paper.", "expires_on")
        return
    if expires_on < today:
        raise NotAllowed("This paper has expired. Ask for one that is valid.", "expires_on")
    if expires_on.year > today.year + LONGEST_YEARS:
        raise NotAllowed("No paper is valid that long. Check the year.", "expires_on")


def check_paper(
    *,
    customer_id: str,
    paper_id: str,
    accept: bool,
    expires_on: date | None,
    note: str,
    seen: int,
    actor: Actor,
    now: datetime,
) -> KycFile:
    """Accept a paper, with its last day, or refuse it, with the reason. A decision can be taken back by the other.

    Raises NotAllowed naming the field.
    """
    may_work(actor)
    if not accept and not note.strip():
        raise NotAllowed("Say what is wrong with it; the customer reads it.", "note")

    def change(kyc: KycFile, customer: User) -> Sequence[Write]:
        paper = kyc.paper(paper_id)
        if paper is None:
            raise NotAllowed("There is no such paper.")
        if accept:
            _expiry(paper.kind, expires_on, today_of(now))
        checked = replace(
            paper,
            state=ACCEPTED if accept else REFUSED,
            expires_on=expires_on.isoformat() if expires_on else paper.expires_on,
            checked_on=today_of(now).isoformat(),
            checked_by=actor.user_id,
            note=note.strip(),
        )
        kyc.papers = [checked.as_json() if one["paper_id"] == paper_id else one for one in kyc.papers]
        action = "accept_paper" if accept else "refuse_paper"
        before = {"state": paper.state, "expires_on": paper.expires_on}
        after = {"paper": paper.label, "state": checked.state, "expires_on": checked.expires_on}
        return [audit.record(kyc, action, actor=actor, now=now, before=before, after=after, reason=note.strip())]

    return change_file(customer_id, change, now, seen=seen)


def read_paper(*, customer_id: str, paper_id: str, path: str, actor: Actor, now: datetime) -> tuple[Paper, bytes]:
    """A paper's bytes, proven to be those that were stored; that it is read is on record before.

    Raises NotAllowed, documents.Damaged, throttle.TooMany, store.Unavailable.
    """
    if not allows(actor.role, WORK) and not allows(actor.role, "compliance.view_kyc"):
        raise NotAllowed("Your role does not read papers.")
    paper = file_of(customer_id).paper(paper_id)
    if paper is None:
        raise NotAllowed("There is no such paper.")
    count([Count(READS, (actor.user_id,))], now)
    facts = [("Customer", customer_id), ("Paper", f"{paper.label}, {paper.sha256}")]
    keep_taken(
        Taker(actor.user_id, actor.role, actor.source), path=path, extension=paper.extension, facts=facts, now=now
    )
    return paper, documents.read_document(StoredDocument(paper.stored, paper.size, paper.sha256))
