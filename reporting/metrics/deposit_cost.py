"""What deposits cost the bank, and how much of them it has lent out."""

from accounts.ledger import INTEREST_EXPENSE
from reporting.figures import PERCENT, percent, ratio, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.deposit_bridge import house
from reporting.pack import Section
from reporting.periods import Period

EXPENSE, COST, LENT = "Interest expense", "Cost of deposits", "Loan-to-deposit ratio"
YEAR = 365
FORMULAS = {
    EXPENSE: "Interest posted to deposits in the period, less what was taken back. Savings earn by the day and are "
    "paid on the first business day of the month after.",
    COST: "Interest expense x 365 / calendar days of the period / daily average deposits.",
    LENT: "Outstanding principal of all loans / deposits, both at the end of the period.",
}


def in_words(section: Section, quarter: str) -> list[str]:
    """Cost and ratio."""
    cost, lent = section.figure(COST), section.figure(LENT)
    if cost.value is None:
        return []
    return [f"Deposits cost {shown(cost.value, PERCENT)} a year; loans are {shown(lent.value, PERCENT)} of deposits."]


@metric("deposit_cost", title="Cost and use of deposits", order=44, trend=(COST,), words=in_words)
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
