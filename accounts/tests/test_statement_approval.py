"""A statement file takes two people: who may ask and approve, what is pinned, races, crashes, the evening."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from accounts.ledger import Actor
from accounts.models import DepositAccount, User
from accounts.models.statement_files import CHECKED, DONE, RUNNING, STOPPED, StatementImport
from accounts.queries.ledger import statement_lines
from accounts.queries.statement_files import bindings, running_imports, statement_import
from accounts.services import statement_runs
from accounts.services.closing import COMMAND
from accounts.services.deposits import freeze_account
from accounts.services.end_of_day import Evening, run_steps
from accounts.services.statement_approval import ask_import
from accounts.services.statement_files import CannotImport, Choice, check, receive
from accounts.services.statement_runs import OTHER_ENTRIES, advance, confirm, go_on
from accounts.testing import a_customer, a_manager, a_teller, an_analyst, an_officer
from accounts.tests.conftest import MANAGER, TELLER, set_by_hand, stored
from accounts.tests.makers import actor, an_account
from accounts.tests.statement_makers import Camt, Row, camt
from accounts.tests.test_import_statement import ROWS, Killed, dies_at
from cloudbank import approvals, store
from cloudbank.approvals import Approval, NotAllowed
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.wording import day

SUM = 167_951
TOM = Actor("usr_tom", "teller", "127.0.0.1")


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def euros(bank: Any, quiet: None) -> DepositAccount:
    return an_account(a_customer(), currency="EUR")


def brought(content: bytes, account: str = "", *, by: Actor = TOM, open_for: str = "") -> str:
    """A file that is kept; its import's id."""
    checked = check(content, Choice(account=account, open_for=open_for))
    return receive(checked, file_name="january.xml", actor=by, now=utcnow()).transaction_id


def asked(import_id: str, by: Actor = TOM) -> Approval:
    return ask_import(import_id=import_id, actor=by, name=by.user_id, now=utcnow())


def approve(item: Approval, by: User | Actor) -> Approval:
    who = actor(by) if isinstance(by, User) else by
    return approvals.approve(
        approval_id=item.approval_id, content_hash=item.content_hash, actor=who, name=who.user_id, now=utcnow()
    )


def read(import_id: str) -> StatementImport:
    found = statement_import(import_id)
    assert found is not None
    return found


def run(import_id: str) -> StatementImport:
    return advance(import_id, actor=TOM, now=utcnow)


def evening() -> dict[str, int]:
    """The end of the day; what its step for statement files counted."""
    now, mine = utcnow(), "statement_files."
    counts = run_steps(Evening(bank_calendar().business_date(now), "USD", now, COMMAND))
    return {name.removeprefix(mine): number for name, number in counts.items() if name.startswith(mine)}


def refused(match: str, act: Callable[[], Any]) -> NotAllowed:
    with pytest.raises(NotAllowed, match=match) as caught:
        act()
    return caught.value


def test_nobody_lets_a_file_run_alone(euros: DepositAccount) -> None:
    """A manager holds both permissions; holding them does not make two people."""
    mary = actor(a_manager())
    import_id = brought(camt(ROWS, 0), euros.account_id, by=mary)
    with pytest.raises(CannotImport, match="second person"):
        go_on(import_id, actor=mary, now=utcnow())
    assert run(import_id).state == CHECKED
    item = asked(import_id, by=mary)
    refused("another person must decide", lambda: approve(item, mary))
    assert (read(import_id).state, stored(euros.account_id).balance) == (CHECKED, 0)
    approve(item, an_officer())
    assert run(import_id).state == DONE
    assert stored(euros.account_id).balance == SUM


def test_who_brought_the_file_does_not_approve_what_somebody_else_asked(euros: DepositAccount) -> None:
    mary = actor(a_manager())
    item = asked(brought(camt(ROWS, 0), euros.account_id, by=mary), by=TOM)
    refused("You brought this file yourself", lambda: approve(item, mary))
    assert approve(item, a_manager()).state == approvals.APPROVED


