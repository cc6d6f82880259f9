"""What the portfolio earns."""

from reporting.figures import PERCENT, shown
from reporting.lending import AVERAGE, a_year, a_year_of, average_glp
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Section
from reporting.periods import Period
from reporting.specs import MONEY, Term, flows, house_statement, signed

INTEREST, FEES, EARNED = "Interest earned on loans", "Fees earned on loans", "Interest and fees earned"
MEAN, YIELD = "Average gross loans", "Portfolio yield"
FORMULAS = {
    INTEREST: "Interest booked as income: when an instalment falls due, or when it is paid on a loan that does not "
    "accrue; less what was taken back when a loan stopped accruing.",
    FEES: "Fees that borrowers paid on loans, less fees taken back.",
    EARNED: "Interest + fees.",
    MEAN: "Average of GLP over calendar days.",
    YIELD: "Interest and fees earned / average GLP, a year (x 365 / days).",
}
_INTEREST = Term(INTEREST, MONEY, flows("house_interest_income", link=house_statement("house:interest_income")))
_FEES = Term(FEES, MONEY, flows("loan_fees_paid"))
_EARNED = Term(EARNED, MONEY, signed(_INTEREST, _FEES))
ROWS = {
    INTEREST: _INTEREST.spec,
    FEES: _FEES.spec,
    EARNED: _EARNED.spec,
    MEAN: AVERAGE,
    YIELD: a_year_of(_EARNED),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """What loans earn."""
    earned, rate = section.figure(EARNED), section.figure(YIELD)
    if rate.value is None:
        return []
    return [
        f"Loans earned {shown(earned.value, earned.unit)} {earned.unit} in interest and fees, a yield of "
        f"{shown(rate.value, PERCENT)} a year."
    ]


@metric("loan_yield", title="Loan yield", order=56, trend=(YIELD,), words=in_words, icon="percent", rows=ROWS)
def loan_yield(period: Period) -> Measured:
    """Interest and fees earned on loans, as a rate a year on the average portfolio.

    Formula: yield = (interest + fees earned) / average GLP x 365 / days.
    Unit: the report's currency; percent a year.
    Source: the house account of interest income in the day shards; the split that repayments of loans carry.
    """
    interest, fees = period.total("house_interest_income"), period.total("loan_fees_paid")
    values = [
        (INTEREST, interest, period.currency),
        (FEES, fees, period.currency),
        (EARNED, interest + fees, period.currency),
        (MEAN, average_glp(period), period.currency),
        (YIELD, a_year(interest + fees, period), PERCENT),
    ]
    return Measured(tuple(Measure(name, value, unit, FORMULAS[name]) for name, value, unit in values))
