"""Prove to a stranger that a sealed day holds a posting: who has the proof and the published seal needs nothing else.

The checker that a stranger runs is in docs/proofs.md; a test runs that very text on what this gives.
"""

from datetime import date
from typing import Any

from accounts import closing, merkle
from accounts.ledger import Line, hashed_fields, line_content, line_hash
from accounts.models import ClosedDay, Posting
from accounts.queries.lines import day_lines
from accounts.services.closing import seal_of, totals_hash_of
from cloudbank import store

SCHEME = "cloudbank-proof-1"


class CannotProve(Exception):
    """The posting cannot be proven; the message says why and what to do."""


def prove(posting_id: str) -> dict[str, Any]:
    """The proof as JSON values (docs/proofs.md names each). Raises CannotProve."""
    posting = store.get(Posting, posting_id)
    if posting is None:
        raise CannotProve(f"There is no posting {posting_id}.")
    line = posting.line()
    sealed = store.get(ClosedDay, ClosedDay.key(line.currency, line.business_date))
    if sealed is None:
        raise CannotProve(f"{line.business_date} is not sealed yet; run close_day once it is over.")
    hashes = [one.hash for one in day_lines(date.fromisoformat(line.business_date), line.currency)]
    if not _holds(line, hashes, sealed):
        raise CannotProve(f"{line.business_date} does not hold what it was sealed with; run verify_ledger --full.")
    return {
        "scheme": SCHEME,
        "posting": {name: getattr(line, name) for name in hashed_fields(line)},
        "fields": list(hashed_fields(line)),
        "content": line_content(line),
        "posting_hash": line.hash,
        "path": [list(step) for step in merkle.path(hashes, line.hash)],
        "root": sealed.postings_hash,
        "day": sealed.day,
        "currency": sealed.currency,
        "totals_hash": totals_hash_of(sealed),
        "previous_seal": sealed.previous_seal,
        "seal_scheme": closing.SCHEME,
        "seal": sealed.seal,
    }


def _holds(line: Line, hashes: list[str], sealed: ClosedDay) -> bool:
    """Whether the line is intact, and the day's postings and content are those that were sealed."""
    intact = not line.missing and line_hash(line) == line.hash and line.hash in hashes
    return intact and merkle.root(hashes) == sealed.postings_hash and seal_of(sealed) == sealed.seal
