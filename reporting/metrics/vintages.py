"""How the loans of each quarter of disbursement have fared since: ever late, and lost."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from accounts.loans.rows import months_between
from accounts.month_ends import SheetNumbers, by_part, of_part
from cloudbank.quarters import quarter_of
from reporting.behind import Behind, Spec
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, Value, percent, shown
from reporting.lending import SHEET, unknown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Column, Section, Series, Table
from reporting.periods import Period
from reporting.specs import MONEY, Term, ratio, signed, tape

LENT, LOANS, EVER_LATE, LOSS = "Disbursed", "Loans disbursed", "Ever more than 30 days late", "Charged off so far"
SHOWN = 8
"""Quarters of disbursement that are told, newest last."""
FORMULAS = {
    LENT: f"Principal disbursed in the quarter of disbursement; in all: in the last {SHOWN} quarters with loans.",
    LOANS: "Loans disbursed in the quarter of disbursement.",
    EVER_LATE: "Disbursed principal of the loans that a month end up to so many months on book saw to have ever been "
    "more than 30 days past due / disbursed in the quarter (cumulative PAR 30).",
    LOSS: "Principal charged off up to so many months on book / disbursed in the quarter (cumulative loss).",
}


@dataclass(frozen=True)
class Vintage:
    """The loans disbursed in one quarter. `age`: months on book of its youngest loans on the sheet's day."""

    label: str
    months: tuple[str, ...]
    age: int

    def lent(self, sheet: SheetNumbers, name: str = "lent") -> int:
        """What was disbursed."""
        return sum(sheet.numbers[of_part(name, "vintage", month)] for month in self.months)

    def names(self, sheet: SheetNumbers, what: str, upto: int) -> list[str]:
        """The sheet's numbers that add up to what was late or lost up to so many months on book."""
        wanted = [of_part(f"{what}_{age}", "vintage", month) for month in self.months for age in range(upto + 1)]
        return [name for name in wanted if sheet.numbers[name]]

    def share(self, sheet: SheetNumbers, what: str, upto: int) -> Value:
        """Cumulative, in hundredths of a percent; n/a before its youngest loans are so old."""
        if upto > self.age:
            return None
        return percent(sum(sheet.numbers[name] for name in self.names(sheet, what, upto)), self.lent(sheet))


def vintages(sheet: SheetNumbers, start_month: int = 1) -> list[Vintage]:
    """The latest quarters of disbursement on a sheet, oldest first, by fiscal quarters."""
    months: dict[str, list[str]] = {}
    for month in by_part(sheet.numbers, "lent", "vintage"):
        quarter = quarter_of(date.fromisoformat(f"{month}-01"), start_month)
        months.setdefault(quarter.label, []).append(month)
    found = [Vintage(label, tuple(some), months_between(max(some), sheet.day[:7])) for label, some in months.items()]
    return sorted(found, key=lambda one: one.months)[-SHOWN:]


def _sheet(period: Period) -> SheetNumbers | None:
    return period.sheet(SHEET)


def _start_month(period: Period) -> int:
    return int(getattr(period.stretch, "start_month", 1))


def _together(told: list[Vintage], sheet: SheetNumbers) -> Vintage:
    """All of them as one, as old as the oldest loan."""
    months = sorted(month for one in told for month in one.months)
    return Vintage("", tuple(months), months_between(months[0], sheet.day[:7]) if months else 0)


def _one(period: Period, dimension: str) -> Vintage | None:
    label, found = dimension.partition(": ")[2], _sheet(period)
    if found is None:
        return None
    told = vintages(found, _start_month(period))
    return next((one for one in [_together(told, found), *told] if one.label == label), None)


def _behind(names: Callable[[Vintage, SheetNumbers], list[str]], unit: str = MONEY) -> Spec:
    def spec(period: Period, dimension: str) -> Behind:
        found, one = _sheet(period), _one(period, dimension)
        if found is None or one is None:
            return unknown(unit)(period, dimension)
        wanted = names(one, found) or [of_part("lent", "vintage", "")]
        if len(wanted) == 1:
            return tape(SHEET, wanted[0], unit)(period, dimension)
        return signed(*(Term(name.replace("@vintage:", ", "), unit, tape(SHEET, name, unit)) for name in wanted))(
            period, dimension
        )

    return spec


