"""Deadlines count the time at the desk: no nights, no weekends, no holidays, right when the clocks change. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbank.clock import BusinessCalendar
from monitoring.deadlines import Desk

NEW_YORK = ZoneInfo("America/New_York")
HOLIDAYS = {date(2026, 11, 26), date(2026, 12, 25)}
CALENDAR = BusinessCalendar(NEW_YORK, time(18), HOLIDAYS)
DESK = Desk(CALENDAR, 9, 17)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


CASES = [
    ("within the day", "2026-03-03T10:00", {"hours": 4}, "2026-03-03T14:00"),
    ("to the minute of closing", "2026-03-03T13:00", {"hours": 4}, "2026-03-03T17:00"),
    ("into the next morning", "2026-03-03T15:30", {"hours": 4}, "2026-03-04T11:30"),
    ("opened at night", "2026-03-03T23:10", {"hours": 4}, "2026-03-04T13:00"),
    ("opened before the desk", "2026-03-04T04:00", {"hours": 4}, "2026-03-04T13:00"),
    ("opened at closing time", "2026-03-03T17:00", {"hours": 4}, "2026-03-04T13:00"),
    ("over a weekend", "2026-03-06T16:00", {"hours": 4}, "2026-03-09T12:00"),
    ("opened on a Sunday", "2026-03-08T12:00", {"hours": 4}, "2026-03-09T13:00"),
    ("over Thanksgiving", "2026-11-25T16:00", {"hours": 4}, "2026-11-27T12:00"),
    ("a day is the same time tomorrow", "2026-03-03T10:00", {"days": 1}, "2026-03-04T10:00"),
    ("a day from Friday is Monday", "2026-03-06T10:00", {"days": 1}, "2026-03-09T10:00"),
    ("three days over a weekend", "2026-03-05T11:00", {"days": 3}, "2026-03-10T11:00"),
    ("ten days are two weeks", "2026-03-02T10:00", {"days": 10}, "2026-03-16T10:00"),
    ("ten days over a holiday", "2026-11-23T10:00", {"days": 10}, "2026-12-08T10:00"),
    ("over the night the clocks go forward", "2026-03-06T16:00", {"days": 1}, "2026-03-09T16:00"),
    ("over the night the clocks go back", "2026-10-30T16:00", {"days": 1}, "2026-11-02T16:00"),
]


@pytest.mark.parametrize(("name", "opened", "span", "due"), CASES, ids=[case[0] for case in CASES])
def test_worked_examples(name: str, opened: str, span: dict[str, int], due: str) -> None:
    assert DESK.after(local(opened), **span) == local(due)


def test_a_desk_that_never_closes_counts_elapsed_time_when_the_clocks_change() -> None:
    """Every day a business day, open round the clock: 24 hours later is 24 hours later."""

    class Everyday(BusinessCalendar):
        def is_business_day(self, day: date) -> bool:
            return True

    desk = Desk(Everyday(NEW_YORK, time(18), ()), 0, 24)
    for start in ("2026-03-07T20:00", "2026-10-31T20:00", "2026-06-01T20:00"):
        opened = local(start).astimezone(UTC)
        assert desk.after(opened, hours=24) == opened + timedelta(hours=24)
        assert desk.after(opened, hours=3) == opened + timedelta(hours=3)


@pytest.mark.parametrize(("opens", "closes"), [(9, 9), (17, 9), (-1, 8), (9, 25)])
def test_a_desk_that_is_never_open_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="desk"):
        Desk(CALENDAR, opens, closes)


def at_the_desk(start: datetime, end: datetime) -> timedelta:
    """The business time between two instants, counted minute by minute of an independent hand."""
    minutes, moment = 0, start
    while moment < end:
        here = moment.astimezone(NEW_YORK)
        minutes += here.weekday() < 5 and here.date() not in HOLIDAYS and 9 <= here.hour < 17
        moment += timedelta(minutes=1)
    return timedelta(minutes=minutes)


@given(
    st.integers(0, 322 * 24 * 60).map(lambda minutes: datetime(2026, 2, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
    st.integers(1, 24),
)
def test_exactly_so_much_time_at_the_desk_lies_between(opened: datetime, hours: int) -> None:
    due = DESK.after(opened, hours=hours)
    assert at_the_desk(opened, due) == timedelta(hours=hours)
    last = due.astimezone(NEW_YORK) - timedelta(microseconds=1)
    assert last.weekday() < 5 and 9 <= last.hour < 17, "nothing is due while nobody is there"
