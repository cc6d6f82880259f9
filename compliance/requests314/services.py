"""The life of a request under 314(a): it comes, is searched, its findings are decided, it is closed and forgets names.

Nothing here alerts, reports or closes anything: that a subject is a customer is no ground for a report by itself (FFIEC
manual, Information Sharing). What was decided, and why, goes with the names; the numbers of what was told stay.
"""

import time
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from accounts.ledger import Actor
from cloudbank import audit, documents, parameters, store
from cloudbank.clock import iso
from cloudbank.conf import bank_calendar
from cloudbank.roles import allows
from cloudbank.store import Write
from cloudbank.tables import TransactionsItem
from cloudbank.wording import day_of
from compliance.filings.terms import Overtaken, Refused
from compliance.queries import standing
from compliance.requests314.matching import Finding, Searcher, finding_of
from compliance.requests314.models import InformationRequest, RequestPaper
from compliance.requests314.searching import pieces, place_behind
from compliance.requests314.subjects import BUSINESS, PERSON, NotAList, Subject, read_subjects, subject_of
from compliance.requests314.terms import (
    ACCOUNT_MONTHS,
    ANSWER_DAYS,
    CLOSED,
    DECISIONS,
    DISCARDED,
    MATCH,
    MOVEMENT_MONTHS,
    OPEN,
    REVIEW,
    SEARCH,
    TO_SEARCH,
    months_before,
)
from compliance.services.saving import save_audited

SECONDS = 5.0
"""So long one request of a browser searches; the next one goes on where it stopped."""
SUBJECTS, FINDINGS = "subjects", "findings"
MOST_AGE = 366
"""Days; requests that are older need not be searched any more (FinCEN's FAQ, by the FFIEC manual)."""


def information_request(request_id: str) -> InformationRequest | None:
    """The request, read strongly, or None."""
    return store.get(InformationRequest, request_id)


def papers_of(item: InformationRequest) -> tuple[dict[str, Subject], dict[str, Finding]]:
    """The subjects by number, and what was found of them; nothing once it is closed."""
    keys = {what: RequestPaper.key(item.request_id, what) for what in (SUBJECTS, FINDINGS)}
    there = store.load(TransactionsItem, keys.values())
    papers = {what: paper.content() for what, key in keys.items() if isinstance(paper := there.get(key), RequestPaper)}
    subjects = {one.number: one for one in map(subject_of, papers.get(SUBJECTS) or [])}
    return subjects, {number: finding_of(one) for number, one in (papers.get(FINDINGS) or {}).items()}


def receive_request(
    *, tracking: str, posted_on: date, persons: bytes, businesses: bytes, actor: Actor, now: datetime
) -> InformationRequest:
    """Take in FinCEN's files. Raises Refused naming the field; nothing of a file that is not whole is kept."""
    _may(actor)
    today = bank_calendar().local(now).date()
    if not today - timedelta(days=MOST_AGE) <= posted_on <= today:
        raise Refused("Give the day on which FinCEN posted it: not in the future, at most a year ago.", "posted_on")
    try:
        subjects = read_subjects(persons, businesses)
    except NotAList as error:
        raise Refused(str(error), "persons" if persons else "businesses") from error
    item = _fresh_item(tracking)
    in_force = parameters.snapshot(now)
    item.tracking, item.posted_on, item.status = tracking, posted_on.isoformat(), TO_SEARCH
    item.due_on = (posted_on + timedelta(days=in_force.number(ANSWER_DAYS.code))).isoformat()
    item.received_at, item.received_by = iso(now), actor.user_id
    item.accounts_since = months_before(posted_on, in_force.number(ACCOUNT_MONTHS.code)).isoformat()
    item.movements_since = months_before(posted_on, in_force.number(MOVEMENT_MONTHS.code)).isoformat()
    files = {PERSON: persons, BUSINESS: businesses}
    item.files = {kind: documents.sha256_of(content) for kind, content in files.items() if content}
    item.persons = sum(one.kind == PERSON for one in subjects)
    item.businesses = len(subjects) - item.persons
    paper = RequestPaper.of(item.request_id, SUBJECTS, [one.as_json() for one in subjects])
    after = {"persons": item.persons, "businesses": item.businesses, "due_on": item.due_on, "files": item.files}
    return _saved(item, "receive_314a", {}, after, actor, now, store.Put(paper))


def _fresh_item(tracking: str) -> InformationRequest:
    """A new item, or the one that was discarded under this number. Raises Refused when it was received before."""
    key = InformationRequest.key(tracking)
    there = information_request(key)
    if there is None:
        return InformationRequest(transaction_id=key)
    if there.status != DISCARDED:
        raise Refused("A request with this tracking number is here already. Open it in the register.", "tracking")
    there.found = there.undecided = 0
    there.place, there.looked_at, there.matches = [], {}, []
    there.searched_at = there.searched_by = there.closed_at = there.closed_by = ""
    return there


