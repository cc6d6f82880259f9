"""What kinds of movements they were, and by which channel they came."""

from accounts.ledger import CHANNELS, OPENING, TYPES
from reporting.cuts import CELL_CUTS
from reporting.figures import PERCENT, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.metrics.transactions import ROWS as SIZE_ROWS
from reporting.metrics.transactions import VOLUME, sizes
from reporting.pack import Chart, Section, Series
from reporting.periods import Numbers, Period
from reporting.rows import named
from reporting.specs import MONEY, Term, cells, ratio, whole

SHARE = "Share of volume"
SHARE_FORMULA = "Volume of the type or channel / volume of all transactions."
ROWS = SIZE_ROWS | {
    SHARE: ratio(
        Term("Volume of the type or channel", MONEY, cells("s")), Term(VOLUME, MONEY, whole(cells("s"))), 10_000
    )
}
MOVED = tuple(name for name in TYPES if name != OPENING)


def _dimension(kind: str, name: str) -> str:
    return f"{kind}: {name}"


def _chart(code: str, title: str, category: str, parts: dict[str, Numbers], currency: str) -> Chart:
    used = {name: numbers.get("s", 0) for name, numbers in parts.items() if numbers.get("n")}
    series = (Series("Volume", tuple(used.values())),)
    return Chart(code, title, "bar", category, tuple(named(name) for name in used), series, currency)


def in_words(section: Section, quarter: str) -> list[str]:
    """The largest type and the largest channel."""
    sentences = []
    for kind in ("type", "channel"):
        shares = [
            one for one in section.figures if one.metric == SHARE and one.dimension.startswith(kind) and one.value
        ]
        if shares:
            largest = max(shares, key=lambda one: one.value or 0)
            name = largest.dimension.partition(": ")[2]
            sentences.append(f"{named(name)} ({shown(largest.value, PERCENT)} of the volume)")
    return [f"The largest type was {sentences[0]}, the busiest channel {sentences[1]}."] if len(sentences) == 2 else []


@metric(
    "transaction_mix", title="Transactions by type and channel", order=20, words=in_words, cuts=CELL_CUTS, rows=ROWS
)
def transaction_mix(period: Period) -> Measured:
    """Volume, count, average and median of the transactions of each type and of each channel.

    Formula: as for all transactions, over those of the type or channel; share = its volume / volume of all.
    Unit: the report's currency; counts; percent.
    Source: cube cells of the closed business days.
    """
    whole = period.cells()
    by_type = {name: period.cells(type=name) for name in MOVED}
    by_channel = {name: period.cells(channel=name) for name in CHANNELS}
    measures = []
    for kind, parts in (("type", by_type), ("channel", by_channel)):
        for name, numbers in parts.items():
            share = percent(numbers.get("s", 0), whole.get("s", 0))
            measures += sizes(numbers, period.currency, _dimension(kind, name))
            measures.append(Measure(SHARE, share, PERCENT, SHARE_FORMULA, _dimension(kind, name)))
    charts = (
        _chart("volume_by_type", "Volume by type", "Type", by_type, period.currency),
        _chart("volume_by_channel", "Volume by channel", "Channel", by_channel, period.currency),
    )
    return Measured(tuple(measures), charts)
