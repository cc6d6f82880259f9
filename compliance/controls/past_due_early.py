"""Loans 31 to 90 days past due: what may become non-performing next."""

from collections.abc import Mapping

from compliance.control import control
from compliance.prudential_control import LoanShare


@control("past-due-early")
class PastDueEarly(LoanShare):
    """Loans that fall behind are dealt with before they become non-performing."""

    title = "Past due 31-90 days"
    obligation = (
        "Loans past due but not yet 90 days are reported apart and worked on; retail credit is classified "
        "substandard at 90 days."
    )
    source = "FFIEC Uniform Retail Credit Classification, 65 FR 36903; FFIEC 041 RC-N (30 through 89 days)"
    gauge_label = "Past due 31-90 days"
    formula = (
        "Principal of loans 31 to 90 days past due / gross loans, as the last closed day ended (PAR 30 less PAR 90). "
        "The rows are those loans as they stand now."
    )
    warn = 300
    breach = 600
    more = 30
    most = 90

    def part(self, end: Mapping[str, int]) -> int:
        """What is more than 30 days late and not more than 90."""
        return end.get("loan_par_30", 0) - end.get("loan_par_90", 0)
