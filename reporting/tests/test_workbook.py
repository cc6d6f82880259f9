"""The workbook as a spreadsheet reads it: parts that fit together, links that lead somewhere, charts with axes."""

import re
import zipfile
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from reporting.pack import Chart, Section, Series
from reporting.sheets.charts import columns_of
from reporting.sheets.names import LONGEST, Names
from reporting.tests.days import bank_pack
from reporting.tests.odd_packs import HUGE, NAMES, ODD_PACKS, hard_pack
from reporting.tests.reading import workbook
from reporting.tests.test_statements import a_statement, entry
from reporting.writers import WRITERS

RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


@cache
def written(name: str) -> bytes:
    """The workbook of an odd pack."""
    return WRITERS["xlsx"].write(ODD_PACKS[name]())


def sheets(content: bytes) -> list[Worksheet]:
    """All sheets."""
    return list(workbook(content).worksheets)


@pytest.mark.parametrize("name", ODD_PACKS)
def test_every_part_is_well_formed_named_once_and_each_relation_leads_to_one(name: str) -> None:
    with zipfile.ZipFile(BytesIO(written(name))) as package:
        parts = package.namelist()
        assert len(parts) == len(set(parts))
        types = package.read("[Content_Types].xml").decode()
        for part in parts:
            ElementTree.fromstring(package.read(part))
            extension = part.rpartition(".")[2]
            assert f'PartName="/{part}"' in types or f'Extension="{extension}"' in types or part.startswith("[")
            if part.endswith(".rels"):
                _check_relations(package, part)


def _check_relations(package: zipfile.ZipFile, part: str) -> None:
    folder = part.replace("_rels/", "").rpartition("/")[0]
    for one in ElementTree.fromstring(package.read(part)).iter(RELATION):
        target = str(one.get("Target"))
        assert one.get("TargetMode") != "External", target
        pieces: list[str] = [] if target.startswith("/") else [piece for piece in folder.split("/") if piece]
        for piece in target.strip("/").split("/"):
            pieces = pieces[:-1] if piece == ".." else [*pieces, piece]
        assert "/".join(pieces) in package.namelist(), (part, target)


@pytest.mark.parametrize("name", ODD_PACKS)
def test_contents_link_to_every_sheet_and_every_sheet_links_back(name: str) -> None:
    contents, *others = sheets(written(name))
    links = [str(cell.hyperlink.location) for row in contents.iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{sheet.title}'!A1" for sheet in others]
    assert all(sheet["A3"].hyperlink.location == "'Contents'!A1" for sheet in others)


@pytest.mark.parametrize("name", ODD_PACKS)
def test_every_sheet_prints_on_a4_with_cut_off_hash_and_page(name: str) -> None:
    pack = ODD_PACKS[name]()
    for sheet in sheets(written(name)):
        assert int(sheet.page_setup.paperSize or 0) == 9 and sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth == 1 and sheet.page_setup.fitToHeight == 0
        footer: Any = sheet.oddFooter
        assert pack.sha256 in footer.center.text and pack.cutoff[:40] in footer.left.text
        assert footer.right.text == "&P of &N"
        head: Any = sheet.oddHeader
        assert sum(len(part.text or "") for part in (head.left, head.center, head.right)) < 200


def test_columns_are_wide_enough_for_their_numbers() -> None:
    for sheet in sheets(written("dinars")):
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float) and sheet.title != "Chart data":
                    digits = 3 if "0.000" in cell.number_format else 2
                    words = f"{cell.value:,.{digits}f}"
                    assert sheet.column_dimensions[cell.column_letter].width >= len(words), (sheet.title, cell)


def test_charts_have_a_title_and_both_axes_named_and_shown() -> None:
    count = 0
    for sheet in sheets(written("dollars")):
        for chart in sheet._charts:  # type: ignore[attr-defined]
            count += 1
            assert chart.title.tx.rich.p[0].r[0].t
            for axis in (chart.x_axis, chart.y_axis):
                assert axis.title.tx.rich.p[0].r[0].t and not axis.delete
            assert all("'Chart data'!" in series.val.numRef.f for series in chart.series)
    assert count == sum(not chart.is_empty for section in hard_pack().sections for chart in section.charts)