def test_a_role_without_the_permission_neither_asks_nor_approves(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    for person in (an_analyst(), an_officer()):
        refused("cannot ask", partial(asked, import_id, by=actor(person)))
    item = asked(import_id)
    for person in (an_analyst(), a_teller()):
        refused("cannot decide", partial(approve, item, person))


def test_the_request_says_what_comes_in_and_goes_out_of_whose_account(bank: Any, quiet: None) -> None:
    paul = an_account(a_customer(name="Paul Payee"), 5_000, currency="EUR")
    maker = Camt(iban="DE02120300000000202051")
    import_id = brought(maker.document(maker.statement(ROWS, 0)), paul.account_id)
    shown = asked(import_id).shown
    facts = {label: (value, note) for label, value, note in shown["facts"]}
    assert shown["title"] == "Post 3 new entries of january.xml"
    assert facts["Named in the file"][0] == "DE02120300000000202051"
    assert facts["Our account"][1] == "Paul Payee"
    assert facts["Brought by"] == (TOM.user_id, day(bank_calendar().local(utcnow()).date()))
    assert facts["Money in"] == ("2,500.00 EUR", "1 new entry")
    assert facts["Money out"] == ("820.49 EUR", "2 new entries")
    assert facts["Closing balance in the file"] == ("1,679.51 EUR", "ours will differ by 50.00 EUR")
    assert shown["changes"][0][1:] == ["50.00 EUR", "1,729.51 EUR"]


def test_an_account_to_be_opened_is_shown_with_its_opening_balance(bank: Any, quiet: None) -> None:
    import_id = brought(camt([], 10_000), open_for=a_customer(name="Nora New").user_id)
    shown = asked(import_id).shown
    assert ["Our account", "a new account", "Nora New"] in shown["facts"]
    assert ["Opening balance", "100.00 EUR", "posted when it is opened"] in shown["facts"]
    assert ["Closing balance in the file", "100.00 EUR", "ours will agree"] in shown["facts"]
    assert shown["changes"][0][1:] == ["not open yet", "100.00 EUR"]


def test_the_record_names_who_brought_it_who_asked_and_who_approved(euros: DepositAccount) -> None:
    import_id, mary = brought(camt(ROWS, 0), euros.account_id), a_manager()
    item = approve(asked(import_id), mary)
    entry = next(
        one
        for one in AuditRecord.by_subject.query(f"statement_import#{import_id}")
        if one.action == "confirm_statement"
    )
    assert entry.actor_id == mary.user_id
    assert (entry.after["brought_by"], entry.after["asked_by"]) == (TOM.user_id, TOM.user_id)
    assert entry.after["approval"] == item.approval_id
    kept = read(import_id)
    assert (kept.made_by, kept.approved_by, kept.approval) == (TOM.user_id, mary.user_id, item.approval_id)


def test_asked_twice_it_is_one_request_and_after_a_no_it_can_be_asked_again(euros: DepositAccount) -> None:
    import_id, mary = brought(camt(ROWS, 0), euros.account_id), a_manager()
    first = asked(import_id)
    again = asked(import_id, by=actor(a_teller()))
    assert again.approval_id == first.approval_id
    approvals.reject(
        approval_id=first.approval_id, content_hash=first.content_hash, note="no", actor=actor(mary), name="", now=utcnow()
    )  # fmt: skip
    assert read(import_id).state == CHECKED
    assert asked(import_id).approval_id != first.approval_id


def test_what_other_files_posted_meanwhile_has_to_be_asked_anew(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    item = asked(import_id)
    confirm(brought(camt(ROWS[:1], 0), euros.account_id), actor=MANAGER, now=utcnow())
    run(brought(camt(ROWS[:1], 0), euros.account_id))
    refused("Since this was asked", lambda: approve(item, a_manager()))
    assert read(import_id).state == CHECKED
    assert stored(euros.account_id).balance == 250_000


def test_a_withdrawn_request_and_one_of_a_file_that_runs_are_refused(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    item = asked(import_id)
    approvals.withdraw(approval_id=item.approval_id, actor=TOM, name="Tom", now=utcnow())
    refused("already", lambda: approve(item, a_manager()))
    second = asked(import_id)
    confirm(import_id, actor=MANAGER, now=utcnow())
    refused("is being posted", lambda: approve(second, a_manager()))
    run(import_id)
    refused("is posted already", lambda: approve(second, a_manager()))
    assert stored(euros.account_id).balance == SUM


def test_a_kept_file_that_was_exchanged_is_refused(euros: DepositAccount, tmp_path: Path) -> None:
    item = asked(brought(camt(ROWS, 0), euros.account_id))
    kept = next(path for path in (tmp_path / "d").rglob("*") if path.is_file())
    kept.chmod(0o600)
    kept.write_bytes(camt([Row(9_999_999, ref="R1")], 0))
    refused("is not the file that was stored", lambda: approve(item, a_manager()))
    assert stored(euros.account_id).balance == 0


def test_a_file_with_nothing_new_is_not_asked_for(euros: DepositAccount) -> None:
    confirm(brought(camt(ROWS, 0), euros.account_id), actor=MANAGER, now=utcnow())
    run(brought(camt(ROWS, 0), euros.account_id))
    with pytest.raises(CannotImport, match="Nothing in this file is new"):
        asked(brought(camt(ROWS[:2], 0)))


def test_an_account_bound_elsewhere_meanwhile_gets_nothing(bank: Any, quiet: None) -> None:
    """The file names one of our accounts itself; then its name is bound to another one."""
    one, other = an_account(a_customer(), currency="EUR"), an_account(a_customer(), currency="EUR")
    maker = Camt(other=one.account_id)
    import_id = brought(maker.document(maker.statement(ROWS, 0)))
    approve(asked(import_id), a_manager())
    holder = f"COBADEFFXXX/{one.account_id}"
    later = maker.document(maker.statement([Row(1, ref="L")], 0))
    statement_runs.remember(
        check(later, Choice()).parts[0].statement, other.account_id, "", actor=MANAGER, now=utcnow()
    )
    assert bindings([holder])[holder].number == other.account_id
    assert evening() == {"stopped": 1}
    assert "bound to another one" in read(import_id).why
    assert [stored(each.account_id).balance for each in (one, other)] == [0, 0]


def test_a_run_posts_nothing_beyond_what_was_approved(bank: Any, quiet: None) -> None:
    """The approved file opens an account from February on; then January opens it, and more of its entries count."""
    customer, maker = a_customer().user_id, Camt()
    early, late = Row(700, ref="E", day="2026-11-10"), Row(5, ref="L", day="2026-11-20")
    february = maker.document(maker.statement([early, late], 700).replace("<Dt>2026-11-10</Dt></Dt></Bal>", "<Dt>2026-11-15</Dt></Dt></Bal>", 1))  # fmt: skip
    january = camt([Row(1, ref="J", day="2026-11-01")], 0)
    import_id = brought(february, open_for=customer)
    item = asked(import_id)
    assert item.title.startswith("Post 1 new entry"), "the other one lies before the opening"
    approve(item, a_manager())
    confirm(first := brought(january, open_for=customer), actor=MANAGER, now=utcnow())
    run(first)
    stopped = run(import_id)
    assert (stopped.state, stopped.why, stopped.approved_by, stopped.scope) == (STOPPED, OTHER_ENTRIES, "", "")
    with pytest.raises(CannotImport, match="second person"):
        go_on(import_id, actor=TOM, now=utcnow())
    number = read(import_id).accounts[0]["number"]
    assert stored(number).balance == 1
    approve(asked(import_id), a_manager())
    run(import_id)
    assert stored(number).balance == 706


def test_two_who_approve_at_once_let_it_run_once(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    item, managers = asked(import_id), [a_manager() for _ in range(4)]

    def decide(mary: User) -> str:
        try:
            approve(item, mary)
        except NotAllowed as lost:
            return lost.code
        run(import_id)
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(decide, managers))
    assert sorted(ends) == ["done", "overtaken", "overtaken", "overtaken"]
    assert (read(import_id).state, stored(euros.account_id).balance) == (DONE, SUM)
    started = [one.action for one in AuditRecord.by_subject.query(f"statement_import#{import_id}")]
    assert started.count("confirm_statement") == 1


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_write_from_the_decision_on_each_entry_is_posted_once(
    bank: Any, quiet: None, after: bool
) -> None:
    """Approve and run, killed at the n-th write; then the evening, and who approved tries once more."""
    for number in range(1, 40):
        maker = Camt(other=f"X{after}{number}")
        ours = an_account(a_customer(), currency="EUR").account_id
        import_id = brought(maker.document(maker.statement(ROWS, 0)), ours)
        item, mary = asked(import_id), a_manager()
        with pytest.MonkeyPatch.context() as patch:
            dies_at(patch, number, after=after)
            try:
                approve(item, mary)
                run(import_id)
            except Killed:
                pass
            else:
                break
        if approvals.find(item.approval_id).state == approvals.PENDING:  # type: ignore[union-attr]
            approve(item, mary)
        evening()
        assert read(import_id).state == DONE, number
        assert sorted(line.amount for line in statement_lines(ours, None, None)) == [-80_050, -1_999, 250_000], number
    assert number > 5, "it was never killed"
    assert running_imports() == []


def test_one_that_is_left_running_ends_in_the_evening(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    assert evening() == {}
    approve(asked(import_id), a_manager())
    assert running_imports() == [import_id]
    assert evening() == {"finished": 1}
    assert (read(import_id).state, stored(euros.account_id).balance) == (DONE, SUM)
    assert (running_imports(), evening()) == ([], {})


def test_a_file_the_evening_cannot_use_is_stopped_not_left_for_ever(euros: DepositAccount, tmp_path: Path) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    approve(asked(import_id), a_manager())
    kept = next(path for path in (tmp_path / "d").rglob("*") if path.is_file())
    kept.chmod(0o600)
    kept.write_bytes(b"other")
    assert evening() == {"stopped": 1}
    assert (read(import_id).state, running_imports()) == (STOPPED, [])


def test_an_approved_file_that_stopped_midway_goes_on_without_a_new_approval(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    approve(asked(import_id), a_manager())
    freeze_account(account_id=euros.account_id, reason="x", actor=TELLER, now=utcnow())
    assert run(import_id).state == STOPPED
    set_by_hand(euros.account_id, status="active")
    assert go_on(import_id, actor=TOM, now=utcnow()).state == RUNNING
    assert run(import_id).state == DONE
    assert stored(euros.account_id).balance == SUM


def test_a_request_that_nobody_decides_expires_and_posts_nothing(euros: DepositAccount) -> None:
    import_id = brought(camt(ROWS, 0), euros.account_id)
    item, later = asked(import_id), utcnow() + timedelta(days=8)
    with pytest.raises(NotAllowed, match="expired"):
        approvals.approve(
            approval_id=item.approval_id, content_hash=item.content_hash, actor=MANAGER, name="M", now=later
        )
    assert store.get(StatementImport, import_id).state == CHECKED  # type: ignore[union-attr]
