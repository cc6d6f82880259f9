"""What deposits cost the bank, and how much of them it has lent out."""

from accounts.ledger import INTEREST_EXPENSE
from accounts.totals import house_figure
from reporting.figures import COUNT, PERCENT, Value, average, percent, ratio, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.deposit_bridge import house
from reporting.pack import Section
from reporting.periods import Period
from reporting.specs import MONEY, Term, calendar_days, computed, flows, house_statement, level, number
from reporting.specs import ratio as ratio_of

EXPENSE, COST, LENT = "Interest expense", "Cost of deposits", "Loan-to-deposit ratio"
YEAR = 365
FORMULAS = {
    EXPENSE: "Interest posted to deposits in the period, less what was taken back. Savings earn by the day and are "
    "paid on the first business day of the month after.",
    COST: "Interest expense x 365 / calendar days of the period / daily average deposits.",
    LENT: "Outstanding principal of all loans / deposits, both at the end of the period.",
}


def _a_year(expense: Value, added: Value, days: Value, covered: Value) -> Value:
    """The expense against the daily average, which is rounded as the report shows it."""
    mean = average(added, days)
    if mean is None or expense is None or covered is None:
        return None
    return ratio(expense * YEAR, mean * covered, scale=10_000)


_EXPENSE = Term(
    EXPENSE, MONEY, flows(house_figure(INTEREST_EXPENSE), sign=-1, link=house_statement("interest_expense"))
)
_DAYS = Term("Calendar days", COUNT, number(lambda period: period.calendar_days))
_ADDED = Term("Deposits at the end of each calendar day, added up", MONEY, calendar_days("deposits"))
ROWS = {
    EXPENSE: _EXPENSE.spec,
    COST: computed("{0} x 365 / {3} / ({1} / {2})", _a_year, _EXPENSE, _ADDED, _DAYS, _DAYS),
    LENT: ratio_of(
        Term("Principal of all loans", MONEY, level("book_principal")),
        Term("Deposits", MONEY, level("deposits")),
        10_000,
    ),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Cost and ratio."""
    cost, lent = section.figure(COST), section.figure(LENT)
    if cost.value is None:
        return []
    return [f"Deposits cost {shown(cost.value, PERCENT)} a year; loans are {shown(lent.value, PERCENT)} of deposits."]


@metric("deposit_cost", title="Cost and use of deposits", order=44, trend=(COST,), words=in_words, rows=ROWS)
def deposit_cost(period: Period) -> Measured:
    """What the bank pays for deposits in a year at the period's pace, and the loans they carry.

    Formula: cost = interest expense x 365 / days / average D; loan-to-deposit = GLP / D, at the end.
    Unit: the report's currency; percent.
    Source: the interest expense account in the day shards; balances that each closed business day sealed.
    """
    expense, end = -house(period, INTEREST_EXPENSE), period.closing
    mean = period.average_deposits()
    cost = None if mean is None else ratio(expense * YEAR, mean * period.calendar_days, scale=10_000)
    values = [
        (EXPENSE, expense, period.currency),
        (COST, cost, PERCENT),
        (LENT, percent(end.get("book_principal"), end.get("deposits")), PERCENT),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values))