def search_request(
    *, request_id: str, version: int, actor: Actor, now: datetime, seconds: float = SECONDS
) -> InformationRequest:
    """Search on, for about so long; when nothing is left the request waits for decisions. Raises Refused.

    One piece is looked at in any case, so that every call brings the search forward.
    """
    item = _open(request_id, version, actor, (TO_SEARCH,))
    subjects, findings = papers_of(item)
    searcher, counts, until = Searcher(subjects.values(), findings), dict(item.looked_at), time.monotonic() + seconds
    for piece in pieces(item, bank_calendar().local(now).date()):
        number = 0
        for number, party in enumerate(piece.parties, 1):  # noqa: B007  the number is used below
            searcher.look_at(party)
        counts[piece.part] = counts.get(piece.part, 0) + number
        item.place = place_behind(piece)
        if item.place and time.monotonic() > until:
            break
    item.looked_at, item.found, item.undecided = counts, len(findings), len(findings)
    if not item.place:
        item.status, item.searched_at, item.searched_by = REVIEW, iso(now), actor.user_id
    after = {"looked_at": counts, "status": item.status, "found": item.found}
    return _saved(item, "search_314a", {"status": TO_SEARCH}, after, actor, now, _findings(item, findings))


def decide_subject(
    *, request_id: str, subject: str, decision: str, reason: str, version: int, actor: Actor, now: datetime
) -> InformationRequest:
    """Whether what was found is the subject. It can be decided anew until the request is closed. Raises Refused.

    The reason stays with the findings and goes with them: the audit trail is read by others.
    """
    item = _open(request_id, version, actor, (REVIEW,))
    _, findings = papers_of(item)
    found = findings.get(subject)
    if found is None:
        raise Refused("Nothing was found of a subject with this number.", "decision")
    if decision not in DECISIONS:
        raise Refused("Choose whether it is the subject.", "decision")
    if not reason.strip():
        raise Refused("Say what you compared.", "reason")
    before = {"subject": subject, "decision": found.decision}
    found.decision, found.reason, found.decided_by = decision, reason.strip(), actor.user_id
    item.undecided = sum(not one.decision for one in findings.values())
    item.matches = sorted(number for number, one in findings.items() if one.decision == MATCH)
    after = {"subject": subject, "decision": decision}
    return _saved(item, "decide_314a", before, after, actor, now, _findings(item, findings))


def close_request(
    *, request_id: str, replied_on: date | None, version: int, actor: Actor, now: datetime
) -> InformationRequest:
    """The matches were told to FinCEN on this day, or there is none to tell; the names are deleted. Raises Refused."""
    item = _open(request_id, version, actor, (REVIEW,))
    if item.undecided:
        raise Refused("Decide on every subject of whom something was found first.")
    today = bank_calendar().local(now).date()
    if item.matches and (replied_on is None or not item.posted <= replied_on <= today):
        raise Refused(f"Give the day of the reply: between {day_of(item.posted_on)} and today.", "replied_on")
    item.replied_on = replied_on.isoformat() if item.matches and replied_on else ""
    after = {"status": CLOSED, "matches": item.matches, "replied_on": item.replied_on}
    return _ended(item, CLOSED, "close_314a", after, "", actor, now)


def discard_request(*, request_id: str, reason: str, version: int, actor: Actor, now: datetime) -> InformationRequest:
    """The wrong file was taken in: its names are deleted, and the right one can come. Raises Refused."""
    item = _open(request_id, version, actor, OPEN)
    if not reason.strip():
        raise Refused("Say what was wrong with it.", "reason")
    return _ended(item, DISCARDED, "discard_314a", {"status": DISCARDED}, reason.strip(), actor, now)


def _ended(
    item: InformationRequest, status: str, action: str, after: Any, reason: str, actor: Actor, now: datetime
) -> InformationRequest:
    """Names, findings and reasons go in the transaction that closes it."""
    before, item.status = {"status": item.status}, status
    item.closed_at, item.closed_by = iso(now), actor.user_id
    gone = [store.Put(RequestPaper.emptied(item.request_id, what, now)) for what in (SUBJECTS, FINDINGS)]
    return _saved(item, action, before, after, actor, now, *gone, reason=reason)


def _findings(item: InformationRequest, findings: dict[str, Finding]) -> Write:
    content = {number: one.as_json() for number, one in findings.items()}
    return store.Put(RequestPaper.of(item.request_id, FINDINGS, content))


def _saved(
    item: InformationRequest, action: str, before: Any, after: Any, actor: Actor, now: datetime, *also: Write,
    reason: str = "",
) -> InformationRequest:  # fmt: skip
    item.file()
    entry = audit.record(item, action, actor=actor, now=now, before=before, after=after, reason=reason)
    try:
        save_audited(item, entry, *also)
    except store.ConditionFailed as error:
        raise Overtaken("Somebody else changed this request at this moment. Look at it again.") from error
    standing.forget()
    return item


def _open(request_id: str, version: int, actor: Actor, states: Collection[str]) -> InformationRequest:
    _may(actor)
    item = information_request(request_id)
    if item is None:
        raise Refused("There is no such request.")
    if item.version != version or item.status not in states:
        raise Overtaken("Somebody else has changed this request meanwhile. Look at it again.")
    return item


def _may(actor: Actor) -> None:
    if not allows(actor.role, SEARCH):
        raise Refused("Your role may not search for the subjects of requests.")
