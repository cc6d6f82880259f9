"""Charts agree with the rows they lead to; a customer sees only their own, and nothing of screening."""

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.test import Client

from accounts.ledger import CLEARING, TYPES
from accounts.models import User
from accounts.names import MANY
from accounts.queries.ledger import PostingFilter
from accounts.services.closing import close_through
from accounts.services.posting import post
from accounts.testing import a_customer, signed_in
from accounts.tests.conftest import MANAGER, an_account, instruct
from accounts.totals import DayTotals, bucket_of, cell_name
from cloudbank import store
from cloudbank.charts import ChartData
from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.testing import Requests
from monitoring.bank_charts import bank_charts
from monitoring.cube import EVERYTHING, Period, Slice, decades, figures_of, unusual_days
from monitoring.own_charts import OwnLine, own_charts
from monitoring.queries.movements import movements_page, selected_totals
from monitoring.tests.conftest import OVER, Screened


def rows_behind(client: Client, url: str) -> int:
    """How many movements the address lists."""
    assert url.startswith(("/movements?", "/accounts/"))
    return len(client.get(url).context["lines"])


def busy(screened: Screened) -> None:
    """Two deposits, three transfers, one of them suspicious money; the stranger is a business."""
    shop = store.load(User, [screened.stranger.user_id])[screened.stranger.user_id]
    shop.segment = "business"
    store.save([store.changed(shop)])
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
    for name in ("by_type", "activity", "hours", "suspicious", "channels", "branches", "segments", "counts"):
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
    assert [one.url.endswith("badge=suspicious") for one in known["tiles"]] == [False, False, False, True]


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
        {"segment": "business"},
        {"segment": "retail", "type": "deposit"},
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
    assert before == after


def test_a_segment_is_a_slice_of_the_bank(screened: Screened) -> None:
    """Who set it off: the shop's own cash, not what it was paid."""
    busy(screened)
    client = screened.client("manager")
    whole = client.get("/analytics").context["period"]
    assert whole.over("by_segment") == {"retail": 5, "business": 1}
    page = client.get("/analytics?segment=business")
    assert page.context["of"] == "Business" and page.context["period"].volume == OVER
    assert "segment=business" in page.context["earlier"]
    assert client.get("/analytics?segment=nobility").status_code == 422


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


def test_other_days_and_nonsense(screened: Screened) -> None:
    client = screened.client("manager")
    page = client.get("/analytics?last=2026-03-31")
    assert (page.context["period"].first, page.context["period"].last) == (date(2026, 3, 2), date(2026, 3, 31))
    assert client.get("/analytics?last=2999-01-01").context["period"].last == business_date(utcnow())
    page = client.get("/analytics?first=2026-03-10&last=2026-03-12&channel=ach")
    assert page.context["before"].first == date(2026, 3, 7) and page.context["before"].last == date(2026, 3, 9)
    assert "first=2026-03-07&amp;last=2026-03-09&amp;channel=ach" in page.content.decode(), "earlier keeps the filters"
    for wrong in ("last=tomorrow", "first=2026-03-02&last=2026-03-01", "first=2024-01-01&last=2026-01-01", "type=x"):
        assert client.get(f"/analytics?{wrong}").status_code == 422, wrong
    own = screened.client(screened.customer)
    assert own.get("/analytics?until=2026-03-31").status_code == 200
    assert own.get("/analytics?until=tomorrow").status_code == 400


SLICES = {
    "type=transfer": (3, 3_000), "channel=ach": (1, 2_000), "channel=ach&type=transfer": (0, 0), "branch=Main+branch": (6, 50_000 + OVER + 5_000),
    "branch=nowhere": (0, 0),
}  # fmt: skip


def test_a_slice_counts_what_it_lists(screened: Screened) -> None:
    busy(screened)
    client = screened.client("manager")
    for query, (count, volume) in SLICES.items():
        known = client.get(f"/analytics?{query}").context
        assert (known["period"].count, known["period"].volume) == (count, volume), query
        for chart in known["charts"].values():
            for value, link in every_point(chart) if chart.datasets and chart.datasets[0].links else ():
                if link and chart.unit == "movements":
                    assert rows_behind(client, link) == value, (query, chart.title, link)


