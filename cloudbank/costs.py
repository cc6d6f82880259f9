"""What a bank of a size costs on AWS in a month, and which limits it meets. Pure: measured units times list prices.

Units were measured on the embedded engine, which bills as DynamoDB documents it (benchmarks/RESULTS.md, `make bench`;
23 November 2026). Prices are list prices of us-east-1 without taxes, discounts or a free tier, as known in that month
(docs/cost.md says where each was looked up). Nothing here was read off a bill.
"""

from dataclasses import dataclass, field, replace
from math import ceil

DAYS, HOURS, QUARTER = 30.4, 730.0, 0.25
GB = 1024.0**3

# --- prices, US dollars ----------------------------------------------------------------------
WRITE, READ = 0.625e-6, 0.125e-6
"""A write and a read request unit, on demand (since November 2024)."""
STORED, BACKED_UP = 0.25, 0.20
"""A GB and month in a table or index; of continuous back-ups, of the table alone."""
BALANCER, ENDPOINT, KEY, ALARM, METRIC, SHIPPED = 0.0225 + 2 * 0.008, 0.01, 1.0, 0.10, 0.30, 0.50
"""An hour of the load balancer with two capacity units; an hour of an interface endpoint in one zone; a key, an alarm
and a custom metric a month; a GB of logs."""
ENDPOINTS, KEYS, ALARMS, METRICS = 7 * 2, 2, 68, 43
"""ALARMS: the metrics that all alarms watch. METRICS: names in the bank's own namespace, from metric filters and
embedded metric lines; each dimension counts. A test counts both in the templates."""
ARCHIVED = 0.004
"""A GB and month in S3 Glacier Instant Retrieval."""

# --- measured ---------------------------------------------------------------------------------
WRITES = {"deposit": 12.0, "withdrawal": 12.0, "transfer": 20.0}
READS = {"deposit": 3.0, "withdrawal": 3.0, "transfer": 6.0}
"""Units a movement, indexes and transactions included."""
OF_TRANSACTIONS = {"deposit": 8.0, "withdrawal": 8.0, "transfer": 12.0}
"""Of the writes, those of BankingTransactions and its indexes: lines, the day's shard, the cube cell."""
LINES = {"deposit": 1, "withdrawal": 1, "transfer": 2}
LINE_BYTES, OVERHEAD, COPIES = 768, 100, 3
"""A posting's line on average; DynamoDB adds 100 bytes an item; it stands in the table and in two indexes, whole."""
CUSTOMER_BYTES, CUSTOMER_COPIES = 790 + 622 + 538 + 3 * OVERHEAD, 2
PAGE_READS, PULSE_READS, PULSE_SECONDS = 6.0, 1.3, 0.4
CLOSED_A_SECOND = 100_000 / 14.2
POSTED_A_SECOND = 40.0
"""Of one virtual processor: 146 a second were reached on two that the engine and the clients shared; taken at half."""

# --- assumed ----------------------------------------------------------------------------------
MIX = {"deposit": 0.25, "withdrawal": 0.25, "transfer": 0.5}
PEAK = 5.0
"""The busiest second is so many times the day's average."""
VISITS, PAGES = 0.3, 5.0
"""Of a customer a day; pages a visit."""
WATCHED_HOURS = 8.0
SHARE_OF_A_CELL = 0.2
"""Of all movements of the busiest second, those of one type, channel, branch and segment."""
PASSES = 33.0
"""How often a line is read at night: closing, verifying, drafting, and 30 days of patterns."""
LOG_BYTES, ACCESS_BYTES = 400.0, 160.0
"""A movement; a page (its line of cloudbank.access)."""

# --- published limits -------------------------------------------------------------------------
TABLE_UNITS, NEW_TABLE_UNITS, ITEM_UNITS = 40_000.0, 4_000.0, 1_000.0
"""Units a second: of a table before a quota is raised; of a new table; of one item, for it is in one partition."""

# --- simulated ----------------------------------------------------------------------------------
MOVEMENTS_A_SHARD = 6.0
"""A second. With more of them over a tenth of the movements are refused once, for another is just at their shard or
their part of a cube cell (docs/capacity.md): long before the shard's 1,000 units."""


@dataclass(frozen=True)
class Fleet:
    """Hosts of a size of app.yaml: dollars an hour and virtual processors of a web host, of the jobs host, shards."""

    name: str
    web: float
    cores: int
    least: int
    jobs: float
    shards: int


FLEETS = (
    Fleet("small", 0.0416, 2, 2, 0.0416, 16),
    Fleet("medium", 0.1008, 2, 2, 0.1008, 128),
    Fleet("large", 0.4032, 8, 4, 0.2016, 1024),
)
MOST = {"small": 4, "medium": 8, "large": 24}


@dataclass(frozen=True)
class Size:
    """A bank: movements a day, customers, people who watch the alert queue all day, years of history in the tables."""

    movements: int
    customers: int
    watchers: int
    years: float = 1.0


@dataclass
class Estimate:
    """Dollars a month by part, in order; what is met on the way."""

    fleet: str
    hosts: int
    peak: float
    parts: dict[str, float] = field(default_factory=dict)
    met: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """A month."""
        return sum(self.parts.values())


