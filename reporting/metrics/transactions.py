"""How much money moved, in how many movements, and how large they were."""

from collections.abc import Sequence

from accounts.totals import BUCKETS_PER_OCTAVE, HIGH_VALUE, bucket_counts, bucket_middle, quantile
from reporting.behind import Row, Rows
from reporting.cuts import CELL_CUTS
from reporting.figures import COUNT, PERCENT, Value, average, in_a_sentence, percent, shown
from reporting.metrics import Measure, Measured, metric
from reporting.pack import Chart, Column, Section, Series, Table
from reporting.periods import Numbers, Period, add_up, transactions_of
from reporting.specs import MONEY, Term, cells, ratio

VOLUME, NUMBER, AVERAGE = "Transaction volume", "Transactions", "Average transaction"
MEDIAN = "Median transaction (estimate)"
SUSPICIOUS, SUSPICIOUS_SHARE = "Suspicious transactions", "Suspicious share"
HIGH, HIGH_SHARE = "High-value transactions", "High-value share"
MEDIAN_ERROR = f"{(2 ** (0.5 / BUCKETS_PER_OCTAVE) - 1) * 100:.1f}"


def by_size(period: Period, dimension: str) -> Rows:
    """The log-buckets with their counts; the median is the geometric middle of the one with the middle transaction."""
    kind, _, name = dimension.partition(": ")
    numbers = period.cells(**({kind: name} if dimension else {}))  # type: ignore[arg-type]
    counts = sorted(bucket_counts(numbers).items())
    rows = [Row(f"around {shown(round(bucket_middle(one)), period.currency)}", count) for one, count in counts]

    def middle(values: Sequence[int]) -> Value:
        found = {bucket: count for (bucket, _), count in zip(counts, values, strict=True)}
        return quantile(found, 0.5) if found else None

    said = "The figure is the middle of the size that holds the middle transaction."
    return Rows(f"Size ({period.currency})", COUNT, lambda: rows, middle, said)


FORMULAS = {
    VOLUME: "Sum of the amounts of all transactions; opening balances taken over are none.",
    NUMBER: "Count of transactions; a transfer between two accounts is one.",
    AVERAGE: "Volume / count of transactions.",
    MEDIAN: f"Geometric middle of the log-bucket that holds the middle transaction; at most {MEDIAN_ERROR} % off.",
    HIGH: f"Transactions of at least {HIGH_VALUE:,} units of the currency.",
    HIGH_SHARE: "High-value transactions / transactions.",
    SUSPICIOUS: "Transactions that screening badged ALERT or CRITICAL.",
    SUSPICIOUS_SHARE: "Suspicious transactions / transactions.",
}

ROWS = {
    VOLUME: cells("s"),
    NUMBER: cells("n"),
    AVERAGE: ratio(Term(VOLUME, MONEY, cells("s")), Term(NUMBER, COUNT, cells("n")), 1),
    MEDIAN: by_size,
    HIGH: cells("high"),
    HIGH_SHARE: ratio(Term(HIGH, COUNT, cells("high")), Term(NUMBER, COUNT, cells("n")), 10_000),
    SUSPICIOUS: cells("suspicious"),
    SUSPICIOUS_SHARE: ratio(Term(SUSPICIOUS, COUNT, cells("suspicious")), Term(NUMBER, COUNT, cells("n")), 10_000),
}


def sizes(numbers: Numbers, currency: str, dimension: str = "") -> list[Measure]:
    """Volume, count, average and median of what these numbers sum up."""
    volume, count = numbers.get("s", 0), numbers.get("n", 0)
    middle = quantile(bucket_counts(numbers), 0.5) if count else None
    found = [
        (VOLUME, volume, currency),
        (NUMBER, count, COUNT),
        (AVERAGE, average(volume, count), currency),
        (MEDIAN, middle, currency),
    ]
    return [Measure(name, value, unit, FORMULAS[name], dimension) for name, value, unit in found]


def by_month(period: Period) -> Table:
    """The period by calendar month. Months are told apart by year and month, never by name."""
    months: dict[str, Numbers] = {}
    for day in period.days:
        add_up(months.setdefault(day.day[:7], {}), transactions_of(day, period.cut))
    columns = (
        Column("Month"),
        Column("Count", COUNT),
        Column("Volume", period.currency),
        Column("Average", period.currency),
        Column("Suspicious", COUNT),
    )
    rows = [(month, *_row(numbers)) for month, numbers in months.items()]
    return Table("transactions_by_month", "By month", columns, tuple(rows), ("Sum", *_row(period.cells())))


def _row(numbers: Numbers) -> tuple[int | None, ...]:
    volume, count = numbers.get("s", 0), numbers.get("n", 0)
    return count, volume, average(volume, count), numbers.get("suspicious", 0)


def in_words(section: Section, quarter: str) -> list[str]:
    """The summary's sentences."""
    volume, count, share = section.figure(VOLUME), section.figure(NUMBER), section.figure(SUSPICIOUS_SHARE)
    worth = f"{shown(volume.value, volume.unit)} {volume.unit}"
    first = f"In {quarter} the bank handled {shown(count.value, COUNT)} transactions worth {worth}"
    beside = [(volume.change_previous, "against the period before"), (volume.change_year_ago, "against a year ago")]
    middle = section.figure(MEDIAN)
    before = "" if share.previous is None else f"; the period before {shown(share.previous, PERCENT)}"
    return [
        f"{first}{in_a_sentence(beside)}.",
        f"The median transaction was about {shown(middle.value, middle.unit)} {middle.unit} (±{MEDIAN_ERROR} %). "
        f"Screening badged {shown(section.figure(SUSPICIOUS).value, COUNT)} transactions as suspicious "
        f"({shown(share.value, PERCENT)} of all{before}).",
    ]


@metric(
    "transactions",
    title="Transactions",
    order=10,
    trend=(VOLUME,),
    headline=(VOLUME, NUMBER),
    words=in_words,
    icon="arrow-left-right",
    cuts=CELL_CUTS,
    rows=ROWS,
)
def transactions(period: Period) -> Measured:
    """What customers moved: deposits, withdrawals and transfers of the period, by business date.

    Formula: volume = sum of amounts; average = volume / count; median = geometric middle of the log bucket that
    holds the middle transaction; high value = at least 10,000 units; shares = part / count.
    Unit: the report's currency; counts; percent.
    Source: cube cells of the closed business days, proven against the day shards.
    """
    numbers = period.cells()
    count, suspicious = numbers.get("n", 0), numbers.get("suspicious", 0)
    high = numbers.get("high", 0)
    measures = [
        *sizes(numbers, period.currency),
        Measure(HIGH, high, COUNT, FORMULAS[HIGH]),
        Measure(HIGH_SHARE, percent(high, count), PERCENT, FORMULAS[HIGH_SHARE]),
        Measure(SUSPICIOUS, suspicious, COUNT, FORMULAS[SUSPICIOUS]),
        Measure(SUSPICIOUS_SHARE, percent(suspicious, count), PERCENT, FORMULAS[SUSPICIOUS_SHARE]),
    ]
    months = by_month(period)
    labels = tuple(str(row[0]) for row in months.rows)
    volumes = Series("Volume", tuple(int(row[2] or 0) for row in months.rows))
    chart = Chart("volume_by_month", "Volume by month", "bar", "Month", labels, (volumes,), period.currency)
    return Measured(tuple(measures), (chart,), (months,))
