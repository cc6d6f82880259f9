"""Postings as DynamoDB takes them, without an object each: half of an import's computing would be that.

The same bytes as `Posting.of(...).serialize()`; accounts/tests/test_bulk.py compares them field by field.
"""

from dataclasses import fields
from operator import attrgetter
from typing import Any

from accounts.ledger import Line
from accounts.models import Posting
from accounts.models.ledger import OPTIONAL, account_order, posting_group

_NUMBERS = {"amount", "balance_after", "sequence"}
_TEXTS = tuple(
    field.name for field in fields(Line) if field.name not in {"posting_id", "observed", *_NUMBERS, *OPTIONAL}
)
_texts_of = attrgetter(*_TEXTS)
_KIND = {"S": Posting.discriminator()}
_FIRST = {"N": "1"}


def posting(line: Line, shard: str, owner_seen_on: str | None) -> dict[str, Any]:
    """The item of a sealed line; arguments as of Posting.of."""
    raw: dict[str, Any] = {name: {"S": text} for name, text in zip(_TEXTS, _texts_of(line), strict=True)}
    raw["transaction_id"] = {"S": line.posting_id}
    raw["kind"] = _KIND
    raw["version"] = _FIRST
    raw["amount"] = {"N": str(line.amount)}
    raw["balance_after"] = {"N": str(line.balance_after)}
    raw["sequence"] = {"N": str(line.sequence)}
    raw["observed"] = {"BOOL": line.observed}
    raw["account_order"] = {"S": account_order(line.business_date, line.sequence)}
    raw["day_group"] = {"S": posting_group(line.currency, line.business_date, shard)}
    raw["day_order"] = {"S": f"{line.posted_at}#{line.posting_id}"}
    if line.split:
        raw["split"] = {"S": line.split}
    if line.details:
        raw["details"] = {"S": line.details}
    if line.trace:
        raw["trace"] = {"S": line.trace}
    if owner_seen_on is not None:
        raw["owner_seen_on"] = {"S": owner_seen_on}
    return raw
