"""What a board quarter costs to read: at most 300 read units, and the same figures as from single days."""

from typing import Any

import pytest

from accounts.models import ClosedDay, ClosedMonth
from accounts.services.closed_months import month_with
from accounts.totals import DayTotals
from cloudbank import store, tables
from cloudbank.quarters import Quarter
from cloudbank.stretches import Days, Month
from cloudbank.tables import AccountsItem
from reporting import queries
from reporting.beside import beside
from reporting.metrics import in_order
from reporting.tests.conftest import NOW, store_days
from reporting.tests.days import CALENDAR, bank_days

UNITS = 300
Q3 = Quarter(2026, 3)


def fold_months(days: list[DayTotals]) -> list[ClosedMonth]:
    """Each month in one piece, as close_day makes it with its last day."""
    found = store.load(AccountsItem, [ClosedDay.key("USD", day.day) for day in days]).values()
    months = [month for item in found if isinstance(item, ClosedDay) and (month := month_with(item))]
    store.save([store.stored(month) for month in months])
    return months


@pytest.fixture
def units(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Read units of every request from now on, as the engine bills them."""
    connection, spent = tables.connection(), list[float]()
    real = connection.dispatch

    def metered(operation: str, kwargs: dict[str, Any]) -> Any:
        answer = real(operation, kwargs | {"ReturnConsumedCapacity": "TOTAL"})
        said = answer.get("ConsumedCapacity") or []
        spent.extend(one.get("CapacityUnits", 0) for one in (said if isinstance(said, list) else [said]))
        return answer

    for base in tables.TABLES:
        monkeypatch.setattr(base._get_connection().connection, "dispatch", metered)
    return spent


def figures() -> str:
    """The content of the board quarter."""
    return queries.quarterly_pack(Q3, in_order(), "USD", NOW).canonical()


def test_months_in_one_piece_give_the_same_report_to_the_byte(sealed_bank: list[DayTotals]) -> None:
    by_day = figures()
    months = fold_months(sealed_bank)
    assert len(months) == 18
    assert figures() == by_day
    store.save([store.Delete(ClosedMonth, months[4].account_id or "")])
    assert figures() == by_day


def test_a_board_quarter_of_a_busy_bank_reads_at_most_300_units(bank: Any, folder: Any, units: list[float]) -> None:
    """Its days have hundreds of movements in every type, channel and hour: single days would cost far more."""
    days = bank_days(size=400)
    store_days(days)
    units.clear()
    figures()
    by_day = sum(units)
    fold_months(days)
    units.clear()
    figures()
    assert 0 < sum(units) <= UNITS
    assert sum(units) < by_day / 2


def test_a_month_is_whole_or_read_by_days() -> None:
    """A range that cuts a month in two reads its days: the cube of half a month is in no month's piece."""
    around = beside(Days(Q3.first.replace(day=10), Q3.last, CALENDAR), "none")
    days = [day for first, last in around.dates() for day in _days(first, last)]
    assert around.months(days) == ["2026-08", "2026-09"]
    quarter = beside(Q3)
    months = quarter.months([day for first, last in quarter.dates() for day in _days(first, last)])
    assert months == [f"2025-{month:02d}" for month in range(7, 13)] + [f"2026-{month:02d}" for month in range(1, 10)]
    assert "2026-09" in beside(Month(2026, 9)).months(_days(Q3.first, Q3.last))


def _days(first: Any, last: Any) -> list[Any]:
    return [first + queries.ONE_DAY * number for number in range((last - first).days + 1)]
