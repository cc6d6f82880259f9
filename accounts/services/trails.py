"""verify_ledger, full: what explains the books says of itself what its audit trail says of it.

Of every audited kind that matters to money (`Audited.moving` is set) each record carries an imprint of the item as
the change left it. So an edit of any attribute has to be made in several places at once, and the chain still shows it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.conf import settings

from accounts.models import Hold, InstrumentSale, ReservedPosting, Reversed
from accounts.queries import scans
from accounts.queries.books import currencies_with_books
from accounts.queries.deposits import ledger_accounts
from accounts.queries.scans import Raw
from accounts.services.held_checks import check_named
from accounts.services.item_checks import CHECKS, check_latest, check_mark, check_marked, check_pointer
from accounts.services.sale_checks import check_registered, check_sale
from accounts.verifying import LedgerCheck
from cloudbank import store
from cloudbank.approvals.request import Approval, LatestRequest
from cloudbank.audit import GENESIS, AuditRecord, Entry, broken_at, imprint_of
from cloudbank.tables import AccountsItem, Item, TransactionsItem

T = TypeVar("T")
AT_ONCE = 50
SHORT = {"deposit_account": "account"}
"""How a kind is called where its own name would say too much."""
_ANY = {"transaction_id", "kind", "version"}
PLAIN = {
    Reversed.discriminator(): _ANY
    | {"by_movement", "reason", "at", "currency", "booked_on", "corrects_on"}
    | {"day_group", "day_order", "subject", "subject_order"},
    LatestRequest.discriminator(): _ANY | {"approval_id"},
    ReservedPosting.discriminator(): _ANY | {"held"},
}
"""All that an item of these kinds has: more is an index key that shows it elsewhere, or a time to be deleted at."""
UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


def kinds_with_imprints(table: type[Item]) -> dict[str, Any]:
    """Every kind in a table whose audit records carry imprints, by its name."""
    found: dict[str, Any] = {}
    for kind in table.__subclasses__():
        found |= kinds_with_imprints(kind)
        if getattr(kind, "moving", None) is not None and kind.__subclasses__() == []:
            found[kind.discriminator()] = kind
    return found


def check_items(check: LedgerCheck, currency: str, now: datetime, progress: Any) -> None:
    """All accounts, holds, orders, payrolls, requests, parameters, marks; and that no posting lies outside the days."""
    work = _Items(check, currency, now)
    meter = _Meter(progress, "Accounts and audit trails", scans.size_of(AccountsItem))
    for some in _in_groups(scans.items_of(AccountsItem, work.kinds, meter.seen)):
        work.audited(some)
    meter = _Meter(progress, "Other items and audit trails", scans.size_of(TransactionsItem))
    given = 0
    for some in _in_groups(scans.all_but_postings(currency, meter.seen)):
        given += len(some)
        work.others(some)
    work.report_gone()
    check_named(check, work.stopped)
    check_marked(check)
    check_registered(check)
    if meter.done - given != check.postings:
        _find_postings_outside(check, currency, _Meter(progress, "Postings, one by one", meter.done))


@dataclass
class _Meter:
    """How far a scan is."""

    progress: Any
    part: str
    size: int
    done: int = 0

    def seen(self, number: int) -> None:
        """So many more were passed by."""
        self.done += number
        self.progress(self.part, self.done, max(self.size, self.done))


def _in_groups(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some


@dataclass
class _Items:
    """What is known while the tables are read."""

    check: LedgerCheck
    currency: str
    now: datetime
    there: set[str] = field(default_factory=set)
    """Subjects whose item is stored."""
    recorded: set[str] = field(default_factory=set)
    """Subjects that have a first audit record."""
    stopped: dict[str, str] = field(default_factory=dict)
    """Key of a held movement -> who names it: its hold, or the place of its posting."""

    def __post_init__(self) -> None:
        self.kinds = kinds_with_imprints(AccountsItem) | kinds_with_imprints(TransactionsItem)
        self._books = set(currencies_with_books())

    def others(self, raws: list[Raw]) -> None:
        """A group of BankingTransactions: its audited items, marks, pointers, and first audit records."""
        self.audited([raw for raw in raws if raw["kind"]["S"] in self.kinds])
        for raw in raws:
            kind = raw["kind"]["S"]
            if kind == AuditRecord.discriminator() and raw.get("sequence") == {"N": "1"}:
                self._record(raw.get("subject", {}).get("S", ""))
            elif kind == Hold.discriminator() and (held := raw.get("held_for", {}).get("S")):
                self.stopped[held] = _key(raw)
            elif kind in PLAIN and not raw.keys() <= PLAIN[kind]:
                self.check.report("I7 filing", f"{kind} {_key(raw)}: has what no {kind} has")
            elif kind == ReservedPosting.discriminator():
                self.stopped[raw.get("held", {}).get("S", "")] = _key(raw)
            elif kind == Reversed.discriminator():
                check_mark(self.check, Reversed.from_raw_data(raw))
            elif kind == InstrumentSale.discriminator():
                if raw.get("currency", {}).get("S") == self.currency:
                    check_sale(self.check, raw)
            elif kind == LatestRequest.discriminator() and self.currency == settings.BANK_CURRENCY:
                check_pointer(self.check, LatestRequest.from_raw_data(raw))

    def _record(self, subject: str) -> None:
        if subject.partition("#")[0] in self.kinds:
            self.recorded.add(subject)

    def audited(self, raws: list[Raw]) -> None:
        """A group of audited items against their trails, and against what else explains them."""
        self.there.update(_subject(raw) for raw in raws)
        mine = [raw for raw in raws if self._is_mine(raw)]
        trails = _trails(mine)
        items = []
        for raw in mine:
            subject = _subject(raw)
            kind, _, key = subject.partition("#")
            name, records = f"{SHORT.get(kind, kind.replace('_', ' '))} {key}", trails[subject]
            if broken := _broken_trail(raw, self.kinds[kind].moving, records):
                self.check.report("I7 trail", f"{name}: {broken}")
            try:
                item = self.kinds[kind].from_raw_data(raw)
                if look := CHECKS.get(kind):
                    look(self.check, item, records, self.now)
            except UNREADABLE as error:
                self.check.report("I7 trail", f"{name}: cannot be read: {error!r}")
                continue
            items.append(item)
        check_latest(self.check, [one for one in items if isinstance(one, Approval)], self.now)

    def _is_mine(self, raw: Raw) -> bool:
        """What names no currency that has books is checked with the bank's own."""
        said = raw.get("currency", {}).get("S") or _key(raw).removeprefix("books#")
        return self.currency == (said if said in self._books else settings.BANK_CURRENCY)

    def report_gone(self) -> None:
        """What is recorded and not stored; strongly read, for what came while we scanned may have been passed by."""
        missing = sorted(self.recorded - self.there)
        keys = {subject: subject.partition("#")[2] for subject in missing}
        now: dict[str, Any] = {**store.load(AccountsItem, keys.values()), **store.load(TransactionsItem, keys.values())}
        for subject, key in keys.items():
            kind = subject.partition("#")[0]
            if key not in now or now[key].discriminator() != kind:
                name = SHORT.get(kind, kind.replace("_", " "))
                self.check.report("I7 gone", f"{name} {key} is gone; its audit trail is there")


