"""The pack: each figure beside the quarter before and last year's, provisional when open, the same for ever."""

from datetime import date

import pytest

from reporting.assemble import assemble
from reporting.figures import growth
from reporting.metrics.transactions import NUMBER, VOLUME
from reporting.pack import Column, ShapeError, Table, section_of
from reporting.tests.days import CALENDAR, Q3, bank_days, bank_pack, busy_day, open_day, random, request, sealed


def test_each_figure_stands_beside_the_quarter_before_and_last_years_with_the_change() -> None:
    days = bank_days()
    pack = assemble(request(), days, CALENDAR)
    before = assemble(request(Q3.previous()), days, CALENDAR)
    then = assemble(request(Q3.year_ago()), days, CALENDAR)
    own, old, year_ago = (p.sections[0].figure(VOLUME) for p in (pack, before, then))
    assert (pack.previous, pack.year_ago) == ("2026Q2", "2025Q3")
    assert (own.previous, own.year_ago) == (old.value, year_ago.value)
    assert own.change_previous == growth(own.value, old.value)
    assert own.change_year_ago == growth(own.value, year_ago.value)


def test_comparison_with_a_quarter_before_the_books_is_not_available_and_says_so() -> None:
    pack = assemble(request(), bank_days(quarters=2), CALENDAR)
    figure = pack.sections[0].figure(NUMBER)
    assert figure.value is not None
    assert figure.previous is not None
    assert (figure.year_ago, figure.change_year_ago) == (None, None)
    assert any("no data for 2025Q3" in note for note in pack.notes)


def test_a_quarter_that_the_books_begin_in_is_called_not_whole() -> None:
    days = sealed(busy_day(day, random.Random(1)) for day in CALENDAR.days(date(2026, 5, 4), date(2026, 9, 30)))
    pack = assemble(request(), days, CALENDAR)
    assert any("2026Q2 is not a whole quarter" in note for note in pack.notes)


def test_open_quarter_is_provisional_with_its_cut_off() -> None:
    days = [*bank_days(), busy_day(date(2026, 10, 1), random.Random(3)), open_day(date(2026, 10, 2))]
    pack = assemble(request(Q3.next(), cutoff="2026-10-02T12:00:00.000000Z; sealed through 2026-09-30"), days, CALENDAR)
    assert (pack.provisional, pack.as_of) == (True, "2026-10-02")
    assert pack.notes[0].startswith("PROVISIONAL: 2026Q4 is not closed. 0 business days are sealed, 2 still open")
    assert dict(pack.facts())["Status"] == "PROVISIONAL"
    assert "2026-10-02T12:00" in dict(pack.facts())["Data cut-off"]


def test_closed_quarter_is_final_as_of_its_last_day() -> None:
    pack = bank_pack()
    assert (pack.provisional, pack.as_of, dict(pack.facts())["Status"]) == (False, "2026-09-30", "Final")


def test_same_days_and_cut_off_give_the_same_hash_and_anything_else_another() -> None:
    first = bank_pack()
    assert bank_pack().sha256 == first.sha256
    assert bank_pack(cutoff="another").sha256 != first.sha256
    assert bank_pack(metrics=("deposits",)).sha256 != first.sha256
    assert assemble(request(), bank_days(seed=8), CALENDAR).sha256 != first.sha256


def test_days_after_the_quarter_do_not_change_a_past_report() -> None:
    days = bank_days(Q3.next())
    assert assemble(request(), days, CALENDAR).sha256 == assemble(request(), days[:-40], CALENDAR).sha256


def test_pack_of_some_metrics_holds_only_those() -> None:
    pack = bank_pack(metrics=("customers", "deposits"))
    assert [section.code for section in pack.sections] == ["deposits", "customers"]
    assert section_of(pack.sections, "transactions") is None


def test_channels_that_nobody_used_in_any_of_the_quarters_are_left_out() -> None:
    mix = section_of(bank_pack().sections, "transaction_mix")
    assert mix
    assert {one.dimension for one in mix.figures} >= {"channel: wire", "type: deposit"}
    assert not any(one.dimension == "channel: card" for one in mix.figures)


def test_summary_says_the_figures_in_words() -> None:
    pack = bank_pack()
    text = " ".join(pack.summary)
    assert "In 2026Q3 the bank handled" in text
    assert "the bridge foots to the cent" in text
    assert len(pack.summary) >= 5


def test_a_row_of_another_width_is_refused_because_it_would_shift_the_columns() -> None:
    columns = (Column("Day", "day"), Column("Count", "count"))
    with pytest.raises(ShapeError):
        Table("t", "T", columns, (("2026-09-01",),))
    with pytest.raises(ShapeError):
        Table("t", "T", columns, (("2026-09-01", 1),), total=("Sum", 1, 2))
