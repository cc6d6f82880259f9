"""Nobody without `compliance.view_sar` learns that a report on suspicious activity exists (31 CFR 1020.320(e)).

What a reader of audit records and of requests is given passes here. To others such a record is not there at all: no
count, no gap in words, no other answer of an address.
"""

from collections.abc import Sequence
from typing import Any

from cloudbank import store
from cloudbank.approvals import Approval, find_effect
from cloudbank.audit import AuditRecord
from cloudbank.tables import TransactionsItem
from compliance.queries.chains import hidden_kinds, is_key

_REQUEST = Approval.discriminator()


def readable(records: Sequence[AuditRecord], reader: Any) -> list[AuditRecord]:
    """The records that this person may read."""
    secret = _secret({str(one.subject) for one in records}, reader)
    return [one for one in records if one.subject not in secret]


def is_readable(subject: str, reader: Any) -> bool:
    """Whether this person may read what was done to a subject; what is secret is as if it was not there."""
    return not _secret({subject}, reader)


def _secret(subjects: set[str], reader: Any) -> set[str]:
    """The subjects of kinds that this person must not know of, and the requests about them."""
    hidden = hidden_kinds(reader.has_perm)
    if not hidden:
        return set()
    found = {one for one in subjects if one.partition("#")[0] in hidden}
    requests = {one.partition("#")[2]: one for one in subjects if one.partition("#")[0] == _REQUEST}
    for key, item in store.load(TransactionsItem, [key for key in requests if is_key(key)]).items():
        effect = find_effect(item.code) if isinstance(item, Approval) else None
        if effect is not None and effect.secret and not reader.has_perm(effect.secret):
            found.add(requests[key])
    return found
