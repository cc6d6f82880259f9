"""Work on a case: who investigates, notes, papers, whom it is about, protection at once. Each change is audited."""

from datetime import datetime

from accounts.ledger import Actor, Refused
from accounts.models import DepositAccount
from accounts.queries.people import user
from accounts.services.deposits import change_state
from accounts.services.posting import Busy
from accounts.states import FREEZE, Transition
from cloudbank import documents, store
from cloudbank.clock import iso
from cloudbank.roles import allows
from monitoring.casework import ACCOUNT, CUSTOMER, INVESTIGATING, MOST_PAPERS, CaseFile, Paper
from monitoring.papers import checked_paper
from monitoring.services.cases import (
    NOTE_LIMIT,
    WORK,
    Change,
    add_subjects,
    case_writes,
    change_case,
    loaded_case,
    refuse_changed_case,
    refuse_settled,
)
from monitoring.services.changing import NOTED, PROTECTED


def assign_case(*, case_id: str, owner_id: str, revision: int, actor: Actor, now: datetime) -> CaseFile:
    """Give a case to a person who works on cases; it is under investigation then."""
    owner = user(owner_id)
    if owner is None or owner.disabled or not allows(owner.role, WORK):
        raise Refused("owner", "Choose a colleague who works on cases.", "owner")

    def change(case: CaseFile) -> Change:
        refuse_settled(case, now)
        before = {"owner_id": case.owner_id, "status": case.status}
        case.owner_id, case.status, case.pending_approval = owner_id, INVESTIGATING, ""
        words = "took this case" if owner_id == actor.user_id else f"gave this case to {owner.name}"
        return Change("assign", words, before, {"owner_id": owner_id, "status": INVESTIGATING})

    return change_case(case_id, revision, change, actor=actor, now=now)


def add_note(*, case_id: str, text: str, actor: Actor, now: datetime) -> CaseFile:
    """Write a note: it stands in the case's audit chain, so nobody can change it later."""
    if not text.strip() or len(text) > NOTE_LIMIT:
        raise Refused("note", f"Write something, at most {NOTE_LIMIT:,} characters.", "note")

    def change(case: CaseFile) -> Change:
        if not case.is_open:
            raise Refused("closed", "This case is closed; open it again first.")
        return Change("note", reason=text.strip())

    return change_case(case_id, None, change, actor=actor, now=now)


def add_paper(*, case_id: str, name: str, content: bytes, actor: Actor, now: datetime) -> Paper:
    """Keep a file with the case. Raises Refused when its kind, size or content is not taken."""
    title, extension = checked_paper(name, content)
    digest = documents.sha256_of(content)
    stored = documents.store_bytes(f"cases/{case_id}/{digest}.{extension}", content)
    paper = Paper(digest[:16], title, extension, stored.name, stored.size, stored.sha256, actor.user_id, iso(now))

    def change(case: CaseFile) -> Change:
        if not case.is_open:
            raise Refused("closed", "This case is closed; open it again first.", "file")
        if case.paper(paper.paper_id):
            raise Refused("file", "This very file is in the case already.", "file")
        if len(case.papers) >= MOST_PAPERS:
            raise Refused("file", f"A case holds at most {MOST_PAPERS} files.", "file")
        case.papers = [*case.papers, paper.as_json()]
        return Change("add_paper", after={"title": title, "size": paper.size, "sha256": paper.sha256})

    change_case(case_id, None, change, actor=actor, now=now)
    return paper


def add_subject(*, case_id: str, kind: str, key: str, revision: int, actor: Actor, now: datetime) -> CaseFile:
    """Say that the case is about another customer or account."""
    customer = user(key) if kind == CUSTOMER else None
    held = store.get(DepositAccount, key) if kind == ACCOUNT else None
    if held is None and (customer is None or customer.is_staff_member):
        raise Refused("subject", "There is no such customer or account.", "subject")

    def change(case: CaseFile) -> Change:
        refuse_settled(case, now)
        links = add_subjects(case, [(kind, key)])
        if not links:
            raise Refused("subject", "The case is about this one already.", "subject")
        said = key if kind == CUSTOMER else f"...{key[-4:]}"
        return Change("add_subject", f"added a {kind}", after={"kind": kind, "subject": said}, writes=links)

    return change_case(case_id, revision, change, actor=actor, now=now)


def protect_from_case(
    *,
    case_id: str,
    account_id: str,
    reason: str,
    revision: int,
    actor: Actor,
    now: datetime,
    transition: Transition = FREEZE,
) -> DepositAccount:
    """Freeze an account that the case is about, or one of its customers', or block its debits; noted with it."""
    for _ in range(3):
        case = loaded_case(case_id)
        refuse_changed_case(case, revision)
        held = store.get(DepositAccount, account_id)
        if held is None or (account_id not in case.accounts and held.owner_id not in case.customers):
            raise Refused("unknown_account", "This account does not belong to the case.", "account")
        said, noted = PROTECTED[transition.code], NOTED[transition.code]
        done = Change(noted, said, after={"account": f"...{account_id[-4:]}"}, reason=reason)
        writes = case_writes(case, done, actor=actor, now=now)
        try:
            return change_state(
                transition=transition, account_id=account_id, reason=reason, actor=actor, now=now, also=writes
            )
        except Busy:
            continue  # somebody changed the case meanwhile: load it again
    raise Busy("Many movements touch this account just now. Try again.")
