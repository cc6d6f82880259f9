"""Payroll: checked, read back, debited once, credited row by row, the rest returned; killed anywhere, it ends the same."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts import numbers
from accounts.ledger import ACTIVE, Actor, Refused
from accounts.models import DepositAccount, User
from accounts.models.payroll import DONE, RETURNING, RUNNING, Payroll
from accounts.payroll import NotAPayroll, read
from accounts.queries.ledger import statement_lines
from accounts.queries.payroll import payroll, payrolls_of, under_way
from accounts.services import payroll_runs
from accounts.services.deposits import freeze_account
from accounts.services.payroll import Payer, check, receive
from accounts.services.payroll_runs import advance, start
from accounts.testing import make_user
from accounts.tests.conftest import TELLER, set_by_hand, stored
from accounts.tests.makers import actor, an_account, balance
from accounts.tests.test_concurrency import sound
from accounts.tests.test_import_statement import Killed, dies_at
from cloudbank import documents, store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


class Firm:
    """An employer with money and four employees."""

    def __init__(self, money: int = 500_000) -> None:
        self.owner: User = make_user("customer", name="Forge & Sons Ltd", segment="business")
        self.account: DepositAccount = an_account(self.owner, money)
        self.names = ["Ann Abel", "Bob Bell", "Cid Cole", "Dee Dunn"]
        self.payees = [an_account(make_user("customer", name=name)) for name in self.names]
        self.teller = Actor("usr_t", "teller", "test")

    @property
    def payer(self) -> Payer:
        return Payer(stored(self.account.account_id), self.owner, self.teller, "branch")

    def file(self, *amounts: str, extra: str = "") -> bytes:
        amounts = amounts or ("1,000.00", "200", "30.50", "4")
        lines = [
            f'{name},{payee.account_id},"{amount}",November pay'
            for name, payee, amount in zip(self.names, self.payees, amounts, strict=False)
        ]
        return ("name,account number,amount,memo\n" + "\n".join(lines) + "\n" + extra).encode()

    def brought(self, content: bytes | None = None, again: bool = False) -> Payroll:
        return receive(
            check(content or self.file(), self.payer, now=utcnow()), file_name="p.csv", again=again, now=utcnow()
        )[0]

    def paid(self) -> Payroll:
        item = self.brought()
        start(item.payroll_id, actor=TELLER, now=utcnow())
        return advance(item.payroll_id, now=utcnow)

    def balances(self) -> list[int]:
        return [balance(one) for one in (self.account, *self.payees)]


@pytest.fixture
def firm(bank: Any, quiet: None) -> Firm:
    return Firm()


PAID = [376_550, 100_000, 20_000, 3_050, 400]


def test_the_payer_is_debited_once_and_every_payee_credited(firm: Firm) -> None:
    item = firm.paid()
    assert (item.state, item.done, item.returned) == (DONE, 4, {})
    assert firm.balances() == PAID
    lines = list(statement_lines(firm.account.account_id, None, None))[1:]
    assert [(line.amount, line.type, line.link) for line in lines] == [(-123_450, "payroll", item.payroll_id)]
    (credit,) = statement_lines(firm.payees[0].account_id, None, None)
    assert (credit.memo, credit.link, credit.type) == ("November pay", item.payroll_id, "payroll")
    assert under_way() == []
    sound()


def test_nothing_moves_before_the_start_and_starting_twice_debits_once(firm: Firm) -> None:
    item = firm.brought()
    assert advance(item.payroll_id, now=utcnow).state == "checked"
    assert firm.balances()[0] == 500_000
    start(item.payroll_id, actor=TELLER, now=utcnow())
    start(item.payroll_id, actor=TELLER, now=utcnow())
    assert firm.balances() == [376_550, 0, 0, 0, 0]
    assert under_way() == [item.payroll_id]
    assert advance(item.payroll_id, now=utcnow).state == DONE
    assert advance(item.payroll_id, now=utcnow).state == DONE
    assert firm.balances() == PAID


def test_rows_are_rejected_by_number_and_reason_and_never_paid(firm: Firm) -> None:
    other = an_account(make_user("customer", name="Euro Person"), currency="EUR")
    freeze_account(account_id=firm.payees[3].account_id, reason="x", actor=TELLER, now=utcnow())
    extra = "\n".join(
        [
            "Eve Euro," + other.account_id + ",5,",
            "Typo Person," + str(int(firm.payees[0].account_id) + 1) + ",5,",
            "Self," + firm.account.account_id + ",5,",
            "Bob Bell," + firm.payees[1].account_id + ",-5,",
            "," + firm.payees[1].account_id + ",5,",
        ]
    )
    checked = check(firm.file(extra=extra), firm.payer, now=utcnow())
    reasons = {row.line: row.reason for row in checked.rejected}
    assert sorted(reasons) == [5, 6, 7, 8, 9, 10]
    assert reasons[5] == "The account cannot take payments now.", "a payer does not learn that an account is frozen"
    for line, words in [(6, "held in EUR"), (7, "mistyped"), (8, "account that pays"), (9, "positive"), (10, "name")]:
        assert words in reasons[line]
    assert (len(checked.payable), checked.total) == (3, 123_050)
    item = firm.brought(firm.file(extra=extra))
    set_by_hand(firm.payees[3].account_id, status=ACTIVE)
    start(item.payroll_id, actor=TELLER, now=utcnow())
    assert advance(item.payroll_id, now=utcnow).done == 3
    assert firm.balances() == [376_950, 100_000, 20_000, 3_050, 0]


def test_names_and_repeated_rows_are_pointed_out_but_not_refused(firm: Firm) -> None:
    extra = f"Anna Able,{firm.payees[0].account_id},1000,\nBELL Bob,{firm.payees[1].account_id},7,\n"
    checked = check(firm.file(extra=extra), firm.payer, now=utcnow())
    assert checked.rejected == []
    assert dict(checked.notes) == {6: "Pays the same as line 2. The account is in the name of A*** A***."}
    by_owner = Payer(firm.payer.account, firm.owner, actor(firm.owner), "online")
    notes = check(firm.file(extra=extra), by_owner, now=utcnow()).notes
    assert dict(notes) == {6: "Pays the same as line 2. The account is in another name."}, "a file is no directory"


def test_without_funds_nothing_is_written(firm: Firm) -> None:
    item = firm.brought(firm.file("4,999.99", "0.02"))
    with pytest.raises(Refused, match="available"):
        start(item.payroll_id, actor=TELLER, now=utcnow())
    assert payroll(item.payroll_id).state == "checked"  # type: ignore[union-attr]
    assert firm.balances()[0] == 500_000


def test_the_same_file_is_the_same_payroll_unless_it_is_meant(firm: Firm) -> None:
    first = firm.paid()
    assert firm.brought().payroll_id == first.payroll_id
    second = firm.brought(again=True)
    assert second.payroll_id != first.payroll_id
    assert firm.brought(again=True).payroll_id == second.payroll_id, "an unpaid one is not made twice"
    start(second.payroll_id, actor=TELLER, now=utcnow())
    advance(second.payroll_id, now=utcnow)
    assert firm.balances()[0] == 500_000 - 2 * 123_450
    assert [item.payroll_id for item in payrolls_of(firm.owner.user_id, 9)] == [second.payroll_id, first.payroll_id]


def test_who_cannot_be_credited_any_more_goes_back_in_one_linked_movement(firm: Firm) -> None:
    item = firm.brought()
    start(item.payroll_id, actor=TELLER, now=utcnow())
    for payee in firm.payees[1:3]:
        freeze_account(account_id=payee.account_id, reason="x", actor=TELLER, now=utcnow())
    item = advance(item.payroll_id, now=utcnow)
    assert (item.state, item.done, item.returned_sum) == (DONE, 2, 23_050)
    assert item.returned == dict.fromkeys(("3", "4"), "The account cannot take payments now.")
    assert firm.balances() == [399_600, 100_000, 0, 0, 400]
    back = list(statement_lines(firm.account.account_id, None, None))[-1]
    assert (back.amount, back.link) == (23_050, item.payroll_id)
    assert back.memo == "Payroll: 2 payments returned. Line 3: The account cannot take payments now."
    sound()


def test_a_return_waits_for_an_account_that_cannot_take_it(firm: Firm) -> None:
    item = firm.brought()
    start(item.payroll_id, actor=TELLER, now=utcnow())
    for one in (firm.account, firm.payees[0]):
        freeze_account(account_id=one.account_id, reason="x", actor=TELLER, now=utcnow())
    item = advance(item.payroll_id, now=utcnow)
    assert (item.state, "cannot take the return" in item.why) == (RETURNING, True)
    for one in (firm.account, firm.payees[0]):
        set_by_hand(one.account_id, status=ACTIVE)
    call_command("run_payrolls", stdout=StringIO())
    assert payroll(item.payroll_id).state == DONE  # type: ignore[union-attr]
    assert firm.balances() == [476_550, 0, 20_000, 3_050, 400], "who was refused before is not credited afterwards"


def test_a_row_is_never_both_credited_and_returned(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run credits a row just after this one was refused, and again once this one has begun the return."""
    item = firm.brought()
    start(item.payroll_id, actor=TELLER, now=utcnow())
    freeze_account(account_id=firm.payees[1].account_id, reason="x", actor=TELLER, now=utcnow())
    real = payroll_runs._stop_credits

    def late(payroll_id: str, reasons: dict[int, str], now: Any) -> Payroll:
        assert list(reasons) == [3]
        set_by_hand(firm.payees[1].account_id, status=ACTIVE)
        monkeypatch.setattr(payroll_runs, "_stop_credits", real)
        advance(item.payroll_id, now=utcnow)
        return real(payroll_id, reasons, now)

    monkeypatch.setattr(payroll_runs, "_stop_credits", late)
    ended = advance(item.payroll_id, now=utcnow)
    assert (ended.state, ended.returned) == (DONE, {})
    assert firm.balances() == PAID
    sound()


