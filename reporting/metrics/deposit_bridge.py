"""From the deposits at the start of the period to those at its end, with nothing left over, whole and by product."""

from accounts import totals
from accounts.ledger import CASH as CASH_HOUSE
from accounts.ledger import CLEARING as CLEARING_HOUSE
from accounts.ledger import DEPOSIT_PRODUCTS, INTEREST_EXPENSE
from reporting.behind import Spec
from reporting.figures import shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Section, Series
from reporting.periods import Period, foot
from reporting.specs import MONEY, Term, flows, house_statement, level, named, signed, start

START, NEW, EXISTING = "Deposits at start", "Net inflow from new customers", "Net inflow of existing customers"
INTEREST, FEES = "Interest paid to customers", "Fees taken from deposits"
CLOSED, SWITCHED = "Paid out to close accounts", "Switches between products"
OVERDRAFTS, END, RESIDUAL = "Change in overdrawn balances", "Deposits at end", "Residual"
CASH, CLEARING = "Net inflow by cash", "Net inflow by clearing"
PARTS = {
    NEW: totals.NEW,
    EXISTING: totals.EXISTING,
    INTEREST: totals.INTEREST_PART,
    FEES: totals.FEES_PART,
    CLOSED: totals.CLOSED_PART,
    SWITCHED: totals.SWITCHED_PART,
    OVERDRAFTS: "overdrawn",
}
"""The bars of the bridge, each with the name of its numbers in the day shards."""
FORMULAS = {
    START: "D at the end of the last business day before the period.",
    NEW: "Net amount (in less out, without the parts below) of customers activated in the quarter of the posting.",
    EXISTING: "Net amount (in less out, without the parts below) of customers activated before.",
    INTEREST: "Posted against the bank's interest expense, less what was taken back.",
    FEES: "Posted against the bank's fee income, less refunds: negative, what deposits lost to fees.",
    CLOSED: "What left the bank when accounts were closed; money moved to another own account is a switch.",
    SWITCHED: "Movements between two accounts of one customer; over all products they are 0.",
    OVERDRAFTS: "Debit balances at end - at start: money paid in to overdrafts, or drawn from them, is no deposit.",
    END: "D at the end of the last business day.",
    RESIDUAL: "Deposits at end - (start + the parts); a report whose residual is not 0 is not built.",
    CASH: "Net cash paid in, as the cash house account has it.",
    CLEARING: "Net inflow from other banks, as the clearing house account has it.",
}
LABELS = ("Start", "New", "Existing", "Interest", "Fees", "Closures", "Switches", "Overdrafts", "End")


def _flow(part: str) -> Spec:
    """A part of the bridge by day: of the measure's product, or of all."""
    return named(lambda product: flows(*(totals.part_name(part, one) for one in _products(product))))


def _products(product: str) -> tuple[str, ...]:
    return (product,) if product else tuple(DEPOSIT_PRODUCTS)


def _deposits(product: str) -> str:
    return f"deposits_{product}" if product else "deposits"


_START = Term(START, MONEY, named(lambda product: start(_deposits(product), missing=0)))
_END = Term(END, MONEY, named(lambda product: level(_deposits(product), missing=0)))
_FLOWS = {name: _flow(part) for name, part in PARTS.items()}
ROWS = {
    START: _START.spec,
    **_FLOWS,
    END: _END.spec,
    RESIDUAL: signed(_END, _START, *(Term(name, MONEY, spec) for name, spec in _FLOWS.items()), minus=[START, *_FLOWS]),
    CASH: flows(totals.house_figure(CASH_HOUSE), sign=-1, link=house_statement("cash")),
    CLEARING: flows(totals.house_figure(CLEARING_HOUSE), sign=-1, link=house_statement("clearing")),
}


def in_words(section: Section, quarter: str) -> list[str]:
    """What the change is made of."""
    start, end = section.figure(START), section.figure(END)
    moved = (end.value or 0) - (start.value or 0)
    said = {name: shown(section.figure(name).value, end.unit) for name in (NEW, EXISTING, INTEREST, FEES, CLOSED)}
    return [
        f"Of the change in deposits of {shown(moved, end.unit)} {end.unit}, new customers brought {said[NEW]} and "
        f"existing ones {said[EXISTING]}, interest {said[INTEREST]}, fees {said[FEES]}, closures {said[CLOSED]} "
        f"{end.unit}, net; the bridge foots to the cent."
    ]


def parts_of(period: Period, product: str = "") -> dict[str, int]:
    """The parts between start and end: of one product, of all when none is named."""
    products = (product,) if product else DEPOSIT_PRODUCTS
    return {name: sum(period.total(totals.part_name(part, one)) for one in products) for name, part in PARTS.items()}


def _bridge(period: Period, product: str = "") -> list[tuple[str, int]]:
    """Start, parts, end, residual of one product or of all. Raises FootingError when it is not 0."""
    name = f"deposits_{product}" if product else "deposits"
    start, end, parts = period.opening.get(name, 0), period.closing.get(name, 0), parts_of(period, product)
    whose = f" of {product}" if product else ""
    foot(f"the deposit bridge{whose} of {period.label}", end, start + sum(parts.values()))
    return [(START, start), *parts.items(), (END, end), (RESIDUAL, 0)]


@metric("deposit_bridge", title="Deposit bridge", order=50, words=in_words, rows=ROWS)
def deposit_bridge(period: Period) -> Measured:
    """The bridge of deposits over the period, whole and by product; each foots with residual 0.

    Formula: D(end) = D(start) + net inflow from new customers + net inflow of existing customers + interest - fees
    - closures +/- product switches + change in overdrawn balances. Each posting on a deposit account is one part.
    Unit: the report's currency.
    Source: flows in the day shards, proven against the day's postings when it was closed, against the balances
    sealed by each closed day and against the house accounts.
    """
    whole = _bridge(period)
    flows = dict(whole)
    foot(f"interest against the house account in {period.label}", -house(period, INTEREST_EXPENSE), flows[INTEREST])
    foot(f"switches between products in {period.label}", 0, flows[SWITCHED])
    rows = [*whole, (CASH, -house(period, CASH_HOUSE)), (CLEARING, -house(period, CLEARING_HOUSE))]
    measures = [Measure(name, value, period.currency, FORMULAS[name]) for name, value in rows]
    for product in DEPOSIT_PRODUCTS:
        own = _bridge(period, product)
        measures += [
            Measure(name, value, period.currency, FORMULAS[name], f"product: {product}")
            for name, value in own
            if name != RESIDUAL
        ]
    bars = Series("Deposits", tuple(value for name, value in whole if name != RESIDUAL))
    chart = Chart("bridge", "Deposit bridge", "waterfall", "Step", LABELS, (bars,), period.currency)
    return Measured(tuple(measures), (chart,))


def house(period: Period, account: str) -> int:
    """What a house account took in over the period (negative: what it gave)."""
    return period.total(totals.house_figure(account))