def _key(raw: Raw) -> str:
    return str((raw.get("transaction_id") or raw["account_id"])["S"])


def _subject(raw: Raw) -> str:
    return f"{raw['kind']['S']}#{_key(raw)}"


def _trails(raws: Iterable[Raw]) -> dict[str, list[Entry]]:
    """Each item's audit records from the first to the one it names as its last."""
    keys = {_subject(raw): _record_keys(raw) for raw in raws}
    found = {
        raw["transaction_id"]["S"]: Entry.of(raw)
        for raw in store.load_raw(TransactionsItem, [key for some in keys.values() for key in some])
        if raw["kind"]["S"] == AuditRecord.discriminator()
    }
    return {subject: [found[key] for key in some if key in found] for subject, some in keys.items()}


def _record_keys(raw: Raw) -> list[str]:
    number = int(raw.get("audit_sequence", {}).get("N", "0"))
    return [f"audit#{_subject(raw)}#{one:08d}" for one in range(1, number + 1)]


def _broken_trail(raw: Raw, moving: frozenset[str], records: list[Entry]) -> str:
    """What is wrong with an item's audit trail; "" when nothing is, and when it is of an import that made it whole."""
    if broken := broken_at(records):
        return broken
    if hidden := [one for one in records if not one.filed_right]:
        return f"record {hidden[0].sequence} is filed where nobody looks for it"
    number = int(raw.get("audit_sequence", {}).get("N", "0"))
    if len(records) != number:
        return f"it has {len(records)} records, the item names {number}"
    if raw.get("audit_head", {}).get("S") != (records[-1].hash if records else GENESIS):
        return "the item names another last record"
    if not records:
        return "" if raw.get("import_id") else "no record tells of it"
    return "" if records[-1].imprint == imprint_of(raw, moving) else "it is not as its last record left it"


def _find_postings_outside(check: LedgerCheck, currency: str, meter: _Meter) -> None:
    """No posting of an account may lie outside the days that were read.

    Counted up to the state that the account had when we began; beyond it, up to its state of now.
    """
    found: dict[str, int] = {}
    last: dict[str, int] = {}
    for account_id, sequence in scans.posting_numbers(currency, meter.seen):
        known = check.states.get(account_id)
        found[account_id] = found.get(account_id, 0) + (known is not None and sequence <= known.sequence)
        last[account_id] = max(last.get(account_id, 0), sequence)
    for account_id in sorted(found.keys() | check.tips.keys() & check.states.keys()):
        known = check.states.get(account_id)
        read = min(known.sequence, check.tips[account_id].sequence) if known and account_id in check.tips else 0
        if found.get(account_id, 0) != read:
            what = f"{found.get(account_id, 0)} postings stored, {read} in its chain"
            check.report("I6 count", f"account {account_id}: {what}")
    _check_last(check, last)


def _check_last(check: LedgerCheck, last: dict[str, int]) -> None:
    """No stored posting may have a number that its account has not reached."""
    ahead = [a for a, sequence in last.items() if a not in check.states or sequence > check.states[a].sequence]
    now = ledger_accounts(account_id for account_id in ahead if account_id)
    for account_id in sorted(ahead):
        reached = now[account_id].sequence if account_id in now else 0
        if last[account_id] > reached:
            what = f"a posting {last[account_id]} is stored, {reached} is its last"
            check.report("I6 count", f"account {account_id}: {what}")
