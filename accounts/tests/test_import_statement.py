"""`import_statement`: each entry of another bank once, whatever overlaps, comes again or is killed on the way."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import numbers
from accounts.ledger import ACTIVE
from accounts.models import DepositAccount
from accounts.models.statement_files import RUNNING, STOPPED
from accounts.queries.ledger import statement_lines
from accounts.queries.people import user
from accounts.queries.statement_files import bindings, latest_imports
from accounts.services import posting, statement_posting, statement_runs
from accounts.services.deposits import freeze_account
from accounts.services.leaving import close_account
from accounts.services.statement_files import CannotImport, Choice, check, receive
from accounts.services.statement_runs import advance, confirm
from accounts.testing import a_customer
from accounts.tests.conftest import MANAGER, TELLER, stored
from accounts.tests.makers import an_account
from accounts.tests.statement_makers import Camt, Row, camt, ofx
from accounts.tests.test_concurrency import sound
from accounts.wires import Wire, wire_of
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.ids import new_id

ROWS = [
    Row(250_000, ref="R1", text="Salary"),
    Row(-80_050, ref="R2", who="Landlord", text="Rent", day="2026-11-17"),
    Row(-1_999, ref="R3", who="Shop", text="Card", day="2026-11-18"),
]


@pytest.fixture(autouse=True)
def _documents(settings: Any, tmp_path: Path) -> None:
    backend = {"BACKEND": "cloudbank.documents.AtomicFileSystemStorage", "OPTIONS": {"location": str(tmp_path / "d")}}
    settings.STORAGES = settings.STORAGES | {"documents": backend}


@pytest.fixture
def euros(bank: Any, quiet: None) -> DepositAccount:
    """An account in EUR that holds nothing."""
    return an_account(a_customer(), currency="EUR")


def imported(folder: Path, content: bytes, *options: str) -> tuple[int, str, dict[str, Any]]:
    """Run the command: exit code, all it said, its summary."""
    path = folder / f"{new_id('file')}.xml"
    path.write_bytes(content)
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("import_statement", str(path), *options, stdout=out, stderr=err)
    except CommandError as error:
        code = error.returncode
        err.write(str(error))
    summary: dict[str, Any] = next(
        (json.loads(line) for line in out.getvalue().splitlines() if line.startswith("{")), {}
    )
    return code, out.getvalue() + err.getvalue(), summary


def lines(number: str) -> list[tuple[int, str]]:
    """Amount and memo of everything on the account."""
    return [(line.amount, line.memo) for line in statement_lines(number, None, None)]


def bound(holder: str) -> str:
    """Our account that takes the statements of this name."""
    return bindings([holder])[holder].number


def test_a_statement_is_posted_once_and_recognised_when_it_comes_again(euros: DepositAccount, tmp_path: Path) -> None:
    code, said, summary = imported(tmp_path, camt(ROWS, opening=0), "--account", euros.account_id)
    assert (code, summary["posted"], summary["duplicates"]) == (0, 3, 0), said
    assert stored(euros.account_id).balance == 167_951
    assert lines(euros.account_id)[1] == (-80_050, "2026-11-17 Landlord: Rent")
    code, said, _ = imported(tmp_path, camt(ROWS, opening=0))
    assert code == 0
    assert "imported before" in said
    more = [*ROWS[1:], Row(500, ref="R4", day="2026-11-19")]
    code, said, summary = imported(tmp_path, camt(more, opening=250_000))
    assert (code, summary["posted"], summary["duplicates"]) == (0, 1, 2), said
    assert stored(euros.account_id).balance == 168_451
    sound_in("EUR")


@pytest.mark.parametrize("version", ["02", "08"])
def test_a_wire_of_a_statement_carries_what_the_file_says_of_its_parties(
    euros: DepositAccount, tmp_path: Path, version: str
) -> None:
    code = ("PMNT", "RCDT", "XBCT")
    rows = [
        Row(400_000, ref="W1", code=code, bank="ABNANL2A", address=("Kade 1", "Amsterdam")),
        Row(-100_000, ref="W2", code=("PMNT", "ICDT", "XBCT")),
    ]
    assert imported(tmp_path, camt(rows, opening=0, version=version), "--account", euros.account_id)[0] == 0
    came, went = list(statement_lines(euros.account_id, None, None))
    assert (came.type, went.type, came.channel) == ("wire_in", "wire_out", "wire")
    assert wire_of(came.details or "") == Wire(
        originator_name="ACME GmbH",
        originator_account="NL91ABNA0417164300",
        originator_address="Kade 1, Amsterdam",
        beneficiary_name=holder_name(euros),
        beneficiary_account=euros.account_id,
        institution="ABNANL2A",
        country="NL",
    )
    sent = wire_of(went.details or "")
    assert (sent.beneficiary_name, sent.originator_account) == ("ACME GmbH", euros.account_id)
    assert "institution" in sent.missing() and "country" in sent.missing()
    sound_in("EUR")


def holder_name(item: DepositAccount) -> str:
    owner = user(item.owner_id or "")
    return owner.name if owner else ""


def sound_in(currency: str) -> None:
    """Every invariant holds in the books of this currency, and in those of dollars."""
    from accounts.services.verification import verify

    problems = verify(currency, full=True, now=utcnow()).problems
    assert not problems, list(problems.values())


def test_a_dry_run_says_the_same_and_writes_nothing(euros: DepositAccount, tmp_path: Path, requests_made: Any) -> None:
    requests_made.clear()
    code, said, summary = imported(tmp_path, camt(ROWS, opening=0), "--account", euros.account_id, "--dry-run")
    assert (code, summary["new"]) == (0, 3), said
    assert not [one for one in requests_made.operations if one not in ("GetItem", "BatchGetItem", "Query")]
    assert latest_imports() == []


def test_other_content_under_a_known_reference_is_named_and_not_posted(euros: DepositAccount, tmp_path: Path) -> None:
    imported(tmp_path, camt(ROWS, opening=0), "--account", euros.account_id)
    changed = [Row(-80_051, ref="R2", who="Landlord", text="Rent", day="2026-11-17"), Row(100, ref="R9")]
    code, said, summary = imported(tmp_path, camt(changed, opening=250_000))
    assert code == 2
    assert "reference R2 is in the books with another amount: −800.50 EUR there, −800.51 EUR here" in said
    assert (summary["posted"], summary["conflicts"]) == (1, 1)
    assert stored(euros.account_id).balance == 168_051


def test_a_malformed_file_writes_nothing_and_says_where(euros: DepositAccount, tmp_path: Path) -> None:
    code, said, _ = imported(tmp_path, camt(ROWS, opening=0, closing=1), "--account", euros.account_id)
    assert code == 2
    assert "statement 1: does not foot" in said
    assert "the difference is −1,679.50 EUR" in said
    assert (stored(euros.account_id).balance, latest_imports()) == (0, [])


def test_a_file_goes_only_where_it_belongs(euros: DepositAccount, bank: Any, tmp_path: Path) -> None:
    dollars, other = an_account(a_customer()), an_account(a_customer(), currency="EUR")
    for content, options, why in [
        (camt(ROWS, 0), (), "not bound to an account"),
        (camt(ROWS, 0), ("--account", dollars.account_id), "is held in USD"),
        (camt(ROWS, 0), ("--account", numbers.derive("nobody")), "There is no account"),
    ]:
        code, said, _ = imported(tmp_path, content, *options)
        assert (code, why in said) == (1, True), said
    imported(tmp_path, camt(ROWS, 0), "--account", euros.account_id)
    for content, options, why in [
        (camt(ROWS, 1), ("--account", other.account_id), "is bound to account"),
        (camt(ROWS, 1, other="12345"), ("--account", euros.account_id), "takes the statements of"),
    ]:
        code, said, _ = imported(tmp_path, content, *options)
        assert (code, why in said) == (1, True), said


def test_the_same_account_in_another_format_is_refused(bank: Any, quiet: None, tmp_path: Path) -> None:
    dollars = an_account(a_customer())
    rows = [Row(100, ref="1")]
    assert imported(tmp_path, ofx(rows), "--account", dollars.account_id)[0] == 0
    same = camt(rows, currency="USD", other="000123456").replace(b"COBADEFFXXX", b"021000021")
    code, said, _ = imported(tmp_path, same)
    assert (code, "would be posted twice" in said) == (1, True)


def test_a_statement_that_names_one_of_our_accounts_needs_no_choice(euros: DepositAccount, tmp_path: Path) -> None:
    assert imported(tmp_path, camt(ROWS, 0, other=euros.account_id))[0] == 0
    assert stored(euros.account_id).balance == 167_951


def test_an_account_is_opened_with_the_opening_balance(bank: Any, quiet: None, tmp_path: Path) -> None:
    customer = a_customer()
    code, said, _ = imported(tmp_path, camt(ROWS, opening=1_000), "--open-for", customer.user_id)
    assert code == 0, said
    number = bound("DE89370400440532013000")
    assert stored(number).owner_id == customer.user_id
    assert stored(number).balance == 168_951
    assert lines(number)[0] == (1_000, "2026-11-16 Opening balance")
    earlier = [Row(1_000, ref="R0", day="2026-11-13")]
    code, said, summary = imported(tmp_path, camt(earlier, opening=0))
    assert (code, summary["left_out"]) == (0, 1)
    assert "is in the balance the account was opened with" in said
    assert stored(number).balance == 168_951


def test_a_frozen_account_stops_the_import_and_it_goes_on_when_released(euros: DepositAccount, tmp_path: Path) -> None:
    freeze_account(account_id=euros.account_id, reason="court order", actor=TELLER, now=utcnow())
    code, said, _ = imported(tmp_path, camt(ROWS, 0), "--account", euros.account_id)
    assert (code, "frozen" in said) == (1, True)
    assert latest_imports()[0].state == STOPPED
    released = stored(euros.account_id)
    released.status = ACTIVE
    store.save([store.changed(released)])
    code, _, summary = imported(tmp_path, camt(ROWS, 0))
    assert (code, summary["posted"]) == (0, 3)


def test_everything_done_is_on_record(euros: DepositAccount, tmp_path: Path) -> None:
    _, _, summary = imported(tmp_path, camt(ROWS, 0), "--account", euros.account_id)
    subject = f"statement_import#{summary['import_id']}"
    actions = [item.action for item in AuditRecord.by_subject.query(subject)]
    assert actions == ["receive_statement", "confirm_statement", "finish_statement"]
    assert latest_imports()[0].counts["posted"] == 3


class Killed(BaseException):
    """What kill -9 looks like from inside."""


def dies_at(monkeypatch: pytest.MonkeyPatch, number: int, *, after: bool) -> None:
    """The process dies at its n-th save, before it is written or after."""
    real, seen = store.save, Counter[str]()

    def save(writes: Any) -> None:
        seen["saves"] += 1
        if seen["saves"] == number and not after:
            raise Killed
        real(writes)
        if seen["saves"] == number:
            raise Killed

    monkeypatch.setattr(store, "save", save)


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_every_write_it_goes_on_and_ends_the_same(
    bank: Any, quiet: None, tmp_path: Path, after: bool
) -> None:
    customer = a_customer()
    ended = set()
    for number in range(1, 40):
        maker = Camt(other=f"X{after}{number}")
        content = maker.document(maker.statement(ROWS, 1_000))
        with pytest.MonkeyPatch.context() as patch:
            dies_at(patch, number, after=after)
            try:
                code = imported(tmp_path, content, "--open-for", customer.user_id)[0]
            except Killed:
                code = -1
        if code == 0:
            break
        code, said, _ = imported(tmp_path, content, "--open-for", customer.user_id)
        assert code == 0, (number, said)
        ours = bound(f"COBADEFFXXX/X{after}{number}")
        ended.add((stored(ours).balance, tuple(lines(ours))))
    assert number > 8, "the import was never killed"
    assert len(ended) == 1
    assert next(iter(ended))[0] == 168_951
    sound_in("EUR")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_overlapping_parts_in_any_order_end_the_same(euros: DepositAccount, tmp_path: Path, data: Any) -> None:
    """Parts may cut anywhere; where an entry has no reference they end with the day, as statements of banks do."""
    amounts = data.draw(st.lists(st.integers(-3, 3).filter(bool), min_size=1, max_size=8))
    rows = [
        Row(
            amount * 100, ref=data.draw(st.sampled_from(["", f"R{n}"])), day=f"2026-11-{10 + n // 2}", text="t", who="w"
        )
        for n, amount in enumerate(amounts)
    ]
    starts = sorted({0, *(n for n in range(len(rows)) if rows[n].ref or n % 2 == 0)})
    cuts = data.draw(st.lists(st.tuples(st.sampled_from(starts), st.sampled_from([*starts, len(rows)])), max_size=4))
    spans = [(first, last) for first, last in cuts if first < last]
    spans += [(first, last) for first, last in zip(starts, [*starts[1:], len(rows)], strict=True)]
    spans = data.draw(st.permutations(spans))
    whole, parts = (an_account(a_customer(), currency="EUR") for _ in range(2))
    once(whole, rows, 0, len(rows), tmp_path)
    for first, last in spans:
        once(parts, rows, *whole_days(rows, first, last), tmp_path)
    assert Counter(lines(parts.account_id)) == Counter(lines(whole.account_id))
    assert stored(parts.account_id).balance == sum(row.amount for row in rows)


def whole_days(rows: list[Row], first: int, last: int) -> tuple[int, int]:
    """The span widened so that no day with an entry without reference is cut."""
    while first > 0 and rows[first - 1].day == rows[first].day and not (rows[first - 1].ref and rows[first].ref):
        first -= 1
    while last < len(rows) and rows[last].day == rows[last - 1].day and not (rows[last].ref and rows[last - 1].ref):
        last += 1
    return first, last


def once(item: DepositAccount, rows: list[Row], first: int, last: int, folder: Path) -> None:
    """Import rows[first:last] into the account, under a name of its own."""
    maker = Camt(other=f"for-{item.account_id}")
    opening = sum(row.amount for row in rows[:first])
    content = maker.document(maker.statement(rows[first:last], opening, name=new_id("s")))
    code, said, _ = imported(folder, content, "--account", item.account_id)
    assert code == 0, said


def test_a_reference_used_again_is_told_apart_also_across_chunks(
    bank: Any, quiet: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_runs, "CHUNK", 1)
    dollars = an_account(a_customer())
    rows = [Row(-1000, ref="F", text="Hotel"), Row(-7, ref="G"), Row(-30, ref="F", text="Foreign fee")]
    code, said, summary = imported(tmp_path, ofx(rows), "--account", dollars.account_id)
    assert (code, summary["posted"]) == (0, 3), said
    assert stored(dollars.account_id).balance == -1037
    code, _, summary = imported(tmp_path, ofx(rows[::-1]))
    assert (code, summary["posted"], summary["duplicates"]) == (0, 0, 3)
    sound()


def test_work_in_short_stretches_ends_the_same(
    euros: DepositAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statement_runs, "CHUNK", 1)
    checked = check(camt(ROWS, 0), Choice(account=euros.account_id))
    item = receive(checked, file_name="a.xml", actor=TELLER, now=utcnow())
    assert advance(item.transaction_id, actor=TELLER, now=utcnow).state == "checked", (
        "nothing moves before it is confirmed"
    )
    confirm(item.transaction_id, actor=TELLER, now=utcnow())
    assert advance(item.transaction_id, actor=TELLER, now=utcnow, seconds=-1).state == RUNNING
    assert stored(euros.account_id).balance == 0
    advance(item.transaction_id, actor=TELLER, now=utcnow)
    assert latest_imports()[0].counts["posted"] == 3


def test_two_who_import_at_once_post_each_entry_once(
    euros: DepositAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one runs in full between the first one's look and its writing."""
    real = statement_posting.note
    nested: list[Any] = []
    begun: list[bool] = []

    def note(*args: Any, **kwargs: Any) -> Any:
        if not begun:
            begun.append(True)
            nested.append(imported(tmp_path, camt(ROWS[:2], 0), "--account", euros.account_id))
        return real(*args, **kwargs)

    monkeypatch.setattr(statement_runs, "note", note)
    code, said, summary = imported(tmp_path, camt(ROWS, 0), "--account", euros.account_id)
    assert (code, nested[0][0]) == (0, 0), said
    assert (summary["posted"], nested[0][2]["posted"]) == (1, 2)
    assert stored(euros.account_id).balance == 167_951


def test_a_lost_answer_is_found_out_by_asking_again(
    euros: DepositAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, lost = posting.store.save, Counter[str]()

    def save(writes: Any) -> None:
        real(writes)
        lost["n"] += 1
        if lost["n"] % 3 == 0:
            raise store.OutcomeUnknown("lost")

    monkeypatch.setattr(store, "save", save)
    monkeypatch.setattr(store, "pause", lambda attempt, base=0: None)
    code, said, summary = imported(tmp_path, camt(ROWS, 0), "--account", euros.account_id)
    assert code == 0, said
    assert summary["posted"] == 3
    assert stored(euros.account_id).balance == 167_951


def test_a_closed_account_takes_nothing(euros: DepositAccount, tmp_path: Path) -> None:
    close_account(account_id=euros.account_id, reason="left", actor=MANAGER, now=utcnow())
    code, said, _ = imported(tmp_path, camt(ROWS, 0), "--account", euros.account_id)
    assert (code, "closed" in said) == (1, True)


def test_a_customer_that_is_none_opens_nothing(bank: Any, quiet: None) -> None:
    with pytest.raises(CannotImport, match="no opening balance"):
        check(ofx([Row(1, ref="1")]), Choice(open_for=a_customer().user_id))
