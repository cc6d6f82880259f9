"""`/reports` for staff: choose, look, download; the archive; the days behind a figure."""

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from accounts.testing import a_customer, a_manager, a_teller, an_auditor, an_officer, signed_in
from accounts.totals import DayTotals
from cloudbank.audit import AuditRecord
from reporting import queries
from reporting.metrics import METRICS
from reporting.metrics.transactions import NUMBER, SUSPICIOUS, VOLUME
from reporting.run_queries import existing_run
from reporting.services import background
from reporting.tests.conftest import NOW
from reporting.tests.days import Q3
from reporting.tests.reading import csv_rows, flat, pdf_pages, said_in_csv, said_in_xlsx

CODES = METRICS.codes()


@pytest.fixture(autouse=True)
def _in_october() -> Any:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def manager(sealed_bank: list[DayTotals], client: Client) -> Client:
    """A signed-in manager of a bank with sealed days."""
    return signed_in(client, a_manager())


def page(client: Client, path: str = "/reports") -> str:
    """The text of a page that must answer."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def build(client: Client, key: str = "key_1", **more: Any) -> Any:
    """What the Build button of the preview sends, and the run's page once the run has ended."""
    asked = {"period": "2026Q3", "metrics": CODES, "key": key, "formats": ["pdf", "xlsx", "csv"]} | more
    answer = client.post("/reports/build", asked)
    background.settle()
    return answer


def download(client: Client, code: str, key: str = "key_1", **more: Any) -> Any:
    """Build, then take a file from the archive as the buttons of the run's page do."""
    answer = build(client, key, **more)
    if answer.status_code != 302:
        return answer
    run = existing_run(answer["Location"].rpartition("/")[2])
    return client.post(f"/reports/{run.report_id}/{code}")


def test_last_quarter_with_all_metrics_is_shown_first(manager: Client) -> None:
    text = page(manager)
    assert "Board quarter, quarterly report 2026Q3" in text
    for metric in METRICS:
        assert f'id="{metric.code}"' in text
    pack = queries.quarterly_pack(Q3, list(METRICS), "USD", NOW)
    figure = next(one for section in pack.sections for one in section.figures if one.metric == VOLUME)
    assert f"{(figure.value or 0) / 100:,.2f}" in text
    assert pack.summary[0] in text.replace("&#x27;", "'")


def test_chosen_metrics_only_are_shown(manager: Client) -> None:
    text = page(manager, "/reports?period=2026Q2&metrics=deposits&metrics=customers")
    assert "Quarterly report 2026Q2" in text
    assert 'id="deposits"' in text
    assert 'id="transactions"' not in text


def test_tokens_and_quarters_with_data_can_be_chosen(manager: Client) -> None:
    text = page(manager)
    for value in ("last_quarter", "this_quarter", "2026Q3", "2025Q2"):
        assert f'<option value="{value}"' in text
    assert '<option value="2024Q1"' not in text


def test_quarter_without_data_says_why(manager: Client) -> None:
    assert "2026Q4 has no closed business day in USD" in page(manager, "/reports?period=this_quarter")


def test_nonsense_in_the_address_is_an_error_at_the_field(manager: Client) -> None:
    assert "is no period; write 2026Q3" in page(manager, "/reports?period=9999Q9").replace("&#x27;", "'")


def test_empty_bank_says_so(bank: Any, folder: Path, client: Client) -> None:
    text = page(signed_in(client, a_manager()))
    assert "Nothing to report" in text
    assert "No report has been built yet" in text


def test_three_downloads_of_one_preview_agree_to_the_cent(manager: Client) -> None:
    files = {code: download(manager, code) for code in ("pdf", "csv", "xlsx")}
    assert {answer.status_code for answer in files.values()} == {200}
    assert files["pdf"]["Content-Disposition"] == 'attachment; filename="quarterly-report-2026q3-usd.pdf"'
    assert files["csv"]["Content-Type"] == "text/csv; charset=utf-8"
    pack = queries.quarterly_pack(Q3, list(METRICS), "USD", NOW)
    sheets = {section.title[:31]: section.code for section in pack.sections}
    said = said_in_csv(files["csv"].content)
    assert said == said_in_xlsx(files["xlsx"].content, sheets)
    text = flat(" ".join(pdf_pages(files["pdf"].content)))
    assert f"{(said['transactions', VOLUME, '', '2026Q3'] or 0) / 100:,.2f}" in text
    assert len(queries.archive(NOW).rows) == 1


def test_each_download_is_audited_with_who_took_what(manager: Client) -> None:
    for code in ("pdf", "csv"):
        download(manager, code)
    (report,) = queries.archive(NOW).rows
    taken = [
        (entry.action, entry.after.get("format"), entry.actor_role)
        for entry in AuditRecord.by_subject.query(f"report#{report.transaction_id}")
        if isinstance(entry, AuditRecord)
    ]
    assert taken == [
        ("build_report", None, "manager"),
        ("download_report", "pdf", "manager"),
        ("download_report", "csv", "manager"),
    ]


def test_archive_leads_to_the_report_with_its_files_and_check(manager: Client) -> None:
    download(manager, "csv")
    (report,) = queries.archive(NOW).rows
    assert f'href="/reports/{report.transaction_id}"' in page(manager)
    text = page(manager, f"/reports/{report.transaction_id}")
    assert "Checked just now" in text
    assert report.sha256 in text
    again = manager.post(f"/reports/{report.transaction_id}/xlsx")
    assert (again.status_code, again["Content-Type"].endswith("sheet")) == (200, True)


