"""Where the loans of the start stand at the end: from bucket to bucket, repaid, or charged off."""

from accounts.loans.state import BUCKET_NAMES, CHARGED_OFF, CLOSED
from accounts.month_ends import of_part
from reporting.behind import Behind, Spec
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, Value, percent, shown
from reporting.lending import SHEET, bucket_title, months_of, unknown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Cell, Column, Section, Table
from reporting.periods import Period, foot
from reporting.specs import MONEY, Term, ratio, signed, tape

ROLLED, COUNTED = "Principal at start by where it went", "Loans at start by where they went"
WORSE, CURED, REPAID, LOST = "Rolled to a later bucket", "Cured", "Repaid in full", "Charged off of the start"
ENDS = (*BUCKET_NAMES, CLOSED, CHARGED_OFF)
FORMULAS = {
    ROLLED: "Principal at the start of the period of the loans in a bucket, by the bucket at its end, repaid in full "
    "or charged off; a row sums to the bucket's gross loans at the start.",
    COUNTED: "Loans in a bucket at the start, by the bucket at the end, repaid in full or charged off.",
    WORSE: "Principal at start of loans that stand in a later bucket at the end or were charged off / GLP at start.",
    CURED: "Principal at start of loans that were past due and are current or repaid in full / that were past due.",
    REPAID: "Principal at start of loans that were repaid in full / GLP at start.",
    LOST: "Principal at start of loans that were charged off / GLP at start.",
}
Way = tuple[str, str]
WENT = {CLOSED: "repaid in full", CHARGED_OFF: "written off"}
_CODES = {words: code for code, words in WENT.items()}
WAYS: tuple[Way, ...] = tuple((old, new) for old in BUCKET_NAMES for new in ENDS)
LATE = BUCKET_NAMES[1:]


def name_of(way: Way, what: str = "rolled") -> str:
    """The name of a way among a sheet's numbers."""
    return of_part(what, "roll", ">".join(way))


def is_worse(way: Way) -> bool:
    """Whether it leads to a later bucket, or off the books at a loss."""
    old, new = way
    return new == CHARGED_OFF or (new != CLOSED and ENDS.index(new) > ENDS.index(old))


_WORSE = [way for way in WAYS if is_worse(way)]
_CURED = [(old, new) for old in LATE for new in (BUCKET_NAMES[0], CLOSED)]
_REPAID = [(old, CLOSED) for old in BUCKET_NAMES]
_LOST = [(old, CHARGED_OFF) for old in BUCKET_NAMES]
_WERE_LATE = [(old, new) for old, new in WAYS if old in LATE]
SHARES = {
    WORSE: (_WORSE, list(WAYS)),
    CURED: (_CURED, _WERE_LATE),
    REPAID: (_REPAID, list(WAYS)),
    LOST: (_LOST, list(WAYS)),
}


def is_known(period: Period) -> bool:
    """Whether the period is three whole months with a sheet at both ends."""
    both = period.sheet(SHEET) and period.sheet_before(SHEET)
    return both is not None and len(months_of(period)) == 3


def _behind(what: str, unit: str) -> Spec:
    def spec(period: Period, dimension: str) -> Behind:
        old, _, new = dimension.partition(": ")[2].partition(" to ")
        way = old, _CODES.get(new, new)
        return (tape(SHEET, name_of(way, what), unit) if is_known(period) else unknown(unit))(period, dimension)

    return spec


def _share(part: list[Way], whole: list[Way]) -> Spec:
    def terms(ways: list[Way]) -> Spec:
        def spec(period: Period, dimension: str) -> Behind:
            if not is_known(period):
                return unknown(MONEY)(period, dimension)
            used = [way for way in ways if rolled(period, way)] or ways[:1]
            named = [Term(f"{old} to {new}", MONEY, tape(SHEET, name_of((old, new)))) for old, new in used]
            return signed(*named)(period, dimension)

        return spec

    return ratio(Term("Principal that went so", MONEY, terms(part)), Term("Of", MONEY, terms(whole)), 10_000)


ROWS = {
    ROLLED: _behind("rolled", MONEY),
    COUNTED: _behind("rolled_n", COUNT),
    **{name: _share(part, whole) for name, (part, whole) in SHARES.items()},
}


def rolled(period: Period, way: Way, what: str = "rolled") -> Value:
    """Principal at start, or loans, that went this way."""
    found = period.sheet(SHEET)
    return found.numbers[name_of(way, what)] if found and is_known(period) else None


def _sum(period: Period, ways: list[Way]) -> Value:
    return sum(rolled(period, way) or 0 for way in ways) if is_known(period) else None


def in_words(section: Section, quarter: str) -> list[str]:
    """What got worse, what was cured."""
    worse, cured = section.figure(WORSE), section.figure(CURED)
    if worse.value is None:
        return []
    healed = f"; of what was past due, {shown(cured.value, PERCENT)} was cured" if cured.value is not None else ""
    return [f"{shown(worse.value, PERCENT)} of the portfolio at the start rolled to a later bucket{healed}."]


@metric(
    "roll_rates", title="Roll rates", order=58, words=in_words, icon="arrow-left-right", rows=ROWS,
    cuts=SHEET_CUTS, sheet=SHEET,
)  # fmt: skip
def roll_rates(period: Period) -> Measured:
    """From bucket to bucket over a quarter, by principal at the start and by loans; each row sums to its bucket.

    Formula: cell (a, b) = principal at the start of loans in bucket a then and in b at the end; repaid in full and
    charged off are columns of their own.
    Unit: the report's currency; loans; percent.
    Source: the loans sheet of the quarter's last business day, whose rows keep the bucket of three month ends before;
    of a part of the bank the loans that are of it at the end.
    """
    _prove(period.uncut())
    measures = [
        Measure(name, percent(_sum(period, part), _sum(period, whole)), PERCENT, FORMULAS[name])
        for name, (part, whole) in SHARES.items()
    ]
    for way in WAYS:
        of = f"roll: {way[0]} to {WENT.get(way[1], way[1])}"
        measures.append(Measure(ROLLED, rolled(period, way), period.currency, FORMULAS[ROLLED], of))
        measures.append(Measure(COUNTED, rolled(period, way, "rolled_n"), COUNT, FORMULAS[COUNTED], of))
    if not is_known(period):
        return Measured(tuple(measures))
    tables = (
        _matrix(period, "rolled", "Roll rates: principal at the start", period.currency),
        _matrix(period, "rolled_n", "Roll rates: loans", COUNT),
    )
    return Measured(tuple(measures), tables=tables)


def _prove(period: Period) -> None:
    """Each row of the matrix is what the sheet of the start says of its bucket."""
    before = period.sheet_before(SHEET)
    if before is None or not is_known(period):
        return
    for old in BUCKET_NAMES:
        for what, stood in (("rolled", "glp"), ("rolled_n", "loans")):
            parts = sum(rolled(period, (old, new), what) or 0 for new in ENDS)
            foot(f"the roll rates of {period.label} from {old}", before.numbers[f"{stood}_{old}"], parts)


def _matrix(period: Period, what: str, title: str, unit: str) -> Table:
    columns = (Column("From"), *(Column(bucket_title(new), unit) for new in ENDS), Column("All", unit))
    cells = [[rolled(period, (old, new), what) or 0 for new in ENDS] for old in BUCKET_NAMES]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (bucket_title(old), *row, sum(row)) for old, row in zip(BUCKET_NAMES, cells, strict=True)
    )
    sums = [sum(column) for column in zip(*cells, strict=True)]
    return Table(f"matrix_{what}", title, columns, rows, ("All", *sums, sum(sums)), by_period=False)
