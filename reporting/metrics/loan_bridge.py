"""From the principal of all loans at the start of the period to that at its end, with nothing left over."""

from accounts.ledger import CHARGE_OFF, DISBURSEMENT
from accounts.loans.bridge import bridges
from accounts.totals import CAPITALISED_UNPOSTED
from reporting.figures import shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import FootingError, Period
from reporting.specs import MONEY, Term, flows, level, of_type, signed, start

START, DISBURSED, CAPITALISED = "Gross loans at start", "Disbursed", "Interest capitalised"
REPAID, CHARGED_OFF, END, RESIDUAL = "Principal repaid", "Charged off", "Gross loans at end", "Residual"
INTEREST, FEES = "Interest paid by borrowers", "Fees paid by borrowers"
FORMULAS = {
    START: "Outstanding principal at the end of the last business day before the period.",
    DISBURSED: "Principal paid out.",
    CAPITALISED: "Unpaid interest that new terms added to the principal.",
    REPAID: "The part of repayments that paid principal, less what a reversal took back.",
    CHARGED_OFF: "Principal written off.",
    END: "Outstanding principal at the end of the last business day.",
    RESIDUAL: "End - (start + the parts above); a report whose residual is not 0 is not built.",
    INTEREST: "The part of repayments that paid interest.",
    FEES: "The part of repayments that paid fees, less fees taken back.",
}

_START = Term(START, MONEY, start("book_principal", missing=0))
_END = Term(END, MONEY, level("book_principal", missing=0))
_PARTS = {
    DISBURSED: flows("loan_disbursed", link=of_type(DISBURSEMENT)),
    CAPITALISED: flows("loan_capitalised", CAPITALISED_UNPOSTED),
    REPAID: flows("loan_repaid", sign=-1),
    CHARGED_OFF: flows("loan_charged_off", sign=-1, link=of_type(CHARGE_OFF)),
}
ROWS = {
    START: _START.spec,
    **_PARTS,
    END: _END.spec,
    RESIDUAL: signed(_END, _START, *(Term(name, MONEY, spec) for name, spec in _PARTS.items()), minus=[START, *_PARTS]),
    INTEREST: flows("loan_interest_paid"),
    FEES: flows("loan_fees_paid"),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """How the portfolio came from its start to its end."""
    start, end, repaid = (section.figure(name) for name in (START, END, REPAID))
    lent = section.figure(DISBURSED)
    return [
        f"Gross loans went from {shown(start.value, start.unit)} to {shown(end.value, end.unit)} {end.unit}: "
        f"{shown(lent.value, lent.unit)} was disbursed and {shown(-(repaid.value or 0), repaid.unit)} {repaid.unit} of "
        "principal repaid; the bridge foots to the cent."
    ]


@metric("loan_bridge", title="Loan bridge", order=55, words=in_words, rows=ROWS)
def loan_bridge(period: Period) -> Measured:
    """The bridge of gross loans over the period; it foots with residual 0, day by day.

    Formula: GLP(end) = GLP(start) + disbursed + capitalised - principal repaid - charged off.
    Unit: the report's currency.
    Source: the split that each posting on a loan carries, in the day shards, against what each closed day ended with.
    """
    start, end = period.opening.get("book_principal", 0), period.closing.get("book_principal", 0)
    months = bridges(period.currency, start, period.days)

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in months)

    parts = [
        (DISBURSED, total("disbursed")),
        (CAPITALISED, total("capitalised")),
        (REPAID, -total("repaid")),
        (CHARGED_OFF, -total("charged_off")),
    ]
    residual = end - start - sum(part for _, part in parts)
    if residual:
        raise FootingError(f"the loan bridge of {period.label}", residual)
    rows = [(START, start), *parts, (END, end), (RESIDUAL, residual)]
    rows += [(INTEREST, total("interest_paid")), (FEES, total("fees_paid"))]
    measures = tuple(Measure(name, value, period.currency, FORMULAS[name]) for name, value in rows)
    labels = ("Start", "Disbursed", "Capitalised", "Repaid", "Charged off", "End")
    bars = Series("Gross loans", (start, *(part for _, part in parts), end))
    return Measured(measures, (Chart("bridge", "Loan bridge", "waterfall", "Step", labels, (bars,), period.currency),))
