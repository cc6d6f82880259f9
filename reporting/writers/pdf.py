"""PDF: A4, title page, contents, summary in words, vector charts, tables, definitions; embedded font."""

from itertools import count

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Spacer

from cloudbank.fonts import register_fonts
from reporting.pack import Chart, Pack, Section, Table
from reporting.paper import blocks, tables
from reporting.paper.contents import Entry, Heading, lines
from reporting.paper.frame import built
from reporting.paper.headline import headline
from reporting.paper.texts import BODY, H1, H2, LEAD, letters_note, text
from reporting.writers import writer

SUMMARY, DEFINITIONS = Entry("summary", "Executive summary"), Entry("definitions", "Definitions")
LONG = 32
"""Rows from which a table stands in the annex."""
READING = (
    "Each figure stands beside the period before and the same period of last year. A change is in percent of the "
    "earlier figure; between two percentages it is in percentage points (pp).",
    "n/a: there is nothing to say, because the period has no data or the denominator is zero. It is never a zero.",
    "Charts shorten amounts: k thousand, M million, B billion, T trillion. Tables have them to the last decimal.",
    "The SHA-256 at the foot of each page is that of the content. The bank's archive has the same one, "
    "and so have the CSV and XLSX files of this report.",
)


@writer("pdf", label="PDF", content_type="application/pdf", icon="filetype-pdf", order=1)
def pdf(pack: Pack) -> bytes:
    """The document. Cut-off and SHA-256 stand on every page; the same pack gives the same bytes.

    Raises FontMissing.
    """
    register_fonts()
    if pack.listing:
        return built(pack, _statement(pack), letter=True)
    return built(pack, _report(pack))


def _notes(pack: Pack) -> list[Flowable]:
    said = letters_note(pack)
    return blocks.notes([*pack.notes, *([said] if said else [])])


def _report(pack: Pack) -> list[Flowable]:
    story: list[Flowable] = [Spacer(1, 4 * mm), *_notes(pack), blocks.facts(pack.facts()), PageBreak()]
    glance = [chart for section in pack.sections if section.headline for chart in section.charts if _is_trend(chart)][
        :2
    ]
    chapters, entries = _chapters(pack, glance)
    story += [text("Contents", H1), Spacer(1, 8), *lines(entries)]
    story += [Spacer(1, 10), text("Reading this report", H2)]
    story += [text(line, LEAD, bulletText="\N{BULLET}") for line in READING]
    return [*story, PageBreak(), *_summary(pack, glance), *chapters]


def _summary(pack: Pack, glance: list[Chart]) -> list[Flowable]:
    story = blocks.heading(SUMMARY, f"{pack.bank} · {pack.subtitle}")
    story += headline(pack, pack.headlines())
    story += [one for row in blocks.chart_rows(glance) for one in row]
    return story + [text(sentence, LEAD, bulletText="\N{BULLET}") for sentence in pack.summary]


def _is_trend(chart: Chart) -> bool:
    return chart.code.endswith("_trend")


def _chapters(pack: Pack, glance: list[Chart]) -> tuple[list[Flowable], list[Entry]]:
    """A chapter a section, the long tables as an annex, the definitions; and the lines of the contents."""
    story: list[Flowable] = []
    entries, annex, keys = [SUMMARY], [], count()
    for section in pack.sections:
        entry = Entry(f"section{next(keys)}", section.title)
        entries.append(entry)
        short = [
            (Entry(f"table{next(keys)}", table.title, 1), table) for table in section.tables if not _is_long(table)
        ]
        entries += [one for one, _ in short]
        story += _section(pack, section, [one for one in section.charts if one not in glance], entry, short)
        annex += [(Entry(f"annex{next(keys)}", _annex_title(section, table)), table) for table in section.tables
                  if _is_long(table)]  # fmt: skip
    for entry, table in annex:
        story += blocks.flowing(blocks.heading(entry, "The rows behind the figures."), tables.table(table))
    entries += [*(entry for entry, _ in annex), DEFINITIONS]
    lead = "What each figure means, how it is computed, where it comes from."
    return [*story, *blocks.flowing(blocks.heading(DEFINITIONS, lead), *blocks.definitions(pack))], entries


def _annex_title(section: Section, table: Table) -> str:
    return f"{section.title}: {table.title[:1].lower()}{table.title[1:]}"


def _is_long(table: Table) -> bool:
    return len(table.rows) > LONG


def _section(
    pack: Pack, section: Section, charts: list[Chart], entry: Entry, short: list[tuple[Entry, Table]]
) -> list[Flowable]:
    trend_first = sorted(charts, key=lambda chart: not _is_trend(chart))
    parts = [*blocks.chart_rows(trend_first), tables.figures_table(pack, section)]
    parts += [[Heading(one, H2), *tables.table(table)] for one, table in short]
    if not any(parts):
        parts = [[text("This part has no figures for the period.", BODY)]]
    subtitle = section.definition.split("\n\n")[0]
    return blocks.flowing(blocks.heading(entry, subtitle), *(part for part in parts if part))


def _statement(pack: Pack) -> list[Flowable]:
    story: list[Flowable] = [*_notes(pack), blocks.facts(pack.facts()), Spacer(1, 8)]
    story += headline(pack, pack.headlines(), a_row=4)
    story += [text(sentence, BODY) for sentence in pack.summary]
    for table in [*(table for section in pack.sections for table in section.tables), pack.listing]:
        if table:
            story += blocks.flowing([text(table.title, H2)], tables.table(table))
    return story
