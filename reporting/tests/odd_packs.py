"""Packs that are hard to lay out: huge and negative figures, long names, gaps, every kind of chart. Pure."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from reporting.assemble import assemble
from reporting.pack import Chart, Column, Figure, Pack, Section, Series, Table
from reporting.tests.days import CALENDAR, Q3, bank_days, bank_pack, request

QUARTERS = ("2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3")
BUCKETS = ("0", "1-30", "31-60", "61-90", "91-180", "181-365", ">365")
HUGE = 10**17
NAMES = tuple(f"Northern and Eastern Borderlands Agricultural Cooperativ {place:02d}"[:60] for place in range(40))


def _figure(
    metric: str, value: int | None, before: int | None, moved: int | None, unit: str, dimension: str = ""
) -> Figure:
    return Figure("s", metric, dimension, "2026Q3", value, unit, "How it is.", before, None, moved, None)


def figures(currency: str) -> tuple[Figure, ...]:
    """Huge, negative, missing; forty names of sixty letters."""
    return (
        _figure("Gross loans", HUGE + 12_345, HUGE // 2, 10_000, currency),
        _figure("Net", -HUGE, 10**15, -123_456_789, currency),
        _figure("Coverage", None, None, None, "%"),
        *(
            _figure("Outstanding", (at - 5) * 7**12, None if at % 3 else 5, 300, currency, f"borrower: {name}")
            for at, name in enumerate(NAMES)
        ),
    )


def charts(currency: str) -> tuple[Chart, ...]:
    """Every kind, with gaps and negative values."""
    layers = tuple(
        Series(name, tuple((10**9 - 10**8 * at) // (place + 1) ** 2 for at in range(5)))
        for place, name in enumerate(BUCKETS)
    )
    curves = tuple(
        Series(name, tuple(at * at + 17 * place if at < 18 - 3 * place else None for at in range(18)))
        for place, name in enumerate(QUARTERS)
    )
    five = tuple(Series(f"series {at}", tuple((at + 1) * (q - 2) * 100 for q in range(5))) for at in range(5))
    steps = ("Start", "In a very long word way", "Out", "Fees and everything else", "End")
    bars = (Series("Bridge", (10**8, 5 * 10**7, -2 * 10**8, None, -5 * 10**7)),)
    owed = (Series("x", tuple((at - 5) * 7**10 for at in range(40))),)
    types = ("Deposit", "Withdrawal", "Transfer between own accounts")
    return (
        Chart("s_trend", "Loans by days past due", "stacked", "Quarter", QUARTERS, layers, currency),
        Chart("lying", "Outstanding by borrower", "bar", "Borrower", NAMES, owed, currency),
        Chart("curves", "Vintages", "line", "Months on book", tuple(str(at) for at in range(1, 19)), curves, "%"),
        Chart("bridge", "Bridge", "waterfall", "Step", steps, bars, currency),
        Chart("five", "Five series", "bar", "Quarter", QUARTERS, five, "count"),
        Chart("left", "Left", "bar", "Type", types, (Series("x", (5, None, 7)),), "count"),
        Chart("right", "Right " * 20, "bar", "Type", ("A", "B"), (Series("x", (-5, 7)), Series("y", (3, 4))), "count"),
        Chart(
            "gaps", "Gaps", "line", "Month", ("2026-07", "2026-08", "2026-09"), (Series("x", (5, None, 7)),), "count"
        ),
        Chart(
            "missing", "Missing line", "line", "Type", ("A", "B"), (Series("x", (None, None)), Series("y", (3, 4))), "%"
        ),
        Chart("empty", "Nothing", "bar", "Type", ("A", "B"), (Series("x", (None, 0)),), "count"),
    )


def tables(currency: str) -> tuple[Table, ...]:
    """A matrix too wide for a page, a narrow one, and forty rows with texts that wrap."""
    money = tuple(Column(title, currency) for title in (*BUCKETS, "Charged off", "Total"))
    matrix = tuple(
        (name, *((10**11 * (row + 1) * (at + 1)) if (row + at) % 4 else None for at in range(7)), 5, 10**13)
        for row, name in enumerate(BUCKETS)
    )
    shares = tuple((name, *[1_234] * 7) for name in BUCKETS)
    top = tuple((name, f"Branch of the {name[:30]}", "2026-01-02", HUGE // 100, 123) for name in NAMES)
    top_columns = (Column("Borrower"), Column("Branch"), Column("Since", "day"), Column("Outstanding", currency),
                   Column("Share", "%"))  # fmt: skip
    return (
        Table("shares", "Roll rates, share", (Column("From"), *(Column(name, "%") for name in BUCKETS)), shares),
        Table("matrix", "Roll rates, balance", (Column("From"), *money), matrix, ("All", *[10**13] * 9)),
        Table("top", "Largest borrowers", top_columns, top, ("All", None, None, HUGE, 10_000), by_period=False),
    )


@cache
def hard_pack(currency: str = "USD") -> Pack:
    """The section above beside the bank's own."""
    title = "Loan portfolio of every branch, product, segment and currency of the bank"
    definition = "What is lent.\n\nFormula: x\nUnit: y\nSource: z"
    section = Section(
        "s", title, definition, figures(currency), charts(currency), tables(currency), ("Gross loans", "Net")
    )
    return replace(
        bank_pack(),
        title="Loan committee and risk, quarterly report",
        bank="Łódź Иван ₹ and the Northern and Eastern Borderlands",
        audience="the board of directors",
        currency=currency,
        sections=(section, *bank_pack().sections),
        notes=("One note. " * 30, "A second note."),
        summary=("A sentence that is long. " * 20,) * 3,
    )


@cache
def first_quarter_pack() -> Pack:
    """A bank in its first quarter: nothing to set beside it."""
    return assemble(request(), bank_days(Q3, quarters=1), CALENDAR)


@cache
def provisional_pack() -> Pack:
    """A quarter with twenty business days to come."""
    return assemble(request(), bank_days(Q3)[:-20], CALENDAR)


@cache
def many_heads_pack() -> Pack:
    """Every figure of the whole heads the report."""
    sections = tuple(
        replace(one, headline=tuple(dict.fromkeys(f.metric for f in one.figures if not f.dimension)))
        for one in bank_pack().sections
    )
    return replace(bank_pack(), sections=sections)


@cache
def range_pack() -> Pack:
    """A range whose labels are long."""
    own, before, year_ago = "2026-07-01 to 2026-09-30", "2026-04-01 to 2026-06-30", "2025-07-01 to 2025-09-30"
    sections = tuple(
        replace(one, figures=tuple(replace(figure, period=own) for figure in one.figures))
        for one in bank_pack().sections
    )
    return replace(bank_pack(), sections=sections, period=own, previous=before, year_ago=year_ago)


def empty_section_pack() -> Pack:
    """A section without figures, and no summary."""
    return replace(bank_pack(), sections=(Section("s", "Without figures", "Nothing.", ()),), summary=())


ODD_PACKS: dict[str, Callable[[], Pack]] = {
    "the bank's": bank_pack,
    "dollars": hard_pack,
    "dinars": lambda: hard_pack("KWD"),
    "yen": lambda: hard_pack("JPY"),
    "first quarter": first_quarter_pack,
    "provisional": provisional_pack,
    "many heads": many_heads_pack,
    "a range": range_pack,
    "no figures": empty_section_pack,
}
