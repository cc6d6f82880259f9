"""Portfolio at risk: the whole balance of loans more than 30 days late."""

from collections.abc import Mapping

from compliance.control import control
from compliance.prudential_control import LoanShare


@control("par-30")
class PortfolioAtRisk(LoanShare):
    """The portfolio at risk stays small."""

    title = "Portfolio at risk, 30 days"
    obligation = (
        "The bank watches the whole outstanding balance of loans with an instalment more than 30 days late, "
        "restructured ones included: below 5 % is good, above 10 % a concern."
    )
    source = "CGAP Occasional Paper 3 (portfolio at risk); FFIEC 041 RC-N"
    gauge_label = "PAR 30"
    formula = (
        "Whole principal of loans more than 30 days past due / gross loans, as the last closed day ended. "
        "The rows are those loans as they stand now."
    )
    warn = 500
    breach = 1000
    more = 30

    def part(self, end: Mapping[str, int]) -> int:
        """As the closed day has it."""
        return end.get("loan_par_30", 0)
