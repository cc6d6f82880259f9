"""From the deposits at the start of the period to those at its end, with nothing left over."""

from reporting.figures import shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import FootingError, Period

START, NEW, EXISTING = "Deposits at start", "Net inflow from new customers", "Net inflow of existing customers"
OVERDRAFTS, END, RESIDUAL = "Change in overdrawn balances", "Deposits at end", "Residual"
CASH, CLEARING = "Net inflow by cash", "Net inflow by clearing"
FORMULAS = {
    START: "D at the end of the last business day before the period.",
    NEW: "Net amount posted to accounts of customers first activated in the calendar quarter of the posting.",
    EXISTING: "Net amount posted to accounts of customers activated before.",
    OVERDRAFTS: "Debit balances at end - at start: money paid in to overdrafts, or drawn from them, is no deposit.",
    END: "D at the end of the last business day.",
    RESIDUAL: "Deposits at end - (start + new + existing + overdrawn); a report whose residual is not 0 is not built.",
    CASH: "Net cash paid in, as the cash house account has it.",
    CLEARING: "Net inflow from other banks, as the clearing house account has it.",
}


def in_words(section: Section, quarter: str) -> list[str]:
    """What the change is made of."""
    start, end = section.figure(START), section.figure(END)
    new, existing = section.figure(NEW), section.figure(EXISTING)
    moved = (end.value or 0) - (start.value or 0)
    return [
        f"Of the change in deposits of {shown(moved, end.unit)} {end.unit}, new customers brought "
        f"{shown(new.value, new.unit)} and existing customers {shown(existing.value, existing.unit)} {existing.unit}, "
        "net; the bridge foots to the cent."
    ]


@metric("deposit_bridge", title="Deposit bridge", order=50, words=in_words)
def deposit_bridge(period: Period) -> Measured:
    """The bridge of deposits over the period; it foots with residual 0, day by day.

    Formula: D(end) = D(start) + net inflow from new customers + net inflow of existing customers + change in
    overdrawn balances.
    Unit: the report's currency.
    Source: flows in the day shards against the balances sealed by each closed day and against the house accounts.
    """
    start, end = period.opening.get("deposits", 0), period.closing.get("deposits", 0)
    parts = [
        (NEW, period.total("net_new")),
        (EXISTING, period.total("net_existing")),
        (OVERDRAFTS, period.total("overdrawn")),
    ]
    residual = end - start - sum(part for _, part in parts)
    if residual:
        raise FootingError(f"the deposit bridge of {period.label}", residual)
    rows = [(START, start), *parts, (END, end), (RESIDUAL, residual)]
    rows += [(CASH, -period.total("house_cash")), (CLEARING, -period.total("house_clearing"))]
    measures = tuple(Measure(name, value, period.currency, FORMULAS[name]) for name, value in rows)
    labels = ("Start", "New customers", "Existing customers", "Overdrafts", "End")
    bars = Series("Deposits", (start, *(part for _, part in parts), end))
    return Measured(
        measures, (Chart("bridge", "Deposit bridge", "waterfall", "Step", labels, (bars,), period.currency),)
    )
