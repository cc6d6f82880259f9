"""How much customers keep with the bank, and how it grew."""

from collections.abc import Mapping

from accounts.month_ends import SheetNumbers
from reporting.behind import largest, smallest
from reporting.cuts import SHEET_CUTS
from reporting.figures import COUNT, PERCENT, Value, average, growth, in_a_sentence, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import Period
from reporting.specs import (
    MONEY,
    Term,
    calendar_days,
    computed,
    days_of,
    either,
    end_of_days,
    level,
    nowhere,
    number,
    ratio,
    start,
    tape,
    year_ago,
)

END, GROWTH, GROWTH_YEAR = "Deposits, end of period", "Growth over the period", "Growth over the year"
AVERAGE, MINIMUM, MAXIMUM = "Deposits, daily average", "Deposits, minimum", "Deposits, maximum"
OVERDRAWN, ACCOUNTS, A_ACCOUNT = "Overdrawn balances, end of period", "Accounts, end of period", "Deposits an account"
FORMULAS = {
    END: "D(T) = sum of the credit balances of deposit accounts at the end of the last business day.",
    GROWTH: "D(end of period) / D(end of the period before) - 1; a period that is still open: so far.",
    GROWTH_YEAR: "D(end of period) / D(end of the same period a year ago) - 1.",
    AVERAGE: "Average of D over calendar days; days without business count the business day before them.",
    MINIMUM: "The smallest D at the end of a business day.",
    MAXIMUM: "The largest D at the end of a business day.",
    OVERDRAWN: "Sum of the debit balances of deposit accounts: what customers owe the bank.",
    ACCOUNTS: "Open deposit accounts.",
    A_ACCOUNT: "Deposits / accounts, both at the end of the period.",
}

SHEET = "deposits"
_END = Term(END, MONEY, either(level("deposits"), tape(SHEET, "deposits")))
_START = either(start("deposits"), tape(SHEET, "deposits", before=True))
_ACCOUNTS = Term(ACCOUNTS, COUNT, either(level("accounts", COUNT, link=nowhere), tape(SHEET, "accounts", COUNT)))
ROWS = {
    END: _END.spec,
    GROWTH: computed("{0} / {1} - 1", growth, _END, Term("Deposits at its start", MONEY, _START)),
    GROWTH_YEAR: computed("{0} / {1} - 1", growth, _END, Term("Deposits a year ago", MONEY, year_ago("deposits"))),
    AVERAGE: computed(
        "{0} / {1}",
        average,
        Term("Deposits at the end of each calendar day, added up", MONEY, calendar_days("deposits")),
        Term("Calendar days", COUNT, number(lambda period: len(days_of(period)))),
    ),
    MINIMUM: end_of_days("deposits", smallest, says="The figure is the smallest of these."),
    MAXIMUM: end_of_days("deposits", largest, says="The figure is the largest of these."),
    OVERDRAWN: either(level("overdrawn"), tape(SHEET, "overdrawn")),
    ACCOUNTS: _ACCOUNTS.spec,
    A_ACCOUNT: ratio(_END, _ACCOUNTS, 1),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Where deposits stand and how they got there."""
    end, mean = section.figure(END), section.figure(AVERAGE)
    grown = [(section.figure(GROWTH).value, "over the period"), (section.figure(GROWTH_YEAR).value, "over the year")]
    if end.value is None:
        return []
    daily = f"; the daily average was {shown(mean.value, mean.unit)} {mean.unit}" if mean.value is not None else ""
    return [f"Deposits stood at {shown(end.value, end.unit)} {end.unit}{in_a_sentence(grown)}{daily}."]


@metric(
    "deposits",
    title="Deposit growth",
    order=40,
    trend=(END,),
    headline=(END, GROWTH),
    words=in_words,
    icon="piggy-bank",
    cuts=SHEET_CUTS,
    rows=ROWS,
    sheet=SHEET,
    whole_only=(GROWTH_YEAR, AVERAGE, MINIMUM, MAXIMUM),
)
def deposits(period: Period) -> Measured:
    """Deposits at the end, on average, at their lowest and highest, and their growth.

    Formula: D(T) = sum of credit balances; growth over a period or year = D(end) / D(start) - 1.
    Unit: the report's currency; percent.
    Source: the balances that each closed business day sealed, each proven to follow from the day before; of a part of
    the bank the deposits sheet of the month end.
    """
    currency, closing, opening = period.currency, _ended(period), _began(period)
    levels = [deposits for _, deposits in period.daily_deposits()]
    end = closing.get("deposits")
    values = [
        (END, end, currency),
        (GROWTH, growth(end, opening.get("deposits")), PERCENT),
        (GROWTH_YEAR, growth(end, period.year_ago.get("deposits")), PERCENT),
        (AVERAGE, period.average_deposits(), currency),
        (MINIMUM, min(levels, default=None), currency),
        (MAXIMUM, max(levels, default=None), currency),
        (OVERDRAWN, closing.get("overdrawn"), currency),
        (ACCOUNTS, closing.get("accounts"), COUNT),
        (A_ACCOUNT, average(end, closing.get("accounts")), currency),
    ]
    labels = tuple(day.day for day in period.days)
    chart = Chart(
        "daily_deposits",
        "Deposits by business day",
        "line",
        "Day",
        labels,
        (Series("Deposits", tuple(levels)),),
        currency,
    )
    measures = tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values)
    return Measured(measures, () if period.cut else (chart,))


def _ended(period: Period) -> Mapping[str, Value]:
    return of_sheet(period.sheet(SHEET)) if period.cut else period.closing


def _began(period: Period) -> Mapping[str, Value]:
    return of_sheet(period.sheet_before(SHEET)) if period.cut else period.opening


def of_sheet(found: SheetNumbers | None) -> Mapping[str, Value]:
    """What a part of the bank ended a month with, by the names that closed days use; empty without a sheet."""
    return {name: found.numbers[name] for name in ("deposits", "overdrawn", "accounts")} if found else {}
