"""Statement files that were let run and not seen through to their end go on."""

from collections import Counter

from accounts.models.statement_files import DONE, STOPPED
from accounts.queries.statement_files import running_imports
from accounts.services.end_of_day import Evening, step
from accounts.services.posting import Busy, NotKnownYet
from accounts.services.statement_files import CannotImport
from accounts.services.statement_runs import advance, stop
from accounts.statement_files.parts import Malformed
from cloudbank import store
from cloudbank.documents import Damaged, NotStored

ENDS = {DONE: "finished", STOPPED: "stopped"}


@step("statement_files", order=6)
def go_on_with_statement_files(evening: Evening) -> Counter[str]:
    """To the end; what cannot be used any more is stopped, what the books are too busy for goes on another time."""
    return Counter(_ended(import_id, evening) for import_id in running_imports())


def _ended(import_id: str, evening: Evening) -> str:
    try:
        item = advance(
            import_id,
            actor=evening.actor,
            now=lambda: evening.now,
            progress=lambda done, total: evening.beat(),
        )
    except (CannotImport, Malformed, Damaged) as broken:
        item = stop(import_id, why=str(broken), actor=evening.actor, now=evening.now)
    except (Busy, NotKnownYet, NotStored, store.StoreError):
        return "left"
    return ENDS.get(item.state, "left")