def test_the_days_go_into_a_file_with_what_was_asked_for(screened: Screened) -> None:
    busy(screened)
    answer = screened.client("manager").get("/analytics?type=transfer&export=csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert f"{business_date(utcnow())},3,30.00,10.00,0" in text and "Transfer" in text


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


def a_day(text: str, *cells: tuple[str, int, int], suspicious: int = 0) -> DayTotals:
    """Cells as (name, movements, amount of each)."""
    totals = DayTotals(text, False)
    for name, count, amount in cells:
        numbers = Counter({"n": count, "s": count * amount, f"b{bucket_of(amount)}": count, "suspicious": suspicious})
        totals.add_cell(cell_name(name), numbers)
    return totals


def a_period(*days: DayTotals, wanted: Slice = EVERYTHING) -> Period:
    return Period(date(2026, 2, 2), date(2026, 3, 3), "USD", [figures_of(one, wanted) for one in days], wanted)


EMPTY = a_period()


def test_charts_of_the_bank_link_every_point() -> None:
    period = a_period(
        a_day("2026-03-02", ("14#deposit#ach#main#retail", 2, 250)),
        a_day("2026-03-03", ("15#transfer#online#main#retail", 1, 300), suspicious=1),
    )
    charts = bank_charts(period, EMPTY, link)
    assert list(charts["volume"].datasets[0].data) == [500, 300] and len(charts["volume"].datasets) == 1
    assert list(charts["average"].datasets[0].data) == [250, 300]
    assert charts["suspicious"].datasets[0].links[1] == "/movements?day=2026-03-03&badge=suspicious"
    assert parse_qs(urlsplit(charts["hours"].datasets[0].links[14]).query) == {
        "first": ["2026-02-02"], "last": ["2026-03-03"], "hour": ["14"],
    }  # fmt: skip
    assert [one.label for one in charts["activity"].datasets] == ["Deposits", "Transfers"]
    assert charts["weekdays"].labels == ["Monday", "Tuesday"]
    assert dict(zip(charts["channels"].labels, charts["channels"].datasets[0].data, strict=True)) == {
        "ACH": 2,
        "Online": 1,
    }


def test_the_period_before_stands_day_by_day_beside_it() -> None:
    now = a_period(*(a_day(f"2026-03-0{n}", ("9#deposit#ach#main#retail", n, 100)) for n in (2, 3, 4)))
    before = a_period(*(a_day(f"2026-02-1{n}", ("9#deposit#ach#main#retail", 5, 100)) for n in (0, 1)))
    this, other = bank_charts(now, before, link)["counts"].datasets
    assert (list(this.data), list(other.data)) == ([2, 3, 4], [5, 5, 0])


def test_a_range_that_the_list_does_not_take_has_no_rows_to_open() -> None:
    days = [figures_of(a_day("2026-03-02", ("9#deposit#ach#main#retail", 1, 100)), EVERYTHING)]
    charts = bank_charts(Period(date(2025, 4, 1), date(2026, 3, 3), "USD", days), EMPTY, link)
    assert charts["by_type"].datasets[0].links == [""] and charts["counts"].datasets[0].links != [""]


def test_charts_of_an_empty_bank_are_empty() -> None:
    assert all(chart.is_empty for chart in bank_charts(EMPTY, EMPTY, link).values())


def test_median_and_percentiles_are_as_near_as_the_buckets_say() -> None:
    amounts = [round(100 * 1.013**n) for n in range(900)]
    totals = DayTotals("2026-03-02", False)
    for amount in amounts:
        totals.add_cell(
            cell_name("9#deposit#ach#main#retail"), Counter({"n": 1, "s": amount, f"b{bucket_of(amount)}": 1})
        )
    period = a_period(totals)
    for share in (0.1, 0.5, 0.9, 0.99):
        exact = amounts[math.ceil(share * len(amounts)) - 1]
        assert abs(period.quantile(share) / exact - 1) <= 0.0443 + 1 / exact, share


def test_the_distribution_holds_every_movement_once() -> None:
    period = a_period(a_day("2026-03-02", *((f"{h}#deposit#ach#main#retail", h, 10**h // 7 + 1) for h in range(1, 9))))
    steps = decades(period.buckets, 2)
    assert sum(number for _, _, number in steps) == period.count == 36
    assert [high for _, high, _ in steps[:-1]] == [low for low, _, _ in steps[1:]], "no gap"
    assert decades(Counter(), 2) == [] and decades(Counter({bucket_of(150): 1}), 0) == [(100, 200, 1)]


def test_days_that_stand_out_are_named_and_quiet_weeks_are_not() -> None:
    usual = [a_day(f"2026-03-{n:02d}", ("9#deposit#ach#main#retail", 20 + n % 3, 100)) for n in range(2, 14)]
    assert unusual_days(a_period(*usual)) == []
    wild = a_day("2026-03-16", ("9#deposit#ach#main#retail", 60, 100))
    found = unusual_days(a_period(*usual, wild))
    assert {(one.day, one.what) for one in found} == {(date(2026, 3, 16), "count"), (date(2026, 3, 16), "volume")}
    assert found[0].score > 3.5 and next(one for one in found if one.what == "count").usual == 21
    assert unusual_days(a_period(*usual[:5], wild)) == [], "too few days to know what is usual"


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
