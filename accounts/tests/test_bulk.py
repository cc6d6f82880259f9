"""The bulk path: what it stores is what the live path would have stored, however often it crashes on the way."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import numbers
from accounts.bulk import register, wire
from accounts.bulk.events import AccountClosed, CustomerLeft, Event, Move, NewAccount, NewCustomer, Verified
from accounts.bulk.register import CannotImport, Identity
from accounts.bulk.run import Outcome, run
from accounts.ledger import CASH, CLEARING, Actor, Instruction, Line, Refused
from accounts.models import Books, DepositAccount, ImportRun, Posting
from accounts.queries import totals
from accounts.queries.deposits import account
from accounts.queries.ledger import shard_postings
from accounts.queries.lines import shard_lines
from accounts.queries.totals import files_of
from accounts.services.closing import CannotClose, close_day, close_through
from accounts.services.deposits import open_account
from accounts.services.posting import post
from accounts.services.verification import verify
from accounts.testing import make_user
from accounts.tests.test_posting import everything
from cloudbank import parameters, store, trace
from cloudbank.audit import AuditRecord
from cloudbank.tables import TABLES, create_tables

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2025, 2, 3)
TELLER = Actor("usr_teller", "teller", "test")
PEOPLE = ("usr_ann", "usr_bob", "usr_cyd")
ACCOUNTS = {person: numbers.derive(person, "first") for person in PEOPLE}


def at(hour: float, day: int = 0) -> datetime:
    """An hour of the bank's clock, days after the Monday."""
    return datetime(2025, 2, 3, tzinfo=ZONE) + timedelta(days=day, hours=hour)


def move(type_: str, amount: int, debit: str, credit: str, key: str, **more: Any) -> Instruction:
    """An instruction; people stand for their accounts."""
    values: dict[str, Any] = {"channel": "branch", "branch": "main", "actor": TELLER, "currency": "USD"} | more
    sides = {"debit": ACCOUNTS.get(debit, debit), "credit": ACCOUNTS.get(credit, credit)}
    return Instruction(type=type_, key=key, amount=amount, **sides, **values)


def history() -> list[tuple[Instruction, datetime]]:
    """A few days: cash over the limit, a strayed conductor, refusals, a weekend, many payments, a late evening."""
    ann, bob, cyd = PEOPLE
    steps = [
        (move("opening", 500_00, CLEARING, ann, "o1", channel="import"), at(9)),
        (move("deposit", 10_000_01, CASH, bob, "d1", conductor_id=ann), at(9.5)),
        (move("deposit", 6_000_00, CASH, ann, "d2", conductor_id=ann), at(10)),
        (move("withdrawal", 9_999_99_99, ann, CASH, "w1"), at(10.2)),
        (move("transfer", 120_00, ann, cyd, "t1", channel="online", memo="Thanks"), at(19.5)),
        (move("transfer", 5_00, cyd, ann, "t2", channel="online"), at(12, 4)),
        (move("transfer", 2_500_00, bob, ann, "t3", channel="wire", branch="harbor"), at(12, 5)),
        (move("wire_in", 3_500_00, CLEARING, ann, "wi1", channel="wire", details='{"cc":"HT","on":"X"}'), at(12.5, 5)),
        (move("wire_out", 1_500_00, ann, CLEARING, "wo1", channel="wire", details='{"bn":"Y","cc":"DE"}'), at(12.6, 5)),
        (move("withdrawal", 300_00, ann, CASH, "w2"), at(15, 7)),
    ]
    steps += [
        (move("transfer", 1_00 + n, ann, bob, f"burst {n}", channel="online"), at(16 + n / 20, 8)) for n in range(7)
    ]
    return steps


def opened(person: str) -> list[Event]:
    """How a person with an account comes in."""
    details = {"email": f"{person}@people.example", "kyc_status": "verified"}
    return [
        NewCustomer(person, f"{person} Example", at(8), details),
        NewAccount(ACCOUNTS[person], person, "checking", "USD", "main", at(8)),
    ]


