"""Rule 24: a loan paid back early, or in cash."""

from collections.abc import Mapping
from typing import Any

from accounts.ledger import LOAN, REPAYMENT
from monitoring.activity import BOOKED_ON, PRINCIPAL, Activity
from monitoring.rulebook import MEDIUM, Answer, Customer, Hit, Side, Threshold, counted, rule

SOURCE = "FFIEC BSA/AML manual, appendix F"
SHARE = Threshold("rule.loan_payoff.share", "Share of the principal paid at once", "percent", 50, SOURCE, 1, 100)
DAYS = Threshold("rule.loan_payoff.days", "Early: so soon after it was paid out", "days", 90, SOURCE, 1, 3650)
LEAST = Threshold(
    "rule.loan_payoff.least", "The repayment is at least", "money", 100_000, "bank policy", 0, 100_000_000
)


@rule(
    "loan_payoff",
    number=24,
    title="Loan paid back early or in cash",
    severity=MEDIUM,
    family="loan",
    source=SOURCE,
    parameters=[SHARE, DAYS, LEAST],
    incoming=True,
    own=True,
)
def loan_payoff(side: Side, activity: Activity, customer: Customer | None, parameters: Mapping[str, Any]) -> Answer:
    """One repayment covers a large part of a loan's principal, in cash, or soon after the loan was paid out. Of a
    loan paid out before this was recorded, what was owed stands for the principal.
    """
    if side.product != LOAN or side.type != REPAYMENT or side.amount < parameters[LEAST.code]:
        return None
    booked = activity.loans.get(side.account)
    principal = booked[PRINCIPAL] if booked else -side.balance_before
    age = side.day - booked[BOOKED_ON] if booked else None
    early = age is not None and age <= parameters[DAYS.code]
    if not (side.cash or early) or side.amount * 100 < parameters[SHARE.code] * principal:
        return None
    share = side.amount * 100 // principal if principal > 0 else 100
    how = " in cash" if side.cash else ""
    when = f", {counted(age, 'day')} after it was paid out" if age is not None else ""
    return Hit(
        value=share,
        threshold=parameters[SHARE.code],
        unit="percent",
        sentence=f"{side.money(side.amount)} was repaid{how}{when}: {share} % of a loan of {side.money(principal)}.",
        inputs={"amount": side.amount, "principal": principal} | ({"age_days": age} if age is not None else {}),
    )