def test_no_row_is_credited_once_the_return_has_begun(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    """This run is about to credit a row while another one, which was refused it, returns it and ends."""
    item = firm.brought()
    start(item.payroll_id, actor=TELLER, now=utcnow())
    real = payroll_runs.post

    def slow(instruction: Any, **more: Any) -> Any:
        if instruction.credit == firm.payees[1].account_id:
            monkeypatch.setattr(payroll_runs, "post", real)
            freeze_account(account_id=instruction.credit, reason="x", actor=TELLER, now=utcnow())
            assert advance(item.payroll_id, now=utcnow).returned_sum == 20_000
            set_by_hand(instruction.credit, status=ACTIVE)
        return real(instruction, **more)

    monkeypatch.setattr(payroll_runs, "post", slow)
    assert advance(item.payroll_id, now=utcnow).state == DONE
    assert firm.balances() == [396_550, 100_000, 0, 3_050, 400]
    sound()


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_write_it_goes_on_and_ends_the_same(bank: Any, quiet: None, after: bool) -> None:
    kills = 0
    for number in range(1, 40):
        firm = Firm()
        with pytest.MonkeyPatch.context() as patch:
            dies_at(patch, number, after=after)
            try:
                item = firm.brought()
                start(item.payroll_id, actor=TELLER, now=utcnow())
                for payee in firm.payees[:1]:
                    freeze_account(account_id=payee.account_id, reason="x", actor=TELLER, now=utcnow())
                advance(item.payroll_id, now=utcnow)
                break
            except Killed:
                kills += 1
        item = firm.brought()
        start(item.payroll_id, actor=TELLER, now=utcnow())
        freeze_account(account_id=firm.payees[0].account_id, reason="x", actor=TELLER, now=utcnow())
        ended = advance(item.payroll_id, now=utcnow)
        assert ended.state == DONE, number
        credited = firm.balances()[1]
        assert firm.balances() == [376_550 + 100_000 - credited, credited, 20_000, 3_050, 400], number
        assert (credited, ended.returned_sum) in ((0, 100_000), (100_000, 0)), number
    assert kills > 6
    sound()


def test_lost_answers_lose_nothing_and_double_nothing(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = store.save, Counter[str]()

    def save(writes: Any) -> None:
        real(writes)
        calls["n"] += 1
        if calls["n"] % 2:
            raise store.OutcomeUnknown("lost")

    monkeypatch.setattr(store, "save", save)
    monkeypatch.setattr(store, "pause", lambda attempt, base=0: None)
    assert firm.paid().state == DONE
    assert firm.balances() == PAID


def test_many_who_pay_it_at_once_pay_every_row_once(firm: Firm) -> None:
    extra = "".join(f"Ann Abel,{firm.payees[n % 4].account_id},1.{n:02d},row {n}\n" for n in range(40))
    item = firm.brought(firm.file(extra=extra))
    with ThreadPoolExecutor(6) as pool:
        started = list(pool.map(lambda _: start(item.payroll_id, actor=TELLER, now=utcnow()), range(6)))
        ended = list(pool.map(lambda _: advance(item.payroll_id, now=utcnow), range(6)))
    assert {one.state for one in started} <= {RUNNING, DONE}
    assert {one.state for one in ended} == {DONE}
    assert firm.balances()[0] == 500_000 - item.total
    assert sum(firm.balances()) == 500_000
    sound()


def test_work_in_stretches_and_the_command_end_the_same(firm: Firm) -> None:
    item = firm.brought()
    start(item.payroll_id, actor=TELLER, now=utcnow())
    assert advance(item.payroll_id, now=utcnow, seconds=-1).state == RUNNING
    out = StringIO()
    call_command("run_payrolls", stdout=out)
    assert '"finished": 1' in out.getvalue()
    assert firm.balances() == PAID
    actions = [one.action for one in AuditRecord.by_subject.query(f"payroll#{item.payroll_id}")]
    assert actions == ["receive_payroll", "start_payroll", "stop_payroll_credits", "finish_payroll"]


def test_a_kept_file_that_is_not_what_was_read_back_pays_nobody(firm: Firm, tmp_path: Path) -> None:
    item = firm.brought()
    start(item.payroll_id, actor=TELLER, now=utcnow())
    path = tmp_path / "d" / item.document
    path.write_bytes(path.read_bytes().replace(b"1,000.00", b"9,000.00"))
    with pytest.raises(documents.Damaged):
        advance(item.payroll_id, now=utcnow)
    with pytest.raises(CommandError):
        call_command("run_payrolls", stdout=StringIO(), stderr=StringIO())
    assert firm.balances() == [376_550, 0, 0, 0, 0]


def test_only_business_accounts_pay_payrolls(firm: Firm) -> None:
    retail = make_user("customer")
    payer = Payer(an_account(retail, 100), retail, actor(retail), "online")
    with pytest.raises(NotAPayroll, match="business"):
        check(firm.file(), payer, now=utcnow())


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "lacks: name, account number, amount"),
        (b"name,amount\nx,1\n", "lacks: account number"),
        (b"name,account,amount\n", "no payee"),
        (b"\xff\xfe", "not UTF-8"),
        (b'name,account,amount\n"x', "no CSV"),
        (b"name,account,amount\n" + b"x,1,1\n" * 5_001, "more than 5,000"),
        (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
    ],
)
def test_what_is_no_payroll_is_said_in_words(content: bytes, why: str) -> None:
    with pytest.raises(NotAPayroll, match=why):
        read(content, "USD")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_come_in_any_order_with_any_delimiter(delimiter: str) -> None:
    header = delimiter.join(["Amount", "Memo", "Account Number", "Name"])
    line = delimiter.join(["1.50", "hi", numbers.grouped(numbers.derive("x")), "Ann"])
    (row,) = read(f"\ufeff{header}\r\n{line}\r\n".encode(), "USD")
    assert (row.amount, row.memo, row.name, row.line) == (150, "hi", "Ann", 2)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_reading_never_breaks(content: bytes) -> None:
    try:
        rows = read(b"name,account,amount\n" + content, "JPY")
    except NotAPayroll:
        return
    assert all(row.reason or row.amount > 0 for row in rows)