def events() -> list[Event]:
    """The history for the bulk path."""
    people = [event for person in PEOPLE for event in opened(person)]
    return [*people, *(Move(instruction, when) for instruction, when in history())]


IDENTITY = Identity("tested", {"file": "1"}, {"USD": (MONDAY, date(2025, 2, 11))})


def bulk(identity: Identity = IDENTITY, **more: Any) -> Outcome:
    """Run the history through the bulk path, in small chunks."""
    return run(identity, events(), actor=TELLER, now=at(9, 15), **({"chunk": 4} | more))


def lived() -> None:
    """Run the history through the live services."""
    for person in PEOPLE:
        make_user(user_id=person, name=f"{person} Example", email=f"{person}@people.example")
        opening = {"owner_id": person, "product": "checking", "currency": "USD", "branch": "main", "key": "first"}
        assert open_account(**opening, actor=TELLER, now=at(8)).account_id == ACCOUNTS[person]
    for instruction, when in history():
        with suppress(Refused):
            post(instruction, now=when)


def emptied() -> None:
    """An empty bank."""
    for base in TABLES:
        base.delete_table()
    list(create_tables())
    totals.forget()
    parameters.forget()


# What tells how an item came to be, not what it says.
_PATH = {"version", "import_id", "day_group", "audit_head", "audit_sequence"}


def of_kind(*kinds: str) -> dict[str, dict[str, Any]]:
    """The stored items of some kinds by key."""
    found = {key: raw for key, raw in everything().items() if raw["kind"]["S"] in kinds}
    return {key: {name: value for name, value in raw.items() if name not in _PATH} for key, raw in found.items()}


def folded() -> list[tuple[str, Counter[str], dict[Any, Counter[str]]]]:
    """Totals and cells of each day, whichever shards hold them."""
    days = totals.day_totals(MONDAY, date(2025, 2, 13), "USD", with_cells=True)
    return [(day.day, day.numbers, day.cells) for day in days]


