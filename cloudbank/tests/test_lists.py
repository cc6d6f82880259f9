import csv
import tracemalloc
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from openpyxl import load_workbook

from cloudbank.exports import csv_chunks
from cloudbank.lists import Column
from cloudbank.lists.files import Reading, sheet
from cloudbank.lists.query import Page, query_string
from cloudbank.lists.rows import span
from cloudbank.tests import gallery

OFFICER = {"X-Test-Role": "compliance"}


@pytest.fixture(autouse=True)
def _site(bank: Any) -> Iterator[None]:
    with gallery.site():
        yield


def page(client: Client, query: str = "", **headers: str) -> Any:
    """The demo list's answer."""
    return client.get(f"/alerts{query}", headers={**OFFICER, **headers})


def body(answer: Any) -> str:
    """The answer's text, streamed or not."""
    data: bytes = answer.getvalue() if answer.streaming else answer.content
    return data.decode()


# Pages


def test_a_page_says_where_it_is_without_a_false_total(client: Client) -> None:
    first = page(client)
    assert "1\N{EN DASH}25 of 25+" in body(first)
    assert first.context["previous"] == ""
    second = page(client, first.context["next"])
    assert "26\N{EN DASH}50 of 50+" in body(second)
    assert second.context["previous"] == "?"


def test_walking_to_the_end_shows_every_row_once_and_then_the_true_total(client: Client) -> None:
    seen, query = [], "?size=50"
    while query:
        answer = page(client, query)
        seen += [line.id for line in answer.context["lines"]]
        query = answer.context["next"]
    assert seen == [row["id"] for row in gallery.ROWS]
    assert "101\N{EN DASH}137 of 137<" in body(answer)


def test_previous_leads_back_to_the_same_rows(client: Client) -> None:
    second = page(client, page(client).context["next"])
    third = page(client, second.context["next"])
    back = page(client, third.context["previous"])
    assert [line.id for line in back.context["lines"]] == [line.id for line in second.context["lines"]]


def test_a_size_that_is_not_offered_is_the_default(client: Client) -> None:
    assert len(page(client, "?size=100000").context["lines"]) == 25
    assert len(page(client, "?size=100").context["lines"]) == 100


def test_a_sort_that_no_column_offers_is_the_default(client: Client) -> None:
    assert page(client, "?sort=name").context["list"].query.order == "-at"
    lines = page(client, "?sort=minor").context["lines"]
    assert lines[0].id == min(gallery.ROWS, key=lambda row: row["minor"])["id"]


def test_the_sorted_column_says_so_and_a_click_turns_it(client: Client) -> None:
    html = body(page(client, "?sort=-minor"))
    assert 'aria-sort="descending"' in html
    assert 'href="/alerts?sort=minor"' in html


# Cursors


@pytest.mark.parametrize("cursor", ["x", "a.b.c", "W251bGwsMjUsW11d:1x:abc"])
def test_a_made_up_cursor_is_a_bad_request(client: Client, cursor: str) -> None:
    assert page(client, f"?cursor={cursor}").status_code == 400


def test_a_cursor_is_good_for_one_person_filter_and_order_only(client: Client) -> None:
    onward = page(client, "?status=ok").context["next"]
    assert page(client, onward).status_code == 200
    assert page(client, onward, **{"X-Test-Person": "usr_2"}).status_code == 400
    assert page(client, onward.replace("status=ok", "status=ALERT")).status_code == 400
    assert page(client, onward + "&sort=at").status_code == 400
    assert page(client, onward + "&size=50").status_code == 400


# Filters


def test_each_set_filter_has_a_chip_that_removes_it(client: Client) -> None:
    answer = page(client, "?status=ALERT&q=Pay&least=100&since=2026-03-01&sort=-minor")
    shown = [(chip.label, chip.text) for chip in answer.context["chips"]]
    assert shown == [
        ("Name starts with", "Pay"),
        ("Status", "Alert"),
        ("From", "1 Mar 2026"),
        ("At least", "100.00 USD"),
    ]
    assert answer.context["chips"][1].without == "?q=Pay&least=100&since=2026-03-01&sort=-minor"
    assert answer.context["clear"] == "?sort=-minor"


def test_an_empty_result_says_why_and_what_next(client: Client) -> None:
    html = body(page(client, "?q=nobody"))
    assert "No rows match these filters" in html
    assert "Clear filters" in html
    assert "1\N{EN DASH}" not in html


def test_a_wrong_filter_answers_422_keeps_the_value_and_asks_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery.Movements, "source", None)
    answer = page(client, "?since=yesterday")
    assert answer.status_code == 422
    assert 'value="yesterday"' in body(answer)
    assert "Enter a valid date." in body(answer)