def test_a_bar_stands_on_zero() -> None:
    flat = Chart("c", "Flat", "bar", "Type", ("a", "b"), (Series("x", (1_000_000, 1_000_100)),), "USD")
    pack = replace(bank_pack(), sections=(Section("s", "S", "d", (), (flat,)),))
    chart = next(chart for sheet in sheets(WRITERS["xlsx"].write(pack)) for chart in sheet._charts)  # type: ignore[attr-defined]
    assert chart.y_axis.scaling.min == 0 and chart.y_axis.scaling.max >= 10_001


@pytest.mark.parametrize("steps", [(5, 3, -2, 6), (100, 50, -200, -50), (-5, 10, -5, 0), (7, None, -7, 0)])
def test_a_waterfalls_bars_float_between_their_levels_above_and_below_zero(steps: tuple[int | None, ...]) -> None:
    chart = Chart("c", "Bridge", "waterfall", "Step", tuple("abcd"), (Series("x", steps),), "count")
    columns, level = columns_of(chart), 0
    for place, step in enumerate(steps):
        before, level = (0, step or 0) if place in (0, 3) else (level, level + (step or 0))
        up = [(one.look, one.values[place]) for one in columns if (one.values[place] or 0) > 0]
        down = [(one.look, one.values[place]) for one in columns if (one.values[place] or 0) < 0]
        shown_up = sum(value or 0 for look, value in up if look != "hidden")
        shown_down = sum(value or 0 for look, value in down if look != "hidden")
        assert shown_up - shown_down == abs(level - before)
        assert sum(value or 0 for _, value in up) == max(before, level, 0)
        assert sum(value or 0 for _, value in down) == min(before, level, 0)


def test_missing_values_leave_a_gap_in_a_chart_and_not_a_zero() -> None:
    data = workbook(written("dollars"))["Chart data"]
    rows = list(data.iter_rows(values_only=True))
    at = next(place for place, row in enumerate(rows) if row[0] == "Left (count)")
    assert [row[1] for row in rows[at + 2 : at + 5]] == [5, None, 7]


def test_sheets_of_like_titles_have_names_of_their_own() -> None:
    names = Names()
    taken = [names.take(title) for title in ("Loans: a/b", "LOANS- A-B", "x" * 50, "x" * 60, "", "History", "'q'")]
    assert taken == ["Loans- a-b", "LOANS- A-B 2", "x" * 31, "x" * 29 + " 2", "Sheet", "History 2", "-q-"]
    section = bank_pack().sections[0]
    made = replace(bank_pack(), sections=(section, replace(section, code="b"), replace(section, title=NAMES[0] * 2)))
    titles = workbook(WRITERS["xlsx"].write(made)).sheetnames
    assert len({title.lower() for title in titles}) == len(titles) and all(len(title) <= LONGEST for title in titles)


def test_numbers_with_more_digits_than_a_spreadsheet_keeps_are_said_to_be_cut() -> None:
    def notes(content: bytes) -> str:
        return " ".join(str(cell) for row in workbook(content)["Contents"].iter_rows(values_only=True) for cell in row)

    assert "keeps fifteen digits" in notes(written("dollars")) and HUGE > 10**15
    assert "fifteen digits" not in notes(written("the bank's"))


def test_properties_describe_the_report() -> None:
    book: Any = workbook(written("dollars"))
    properties, custom = book.properties, {one.name: one.value for one in book.custom_doc_props.props}
    assert custom["SHA-256"] == hard_pack().sha256 and custom["Data cut-off"] == hard_pack().cutoff
    assert properties.category == "Final" and "Loan committee" in str(properties.title)


def test_a_long_table_has_a_sheet_of_its_own_with_a_filter() -> None:
    sheet = workbook(written("dollars"))["Largest borrowers 2"]  # a section has the name
    assert sheet.auto_filter.ref == "A4:E44" and sheet.freeze_panes == "B5" and sheet.max_row == 45
    assert sheet["A45"].value == "All" and sheet["D45"].value == HUGE / 100


def test_a_statement_lists_its_lines_on_a_sheet_and_has_no_chart_data() -> None:
    names = workbook(WRITERS["xlsx"].write(a_statement([entry(5), entry(-3)], opening=100))).sheetnames
    assert names == ["Contents", "Summary", "Balances", "Transactions", "Definitions"]


def test_labels_of_charts_keep_their_own_format_in_every_program() -> None:
    with zipfile.ZipFile(BytesIO(written("dollars"))) as package:
        charts = [package.read(name).decode() for name in package.namelist() if name.startswith("xl/charts/chart")]
    assert charts and not any(re.search(r'<numFmt formatCode="[^"]*" ?/>', chart) for chart in charts)
