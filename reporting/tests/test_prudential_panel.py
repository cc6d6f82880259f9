"""The prudential panel and the quarterly report say the same of the same closed days."""

from collections import Counter
from datetime import date

from accounts.prudential import margin
from accounts.totals import DayTotals
from compliance.prudential.reading import ledger_ratios
from reporting.figures import ratio
from reporting.tests.loan_days import loan_period
from reporting.tests.test_loan_metrics import plain


def test_the_ratios_of_loans_are_those_of_the_report() -> None:
    period = loan_period()
    found = {one.control: one for one in ledger_ratios(period.closing)}
    report = plain("portfolio_quality") | plain("deposit_cost")
    assert (found["npl"].ratio, found["par-30"].ratio) == (report["NPL ratio"], report["PAR 30"]) == (0, 2_041)
    assert found["loan-to-deposit"].ratio == report["Loan-to-deposit ratio"]
    assert found["par-30"].of == plain("loan_portfolio")["Gross loans, end of period"] == 2_450_000


def test_the_margin_is_made_of_the_reports_income_expense_and_average_loans() -> None:
    period = loan_period()
    paid = DayTotals(period.days[0].day, True, Counter(period.days[0].numbers), end=period.days[0].end)
    paid.numbers["house_interest_expense"] -= 1_234
    days = [paid if place == 0 else day for place, day in enumerate(period.days)]
    rows = [(date.fromisoformat(day.day), day.end.get("book_principal", 0), day.numbers) for day in days]
    found = margin(period.stretch.first, period.stretch.last, period.opening["book_principal"], rows)
    report = plain("loan_yield") | plain("deposit_cost")
    assert found.income == report["Interest earned on loans"]
    assert found.expense == (report["Interest expense"] or 0) + 1_234
    assert found.average == report["Average gross loans"] == 2_483_152
    assert found.ratio == ratio((found.income - found.expense) * 365, found.asset_days, scale=10_000)