def test_the_query_string_drops_what_is_empty_and_the_cursor() -> None:
    params = QueryDict("a=1&b=&cursor=x&export=csv&c=2&c=3")
    assert query_string(params, d=4) == "?a=1&c=2&c=3&d=4"


# htmx


def test_htmx_gets_the_fragment_and_the_address_to_show(client: Client) -> None:
    answer = page(client, "?status=ALERT&q=", **{"HX-Request": "true"})
    assert "<html" not in body(answer)
    assert 'id="list-movements"' in body(answer)
    assert answer["HX-Push-Url"] == "/alerts?status=ALERT"
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize("shown", ["?status=ALERT", "?status=ALERT&"])
def test_the_same_rows_anew_are_no_step_in_the_history(client: Client, shown: str) -> None:
    seen = {"HX-Request": "true", "HX-Current-URL": "http://testserver/alerts?status=ALERT"}
    assert "HX-Push-Url" not in page(client, shown, **seen)
    assert page(client, "?status=OK", **seen)["HX-Push-Url"] == "/alerts?status=OK"


def test_the_back_button_gets_the_whole_page(client: Client) -> None:
    assert "<html" in body(page(client, **{"HX-Request": "true", "HX-History-Restore-Request": "true"}))


# Rights


def test_without_the_permission_there_is_no_list_and_no_file(client: Client) -> None:
    for query in ("", "?export=csv", "?export=xlsx"):
        assert client.get(f"/alerts{query}", headers={"X-Test-Role": "customer"}).status_code == 403


def test_nobody_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get("/alerts", headers={"X-Test-Role": "none"})
    assert (answer.status_code, answer["Location"]) == (302, "/login?next=/alerts")


def test_an_export_permission_of_its_own_is_checked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery.Movements, "export_permission", "accounts.create_staff")
    assert page(client, "?export=csv").status_code == 403
    assert page(client).context["exports"] == []


# Files


def test_the_csv_holds_the_filtered_view_and_says_so(client: Client) -> None:
    answer = page(client, "?status=CRITICAL&export=csv", **{"X-Test-Role": "analyst"})
    lines = list(csv.reader(StringIO(body(answer))))
    rows = lines[1 : lines.index([])]
    assert len(rows) == sum(row["status"] == "CRITICAL" for row in gallery.ROWS)
    assert lines[0] == ["Counterparty", "When (UTC)", "Account", "Severity", "Screening", "Amount", "Balance"]
    assert rows[1][0] == "'=HYPERLINK(1)"
    assert rows[1][2] == "...0009"
    assert rows[1][5] == "-1326.03"
    facts = {line[0]: line[1] for line in lines[lines.index([]) + 1 :]}
    assert facts["# Filter"] == "Status: Critical"
    assert facts["# Bound"] == "at most 10,000 rows"
    assert facts["# Rows"] == "27 rows, complete"
    assert "ana@bank.example" in facts["# Exported"]


def test_the_csv_streams_with_a_safe_name_and_is_not_cached(client: Client) -> None:
    answer = page(client, "?export=csv")
    assert answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="movements-')
    assert answer["Cache-Control"] == "no-store"


def test_the_workbook_has_numbers_and_no_formula(client: Client) -> None:
    book = load_workbook(BytesIO(page(client, "?export=xlsx").getvalue()))
    assert book["Rows"].max_row == len(gallery.ROWS) + 1
    assert isinstance(book["Rows"]["F2"].value, float)
    assert not [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert {row[0].value: row[1].value for row in book["About"].iter_rows()}["Order"] == "at, descending"


def test_a_file_may_have_more_columns_than_the_screen(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery.Movements, "file_columns", (Column("id", "Id"), Column("memo", "Memo")))
    assert body(page(client, "?export=csv")).startswith("Id,Memo\r\ntxn_0000,Invoice")


def test_the_bound_cuts_the_file_and_the_file_admits_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery.Movements, "export_limit", 30)
    answer = page(client, "?export=csv", **{"X-Test-Role": "analyst"})
    assert "30 rows: cut at the bound, there are more" in body(answer)


def test_who_may_take_lists_in_full_gets_more_than_the_bound_as_csv_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gallery.Movements, "export_limit", 30)
    assert "137 rows, complete" in body(page(client, "?export=csv"))
    book = load_workbook(BytesIO(page(client, "?export=xlsx").getvalue()))
    assert book["Rows"].max_row == 31


