"""How much of the portfolio a few borrowers owe."""

from collections import Counter
from collections.abc import Iterator

from accounts.loans.sheet import LARGEST, largest
from reporting.behind import Behind, Link, Row, Rows
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, average, percent, shown
from reporting.lending import SHEET
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Section
from reporting.periods import Period
from reporting.specs import MONEY, Term, ratio, tape

BORROWERS, TOP = "Borrowers", f"Owed by the {LARGEST} largest borrowers"
SHARE, EACH = f"Share of the {LARGEST} largest borrowers", "Principal a borrower"
FORMULAS = {
    BORROWERS: "People and businesses with principal outstanding; who has two loans is counted once.",
    TOP: f"Outstanding principal of the {LARGEST} borrowers who owe most, all their loans together.",
    SHARE: f"Outstanding principal of the {LARGEST} largest borrowers / GLP.",
    EACH: "GLP / borrowers.",
}


def _owed(period: Period) -> Counter[str]:
    owed: Counter[str] = Counter()
    found = period.sheet(SHEET)
    for row in found.tape() if found else ():
        if row.principal:
            owed[row.borrower] += row.principal
    return owed


def _top(period: Period, dimension: str) -> Behind:
    def read() -> Iterator[Row]:
        for borrower, principal in largest(_owed(period)):
            yield Row(borrower, principal, Link("person", (borrower,)))

    return Rows("Borrower", period.currency, read, known=period.sheet(SHEET) is not None)


def _borrowers(period: Period, dimension: str) -> Behind:
    def read() -> Iterator[Row]:
        for borrower in sorted(_owed(period)):
            yield Row(borrower, 1, Link("person", (borrower,)))

    return Rows("Borrower", COUNT, read, known=period.sheet(SHEET) is not None)


_GLP = Term("Gross loans", MONEY, tape(SHEET, "glp"))
ROWS = {
    BORROWERS: _borrowers,
    TOP: _top,
    SHARE: ratio(Term(TOP, MONEY, _top), _GLP, 10_000),
    EACH: ratio(_GLP, Term(BORROWERS, COUNT, _borrowers), 1),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """How concentrated the portfolio is; nothing where all borrowers are among the largest."""
    share, borrowers = section.figure(SHARE), section.figure(BORROWERS)
    if share.value is None or (borrowers.value or 0) <= LARGEST:
        return []
    return [
        f"The {LARGEST} largest of {shown(borrowers.value, COUNT)} borrowers owe {shown(share.value, PERCENT)} of the "
        "portfolio."
    ]


@metric(
    "borrower_concentration", title="Largest borrowers", order=60, words=in_words, icon="pie-chart", rows=ROWS,
    cuts=SHEET_CUTS, sheet=SHEET,
)  # fmt: skip
def borrower_concentration(period: Period) -> Measured:
    """How much of the portfolio the largest borrowers owe.

    Formula: share = outstanding principal of the ten borrowers who owe most / GLP.
    Unit: borrowers; the report's currency; percent.
    Source: the loans sheet of the period's last month end; n/a for a period that does not end with a month.
    """
    found = period.sheet(SHEET)
    top, glp, count = (found.numbers[name] if found else None for name in (f"top_{LARGEST}", "glp", "borrowers"))
    values = [
        (BORROWERS, count, COUNT),
        (TOP, top, period.currency),
        (SHARE, percent(top, glp), PERCENT),
        (EACH, average(glp, count), period.currency),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values))
