"""The PDF as a reader sees it: nothing overlaps, nothing leaves the page, contents and bookmarks lead where they say."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from reportlab.graphics.shapes import Drawing

from reporting.paper.charts import draw
from reporting.paper.ink import ramp, series_fill
from reporting.paper.plot import legend
from reporting.paper.texts import WIDTH
from reporting.tests.days import bank_pack
from reporting.tests.odd_packs import ODD_PACKS, hard_pack
from reporting.tests.reading import flat, layout, pdf_pages
from reporting.tests.test_statements import a_statement, entry
from reporting.writers import WRITERS

_WORD = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)</word>')
MARGIN = 16 / 25.4 * 72


@dataclass(frozen=True)
class Word:
    """A word and its box in points, from the top left corner of the page."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    def touches(self, other: "Word") -> bool:
        """Whether the two share more than a hair."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        return across > 0.8 and down > 0.4 * min(self.bottom - self.top, other.bottom - other.top)


@cache
def written(name: str) -> bytes:
    """The PDF of an odd pack."""
    return WRITERS["pdf"].write(ODD_PACKS[name]())


def words_of(content: bytes, folder: Path) -> list[list[Word]]:
    """The words of each page with their boxes, as pdftotext finds them."""
    (folder / "a.pdf").write_bytes(content)
    subprocess.run(["pdftotext", "-bbox", "a.pdf", "a.html"], cwd=folder, check=True)
    pages = (folder / "a.html").read_text().split("<page ")[1:]
    return [
        [Word(float(x1), float(y1), float(x2), float(y2), text) for x1, y1, x2, y2, text in _WORD.findall(page)]
        for page in pages
    ]


def overlaps(words: list[Word]) -> Iterator[tuple[str, str]]:
    """Words that stand over each other. In order of their tops: what begins below a word's foot cannot touch it."""
    words = sorted(words, key=lambda word: word.top)
    for place, one in enumerate(words):
        for other in words[place + 1 :]:
            if other.top >= one.bottom:
                break
            if one.touches(other):
                yield one.text, other.text


@pytest.mark.parametrize("name", ODD_PACKS)
def test_no_word_stands_over_another_and_none_leaves_the_page(name: str, tmp_path: Path) -> None:
    pages = words_of(written(name), tmp_path)
    assert len(pages) >= 3
    for number, words in enumerate(pages, 1):
        assert list(overlaps(words)) == [], f"page {number}"
        for word in words:
            assert word.left >= MARGIN - 1 and word.right <= 595.3 - MARGIN + 1, (number, word)
            assert word.top >= 0 and word.bottom <= 842, (number, word)


def test_contents_name_the_page_of_each_chapter_and_table() -> None:
    pages = layout(written("dollars"))
    named = dict(re.findall(r"^ *(\S.*?) [ .]*(\d+)$", pages[1], re.MULTILINE))
    chapters = ("Executive summary", "Definitions", *(section.title for section in bank_pack().sections))
    for title in (*chapters, "Roll rates, balance", "Daily pattern: by business day"):
        assert re.search(rf"^ *{title}$", pages[int(named[title]) - 1], re.MULTILINE), title


def test_bookmarks_lead_to_the_headings() -> None:
    reader = PdfReader(BytesIO(written("dollars")))
    found: list[tuple[str, int]] = []

    def walk(outline: Any) -> None:
        for one in outline:
            if isinstance(one, list):
                walk(one)
            else:
                found.append((str(one.title), int(reader.get_destination_page_number(one) or 0)))

    walk(reader.outline)
    titles = [title for title, _ in found]
    assert titles[0] == "Executive summary" and titles[-1] == "Definitions"
    assert {section.title for section in hard_pack().sections} <= set(titles)
    for title, page in found:
        assert flat(title) in flat(reader.pages[page].extract_text())


