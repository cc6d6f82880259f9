"""Loans more than 90 days past due."""

from collections.abc import Mapping

from compliance.control import control
from compliance.prudential_control import LoanShare


@control("past-due-late")
class PastDueLate(LoanShare):
    """Loans more than 90 days past due are classified, and charged off at 120 or 180 days."""

    title = "Past due more than 90 days"
    obligation = (
        "Retail loans are substandard at 90 days past due and a loss at 120 (closed-end) or 180 (open-end): they do "
        "not stay on the books beyond that."
    )
    source = "FFIEC Uniform Retail Credit Classification, 65 FR 36903; FFIEC 041 RC-N"
    gauge_label = "Past due more than 90 days"
    formula = (
        "Principal of loans more than 90 days past due / gross loans, as the last closed day ended. "
        "The rows are those loans as they stand now."
    )
    warn = 200
    breach = 400
    more = 90

    def part(self, end: Mapping[str, int]) -> int:
        """As the closed day has it."""
        return end.get("loan_par_90", 0)
