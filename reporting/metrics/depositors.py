"""Who holds the deposits: how much lies with the largest, how much lies dormant, in which branches and segments."""

from collections import Counter

from accounts.deposit_sheet import DIMENSIONS, LARGEST, DepositRow
from accounts.month_ends import SheetNumbers, by_part, of_part
from accounts.names import branch_name, channel_name, plain
from reporting.behind import Behind, Link, Row, Spec
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, Value, average, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.deposit_mix import SHARE
from reporting.metrics.deposits import END
from reporting.pack import Chart, Section, Series
from reporting.periods import Period, foot
from reporting.specs import MONEY, Term, listed, ratio, tape

SHEET = "deposits"
MOST = LARGEST[-1]
TOP, TOP_SHARE = f"Deposits of the {MOST} largest depositors", f"Share of the {MOST} largest depositors"
PEOPLE, EACH = "Depositors", "Deposits a depositor"
DORMANT, DORMANT_SHARE, DORMANT_ACCOUNTS = "Dormant deposits", "Dormant share of deposits", "Dormant accounts"
OTHERS = tuple(name for name in DIMENSIONS if name != "product")
"""Deposits by product are told by every closed day; see deposit_mix."""
FORMULAS = {
    PEOPLE: "People with an open deposit account, each counted once.",
    EACH: "Deposits / depositors.",
    TOP: f"Credit balances of the {MOST} people who have most, all their accounts together.",
    TOP_SHARE: f"Deposits of the {MOST} largest depositors / deposits.",
    DORMANT: "Credit balances of accounts whose owner moved nothing on them for as many days as the bank's policy "
    "names (parameter dormant.days).",
    DORMANT_SHARE: "Dormant deposits / deposits.",
    DORMANT_ACCOUNTS: "Accounts whose owner moved nothing for that long.",
    END: "Credit balances of the accounts of the branch, or of the owners of the segment.",
    SHARE: "Deposits of the part / deposits.",
}


def _owners(period: Period, most: int | None) -> list[Row]:
    """The people, the largest first, with what they have."""
    found, credits = period.sheet(SHEET), Counter[str]()
    rows: list[DepositRow] = list(found.tape()) if found else []
    for row in rows:
        credits[row.owner] += row.credit
    return [Row(owner, credit, Link("person", (owner,))) for owner, credit in credits.most_common(most)]


def _known(spec: Spec) -> Spec:
    """Without the sheet there are no rows, and the figure is n/a."""
    return lambda period, dimension: spec(period, dimension) if period.sheet(SHEET) else tape(SHEET, "none")(period, "")


def _of_part(period: Period, dimension: str) -> Behind:
    kind, _, code = dimension.partition(": ")
    return tape(SHEET, of_part("deposits", kind, code))(period, dimension)


_ALL = Term("Deposits", MONEY, tape(SHEET, "deposits"))
_TOP = Term(TOP, MONEY, _known(listed("Depositor", MONEY, lambda period, _: _owners(period, MOST))))
_PEOPLE = Term(
    PEOPLE,
    COUNT,
    _known(
        listed("Depositor", COUNT, lambda period, _: [Row(one.label, 1, one.link) for one in _owners(period, None)])
    ),
)
_DORMANT = Term(DORMANT, MONEY, tape(SHEET, "dormant"))
_PART = Term("Deposits of the part", MONEY, _of_part)
ROWS = {
    PEOPLE: _PEOPLE.spec,
    EACH: ratio(_ALL, _PEOPLE, 1),
    TOP: _TOP.spec,
    TOP_SHARE: ratio(_TOP, _ALL, 10_000),
    DORMANT: _DORMANT.spec,
    DORMANT_SHARE: ratio(_DORMANT, _ALL, 10_000),
    DORMANT_ACCOUNTS: tape(SHEET, "dormant_n", COUNT),
    END: _PART.spec,
    SHARE: ratio(_PART, _ALL, 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """How much depends on few, and how much sleeps."""
    people, top, asleep = (section.figure(name) for name in (PEOPLE, TOP_SHARE, DORMANT_SHARE))
    if people.value is None:
        return []
    return [
        f"{shown(people.value, COUNT)} people have deposits; the {MOST} largest hold {shown(top.value, PERCENT)} of "
        f"them, and {shown(asleep.value, PERCENT)} lie dormant."
    ]


def part_name(dimension: str, code: str) -> str:
    """What a branch, segment or channel is called."""
    names = {"branch": branch_name, "channel": channel_name}
    return names.get(dimension, plain)(code)


def _parts(found: SheetNumbers, whole: int, currency: str) -> tuple[list[Measure], list[Chart]]:
    measures, charts = [], []
    for dimension in OTHERS:
        levels = by_part(found.numbers, "deposits", dimension)
        foot(f"the deposits sheet of {found.day} by {dimension}", whole, sum(levels.values()))
        for code, level in levels.items():
            part = f"{dimension}: {code}"
            measures.append(Measure(END, level, currency, FORMULAS[END], part))
            measures.append(Measure(SHARE, percent(level, whole), PERCENT, FORMULAS[SHARE], part))
        labels = tuple(part_name(dimension, code) for code in levels)
        bars = (Series("Deposits", tuple(levels.values())),)
        name = f"Deposits by {dimension}"
        charts.append(Chart(f"deposits_by_{dimension}", name, "bar", dimension.capitalize(), labels, bars, currency))
    return measures, charts


@metric(
    "depositors", title="Depositors", order=46, words=in_words, icon="people", rows=ROWS, cuts=SHEET_CUTS, sheet=SHEET
)
def depositors(period: Period) -> Measured:
    """Deposits by who holds them, at the last business day of the period.

    Formula: share of the 20 largest = their credit balances / D; dormant share = balances of dormant accounts / D.
    Unit: the report's currency; people, accounts; percent.
    Source: the deposits sheet that was sealed with the last business day of the month; a period that ends within a
    month has none.
    """
    found, currency = period.sheet(SHEET), period.currency
    numbers = found.numbers if found else None
    whole_bank = period.uncut().sheet(SHEET)
    if whole_bank:
        on_books = period.closing.get("deposits", 0)
        foot(f"the deposits sheet of {whole_bank.day}", on_books, whole_bank.numbers["deposits"])

    def of(name: str) -> Value:
        return None if numbers is None else numbers[name]

    whole = of("deposits")
    values = [
        (PEOPLE, of("depositors"), COUNT),
        (EACH, average(whole, of("depositors")), currency),
        (TOP, of(f"top_{MOST}"), currency),
        (TOP_SHARE, percent(of(f"top_{MOST}"), whole), PERCENT),
        (DORMANT, of("dormant"), currency),
        (DORMANT_SHARE, percent(of("dormant"), whole), PERCENT),
        (DORMANT_ACCOUNTS, of("dormant_n"), COUNT),
    ]
    measures = [Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values]
    parts, charts = _parts(found, found.numbers["deposits"], currency) if found else ([], [])
    return Measured((*measures, *parts), tuple(charts))