def _mixed(units: dict[str, float]) -> float:
    return sum(share * units[name] for name, share in MIX.items())


def of_transactions() -> float:
    """Write units of BankingTransactions and its indexes that a movement takes on average."""
    return _mixed(OF_TRANSACTIONS)


def lines_a_movement() -> float:
    """Postings of a movement on average."""
    return sum(share * LINES[name] for name, share in MIX.items())


def estimate(size: Size) -> Estimate:
    """What a month costs at the end of the years given."""
    peak = size.movements * PEAK / 86_400
    fleet, hosts = _fleet(peak)
    found = Estimate(fleet.name, hosts, peak)
    lines = size.movements * lines_a_movement()
    history = lines * 365 * size.years
    in_tables = history * (LINE_BYTES + OVERHEAD) + size.customers * CUSTOMER_BYTES
    everywhere = history * (LINE_BYTES + OVERHEAD) * COPIES + size.customers * CUSTOMER_BYTES * CUSTOMER_COPIES
    visited = size.customers * VISITS * PAGES
    pulses = size.watchers * WATCHED_HOURS * 3600 / PULSE_SECONDS * PULSE_READS
    found.parts = {
        "writes of movements": size.movements * _mixed(WRITES) * WRITE * DAYS,
        "reads of movements": size.movements * _mixed(READS) * READ * DAYS,
        "customers' pages": visited * PAGE_READS * READ * DAYS,
        "watching the queue": pulses * READ * DAYS,
        "nightly jobs, by day": lines * PASSES * _scanned(LINE_BYTES) * READ * DAYS,
        "verify_audit, all items": _scanned(in_tables) * READ * DAYS,
        "backup, weekly": _scanned(in_tables) * READ * DAYS / 7,
        "storage": everywhere / GB * STORED,
        "continuous back-ups": in_tables / GB * BACKED_UP,
        "hosts": (hosts * fleet.web + fleet.jobs) * HOURS,
        "network, keys, alarms, metrics": (BALANCER + ENDPOINTS * ENDPOINT) * HOURS + _watched(),
        "logs": (size.movements * LOG_BYTES + visited * ACCESS_BYTES) * DAYS / GB * SHIPPED,
    }
    found.met = list(_met(size, found, fleet))
    return found


def _watched() -> float:
    """Keys, alarms and metrics, a month."""
    return KEYS * KEY + ALARMS * ALARM + METRICS * METRIC


def archived(size: Size) -> float:
    """A month's total if all but the last quarter's lines were in S3 instead of the tables: that is **not built**."""
    older = size.movements * lines_a_movement() * 365 * max(0.0, size.years - QUARTER) * LINE_BYTES
    return estimate(replace(size, years=min(size.years, QUARTER))).total + older / GB * ARCHIVED


def shards_for(peak: float) -> int:
    """The shards (8, 16, 32, ...) that bear so many movements a second."""
    shards = 8
    while peak / shards > MOVEMENTS_A_SHARD:
        shards *= 2
    return shards


def _scanned(count: float) -> float:
    """Read units of reading so many bytes one after the other, eventually consistent."""
    return count / 4096 / 2


def _fleet(peak: float) -> tuple[Fleet, int]:
    """The smallest size whose largest number of hosts bears the busiest second, and how many it takes then."""
    for fleet in FLEETS:
        hosts = max(fleet.least, ceil(peak / (fleet.cores * POSTED_A_SECOND)))
        if hosts <= MOST[fleet.name]:
            return fleet, hosts
    return fleet, hosts


def _met(size: Size, found: Estimate, fleet: Fleet) -> list[str]:
    """The limits that this size passes, in words."""
    said = []
    if found.hosts > MOST[fleet.name]:
        said.append(f"{found.hosts} web hosts are more than the {MOST[fleet.name]} of app.yaml's largest size")
    units = found.peak * of_transactions()
    if units > TABLE_UNITS:
        said.append(
            f"BankingTransactions takes {units:,.0f} write units a second, over the first quota of {TABLE_UNITS:,.0f}"
        )
    if units > NEW_TABLE_UNITS:
        said.append(
            f"BankingTransactions takes {units:,.0f} write units a second, a new table bears {NEW_TABLE_UNITS:,.0f} and"
            " then twice its last peak: set warm throughput before the first day"
        )
    if (each := found.peak / fleet.shards) > MOVEMENTS_A_SHARD:
        said.append(
            f"each of {fleet.shards} shards gets {each:,.1f} movements a second, and from {MOVEMENTS_A_SHARD:g} on they"
            f" get in each other's way: set Shards to {shards_for(found.peak):,}"
        )
    if (hours := size.movements * lines_a_movement() / CLOSED_A_SECOND / 3600) > 1:
        said.append(f"closing a day takes {hours:,.1f} hours by one process")
    if (share := found.parts["verify_audit, all items"] / found.total) > 0.1:
        said.append(
            f"reading every item every night is {share:.0%} of the bill: verify_audit --parts 7 reads a seventh"
        )
    return said
