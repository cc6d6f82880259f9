"""What the register does to several reports at once: each row answers for itself, as it was seen."""

from collections.abc import Sequence

from django.http import HttpRequest

from accounts.http import actor_of, person
from cloudbank import approvals, store
from cloudbank.clock import utcnow
from cloudbank.lists import BulkAction, BulkResult
from compliance.filings.life import VIEW, WORK, ask_approval, filing, title_of
from compliance.filings.models import Filing
from compliance.filings.terms import CTR, FILE, OFAC, Refused
from compliance.steps import NotAllowed

SEEN = "~"
"""Between a filing's id and the version that the person saw of it."""
MOST_SHOWN = 64


def ticket(item: Filing) -> str:
    """What a ticked row sends: which filing, and as which version it was seen."""
    return f"{item.filing_id}{SEEN}{item.version}"


def seen(ticked: str) -> tuple[str, int | None]:
    """The filing of a ticked row, and its version as it was seen; None when the row does not say."""
    filing_id, _, version = ticked.partition(SEEN)
    return filing_id, int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None


def _review(request: HttpRequest, ids: Sequence[str], reason: str) -> list[BulkResult]:
    """Vouch for the ticked drafts, each a request of its own to a second person, bound to its content."""
    return [_one(request, *seen(ticked), reason) for ticked in ids]


def _one(request: HttpRequest, filing_id: str, version: int | None, note: str) -> BulkResult:
    item = filing(filing_id) if filing_id else None
    if item is None or not request.user.has_perm(VIEW[item.FORM]):
        return BulkResult(filing_id[:MOST_SHOWN], False, "There is no such report.")
    label = title_of(item)
    if item.FORM != CTR:
        what = "A report to OFAC" if item.FORM == OFAC else "A report on suspicious activity"
        return BulkResult(filing_id, False, f"{what} is read and reviewed by itself.", label)
    if version is None:
        return BulkResult(filing_id, False, "It is not known what you saw of it: tick it in the list again.", label)
    try:
        ask_approval(
            filing_id=filing_id, decision=FILE, note=note, version=version, actor=actor_of(request),
            name=person(request).name, now=utcnow(),
        )  # fmt: skip
    except (Refused, NotAllowed, approvals.NotAllowed) as error:
        return BulkResult(filing_id, False, error.message, label)
    except store.StoreError:
        return BulkResult(filing_id, False, "The bank's books did not answer; look at this report again.", label)
    return BulkResult(filing_id, True, "Reviewed; a second person finds it under Approvals.", label)


REVIEW = BulkAction("review", "Reviewed: file them", "check2-square", WORK[CTR], _review, "what you checked", key="r")
"""In the register: several drafts that are complete."""