def _lent(name: str, one: Vintage, sheet: SheetNumbers) -> list[str]:
    return [of_part(name, "vintage", month) for month in one.months]


def _so_far(what: str, one: Vintage, sheet: SheetNumbers) -> list[str]:
    return one.names(sheet, what, one.age)


_LENT = Term(LENT, MONEY, _behind(partial(_lent, "lent")))
ROWS = {
    LENT: _LENT.spec,
    LOANS: _behind(partial(_lent, "lent_n"), COUNT),
    EVER_LATE: ratio(Term("Ever late", MONEY, _behind(partial(_so_far, "late"))), _LENT, 10_000),
    LOSS: ratio(Term("Charged off", MONEY, _behind(partial(_so_far, "lost"))), _LENT, 10_000),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """The vintage that was late most."""
    late = [one for one in section.figures if one.metric == EVER_LATE and one.dimension and one.value]
    if not late:
        return []
    worst = max(late, key=lambda one: one.value or 0)
    return [
        f"Of what was lent in {worst.dimension.partition(': ')[2]}, {shown(worst.value, PERCENT)} was more than 30 "
        "days late at some time, the most of all quarters of disbursement."
    ]


@metric("vintages", title="Vintages", order=59, words=in_words, icon="layers", rows=ROWS, cuts=SHEET_CUTS, sheet=SHEET)
def vintages_metric(period: Period) -> Measured:
    """Cumulative PAR 30 and cumulative loss by quarter of disbursement and months on book.

    Formula: for the loans disbursed in a quarter and each month m on book: disbursed principal of those ever more than
    30 days past due by m / disbursed; principal charged off by m / disbursed.
    Unit: percent of the amount disbursed; the report's currency; loans.
    Source: the loans sheet of the period's last month end, whose rows keep when a loan was first seen late or was lost;
    a loan that ended stays on it for five years from its disbursement.
    """
    found = _sheet(period)
    if found is None:
        return Measured(tuple(Measure(name, None, _unit(name, period), FORMULAS[name]) for name in FORMULAS))
    told = vintages(found, _start_month(period))
    measures = _of_one(_together(told, found), found, period, "")
    for one in told:
        measures += _of_one(one, found, period, f"quarter: {one.label}")
    if not told:
        return Measured(tuple(measures))
    curves = [("late", "Ever more than 30 days late"), ("lost", "Charged off")]
    charts = tuple(_curve(found, told, what, f"{title}, by months on book") for what, title in curves)
    tables = tuple(_table(found, told, what, f"{title}, by months on book", period) for what, title in curves)
    return Measured(tuple(measures), charts, tables)


def _unit(name: str, period: Period) -> str:
    return {LENT: period.currency, LOANS: COUNT}.get(name, PERCENT)


def _of_one(one: Vintage, sheet: SheetNumbers, period: Period, dimension: str) -> list[Measure]:
    values = {
        LENT: one.lent(sheet),
        LOANS: one.lent(sheet, "lent_n"),
        EVER_LATE: one.share(sheet, "late", one.age),
        LOSS: one.share(sheet, "lost", one.age),
    }
    return [Measure(name, value, _unit(name, period), FORMULAS[name], dimension) for name, value in values.items()]


def _ages(told: list[Vintage]) -> list[int]:
    return list(range(max(one.age for one in told) + 1))


def _curve(sheet: SheetNumbers, told: list[Vintage], what: str, title: str) -> Chart:
    ages = _ages(told)
    lines = tuple(Series(one.label, tuple(one.share(sheet, what, age) for age in ages)) for one in told)
    return Chart(f"vintage_{what}", title, "line", "Months on book", tuple(map(str, ages)), lines, PERCENT)


def _table(sheet: SheetNumbers, told: list[Vintage], what: str, title: str, period: Period) -> Table:
    ages = [age for age in _ages(told) if age % 3 == 0]
    columns = (
        Column("Quarter"), Column("Disbursed", period.currency), *(Column(f"{age} months", PERCENT) for age in ages)
    )  # fmt: skip
    rows = tuple((one.label, one.lent(sheet), *(one.share(sheet, what, age) for age in ages)) for one in told)
    return Table(f"vintage_{what}", title, columns, rows, by_period=False)
