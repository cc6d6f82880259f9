"""Nobody without `compliance.view_sar` learns that a report on suspicious activity exists (31 CFR 1020.320(e)).

What a reader of audit records and of requests is given passes here. To others such a record is not there at all: no
count, no gap in words, no page that is shorter than the others, no other answer of an address.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from cloudbank import store
from cloudbank.approvals import Approval, find_effect
from cloudbank.audit import AuditRecord
from cloudbank.tables import TransactionsItem
from compliance.controls import needed_for
from compliance.filings.life import VIEW
from compliance.filings.terms import SAR
from compliance.models import NOTICE_PREFIX, ControlNotice, CorrectiveAction
from compliance.queries.chains import hidden_kinds, is_key

_REQUEST, _ACTION, _NOTICE = (one.discriminator() for one in (Approval, CorrectiveAction, ControlNotice))
May = Callable[[str], bool]


def readable(records: Sequence[AuditRecord], reader: Any) -> list[AuditRecord]:
    """The records that this person may read."""
    secret = _secret({str(one.subject) for one in records}, reader.has_perm)
    return [one for one in records if one.subject not in secret]


def is_readable(subject: str, reader: Any) -> bool:
    """Whether this person may read what was done to a subject; what is secret is as if it was not there."""
    return not _secret({subject}, reader.has_perm)


def is_secret(subject: str) -> bool:
    """Whether only those who may know of reports on suspicious activity read what was done to a subject."""
    return bool(_secret({subject}, lambda permission: permission != VIEW[SAR]))


def _secret(subjects: Iterable[str], may: May) -> set[str]:
    """Those that this reader must not know of: kinds, notices of controls, requests and actions about secrets."""
    hidden = hidden_kinds(may)
    found, loaded = set(), {}
    for subject in subjects:
        kind, _, key = subject.partition("#")
        if kind in hidden or (kind == _NOTICE and _is_hidden(needed_for(key.removeprefix(NOTICE_PREFIX)), may)):
            found.add(subject)
        elif kind in (_REQUEST, _ACTION) and is_key(key):
            loaded[key] = subject
    if not hidden:
        return found
    items = store.load(TransactionsItem, loaded)
    return found | {loaded[key] for key, item in items.items() if _is_hidden(_needed(item), may)}


def _needed(item: TransactionsItem) -> str:
    if isinstance(item, Approval):
        effect = find_effect(item.code)
        return effect.secret if effect else ""
    return str(item.secret) if isinstance(item, CorrectiveAction) else ""


def _is_hidden(needed: str, may: May) -> bool:
    return bool(needed) and not may(needed)