def test_each_line_of_the_contents_is_a_link_to_its_page() -> None:
    reader = PdfReader(BytesIO(written("dollars")))
    links: list[Any] = [one.get_object() for one in reader.pages[1]["/Annots"]]  # type: ignore[attr-defined]
    numbers = {page.indirect_reference: number for number, page in enumerate(reader.pages)}
    pages = [numbers[one["/Dest"].get_object()[0].get_object().indirect_reference] for one in links]
    assert len(pages) >= len(hard_pack().sections) + 2
    assert min(pages) == 2 and max(pages) > 10


def test_title_page_says_who_it_is_for_its_status_cut_off_and_hash() -> None:
    first = flat(pdf_pages(written("dollars"))[0])
    for words in ("Prepared for the board of directors", "FINAL", hard_pack().sha256, hard_pack().cutoff, "2026Q3"):
        assert words in first
    assert "PROVISIONAL" in pdf_pages(written("provisional"))[0] and "FINAL" not in pdf_pages(written("provisional"))[0]


def test_letters_that_the_font_lacks_are_named_on_the_first_page() -> None:
    chinese = replace(bank_pack(), bank="中文银行 العربية")
    first = flat(pdf_pages(WRITERS["pdf"].write(chinese))[0])
    assert "stand as empty boxes (U+4E2D, U+6587" in first and "Arabic and Hebrew words stand unjoined" in first
    assert "empty boxes" not in flat(pdf_pages(WRITERS["pdf"].write(replace(bank_pack(), bank="Łódź Иван ₹")))[0])


def test_a_long_table_repeats_its_head_on_every_page() -> None:
    pages = pdf_pages(written("dollars"))
    with_rows = [page for page in pages if "Branch of the Northern" in flat(page)]
    assert len(with_rows) >= 2 and all("Outstanding (USD)" in flat(page) for page in with_rows)


def test_no_page_is_left_half_blank_but_before_the_first_chapter_and_at_the_end(tmp_path: Path) -> None:
    for name in ("the bank's", "dollars", "first quarter"):
        for number, words in enumerate(words_of(written(name), tmp_path)[3:-1], 4):
            lowest = max(word.bottom for word in words if word.top < 842 - 62)
            assert lowest > 842 * 0.6, (name, number)


def test_a_heading_never_stands_alone_at_the_foot_of_a_page(tmp_path: Path) -> None:
    titles = {flat(section.title) for section in bank_pack().sections}
    for name in ("the bank's", "first quarter", "provisional", "a range"):
        for page in pdf_pages(written(name))[2:]:
            lines = [flat(line).strip() for line in page.splitlines()]
            assert not titles & set(lines[-4:]), name


def test_each_series_looks_different_in_grey() -> None:
    def grey(fill: Any) -> float:
        red, green, blue = fill.ground.rgb()
        return float(0.299 * red + 0.587 * green + 0.114 * blue)

    looks = [(series_fill(at).hatch, round(grey(series_fill(at)), 1)) for at in range(6)]
    assert len(set(looks)) == 6
    for count in range(2, 8):
        tones = [grey(ramp(at, count)) for at in range(count)]
        assert all(before - after > 0.05 for before, after in zip(tones, tones[1:], strict=False))


def test_legend_wraps_where_names_are_long() -> None:
    names = [f"A long name of a series {at}" for at in range(9)]
    assert legend(Drawing(200, 100), names, [series_fill(at) for at in range(9)]) > 40


@pytest.mark.parametrize("place", range(len(hard_pack().sections[0].charts)))
@pytest.mark.parametrize("width", [WIDTH, WIDTH / 2 - 7])
def test_every_kind_of_chart_keeps_to_its_rectangle(place: int, width: float) -> None:
    drawing = draw(hard_pack().sections[0].charts[place], width)
    left, bottom, right, top = drawing.getBounds()
    assert left >= -1 and bottom >= -1
    assert right <= width + 1 and top <= drawing.height + 1


def test_a_statements_lines_begin_on_its_first_page() -> None:
    pages = pdf_pages(WRITERS["pdf"].write(a_statement([entry(at + 1, memo="rent") for at in range(90)])))
    assert [page.count("rent") > 10 for page in pages[:2]] == [True, True]
