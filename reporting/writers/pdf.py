"""PDF: A4, title page, summary in words, vector charts, tables, definitions; embedded font."""

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Spacer

from cloudbank.fonts import register_fonts
from reporting.pack import Chart, Pack, Section
from reporting.paper import blocks, tables
from reporting.paper.frame import built
from reporting.writers import writer


@writer("pdf", label="PDF", content_type="application/pdf", icon="filetype-pdf", order=1)
def pdf(pack: Pack) -> bytes:
    """The document. Cut-off and SHA-256 stand on every page; the same pack gives the same bytes."""
    register_fonts()
    if pack.listing:
        return built(pack, _statement(pack), letter=True)
    return built(pack, _report(pack))


def _report(pack: Pack) -> list[Flowable]:
    glance = [
        chart
        for section in pack.sections
        if section.headline
        for chart in section.charts
        if chart.code.endswith("_trend")
    ][:2]
    story: list[Flowable] = [Spacer(1, 4 * mm), *blocks.notes(pack), blocks.facts(pack.facts()), PageBreak()]
    story += blocks.heading("Executive summary", f"{pack.bank} · {pack.subtitle}")
    story += [*blocks.tiles(pack, pack.headlines()), *blocks.charts(glance)]
    story += [blocks.text(sentence, blocks.LEAD, bulletText="\N{BULLET}") for sentence in pack.summary]
    story.append(PageBreak())
    for section in pack.sections:
        story += blocks.whole(_section(pack, section, [chart for chart in section.charts if chart not in glance]))
    for table in [table for section in pack.sections for table in section.tables if _is_long(table.rows)]:
        story += [PageBreak(), *blocks.heading(table.title, "The rows that the period's figures sum up.")]
        story += tables.table(table, titled=False)
    story += [
        PageBreak(),
        *blocks.heading("Definitions", "What each figure means, how it is computed, where it comes from."),
    ]
    return story + blocks.definitions(pack)


def _is_long(rows: tuple[object, ...]) -> bool:
    return len(rows) > 14


def _section(pack: Pack, section: Section, charts: list[Chart]) -> list[Flowable]:
    story = blocks.heading(section.title, section.definition.split("\n\n")[0])
    story += [*blocks.charts(charts), *tables.figures_table(pack, section)]
    for table in section.tables:
        if not _is_long(table.rows):
            story += tables.table(table)
    return story


def _statement(pack: Pack) -> list[Flowable]:
    story: list[Flowable] = [*blocks.notes(pack), blocks.facts(pack.facts()), Spacer(1, 8)]
    story += blocks.tiles(pack, pack.headlines(), a_row=4)
    story += [blocks.text(sentence, blocks.BODY) for sentence in pack.summary]
    for section in pack.sections:
        for table in section.tables:
            story += tables.table(table)
    return story + (tables.table(pack.listing) if pack.listing else [])
