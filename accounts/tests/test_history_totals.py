"""Lists of money say what they come to; an account says what it held on a past day."""

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.ledger import CLEARING
from accounts.queries import ledger
from accounts.services.posting import post
from accounts.services.standing import Wish, create_order
from accounts.testing import a_teller, signed_in
from accounts.tests.conftest import TwoPeople, instruct
from accounts.tests.makers import actor
from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar, business_date


@pytest.fixture
def web(two: TwoPeople) -> Client:
    """1,000.00 came in, 300.00 went out in three parts, 50.00 was paid back by ACH."""
    for _ in range(3):
        two.withdraw(10_000)
    post(instruct("deposit", 5_000, CLEARING, two.mine, channel="ach"), now=utcnow())
    return signed_in(Client(), two.customer)


def totals(client: Client, account: str, **query: str) -> tuple[str, str]:
    """Whose totals, and the whole line as text."""
    said = client.get(f"/accounts/{account}", query).context["totals"]
    return said.of, " ".join(f"{label} {value}" for label, value in said.parts)


def test_all_movements_are_counted_and_added_up(web: Client, two: TwoPeople) -> None:
    of, text = totals(web, two.mine)
    assert of == "All movements" and text.startswith("movements 5 ")
    assert "1,050.00" in text and "300.00" in text


@pytest.mark.parametrize(
    ("query", "count", "sums"),
    [
        ({"type": "withdrawal"}, 3, ("0.00", "300.00")),
        ({"minimum": "500"}, 1, ("1,000.00", "0.00")),
        ({"maximum": "60", "type": "deposit"}, 1, ("50.00", "0.00")),
    ],
)
def test_they_follow_the_filter_also_over_several_pages(
    web: Client, two: TwoPeople, query: dict[str, str], count: int, sums: tuple[str, str]
) -> None:
    of, text = totals(web, two.mine, **query)
    assert of == "What the filter selects" and text.startswith(f"movements {count} ")
    assert all(f">{one}<" in text for one in sums)
    flows = ledger.flows(two.mine, first=None, last=None, narrowed=ledger.PostingFilter(type=query.get("type", "")))
    assert flows is not None and flows.count == {"withdrawal": 3, "deposit": 2}.get(query.get("type", ""), 5)


def test_too_long_a_history_says_that_it_speaks_of_the_page(
    web: Client, two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(25):
        two.deposit(100)
    assert totals(web, two.mine, size="25")[0] == "All movements"
    monkeypatch.setattr(ledger, "MOST_SUMMED", 29)
    of, text = totals(web, two.mine, size="25")
    assert of == "This page" and text.startswith("movements 25 ") and "25.00" in text


def test_a_history_without_rows_has_no_totals(web: Client, two: TwoPeople) -> None:
    assert web.get(f"/accounts/{two.mine}", {"type": "fee"}).context["totals"] is None


class TestPastDay:
    """The balance at the end of a day that somebody chooses."""

    def test_it_is_said_with_the_day(self, web: Client, two: TwoPeople) -> None:
        today = business_date(utcnow())
        page = web.get(f"/accounts/{two.mine}", {"on": min(today, self.latest()).isoformat()})
        assert "Balance at the end of" in page.content.decode()
        earlier = web.get(f"/accounts/{two.mine}", {"on": (today - timedelta(days=40)).isoformat()})
        assert earlier.context["on_balance"] == 0 and "before the account was opened" in earlier.content.decode()

    def test_of_a_day_between_movements(self, two: TwoPeople) -> None:
        now = utcnow() + timedelta(days=10)
        post(instruct("deposit", 4_200, CLEARING, two.mine, channel="ach"), now=now)
        later, today = business_date(now), business_date(utcnow())
        balances = [ledger.balance_before(two.mine, day + timedelta(days=1)) for day in (today, later)]
        assert balances == [100_000, 104_200]

    def test_a_chosen_last_day_of_the_filter_says_it_too(self, web: Client, two: TwoPeople) -> None:
        today = business_date(utcnow()).isoformat()
        assert (
            "balance at the end of" in totals(web, two.mine, last=today)[1]
            and ">750.00<" in totals(web, two.mine, last=today)[1]
        )

    @pytest.mark.parametrize("asked", ["tomorrow", "2999-01-01"])
    def test_nonsense_and_the_future_are_refused(self, web: Client, two: TwoPeople, asked: str) -> None:
        page = web.get(f"/accounts/{two.mine}", {"on": asked})
        assert page.status_code == 200 and page.context["on_form"].errors and "on_balance" not in page.context

    @staticmethod
    def latest() -> date:
        return bank_calendar().local(utcnow()).date()


def test_staff_read_a_customers_standing_orders_and_change_none(two: TwoPeople) -> None:
    wish = Wish(
        from_account=two.mine,
        to_account=two.theirs,
        amount=70_000,
        rhythm="monthly",
        first_on=business_date(utcnow()) + timedelta(days=3),
        last_on=None,
        memo="Rent",
    )
    made = create_order(wish=wish, key="k" * 20, actor=actor(two.customer), now=utcnow())
    teller = signed_in(Client(), a_teller())
    page = teller.get(f"/people/{two.customer.user_id}").content.decode()
    assert "Standing orders" in page and "700.00" in page and f"/accounts/{two.theirs}" in page and "Rent" in page
    assert made.transaction_id not in page
    assert "Standing orders" not in teller.get(f"/people/{two.stranger.user_id}").content.decode()
