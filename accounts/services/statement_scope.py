"""What exactly is approved of a statement file, as short names that change when it changes."""

import hashlib
import json
from collections.abc import Iterable

from accounts.services.statement_files import Checked
from accounts.statement_files.matching import NEW


def scope_of(checked: Checked) -> str:
    """What may be posted at most: each entry with its account, whether or not it is in the books. SHA-256 (hex).

    Stays the same while the import runs, so that a run can be held to it.
    """
    return _name(
        (part.number, part.statement.currency, one.entry.reference, one.entry.digest)
        for part in checked.parts
        for one in part.judged
    )


def result_of(checked: Checked) -> str:
    """What would be posted now: the new entries, and the accounts opened with their balances. SHA-256 (hex)."""
    opened = [
        (part.number, part.new_account, part.opens_on, part.statement.opening.amount)
        for part in checked.parts
        if part.opens and part.statement.opening
    ]
    new = [(part.number, one.entry.reference, one.entry.digest) for part in checked.parts for one in part.having(NEW)]
    return _name([scope_of(checked), opened, new])


def does_something(checked: Checked) -> bool:
    """Whether running it would write anything into the books."""
    return checked.counts[NEW] > 0 or any(part.opens for part in checked.parts)


def _name(what: Iterable[object]) -> str:
    return hashlib.sha256(json.dumps(list(what), ensure_ascii=False).encode()).hexdigest()
