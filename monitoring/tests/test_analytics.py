"""Charts agree with the rows they lead to; a customer sees only their own, and nothing of screening."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from accounts.ledger import CLEARING, TYPES
from accounts.names import MANY
from accounts.queries.ledger import PostingFilter
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.testing import a_customer, signed_in
from accounts.tests.conftest import MANAGER, an_account, instruct
from accounts.totals import DayTotals
from cloudbank.charts import ChartData
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.testing import Requests
from monitoring.bank_charts import BankPeriod, bank_charts
from monitoring.own_charts import OwnLine, own_charts
from monitoring.queries.movements import movements_page, selected_totals
from monitoring.tests.conftest import OVER, Screened


def rows_behind(client: Client, url: str) -> int:
    """How many movements the address lists."""
    assert url.startswith(("/movements?", "/accounts/"))
    return len(client.get(url).context["lines"])


def busy(screened: Screened) -> None:
    """Two deposits, three transfers, one of them suspicious money."""
    screened.cash_in(50_000)
    screened.cash_in(OVER, screened.theirs)
    for _ in range(3):
        screened.transfer(1_000)
    post(instruct("deposit", 2_000, CLEARING, screened.account, channel="ach"), now=utcnow())


def every_point(chart: ChartData) -> list[tuple[int, str]]:
    return [
        (int(value), link)
        for series in chart.datasets
        for value, link in zip(series.data, series.links, strict=True)
        if value
    ]


def test_every_point_of_the_bank_leads_to_as_many_rows(screened: Screened) -> None:
    busy(screened)
    client = screened.client("manager")
    charts = client.get("/analytics").context["charts"]
    for name in ("by_type", "activity", "hours", "suspicious"):
        points = every_point(charts[name])
        assert points, name
        for value, link in points:
            assert rows_behind(client, link) == value, (name, link)


def test_the_tiles_are_the_sums_of_the_charts(screened: Screened) -> None:
    busy(screened)
    known = screened.client("analyst").get("/analytics").context
    period, charts = known["period"], known["charts"]
    assert period.count == 6 == sum(value for value, _ in every_point(charts["by_type"]))
    assert period.volume == 50_000 + OVER + 3_000 + 2_000 == sum(charts["volume"].datasets[0].data)
    assert period.average == round(period.volume / 6)
    assert period.suspicious == 1
    assert known["suspicious_url"].endswith("badge=suspicious")


def test_the_banks_page_reads_no_posting(screened: Screened, requests_made: Requests) -> None:
    busy(screened)
    client = screened.client("manager")
    requests_made.clear()
    client.get("/analytics")
    groups = [
        str(arguments.get("ExpressionAttributeValues"))
        for operation, arguments in requests_made
        if operation == "Query"
    ]
    assert not any("posting#" in group for group in groups)
    assert "Scan" not in requests_made.operations


def test_the_list_of_movements_says_what_it_comes_to(screened: Screened) -> None:
    """From the days' totals: as many as the list has rows, and their amounts."""
    busy(screened)
    client, today = screened.client("manager"), business_date(utcnow())
    for filters in (
        {},
        {"type": "transfer"},
        {"channel": "ach"},
        {"branch": "Main branch"},
        {"channel": "ach", "type": "fee"},
    ):
        rows = client.get("/movements", {"day": today.isoformat(), **filters}).context["lines"]
        known = PostingFilter(**{name: str(value).replace("Main branch", "main") for name, value in filters.items()})
        count, volume = selected_totals(today, today, "USD", known) or (-1, -1)
        page = movements_page(today, today, "USD", replace(known, movements_once=True))
        assert count == len(rows) == len(page.rows), filters
        assert volume == sum(abs(row.amount) for row in page.rows), filters
    assert selected_totals(today, today, "USD", PostingFilter(badge="CRITICAL")) is None
    shown = client.get("/movements", {"day": today.isoformat()})
    assert shown.context["totals"].of == "What is selected"
    flagged = client.get("/movements", {"day": today.isoformat(), "badge": "suspicious"}).context["totals"]
    assert flagged.parts[0] == ("movements", "1")


def test_closed_days_and_open_days_make_one_picture(screened: Screened) -> None:
    busy(screened)
    today = business_date(utcnow())
    client = screened.client("manager")
    before = client.get("/analytics").context["period"]
    close_through(today, "USD", actor=MANAGER, now=utcnow() + timedelta(days=5))
    after = client.get("/analytics").context["period"]
    assert (before.count, before.volume, before.hours) == (after.count, after.volume, after.hours)


def test_staff_see_the_bank(screened: Screened) -> None:
    for role in ("teller", "analyst", "manager", "compliance", "auditor", "admin"):
        page = screened.client(role).get("/analytics")
        assert page.status_code == 200
        assert "The whole bank" in page.content.decode()


def test_a_customer_sees_their_own_account_and_nothing_of_screening(screened: Screened) -> None:
    busy(screened)
    client = screened.client(screened.stranger)
    page = client.get("/analytics")
    text = page.content.decode()
    assert page.status_code == 200
    assert "Suspicious" not in text and "CRITICAL" not in text
    assert page.context["into"] == OVER + 3_000 and page.context["out"] == 0
    for value, link in every_point(page.context["charts"]["by_type"]):
        assert rows_behind(client, link) == value


def test_the_account_of_another_customer_is_not_there(screened: Screened) -> None:
    client = screened.client(screened.stranger)
    assert client.get(f"/analytics?account={screened.account}").status_code == 404