@pytest.fixture
def both(bank: Any) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What the live path stored, and what the bulk path stored of the same history, with the real rules."""
    found = []
    for path in (lived, bulk):
        emptied()
        path()
        kinds = {kind: of_kind(kind) for kind in ("posting", "deposit_account", "activity", "alert", "finding")}
        totals.forget()
        found.append(kinds | {"totals": folded()})
    yield found[0], found[1]


def test_the_bulk_path_stores_what_the_live_path_stores(both: tuple[dict[str, Any], dict[str, Any]]) -> None:
    live, in_bulk = both
    assert len(live["posting"]) == 2 * 10 + 6
    assert len(live["alert"]) >= 2
    for kind in live:
        assert in_bulk[kind] == live[kind], kind


def test_a_refused_movement_is_counted_and_leaves_nothing(bank: Any, quiet: None) -> None:
    counts = bulk().counts
    assert counts.refused == {"insufficient_funds": 1}
    assert counts.movements == len(history()) - 1
    assert not verify("USD", full=True, now=at(9, 15)).problems


def test_days_of_a_run_close_and_verify(bank: Any) -> None:
    bulk()
    days = close_through(date(2025, 2, 11), "USD", now=at(9, 15)).days
    assert days[0] == "2025-02-03"
    assert days[-1] == "2025-02-11"
    totals.forget()
    assert totals.day_totals(MONDAY, MONDAY, "USD")[0].end["customers"] == 3
    assert not verify("USD", full=True, now=at(9, 15)).problems


def test_money_moves_on_imported_accounts_as_on_any_other(bank: Any, quiet: None) -> None:
    bulk()
    before = account(ACCOUNTS["usr_ann"])
    assert before is not None
    post(move("deposit", 1_00, CASH, "usr_ann", "later"), now=at(10, 16))
    after = account(ACCOUNTS["usr_ann"])
    assert after is not None
    assert (after.balance, after.sequence) == (before.balance + 100, before.sequence + 1)
    assert not verify("USD", full=True, now=at(10, 16)).problems


def test_a_dry_run_computes_the_same_and_writes_nothing(bank: Any) -> None:
    before = everything()
    tried = bulk(dry_run=True)
    assert everything() == before
    assert bulk().counts == tried.counts


# --- crashes --------------------------------------------------------------------------------------


class Crash(BaseException):
    """The process ends here."""


class Budget:
    """Lets so many writes through, then ends the process before or after the next one reaches the engine."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, writes: int, *, answered: bool) -> None:
        self.left, self._answered, self._call = writes, answered, store._call
        monkeypatch.setattr(store, "_call", self)

    def __call__(self, operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        if "Write" not in operation:
            return self._call(operation, kwargs)
        self.left -= 1
        if self.left >= 0:
            return self._call(operation, kwargs)
        if self._answered:
            self._call(operation, kwargs)  # it is stored, but the process never learns it
        raise Crash


def _settled() -> dict[str, Any]:
    """Everything but the records of the run itself, which tell when it ran."""
    run_kinds = {"import_run", "books", "audit"}
    return {key: raw for key, raw in everything().items() if raw["kind"]["S"] not in run_kinds}


@pytest.mark.parametrize("batch", [25, 2], ids=["as on AWS", "as on an embedded engine"])
@pytest.mark.parametrize("answered", [False, True], ids=["before the write", "after the write"])
def test_a_run_that_crashes_again_and_again_ends_identical(
    bank: Any, monkeypatch: pytest.MonkeyPatch, answered: bool, batch: int
) -> None:
    monkeypatch.setattr(store, "BATCH_WRITE", batch)
    bulk()
    whole = _settled()
    emptied()
    crashes = 0
    for writes in [*range(1, 16, 2), 99]:
        with monkeypatch.context() as patched:
            Budget(patched, writes, answered=answered)
            try:
                bulk()
            except Crash:
                crashes += 1
                continue
        break
    assert crashes >= 3
    assert _settled() == whole
    assert not verify("USD", full=True, now=at(9, 15)).problems


def test_a_resumed_run_does_not_write_again_what_is_behind_the_checkpoint(
    bank: Any, monkeypatch: pytest.MonkeyPatch, requests_made: Any
) -> None:
    with monkeypatch.context() as patched:
        Budget(patched, 9, answered=False)
        with pytest.raises(Crash):
            bulk()
    stored = register.import_run("tested")
    assert stored is not None
    assert stored.stored > 0
    requests_made.clear()
    assert bulk().resumed_at == stored.stored
    written = [args for name, args in requests_made if name == "BatchWriteItem"]
    keys = [
        put["PutRequest"]["Item"]["kind"]["S"]
        for args in written
        for put in args["RequestItems"]["BankingTransactions"]
    ]
    assert keys.count("posting") < len(of_kind("posting"))


def test_what_moved_on_after_the_crash_is_not_set_back(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bulk()
    record = register.import_run("tested")
    assert record is not None
    # As after a crash between the last account and the end of the run.
    store.save([store.Update(ImportRun, record.account_id, [ImportRun.state.set("running")])])
    post(move("deposit", 1_00, CASH, "usr_ann", "meanwhile"), now=at(10, 16))
    moved = account(ACCOUNTS["usr_ann"])
    bulk()
    now = account(ACCOUNTS["usr_ann"])
    assert moved is not None
    assert now is not None
    assert now.balance == moved.balance
    assert not verify("USD", full=True, now=at(10, 16)).problems


def test_days_of_an_unfinished_run_cannot_be_closed(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        Budget(patched, 6, answered=False)
        with pytest.raises(Crash):
            bulk()
    with pytest.raises(CannotClose, match="the import tested has not ended"):
        close_day(MONDAY, "USD", now=at(9, 15))
    bulk()
    assert close_day(MONDAY, "USD", now=at(9, 15)).day == MONDAY.isoformat()


def test_a_process_that_was_overtaken_stops(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = register.begin(IDENTITY, actor=TELLER, now=at(9, 15))
    register.begin(IDENTITY, actor=TELLER, now=at(9, 15))
    with pytest.raises(CannotImport, match="another process"):
        register.checkpoint(first, 4)


def test_a_lost_answer_at_the_checkpoint_is_no_overtaking(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    record = register.begin(IDENTITY, actor=TELLER, now=at(9, 15))
    save, lost = store.save, [True]

    def lossy(writes: Any) -> None:
        save(writes)
        if lost:
            lost.clear()
            raise store.OutcomeUnknown("the answer was lost")

    monkeypatch.setattr(store, "save", lossy)
    register.checkpoint(record, 4)
    register.checkpoint(record, 8)
    found = register.import_run("tested")
    assert found is not None
    assert found.stored == 8


# --- what a run refuses ---------------------------------------------------------------------------


def test_a_finished_run_is_not_run_again(bank: Any) -> None:
    bulk()
    before = everything()
    assert bulk().already
    assert everything() == before


def test_another_content_under_the_same_name_is_refused_naming_it(bank: Any) -> None:
    bulk()
    with pytest.raises(CannotImport, match="begun with file = 1, not 2"):
        bulk(Identity("tested", {"file": "2"}, IDENTITY.days))


def test_closed_days_take_no_import(bank: Any, quiet: None) -> None:
    make_user(user_id="usr_zoe")
    open_account(
        owner_id="usr_zoe", product="checking", currency="USD", branch="main", key="k", actor=TELLER, now=at(9, 1)
    )
    close_through(date(2025, 2, 5), "USD", now=at(9, 15))
    totals.forget()
    before = everything()
    for dry_run in (True, False):
        with pytest.raises(CannotImport, match="through 2025-02-05 are closed.*--start-date 2025-02-06"):
            bulk(dry_run=dry_run)
    assert everything() == before


def test_a_rule_changed_in_between_stops_the_run(bank: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        Budget(patched, 6, answered=False)
        with pytest.raises(Crash):
            bulk()
    parameters.set_value(
        code="rule.structuring.count",
        value=4,
        effective_from=MONDAY,
        actor=TELLER,
        now=at(9, 15),
        reason="tested",
    )
    with pytest.raises(CannotImport, match="parameter was changed"):
        bulk()


def test_an_account_of_somebody_else_is_never_overwritten(bank: Any, quiet: None) -> None:
    make_user(user_id="usr_eve")
    other = DepositAccount(
        account_id=ACCOUNTS["usr_bob"],
        version=1,
        owner_id="usr_eve",
        product="checking",
        currency="USD",
        branch="main",
        opened_at="2024-01-01T00:00:00.000000Z",
        opened_on="2024-01-01",
    )
    store.save([store.new(other)])
    with pytest.raises(CannotImport, match="belongs to somebody else"):
        bulk()
    found = account(ACCOUNTS["usr_bob"])
    assert found is not None
    assert found.owner_id == "usr_eve"


# --- people -----------------------------------------------------------------------------------------


def test_people_come_and_go_in_bulk_as_they_do_live(bank: Any, quiet: None) -> None:
    ann = ACCOUNTS["usr_ann"]
    story: list[Event] = [
        NewCustomer("usr_ann", "Ann", at(8), {"email": "ann@people.example"}),
        NewAccount(ann, "usr_ann", "checking", "USD", "main", at(8)),
        Move(move("deposit", 50_00, CASH, "usr_ann", "in"), at(9)),
        Verified("usr_ann", at(9, 1), "2030-02-04"),
        Move(move("withdrawal", 50_00, "usr_ann", CASH, "out"), at(9, 2)),
        AccountClosed(ann, at(10, 2), "moved away"),
        CustomerLeft("usr_ann", at(11, 2), "moved away"),
        Move(move("deposit", 50_00, CASH, "usr_ann", "late"), at(12, 2)),
    ]
    outcome = run(IDENTITY, story, actor=TELLER, now=at(9, 15), audited=True)
    assert outcome.counts.refused == {"closed": 1}
    days = {day.day: day.numbers for day in totals.day_totals(MONDAY, date(2025, 2, 6), "USD")}
    assert days["2025-02-03"]["accounts_opened"] == 1
    assert days["2025-02-03"]["customers_activated"] == 0
    assert days["2025-02-04"]["customers_activated"] == 1
    assert days["2025-02-05"]["customers_exited"] == days["2025-02-05"]["accounts_closed"] == 1
    closed = account(ann)
    assert closed is not None
    assert (closed.status, closed.closed_on) == ("closed", "2025-02-05")
    actions = [raw["action"]["S"] for raw in everything().values() if raw["kind"]["S"] == "audit"]
    assert set(actions) >= {"register", "open_account", "verify_identity", "close_account", "exit"}
    assert not verify("USD", full=True, now=at(9, 15)).problems


def test_savings_are_closed_in_bulk_once_their_last_interest_is_paid(bank: Any, quiet: None) -> None:
    ann = ACCOUNTS["usr_ann"]

    def story(*paid: Event) -> list[Event]:
        return [
            NewCustomer("usr_ann", "Ann", at(8), {"email": "ann@people.example"}),
            NewAccount(ann, "usr_ann", "savings", "USD", "main", at(8)),
            Move(move("deposit", 1_000_000, CASH, "usr_ann", "in"), at(9)),
            *paid,
        ]

    with pytest.raises(ValueError, match="interest unpaid"):
        out = Move(move("withdrawal", 1_000_000, "usr_ann", CASH, "out"), at(9, 7))
        run(IDENTITY, story(out, AccountClosed(ann, at(10, 7), "away")), actor=TELLER, now=at(9, 15))
    # 10,000.00 over 7 days at 1.50 %: 1,000,000 x 7 x 150 / 3,650,000 = 287.67
    interest = move("interest", 288, "house:interest_expense", "usr_ann", "i", channel="system", link="2025-02")
    paid = [Move(interest, at(9, 7)), Move(move("withdrawal", 1_000_288, "usr_ann", CASH, "o"), at(10, 7))]
    outcome = run(IDENTITY, story(*paid, AccountClosed(ann, at(11, 7), "away")), actor=TELLER, now=at(9, 15))
    assert not outcome.counts.refused
    closed = account(ann)
    assert closed is not None and (closed.status, closed.balance) == ("closed", 0)


def test_the_books_name_the_run_and_its_days(bank: Any, quiet: None) -> None:
    bulk()
    books = store.get(Books, Books.key("USD"))
    assert books is not None
    assert books.imports == {"tested": ["2025-02-03", "2025-02-11"]}
    assert books.first_day == "2025-02-03"


def test_what_it_computes_carries_no_run_for_another_run_computes_it_again(bank: Any) -> None:
    with trace.within("job#import#00000001"):
        bulk(audited=True)
    records = list(AuditRecord.by_subject.query(f"user#{PEOPLE[0]}"))
    assert records and {record.trace for record in records} == {None}
    lines = Posting.by_account.query(ACCOUNTS[PEOPLE[0]])
    assert {line.trace for line in lines} == {None}


# --- the short way to DynamoDB's form ---------------------------------------------------------------

_text = st.text(max_size=20)
_lines = st.builds(
    Line,
    **{name: _text for name in Line.__slots__ if name not in ("amount", "balance_after", "sequence", "observed")},
    amount=st.integers(-(10**14), 10**14),
    balance_after=st.integers(-(10**15), 10**15),
    sequence=st.integers(1, 10**6),
    observed=st.booleans(),
)


@given(_lines, st.sampled_from(["3", "import-1.0"]), st.sampled_from([None, "", "2025-02-03"]))
def test_a_posting_written_the_short_way_is_the_posting(line: Line, shard: str, seen: str | None) -> None:
    assert wire.posting(line, shard, seen) == Posting.of(line, shard, seen).serialize()


def test_a_day_read_the_short_way_is_the_day(bank: Any) -> None:
    bulk()
    found = 0
    for day in (MONDAY, date(2025, 2, 4), date(2025, 2, 11)):
        for shard in files_of(day, "USD"):
            read = [(item.line(), item.owner_seen_on, item.filed_right) for item in shard_postings(day, "USD", shard)]
            assert list(shard_lines(day, "USD", shard)) == read
            found += len(read)
    assert found == 3 + 2 + 7 * 2