def test_changed_file_is_not_handed_out_and_the_page_says_so(manager: Client, folder: Path) -> None:
    download(manager, "csv")
    (report,) = queries.archive(NOW).rows
    (folder / report.files["pdf"][0]).write_bytes(b"%PDF forged")
    answer = manager.post(f"/reports/{report.transaction_id}/pdf", follow=True)
    assert answer.redirect_chain
    assert b"forged" not in answer.content
    assert "This report is not what was built" in answer.content.decode()


@pytest.mark.parametrize("make", [an_officer, an_auditor], ids=lambda one: one.__name__)
def test_who_may_only_view_takes_archived_files_but_builds_none(
    manager: Client, make: Any, sealed_bank: list[DayTotals]
) -> None:
    download(manager, "csv")
    (report,) = queries.archive(NOW).rows
    viewer = signed_in(Client(), make())
    assert "Managers build files" in page(viewer)
    assert download(viewer, "pdf").status_code == 403
    assert viewer.post(f"/reports/{report.transaction_id}/csv").status_code == 200


@pytest.mark.parametrize("make", [a_teller, a_customer], ids=lambda one: one.__name__)
def test_bank_reports_are_nothing_for_tellers_and_customers(manager: Client, make: Any) -> None:
    download(manager, "csv")
    (report,) = queries.archive(NOW).rows
    stranger: User = make()
    other = signed_in(Client(), stranger)
    assert other.get(f"/reports/{report.transaction_id}").status_code == 403
    assert other.post(f"/reports/{report.transaction_id}/csv").status_code == 403
    assert other.get("/reports/2026Q3/rows/deposits/deposits-end-of-period").status_code == 403


@pytest.mark.parametrize("path", ["rep_none/csv", "../../etc/passwd", "rep_none/%2e%2e%2f", "rep_none/doc"])
def test_no_path_of_a_person_leads_to_a_file(manager: Client, path: str) -> None:
    assert manager.post(f"/reports/{path}").status_code == 404


def test_download_by_get_is_refused_because_it_would_write(manager: Client) -> None:
    download(manager, "csv")
    (report,) = queries.archive(NOW).rows
    assert manager.get(f"/reports/{report.transaction_id}/csv").status_code == 405
    assert manager.get("/reports/build").status_code == 405


@pytest.mark.parametrize("change", [{"formats": "doc"}, {"period": "x"}, {"key": "a b"}, {"metrics": ["x"]}])
def test_forged_build_is_a_bad_request(manager: Client, change: dict[str, Any]) -> None:
    assert download(manager, "csv", **change).status_code == 400


def test_days_behind_a_figure_sum_to_it(manager: Client) -> None:
    said = said_in_csv(download(manager, "csv").content)
    for address, names in (
        ("transactions/transactions", ("transactions", NUMBER, "")),
        ("transactions/transaction-volume", ("transactions", VOLUME, "")),
        ("transaction_mix/transaction-volume/channel-wire", ("transaction_mix", VOLUME, "channel: wire")),
        ("transactions/suspicious-transactions", ("transactions", SUSPICIOUS, "")),
    ):
        rows = manager.get(f"/reports/2026Q3/rows/{address}").context["list"].rows
        assert sum(row.value for row in rows) == said[*names, "2026Q3"]


def test_figures_and_days_lead_to_their_movements(manager: Client) -> None:
    assert "/reports/2026Q3/rows/transaction_mix/transaction-volume/type-deposit" in page(manager)
    text = page(manager, "/reports/2026Q3/rows/transaction_mix/transaction-volume/type-deposit")
    assert "/movements?day=2026-07-01&amp;type=deposit" in text


def test_what_stands_beside_a_figure_and_the_tiles_lead_to_their_rows_too(manager: Client) -> None:
    text = page(manager)
    for period in ("2026Q2", "2025Q3"):
        assert f'href="/reports/{period}/rows/deposits/deposits-end-of-period"' in text
    assert text.count('href="/reports/2026Q3/rows/deposits/deposits-end-of-period"') == 2


def test_a_branch_is_picked_from_those_there_are_and_a_product_from_its_kind(manager: Client) -> None:
    text = page(manager, "/reports?period=2026Q3&metrics=transactions")
    assert '<option value="main">Main branch</option>' in text
    assert '<optgroup label="Loans">' in text and '<option value="auto">Auto loan</option>' in text
    gone = page(manager, "/reports?period=2026Q3&metrics=transactions&branch=old_town")
    assert '<option value="old_town" selected>Old town</option>' in gone
    assert "nothing of these periods&#x27; movements is of this part of the bank" in gone


def test_sections_fold_and_stand_in_an_index(manager: Client) -> None:
    text = page(manager)
    assert text.count('<details class="report-section" open>') == len(CODES)
    assert all(f'<a href="#{code}">' in text for code in CODES)


def test_a_report_of_a_branch_leads_to_the_rows_of_that_branch(manager: Client) -> None:
    text = page(manager, "/reports?period=2026Q3&metrics=transactions&branch=main")
    assert 'href="/reports/2026Q3/rows/transactions/transactions?branch=main"' in text


def test_csv_download_is_the_same_bytes_for_two_managers_on_two_days(manager: Client) -> None:
    first = download(manager, "csv").content
    with time_machine.travel("2026-11-20T15:00:00Z", tick=True):
        other = signed_in(Client(), a_manager(email="other@bank.example"))
        second = download(other, "csv", key="key_2").content
    assert first == second
    assert len(csv_rows(first)) > 300


def test_page_of_the_archive_is_a_fragment_without_the_preview(manager: Client, requests_made: Any) -> None:
    requests_made.clear()
    answer = manager.get("/reports", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"report 2026Q3" not in answer.content
    assert not any("closed#" in str(arguments) for _, arguments in requests_made)
