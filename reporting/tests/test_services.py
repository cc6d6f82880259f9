"""Building, archiving and handing out reports, on a bank whose days are sealed."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from accounts.ledger import CASH, Actor, Instruction
from accounts.models import ClosedDay
from accounts.services.deposits import open_account
from accounts.services.posting import post
from accounts.testing import a_customer
from accounts.totals import DayTotals
from cloudbank import documents, store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.documents import Damaged, NotStored
from cloudbank.quarters import Quarter, quarter_of
from reporting import queries, services
from reporting.metrics import in_order
from reporting.metrics.deposits import END
from reporting.metrics.transactions import NUMBER, VOLUME
from reporting.models import Report
from reporting.orders import Order
from reporting.queries import NothingToReport
from reporting.tests.conftest import MANAGER, NOW, closed_day
from reporting.tests.days import Q3
from reporting.tests.reading import said_in_csv
from reporting.writers import in_order as writers_in_order


def build(quarter: Quarter = Q3, **changes: Any) -> Report:
    """Build a report of all metrics in all formats unless told otherwise."""
    metrics = changes.pop("metrics", in_order())
    asked: dict[str, Any] = {
        "order": Order(quarter, tuple(metrics), changes.pop("currency", "USD")),
        "formats": writers_in_order(),
        "actor": MANAGER,
        "now": NOW,
    }
    return services.build_report(**(asked | changes))


def trail(report: Report) -> list[AuditRecord]:
    """The audit records of a report, oldest first."""
    found = AuditRecord.by_subject.query(f"report#{report.transaction_id}")
    return [item for item in found if isinstance(item, AuditRecord)]


def test_built_report_tells_who_when_from_what_and_how_long(sealed_bank: list[DayTotals]) -> None:
    report = build()
    again = queries.report(report.transaction_id)
    assert again
    assert (again.built_by, again.built_by_role, again.built) == ("usr_manager", "manager", NOW)
    assert (again.period, again.currency, again.as_of, again.provisional) == ("2026Q3", "USD", "2026-09-30", False)
    assert again.cutoff.startswith("business day 2026-09-30 sealed, seal 0000")
    assert len(again.sha256) == 64
    assert again.duration_ms > 0
    assert set(again.files) == {"csv", "pdf", "xlsx"}


def test_build_and_its_audit_record_are_one_transaction(sealed_bank: list[DayTotals], requests_made: Any) -> None:
    report = build()
    assert requests_made.count("TransactWriteItems") == 2  # the fixture's books, and this
    (entry,) = trail(report)
    assert (entry.action, entry.actor_id, entry.after["sha256"]) == ("build_report", "usr_manager", report.sha256)


def test_run_again_gives_the_same_report_and_byte_identical_files(sealed_bank: list[DayTotals]) -> None:
    first = build()
    second = build(now=NOW + timedelta(days=200), actor=Actor("usr_other", "manager", "x"))
    assert second.transaction_id == first.transaction_id
    assert second.files == first.files
    assert len(trail(first)) == 1


def test_forms_key_sent_twice_builds_one_report(sealed_bank: list[DayTotals]) -> None:
    first, second = build(key="key_1"), build(key="key_1", now=NOW + timedelta(minutes=5))
    assert second.transaction_id == first.transaction_id
    assert build(key="key_2").transaction_id != first.transaction_id


def test_missing_format_is_added_to_the_report_of_the_same_content(sealed_bank: list[DayTotals]) -> None:
    csv = build(formats=writers_in_order(("csv",)))
    pdf = build(formats=writers_in_order(("pdf",)))
    assert pdf.transaction_id == csv.transaction_id
    assert set(pdf.files) == {"csv", "pdf"}
    assert [entry.action for entry in trail(pdf)] == ["build_report", "build_report"]


def test_two_runs_never_write_one_file(sealed_bank: list[DayTotals], folder: Path) -> None:
    reports = [build(), build(metrics=in_order(("deposits",))), build(Q3.previous())]
    names = [name for report in reports for name, _, _ in report.files.values()]
    assert len(set(names)) == len(names) == 9
    assert len({report.stem for report in reports}) == 3


def test_full_disk_archives_nothing_and_a_retry_works(
    sealed_bank: list[DayTotals], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, content: bytes) -> None:
        raise NotStored(28, f"{name} could not be written: No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(documents, "store_bytes", full)
        with pytest.raises(NotStored):
            build()
    assert queries.archive(NOW).rows == []
    assert build().files


def test_hand_out_gives_the_built_bytes_and_records_who_took_them(sealed_bank: list[DayTotals]) -> None:
    report = build()
    content = services.hand_out(report_id=report.transaction_id, code="csv", actor=MANAGER, now=NOW)
    assert documents.sha256_of(content) == report.files["csv"][2]
    entry = trail(report)[-1]
    assert (entry.action, entry.after["format"], entry.actor_id) == ("download_report", "csv", "usr_manager")


def test_changed_file_is_never_handed_out(sealed_bank: list[DayTotals], folder: Path) -> None:
    report = build()
    (folder / report.files["csv"][0]).write_bytes(b"section,metric\r\n")
    with pytest.raises(Damaged):
        services.hand_out(report_id=report.transaction_id, code="csv", actor=MANAGER, now=NOW)
    assert services.problems_of(report, NOW) == ["CSV: the stored file is missing or was changed"]


def test_unknown_report_or_format_is_a_key_error(sealed_bank: list[DayTotals]) -> None:
    with pytest.raises(KeyError):
        services.hand_out(report_id="rep_none", code="csv", actor=MANAGER, now=NOW)
    report = build(formats=writers_in_order(("csv",)))
    with pytest.raises(KeyError):
        services.hand_out(report_id=report.transaction_id, code="pdf", actor=MANAGER, now=NOW)


def test_sound_report_has_no_problems(sealed_bank: list[DayTotals]) -> None:
    assert services.problems_of(build(), NOW) == []


def test_figures_that_can_no_longer_be_reproduced_are_named(sealed_bank: list[DayTotals]) -> None:
    report = build()
    day = deepcopy(sealed_bank[-3])
    name, cell = next((name, cell) for name, cell in day.cells.items() if name.type == "deposit")
    day.cells[name] = cell
    cell["suspicious"] += 5
    store.save([store.Put(closed_day(day))])
    problems = services.problems_of(report, NOW)
    assert any("Suspicious transactions" in problem for problem in problems)
    assert not any("Deposits" in problem for problem in problems)


def test_stored_figures_are_the_content_that_the_hash_is_over(sealed_bank: list[DayTotals]) -> None:
    report = build()
    content = documents.read_document(documents.StoredDocument(*report.content))
    assert documents.sha256_of(content) == report.sha256
    assert json.loads(content)["period"] == "2026Q3"


@pytest.mark.parametrize(
    ("quarter", "words"),
    [
        (Quarter(2027, 1), "2027Q1 has not begun: it starts on 2027-01-01"),
        (Quarter(2024, 1), "2024Q1 ended before the bank's first day, 2025-04-01"),
        (Quarter(2026, 4), "2026Q4 has no closed business day in USD"),
    ],
)
def test_a_quarter_without_data_is_refused_in_one_sentence(
    sealed_bank: list[DayTotals], quarter: Quarter, words: str
) -> None:
    with pytest.raises(NothingToReport, match=words):
        build(quarter)


def test_archive_lists_newest_first_page_by_page_over_the_years(sealed_bank: list[DayTotals]) -> None:
    moments = [NOW, NOW + timedelta(days=100), NOW + timedelta(days=101)]
    ids = [build(key=f"key_{place}", now=now).transaction_id for place, now in enumerate(moments)]
    first = queries.archive(moments[-1], limit=2)
    second = queries.archive(moments[-1], first.cursor, limit=2)
    assert [row.transaction_id for row in first.rows + second.rows] == ids[::-1]
    assert second.cursor is None


def test_quarters_with_data_begin_with_the_books(sealed_bank: list[DayTotals]) -> None:
    found = [quarter.label for quarter in queries.quarters_with_data("USD", NOW)]
    assert found == ["2026Q4", "2026Q3", "2026Q2", "2026Q1", "2025Q4", "2025Q3", "2025Q2"]
    assert queries.quarters_with_data("EUR", NOW) == []


def test_report_reads_closed_days_in_batches_and_no_posting(sealed_bank: list[DayTotals], requests_made: Any) -> None:
    requests_made.clear()
    queries.quarterly_pack(Q3, in_order(), "USD", NOW)
    assert set(requests_made.operations) == {"GetItem", "BatchGetItem"}
    assert len(requests_made) <= 12


def test_day_that_is_missing_between_sealed_ones_is_never_reported_over(sealed_bank: list[DayTotals]) -> None:
    store.save([store.Delete(ClosedDay, ClosedDay.key("USD", sealed_bank[-9].day))])
    with pytest.raises(Exception, match="does not foot"):
        build()


# On a bank that posts.


@pytest.fixture
def deposit(bank: Any, folder: Path) -> Callable[[int], None]:
    """Puts cash on an account of a new customer, now."""
    teller = Actor("usr_teller", "teller", "test")
    account = open_account(
        owner_id=a_customer().user_id,
        product="checking",
        currency="USD",
        branch="main",
        key="k",
        actor=teller,
        now=utcnow(),
    )
    made: list[int] = []

    def put(amount: int) -> None:
        made.append(amount)
        asked = Instruction(
            type="deposit",
            key=f"d{len(made)}",
            amount=amount,
            currency="USD",
            debit=CASH,
            credit=account.account_id,
            channel="branch",
            branch="main",
            actor=teller,
        )
        post(asked, now=utcnow())

    return put


def test_first_day_of_a_bank_is_reported_as_provisional(deposit: Callable[[int], None]) -> None:
    deposit(123_45)
    report = build(quarter_of(business_date(utcnow())), now=utcnow())
    said = said_in_csv(services.hand_out(report_id=report.transaction_id, code="csv", actor=MANAGER, now=utcnow()))
    assert report.provisional
    assert "no day sealed yet" in report.cutoff
    assert said["deposits", END, "", report.period] == said["transactions", VOLUME, "", report.period] == 123_45


def test_report_while_postings_happen_equals_the_ledger_of_one_moment(deposit: Callable[[int], None]) -> None:
    """Only deposits of 1.00 from zero: in every report volume, deposits and 100 x count must be one number."""
    stop = Event()

    def keep_posting() -> None:
        while not stop.wait(0.01):
            deposit(100)

    poster = Thread(target=keep_posting)
    deposit(100)
    poster.start()
    try:
        packs = [
            queries.quarterly_pack(quarter_of(business_date(utcnow())), in_order(), "USD", utcnow()) for _ in range(6)
        ]
    finally:
        stop.set()
        poster.join()
    steady = [pack for pack in packs if queries.UNSTEADY not in pack.notes]
    for pack in steady:
        sections = {section.code: section for section in pack.sections}
        whole = sections["transactions"]
        volume, count = whole.figure(VOLUME).value, whole.figure(NUMBER).value
        assert count
        assert sections["deposits"].figure(END).value == volume == 100 * count
    assert steady, "no reading in six was of one moment"


def test_cut_off_of_an_open_quarter_is_the_instant_that_was_passed_in(deposit: Callable[[int], None]) -> None:
    deposit(500)
    now = utcnow()
    quarter = quarter_of(business_date(now))
    first = queries.quarterly_pack(quarter, in_order(), "USD", now)
    second = queries.quarterly_pack(quarter, in_order(), "USD", now)
    assert first.sha256 == second.sha256
    assert first.cutoff.startswith(now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M"))
    assert isinstance(datetime.fromisoformat(first.cutoff.split(";")[0]), datetime)
