"""Non-performing loans as a share of gross loans."""

from collections.abc import Mapping

from compliance.control import control
from compliance.prudential_control import LoanShare


@control("npl")
class NonPerforming(LoanShare):
    """Loans that are not expected to be repaid stay a small part of the book."""

    title = "Non-performing loans"
    obligation = (
        "The bank identifies, reports and provides for loans that are more than 90 days past due or accrue no "
        "interest; above 5 % a bank counts as one with high NPL."
    )
    source = "FFIEC 041 RC-N (noncurrent loans); EBA/GL/2018/06 (high NPL: 5 %); EBA Q&A 2020_5170"
    gauge_label = "NPL ratio"
    formula = (
        "Principal of loans more than 90 days past due or not accruing / gross loans, as the last closed day ended. "
        "The rows are those loans as they stand now."
    )
    warn = 300
    breach = 500
    weight = 3
    more = 90
    with_all_bad = True

    def part(self, end: Mapping[str, int]) -> int:
        """As the closed day has it."""
        return end.get("loan_npl", 0)
