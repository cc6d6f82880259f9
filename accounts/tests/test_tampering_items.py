"""What explains the books edited field by field: loans, orders, payrolls, requests, limits, records, shards, cells.

A field that cannot be seen to change is listed below with the reason; a new field, or a new kind, is proven or fails.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.ledger import Actor
from accounts.models import Books, CubeCell, DayShard, HeldMovement, Hold, ImportRun, Loan
from accounts.models.payroll import Payroll
from accounts.models.standing import StandingOrder
from accounts.models.statement_files import StatementHolder, StatementImport
from accounts.services import closing, end_of_day
from accounts.services.closing import close_through
from accounts.services.loans.postings import existing, post_demand
from accounts.services.overdrafts import ask_overdraft
from accounts.services.standing import Wish, create_order
from accounts.services.trails import kinds_with_imprints
from accounts.standing import MONTHLY
from accounts.testing import a_manager
from accounts.tests.conftest import MANAGER, TELLER, TwoPeople, set_by_hand, two_people
from accounts.tests.images import image, put_raw, remove_raw
from accounts.tests.lending import as_actor, paid_out
from accounts.tests.tampering import Raw, edits, of_kind, problems
from accounts.tests.test_payroll import Firm
from cloudbank import approvals, audit, parameters, store
from cloudbank.approvals import Approval
from cloudbank.approvals.request import LatestRequest
from cloudbank.audit import AuditRecord
from cloudbank.clock import iso, utcnow
from cloudbank.conf import business_date
from cloudbank.parameters import Setting
from cloudbank.tables import AccountsItem, Item, TransactionsItem

pytestmark = pytest.mark.slow
IN_EVERY = {"version": "the optimistic lock: another number makes a writer load again, no more"}
"""Of every kind but holds and postings, which have one version for each record."""
UNSEEN: dict[type[Item], dict[str, str]] = {
    Approval: {"carrying_until": "who carries it out has until then; another one goes on later, and does it once"},
    Payroll: {"why": "a hint for the page, while it runs; nothing is decided by it"},
    ImportRun: {"stored": "its checkpoint: postings have keys, so what is stored already is not stored again"},
    StatementImport: dict.fromkeys(
        ("done", "total", "worklist_group", "worklist_order"),
        "a hint for the page; who goes on finds what is posted by its keys",
    ),
    DayShard: dict.fromkeys(
        ("account_id", "account_order", "day_group", "day_order", "worklist_group", "worklist_order"),
        "shards are read by their keys alone: no index shows them",
    )
    | dict.fromkeys(("subject", "subject_order", "cell_day"), "as those before")
    | {
        "closed": "of an open day: a gate closed too early sends postings to the next day",
        "rule_x": "how often a rule fired: counted for its page, alerts tell it",
        "customers_activated": "counts people, not money; the register of customers tells it",
        "new_checking": "whose money flowed, by the age of the customer; the sum with existing_checking is proven",
    },
    CubeCell: dict.fromkeys(
        ("account_id", "account_order", "day_group", "day_order", "worklist_group", "worklist_order"),
        "cells are read by their keys, found by cell_day: no other index shows them",
    )
    | dict.fromkeys(("subject", "subject_order"), "as those before"),
}
HERE: list[tuple[type[Item], dict[str, str]]] = [
    (Loan, {}),
    (StandingOrder, {"state": "active"}),
    (Payroll, {"state": "done"}),
    (Payroll, {"state": "checked"}),
    (Approval, {"state": "pending"}),
    (Approval, {"state": "approved"}),
    (LatestRequest, {}),
    (Books, {}),
    (Setting, {}),
    (AuditRecord, {"action": "set_by_hand"}),
    (ImportRun, {}),
    (StatementHolder, {}),
    (StatementImport, {}),
]
ELSEWHERE = {"deposit_account", Hold.discriminator(), HeldMovement.discriminator()}
"""See test_faults_tampering and test_held."""


@pytest.fixture
def books(bank: Any, quiet: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TwoPeople:
    """A closed day and an open one, and an item of each kind, by the services that make them."""
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 1)
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    monkeypatch.setattr(settings, "STORAGES", settings.STORAGES | {"documents": backend})
    for module in ("verification", "day_checks", "crosschecks"):
        monkeypatch.setattr(f"accounts.services.{module}.LOOKS", 1)
    people, now = two_people(), utcnow()
    me = Actor(people.customer.user_id, "customer", "test")
    wish = Wish(people.mine, people.theirs, 700, MONTHLY, business_date(now), memo="Rent")
    create_order(wish=wish, key="k", actor=me, now=now)
    end_of_day.run_steps(end_of_day.Evening(business_date(now), "USD", now, closing.COMMAND))
    loan_id = paid_out().loan_id
    assert post_demand(loan=existing(loan_id), day=business_date(now), now=now)
    firm = Firm()
    firm.paid()
    firm.brought(firm.file("7"))
    _limits(people)
    for item in _files():
        store.save([audit.record(item, "made", actor=TELLER, now=now), store.stored(item)])
    close_through(business_date(utcnow()), "USD", now=utcnow() + timedelta(days=7))
    people.withdraw(5)
    _asks_for_more(people)
    assert not problems()
    return people


def _asks_for_more(people: TwoPeople) -> None:
    """A request that waits; after the day was closed a week later, or it would have expired."""
    clerk = a_manager(email="third@bank.test")
    asked = {"reason": "Wages", "name": clerk.name, "actor": as_actor(clerk), "now": utcnow()}
    ask_overdraft(account_id=people.theirs, limit=7_000, key="two", **asked)


def _limits(people: TwoPeople) -> None:
    """Overdraft limits: one granted, one asked for, one set; a parameter."""
    clerk, manager = a_manager(), a_manager(email="second@bank.test")
    asked = {"reason": "Wages", "name": clerk.name, "actor": as_actor(clerk), "now": utcnow()}
    one = ask_overdraft(account_id=people.mine, limit=5_000, key="one", **asked)
    approvals.approve(
        approval_id=one.approval_id, content_hash=one.content_hash, actor=as_actor(manager), name="M", now=utcnow()
    )
    set_by_hand(people.theirs, overdraft_limit=700)
    day = utcnow().date()
    more = {"effective_from": day, "actor": MANAGER, "now": utcnow(), "reason": "test"}
    parameters.set_value(code="limit.overdraft", value=2_000_000, **more)


def _files() -> list[Any]:
    """Imports and bindings as their services store them."""
    return [
        ImportRun(account_id=ImportRun.key("x"), made_of={"file": "a"}, days={}, state="done", started_at=iso(utcnow())),
        StatementHolder(account_id=StatementHolder.key("DE1"), number="1", named="DE1", format="camt"),
        StatementImport(
            transaction_id="sti_1", file_name="a.xml", format="camt", size=1, sha256="a", document="d", accounts=[],
            made_by="usr_1", made_at=iso(utcnow()),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "values"), HERE, ids=lambda one: one.__name__ if isinstance(one, type) else "-".join(one.values())
)
def test_every_field_that_it_has_or_could_have_is_watched(
    books: TwoPeople, kind: type[Item], values: dict[str, str]
) -> None:
    table, raw = next(of_kind(image(), kind.discriminator(), **values))
    unseen = []
    for name, edited in edits(kind, raw):
        if name in IN_EVERY or name in UNSEEN.get(kind, ()):
            continue
        if name == "done" and kind is Payroll and raw["state"] != {"S": "done"}:
            continue  # how far it is, while it runs: a hint for the page
        put_raw(table, edited)
        unseen += [] if any(_named(raw, what) for what in problems()) else [name]
        put_raw(table, raw)
    assert not unseen
    assert not problems()


def _named(raw: Raw, problem: str) -> bool:
    """Whether it is named; an audit record by what it tells of, and a pointer by the request that it should name."""
    key = str((raw.get("transaction_id") or raw["account_id"])["S"])
    names = [key, key.removeprefix("audit#deposit_account#").partition("#")[0]]
    return any(name in problem for name in names) or "request apr_" in problem


def _shard(closed: bool) -> tuple[str, Raw]:
    shards = of_kind(image(), DayShard.discriminator())
    return next(one for one in shards if ("closed" in one[1]) == closed and "postings" in one[1])


def test_every_number_of_a_shard_of_an_open_day_is_watched(books: TwoPeople) -> None:
    table, raw = _shard(closed=False)
    unseen = []
    for name, edited in edits(DayShard, raw):
        if name not in IN_EVERY and name not in UNSEEN[DayShard]:
            put_raw(table, edited)
            unseen += [] if problems() else [name]
            put_raw(table, raw)
    assert not unseen


def test_a_closed_days_shards_are_as_they_were_sealed_and_its_gates_stay_closed(books: TwoPeople) -> None:
    table, raw = _shard(closed=True)
    more = {"rule_x": {"N": "1"}, "customers_activated": {"N": "9"}}
    edited = {name: edited for name, edited in edits(DayShard, raw) if "N" in edited[name]}
    edited |= {name: raw | {name: value} for name, value in more.items()}
    edited |= {"gate": {name: value for name, value in raw.items() if name != "closed"}}
    unseen = []
    for name, one in edited.items():
        if name not in IN_EVERY:
            put_raw(table, one)
            unseen += [] if problems() else [name]
            put_raw(table, raw)
    assert not unseen
    assert not problems()


def test_every_number_of_a_cell_of_an_open_day_is_watched(books: TwoPeople) -> None:
    """Of a closed day no cell is read any more: its seal holds a copy."""
    day = max(raw["cell_day"]["S"] for _, raw in of_kind(image(), "cube_cell"))
    table, raw = next(of_kind(image(), "cube_cell", cell_day=day))
    unseen = []
    for name, edited in edits(CubeCell, raw):
        if name not in IN_EVERY and name not in UNSEEN[CubeCell]:
            put_raw(table, edited)
            unseen += [] if problems() else [name]
            put_raw(table, raw)
    assert not unseen


def test_what_is_gone_is_missed_and_what_was_slipped_in_is_found(books: TwoPeople) -> None:
    unseen = []
    for kind, values in HERE:
        table, raw = next(of_kind(image(), kind.discriminator(), **values))
        remove_raw(table, raw)
        unseen += [] if problems() else [f"{kind.__name__} gone"]
        put_raw(table, raw)
        if kind is AuditRecord:
            continue  # one that no item names is in nobody's trail
        name = "transaction_id" if "transaction_id" in raw else "account_id"
        twin = raw | {name: {"S": f"{raw[name]['S']}x"}}
        put_raw(table, twin)
        unseen += [] if problems() else [f"{kind.__name__} slipped in"]
        remove_raw(table, twin)
    assert not unseen
    assert not problems()


def test_every_kind_whose_records_carry_imprints_is_tested() -> None:
    kinds = kinds_with_imprints(AccountsItem) | kinds_with_imprints(TransactionsItem)
    assert (
        kinds.keys()
        == {kind.discriminator() for kind, _ in HERE if getattr(kind, "moving", None) is not None} | ELSEWHERE
    )