def test_a_list_in_full_is_held_a_page_at_a_time() -> None:
    held: list[int] = []

    def read(cursor: Any, limit: int) -> Page:
        start = cursor or 0
        held.append(limit)
        return Page(
            [{"id": number} for number in range(start, start + limit)], start + limit if start < 40_000 else None
        )

    reading = Reading(read, 1_000_000)
    content = sheet("Many", (Column("id", "Id", "number"),), reading, [])
    tracemalloc.start()
    size = sum(len(piece) for piece in csv_chunks(content))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert reading.says() == "40,100 rows, complete"
    assert set(held) == {100} and size > 200_000 > peak


@pytest.mark.parametrize("query", ["?export=pdf", "?export=csv&since=yesterday"])
def test_an_export_that_does_not_exist_is_a_bad_request(client: Client, query: str) -> None:
    assert page(client, query).status_code == 400


def test_a_reading_that_ends_at_the_bound_is_complete() -> None:
    reading = Reading(lambda cursor, limit: Page([1, 2], None if cursor else 1), 4)
    assert list(reading) == [1, 2, 1, 2]
    assert reading.says() == "4 rows, complete"


# Bulk actions


def test_bulk_says_what_became_of_each_row(client: Client) -> None:
    answer = client.post("/alerts", {"action": "take", "ids": ["txn_0002", "txn_0003", "txn_0002"]}, headers=OFFICER)
    assert [result.ok for result in answer.context["results"]] == [True, False]
    assert "Somebody else was faster" in body(answer)


def test_bulk_needs_the_actions_own_permission(client: Client) -> None:
    answer = client.post("/alerts", {"action": "take", "ids": ["txn_0002"]}, headers={"X-Test-Role": "auditor"})
    assert answer.status_code == 403
    assert "data-tick" not in body(client.get("/alerts", headers={"X-Test-Role": "auditor"}))


def test_bulk_refuses_an_unknown_action_no_rows_a_missing_reason_and_too_many(client: Client) -> None:
    def answer(**data: Any) -> int:
        return client.post("/alerts", data, headers=OFFICER).status_code

    assert answer(action="delete", ids=["txn_0001"]) == 403
    assert answer(action="take") == 422
    assert answer(action="close", ids=["txn_0001"], reason="  ") == 422
    assert answer(action="close", ids=["txn_0001"], reason="done") == 200
    assert answer(action="take", ids=[f"txn_{number}" for number in range(101)]) == 413


@pytest.mark.parametrize(
    ("reason", "why"), [("", "Write a reason"), ("x" * 501, "to 500 signs"), ("a\u202eb", "visible characters")]
)
def test_a_reason_that_will_not_do_keeps_the_ticks_and_what_was_typed(client: Client, reason: str, why: str) -> None:
    page = client.post(
        "/alerts?size=50", {"action": "close", "ids": ["txn_0001", "txn_0002"], "reason": reason}, headers=OFFICER
    )
    words = body(page)
    assert page.status_code == 422 and why in words
    assert words.count('name="ids"') == 2 and f">{reason}</textarea>" in words and 'action="/alerts?size=50"' in words


# Cells


def test_what_people_typed_is_text_in_cells_links_and_notes() -> None:
    column = Column("name", "Name", note="memo", link=lambda row: f"/x?{row['name']}")
    html = column.show({"name": '<b>"', "memo": "<i>"})
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;&quot;" in html


@pytest.mark.parametrize(
    ("column", "shown", "written"),
    [
        (Column("v", "V", "money", value=lambda row: -5), "\N{MINUS SIGN}0.05", "-0.05"),
        (Column("v", "V", "balance", value=lambda row: 1234, currency=lambda row: "JPY"), "1,234", "1234"),
        (Column("v", "V", "number", value=lambda row: -1234), "\N{MINUS SIGN}1,234", "-1234"),
        (Column("v", "V"), "\N{EM DASH}", "None"),
        (Column("id", "V", "account"), "1002 0030", "1002 0030"),
        (Column("id", "V", export=lambda row: "own"), "10020030", "own"),
    ],
)
def test_a_kind_shows_and_writes_its_value(column: Column, shown: str, written: str) -> None:
    row = {"id": "10020030"}
    assert shown in column.show(row)
    assert str(column.write(row)) == written


def test_rows_may_be_objects() -> None:
    assert "42" in Column("real", "V").show(42)


def test_a_span_counts_only_what_was_seen() -> None:
    assert span(0, 0, False) == ""
    assert span(50, 50, True) == "51\N{EN DASH}100 of 100+"
    assert span(1000, 7, False) == "1,001\N{EN DASH}1,007 of 1,007"