def test_a_customer_chooses_among_their_accounts(screened: Screened) -> None:
    second = an_account(screened.customer, "savings")
    screened.cash_in(7_000, second)
    screened.cash_in(9_000)
    client = screened.client(screened.customer)
    assert client.get(f"/analytics?account={second}").context["into"] == 7_000
    assert client.get("/analytics").context["into"] == 9_000, "the one that moved last comes first"


def test_who_has_no_account_is_told_what_next(bank: Any) -> None:
    page = signed_in(Client(), a_customer()).get("/analytics")
    assert "Open an account" in page.content.decode()


def test_earlier_periods_and_nonsense(screened: Screened) -> None:
    client = screened.client("manager")
    page = client.get("/analytics?until=2026-03-31")
    assert (page.context["period"].first, page.context["period"].last) == (date(2026, 3, 2), date(2026, 3, 31))
    assert client.get("/analytics?until=2999-01-01").context["period"].last == business_date(utcnow())
    assert client.get("/analytics?until=tomorrow").status_code == 400


# --- the list of movements --------------------------------------------------------------------


FILTERS = {
    "": 6,
    "type=deposit": 3,
    "type=transfer": 3,
    "badge=suspicious": 1,
    "badge=CRITICAL": 1,
    "badge=OK": 5,
    "channel=ach": 1,
    "first=2020-01-01&last=2020-01-02": 0,
}


def test_movements_are_listed_once_and_filtered_by_address(screened: Screened) -> None:
    busy(screened)
    client = screened.client("teller")
    for query, count in FILTERS.items():
        page = client.get(f"/movements?{query}")
        assert page.status_code == 200
        assert len(page.context["lines"]) == count, query


def test_a_customer_may_not_list_the_banks_movements(screened: Screened) -> None:
    assert screened.client(screened.customer).get("/movements").status_code == 403


def test_too_many_days_are_refused(screened: Screened) -> None:
    assert screened.client("manager").get("/movements?first=2025-01-01&last=2026-01-01").status_code == 422


def test_pages_run_on_over_days(screened: Screened) -> None:
    start = datetime(2026, 3, 2, 15, tzinfo=UTC)
    for day in range(4):
        for number in range(20):
            asked = instruct("deposit", 100 + number, CLEARING, screened.account, channel="ach")
            post(asked, now=start + timedelta(days=day, seconds=number))
    client, seen, query = screened.client("manager"), list[str](), "?first=2026-03-02&last=2026-03-05"
    while query:
        page = client.get(f"/movements{query}")
        seen += [str(line.cells[-1][1]) + str(line.cells[0][1]) for line in page.context["lines"]]
        query = page.context["next"]
    assert len(seen) == len(set(seen)) == 80


def test_suspicious_movements_of_one_instant_are_each_listed_once(screened: Screened) -> None:
    """Imported history has many movements at the same second, some with two findings."""
    now = utcnow()
    for _ in range(6):
        screened.cash_in(OVER, now=now)
        screened.cash_in(OVER, screened.theirs, now=now)
    day, seen, cursor = business_date(now), list[str](), ""
    while True:
        page = movements_page(day, day, "USD", PostingFilter(badge="suspicious"), cursor=cursor, limit=5)
        seen += [row.movement_id for row in page.rows]
        cursor = page.cursor
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 12


def test_movements_can_be_exported(screened: Screened) -> None:
    busy(screened)
    answer = screened.client("manager").get("/movements?badge=suspicious&export=csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "10000.01" in text and "Simon Stranger" in text


# --- pure charts ------------------------------------------------------------------------------


def link(**filters: object) -> str:
    return "/movements?" + "&".join(f"{name}={value}" for name, value in filters.items())


def a_day(text: str, **numbers: int) -> DayTotals:
    totals = DayTotals(text, False)
    totals.numbers.update(numbers)
    return totals


def test_charts_of_the_bank_link_every_point() -> None:
    days = [
        a_day("2026-03-02", n_deposit=2, s_deposit=500),
        a_day("2026-03-03", n_transfer=1, s_transfer=300, suspicious=1),
    ]
    charts = bank_charts(BankPeriod(date(2026, 2, 2), date(2026, 3, 3), "USD", days, {14: 1}), link)
    assert list(charts["volume"].datasets[0].data) == [500, 300]
    assert list(charts["average"].datasets[0].data) == [250, 300]
    assert charts["suspicious"].datasets[0].links[1] == "/movements?day=2026-03-03&badge=suspicious"
    assert parse_qs(urlsplit(charts["hours"].datasets[0].links[14]).query) == {"day": ["2026-03-03"], "hour": ["14"]}
    assert [one.label for one in charts["activity"].datasets] == ["Deposits", "Transfers"]


def test_charts_of_an_empty_bank_are_empty() -> None:
    charts = bank_charts(BankPeriod(date(2026, 2, 2), date(2026, 3, 3), "USD", [], {}), link)
    assert all(chart.is_empty for chart in charts.values())


def test_charts_of_an_account() -> None:
    lines = [
        OwnLine(date(2026, 3, 2), 9, "deposit", 500, 500),
        OwnLine(date(2026, 3, 2), 10, "transfer", -200, 300),
        OwnLine(date(2026, 3, 3), 11, "transfer", 50, 350),
    ]
    charts = own_charts(lines, date(2026, 2, 2), date(2026, 3, 3), "USD", link)
    assert [list(one.data) for one in charts["volume"].datasets] == [[500, 50], [200, 0]]
    assert list(charts["balance"].datasets[0].data) == [300, 350]
    assert list(charts["average"].datasets[0].data) == [350, 50]
    assert sum(charts["hours"].datasets[0].data) == 1


def test_every_type_of_the_ledger_has_a_name() -> None:
    assert set(MANY) == set(TYPES)
