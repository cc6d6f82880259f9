"""The customers sheet of a month end: a worked example by hand, and people as they stood however late it is sealed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from accounts.customer_sheet import WAITING, CustomerRow, bucket_of, carried, fold, onboarded
from accounts.ledger import CASH
from accounts.models.people import PENDING
from accounts.queries.month_ends import month_end, rows, sheets_on
from accounts.services.closing import close_through
from accounts.services.leaving import close_account
from accounts.services.verification import verify
from accounts.testing import a_customer, a_manager, a_stranger
from accounts.tests.makers import actor, an_account

MARCH, APRIL = date(2026, 3, 31), date(2026, 4, 30)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def row(name: str, **values: Any) -> CustomerRow:
    nothing: dict[str, Any] = dict.fromkeys(CustomerRow._fields, "") | {"waiting": 0, "products": 1}
    place = {"segment": "retail", "branch": "main", "channel": "online", "registered_on": "2025-01-02"}
    return CustomerRow(**(nothing | place | values | {"id": name}))


def a_sheet() -> list[CustomerRow]:
    """At the end of March 2026: two won in the quarter, one of them funded in time; one waits; one left; one is old."""
    return [
        row("ada", registered_on="2026-03-01", activated_on="2026-03-05", funded_on="2026-03-20", own_on="2026-03-30"),
        row("ben", registered_on="2026-01-10", activated_on="2026-01-10", funded_on="2026-02-10", channel="branch"),
        row("cy", registered_on="2026-02-01", waiting=1, products=0),
        row("di", activated_on="2025-12-03", exited_on="2026-02-02", own_on="2026-02-02", products=0),
        row("ed", activated_on="2025-01-03", own_on="2025-12-31", products=3, branch="harbor"),
    ]


def test_people_by_hand() -> None:
    numbers = fold(a_sheet(), MARCH)
    assert (numbers["customers"], numbers["products"], numbers["active"]) == (3, 5, 2)
    assert (numbers["new_0"], numbers["new_1"], numbers["new_2"]) == (1, 0, 1)
    assert (numbers["funded_0"], numbers["funded_2"]) == (1, 0), "ben's money came on the 31st day"
    assert onboarded(numbers, [0, 1, 2]) == {4: 1, 0: 1}
    assert (numbers["waiting"], numbers["waiting_31-90"], numbers["waiting_oldest"]) == (1, 1, 58)
    assert (numbers["new_2@channel:branch"], numbers["customers@branch:harbor"]) == (1, 1)


def test_active_is_a_movement_within_ninety_days_the_last_one_counted() -> None:
    """The 90 days up to 31 March 2026 begin on 1 January."""
    assert fold([row("a", own_on="2026-01-01"), row("b", own_on="2025-12-31")], MARCH)["active"] == 1


def test_cohorts_are_by_month_and_year_of_activation() -> None:
    numbers = fold([*a_sheet(), row("fay", activated_on="2026-01-20", own_on="2026-01-20")], MARCH)
    assert {name: number for name, number in numbers.items() if name.endswith("@activated:2026-01")} == {
        "cohort@activated:2026-01": 2, "kept@activated:2026-01": 2, "alive@activated:2026-01": 1,
    }  # fmt: skip
    assert (numbers["cohort@activated:2025-01"], numbers["cohort@activated:2025-12"]) == (1, 1)
    assert numbers["kept@activated:2025-12"] == 0


@pytest.mark.parametrize(("days", "bucket"), [(0, "0-7"), (7, "0-7"), (8, "8-30"), (30, "8-30"), (31, "31-90"),
                                              (90, "31-90"), (91, "over 90"), (4_000, "over 90")])  # fmt: skip
def test_who_waits_stands_in_one_bucket_only(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket
    assert bucket in WAITING and len(set(WAITING)) == len(WAITING)


def test_who_left_is_forgotten_when_no_cohort_asks_any_more() -> None:
    left = row("a", activated_on="2025-02-01", exited_on="2025-03-01", registered_on="2025-01-01")
    assert carried(left, date(2026, 5, 29)) == left
    assert carried(left, date(2026, 6, 30)) is None
    stays = left._replace(exited_on="")
    assert carried(stays, date(2040, 1, 31)) == stays


@pytest.mark.usefixtures("bank", "quiet")
def test_a_month_end_is_sealed_as_people_stood_though_some_left_and_others_moved_money_since() -> None:
    later = datetime(2026, 4, 8, 15, tzinfo=UTC)
    with time_machine.travel(datetime(2026, 3, 2, 15, tzinfo=UTC), tick=False):
        mine = an_account(leaves := a_customer(registered_on="2026-02-20"), 70_000)
        stays, waits = a_stranger(registered_on="2026-03-01"), a_customer(
            email="waits@bank.test", kyc_status=PENDING, registered_on="2026-03-02", kyc_decided_on=""
        )  # fmt: skip
        an_account(stays, 40_000)
        an_account(stays, product="savings")
    with time_machine.travel(later, tick=False):
        who: dict[str, Any] = {"actor": actor(a_manager()), "now": later, "reason": "Moves"}
        close_account(account_id=mine.account_id, pay_to=CASH, approved=70_000, **who)
    with time_machine.travel(NOW, tick=True):
        close_through(APRIL, "USD", now=NOW)
        march, april = ({one.id: one for one in rows(_sheet(day))} for day in (MARCH, APRIL))
        assert (march[leaves.user_id].exited_on, april[leaves.user_id].exited_on) == ("", "2026-04-08")
        assert (march[leaves.user_id].own_on, march[leaves.user_id].funded_on) == ("2026-03-02", "2026-03-02")
        assert (march[stays.user_id].products, march[waits.user_id].waiting) == (2, 1)
        found = sheets_on([MARCH, APRIL], "USD")
        numbers = {day: found[day.isoformat()]["customers"].numbers for day in (MARCH, APRIL)}
        assert (numbers[MARCH]["customers"], numbers[APRIL]["customers"]) == (2, 1)
        assert (numbers[MARCH]["waiting"], numbers[MARCH]["waiting_8-30"]) == (1, 1)
        assert not [name for one in numbers.values() for name in one if name.startswith("residual")]
        assert not verify("USD", full=True, now=NOW).problems


def _sheet(day: date) -> Any:
    return month_end(day, "USD", "customers")
