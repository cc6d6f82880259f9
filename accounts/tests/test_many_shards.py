"""Many shards: cube cells in parts, few files of postings; whatever the number was or becomes, readers find all."""

from datetime import date
from typing import Any

import pytest
from django.conf import settings

from accounts.models import CubeCell
from accounts.models.ledger import cell_group
from accounts.queries import totals
from accounts.queries.ledger import movement_lines, postings_of_day
from accounts.queries.totals import LIVE_GROUP, MOST_FILES, file_of, files_of, raw_numbers, written_files
from accounts.services.closing import CannotClose, close_through
from accounts.services.flows import cell_writer, shard_of
from accounts.tests.conftest import TwoPeople
from accounts.tests.test_closing import broken, later
from cloudbank import store
from cloudbank.audit import AuditRecord
from cloudbank.clock import utcnow
from cloudbank.conf import business_date


def keys_of(day: date) -> list[str]:
    """The keys of a day's live cells, all parts."""
    found = store.index_keys(CubeCell, "cells_by_day", cell_group("USD", day.isoformat(), LIVE_GROUP))
    return sorted(key for _, key in found)


def transfers(day: date) -> int:
    """How many there were, as who reads the day's cells is told."""
    found = totals.open_totals([day], "USD", with_cells=True, consistent=True)[day]
    return sum(numbers["n"] for cell, numbers in found.cells.items() if cell.type == "transfer")


@pytest.mark.parametrize(
    "shards, writers",
    [
        (1, {"live"}),
        (8, {"live"}),
        (15, {"live"}),
        (16, {"live", "live.1"}),
        (64, {"live"} | {f"live.{part}" for part in range(1, 8)}),
    ],
)
def test_a_day_has_a_part_of_each_cell_for_every_eight_shards(
    shards: int, writers: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGER_SHARDS", shards)
    assert {cell_writer(str(shard)) for shard in range(shards)} == writers


def test_with_eight_shards_a_cell_stands_where_it_always_stood(two: TwoPeople) -> None:
    line = two.transfer(100).lines[0]
    hour = next(key for key in keys_of(date.fromisoformat(line.business_date)) if "#transfer#" in key).split("#")[4]
    key = f"cell#USD#{line.business_date}#live#{hour}#transfer#branch#main#{line.segment}"
    assert raw_numbers([key], consistent=True)[key]["n"] == 1


def test_parts_are_added_up_proven_and_sealed_when_their_number_was_raised_during_the_day(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = business_date(utcnow())
    for shards in (8, 16, 64):
        monkeypatch.setattr(settings, "LEDGER_SHARDS", shards)
        for _ in range(5):
            two.transfer(10)
    assert len({key.split("#")[3] for key in keys_of(day) if "#transfer#" in key}) > 2
    assert transfers(day) == 15
    assert not broken()
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]
    totals.forget()
    (sealed,) = totals.day_totals(day, day, "USD")
    assert sum(numbers["n"] for cell, numbers in sealed.cells.items() if cell.type == "transfer") == 15
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 8)
    assert not broken()


def test_a_part_of_a_cell_that_was_changed_is_found(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 64)
    for _ in range(8):
        two.transfer(10)
    day = business_date(utcnow())
    key = next(key for key in keys_of(day) if "#live." in key)
    store.save([store.Add(CubeCell, key, {"n": 1})])
    assert broken() == {"I15 totals"}
    with pytest.raises(CannotClose, match="cube cell"):
        close_through(day, "USD", now=later())


def test_postings_of_many_shards_stand_in_few_files_and_none_is_overlooked(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 1024)
    day = business_date(utcnow())
    made = [two.transfer(10) for _ in range(12)]
    shards = {shard_of(one.movement_id) for one in made}
    assert max(map(int, shards)) >= MOST_FILES
    filed = {line.day_group.rsplit("#", 1)[1] for one in made for line in movement_lines(one.movement_id)}
    assert filed == {file_of(shard) for shard in shards}
    assert len(files_of(day, "USD")) == MOST_FILES
    assert filed <= set(written_files([day], "USD")[day])
    shown = {row.movement_id for row in postings_of_day(day, "USD", limit=100).rows}
    assert {one.movement_id for one in made} <= shown
    assert not broken()
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]
    assert not broken()


def test_shards_of_imports_and_up_to_as_many_as_files_are_their_own_file() -> None:
    assert [file_of(name) for name in ("0", "7", "63", "64", "200", "import-1.0")] == [
        "0", "7", "63", "0", "8", "import-1.0",
    ]  # fmt: skip


def test_a_host_with_the_old_number_closes_what_hosts_with_the_new_one_posted(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that raised the number and was rolled back, or is not yet on the host of the jobs."""
    day = business_date(utcnow())
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 200)
    made = [two.transfer(10) for _ in range(6)]
    assert any(int(shard_of(one.movement_id)) >= 8 for one in made)
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 8)
    totals.forget()
    assert transfers(day) == 6
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]
    totals.forget()
    assert totals.day_totals(day, day, "USD")[0].count("transfer") == 6
    assert not broken()
    two.transfer(10)
    assert not broken()


def test_the_books_are_told_once_of_more_shards_and_it_is_on_record(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 64)
    saves: list[int] = []
    real = store.save
    monkeypatch.setattr(store, "save", lambda writes: (saves.append(len(writes)), real(writes)))
    two.deposit(1)
    assert (len(saves), saves[0], totals.books("USD").shards) == (2, 2, 64)
    two.deposit(1)
    assert len(saves) == 3
    records = [one for one in AuditRecord.by_subject.query("books#books#USD") if one.action == "raise_shards"]
    assert [(one.before, one.after) for one in records] == [({"shards": 8}, {"shards": 64})]
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 8)
    two.deposit(1)
    assert totals.books("USD").shards == 64


def test_many_processes_may_tell_the_books_at_once(two: TwoPeople, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LEDGER_SHARDS", 64)
    real, between = store.save, [True]

    def faster_elsewhere(writes: Any) -> None:
        if between and len(writes) == 2:
            between.clear()
            known = totals.books("USD")
            known.shards = 32
            real([store.changed(known)])
        real(writes)

    monkeypatch.setattr(store, "save", faster_elsewhere)
    two.deposit(1)
    assert not between
    assert totals.books("USD").shards == 64


def test_who_raises_the_number_after_a_day_was_sealed_posts_nothing_into_that_day(
    two: TwoPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request from before the cut-off, or a host whose clock is behind: gates of the new shards were never closed."""
    two.transfer(10)
    day = business_date(utcnow())
    assert close_through(day, "USD", now=later()).days == [day.isoformat()]
    for shards in (200, 200, 16):
        monkeypatch.setattr(settings, "LEDGER_SHARDS", shards)
        totals.forget()
        made = [two.transfer(10) for _ in range(4)]
        assert {line.business_date > day.isoformat() for one in made for line in one.lines} == {True}
    assert not broken()
