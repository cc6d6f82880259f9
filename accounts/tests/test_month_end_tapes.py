"""Rows of a month-end sheet: one order whatever order they come in, parts known by their hash, two tapes side by side."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.month_ends import by_part, is_month_end, month_end_before, of_part, of_parts
from accounts.month_ends import tape as tapes
from accounts.month_ends.tape import Part, Recorder, place, rows_of, side_by_side, spooled, unpacked
from cloudbank.clock import BusinessCalendar
from reporting.tests.days import CALENDAR


class Row(NamedTuple):
    id: str
    principal: int
    branch: str = "main"


class Shorter(NamedTuple):
    id: str
    principal: int


ROWS = st.lists(st.builds(Row, st.text("0123456789", min_size=1, max_size=6), st.integers(0, 10**9)), max_size=40)


def sorted_rows(rows: list[Row]) -> list[Row]:
    with spooled() as spool:
        spool.add(rows)
        return list(spool.rows(Row))


@given(ROWS)
def test_rows_come_back_in_one_order_and_the_last_of_an_id_counts(rows: list[Row]) -> None:
    found = sorted_rows(rows)
    assert found == sorted({row.id: row for row in rows}.values(), key=lambda row: place(row.id))
    assert found == sorted_rows([*reversed(list({row.id: row for row in rows}.values()))])


@given(ROWS, ROWS)
def test_two_tapes_side_by_side_meet_on_their_ids(now: list[Row], before: list[Row]) -> None:
    ours, theirs = ({row.id: row for row in rows} for rows in (now, before))
    pairs = list(side_by_side(sorted_rows(now), sorted_rows(before)))
    assert len(pairs) == len(ours.keys() | theirs.keys())
    for row, old in pairs:
        found = (row or old).id
        assert (row, old) == (ours.get(found), theirs.get(found))


def test_a_tape_is_stored_in_parts_and_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "PART_BYTES", 200)
    rows, parts = [Row(f"{number:04d}", number) for number in range(100)], list[Part]()
    recorder = Recorder(parts.append)
    assert list(recorder.through(iter(rows))) == rows
    assert (recorder.count, len(parts), recorder.parts) == (
        100,
        len({one.sha256 for one in parts}),
        [p.sha256 for p in parts],
    )
    assert len(parts) > 5
    read = [row for part in parts for row in rows_of(unpacked(part.data), list(Row._fields), Row)]
    assert read == rows


def test_a_row_that_was_stored_before_a_field_was_added_has_its_default() -> None:
    part = Part.of(b'["1",7]\n["2",8]')
    assert list(rows_of(unpacked(part.data), ["id", "principal"], Row)) == [Row("1", 7, "main"), Row("2", 8, "main")]
    longer = Part.of(b'["1",7,"harbor"]')
    assert list(rows_of(unpacked(longer.data), list(Row._fields), Shorter)) == [Shorter("1", 7)]


def test_a_spool_holds_no_more_in_memory_than_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tapes, "IN_MEMORY", 100)

    def many() -> Iterator[Row]:
        yield from (Row(f"{number:06d}", number) for number in range(5_000))

    with spooled() as spool:
        spool.add(many())
        assert all(vars(one)["_rolled"] for one in spool._files)  # they wait in files
        assert sum(1 for _ in spool.rows(Row)) == 5_000


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        (date(2026, 1, 30), True),  # the 31st is a Saturday
        (date(2026, 1, 31), False),
        (date(2026, 3, 31), True),
        (date(2026, 5, 28), False),
        (date(2026, 5, 29), True),
    ],
)
def test_a_month_ends_with_its_last_business_day(day: date, ends: bool) -> None:
    assert is_month_end(day, CALENDAR) is ends


def test_the_month_end_before() -> None:
    calendar: BusinessCalendar = CALENDAR
    assert month_end_before(date(2026, 3, 31), calendar) == date(2026, 2, 27)
    assert month_end_before(date(2026, 1, 2), calendar) == date(2025, 12, 31)


def test_numbers_of_a_part_of_the_bank() -> None:
    numbers = {
        "glp": 7,
        of_part("glp", "branch", "main"): 4,
        of_part("glp", "branch", "harbor"): 3,
        "glp@product:auto": 7,
    }
    assert by_part(numbers, "glp", "branch") == {"harbor": 3, "main": 4}
    assert of_parts(numbers, "branch", "main") == {"glp": 4}
