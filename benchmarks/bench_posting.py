"""A transfer through accounts.services against bare boto3 making the very same requests."""

from collections import Counter
from typing import Any

from accounts.services.posting import post
from benchmarks.stage import (
    Call,
    Figure,
    an_account,
    bare_client,
    engine_on_disk,
    instruct,
    percentile,
    recorded,
    replay,
    screened_by,
    seconds,
    use,
)
from cloudbank import tables
from cloudbank.clock import utcnow

PAIRS, EACH = 100, 4
"""So many payers with so many transfers each: fewer than a rule would notice, as on an ordinary day."""
SCREENING = "monitoring.screening.Screening"
QUIET = "accounts.tests.quiet.Quiet"
Pair = tuple[str, str]


def figures() -> list[Figure]:
    """Transfers with all rules: against bare boto3, and against no rules."""
    with engine_on_disk() as engine, engine_on_disk() as mirror:
        with screened_by(SCREENING):
            ours, bare, calls = _against_bare(engine, mirror)
        units = _units(engine, calls)
    on, off = _rules_on_and_off()
    reads = Counter(next(iter(kwargs["RequestItems"])) for name, kwargs in calls if name == "BatchGetItem")
    writes = sum(name == "TransactWriteItems" for name, _ in calls)
    return [
        Figure("transfer, p50", percentile(ours, 0.5) * 1000, "ms", percentile(bare, 0.5) * 1000, 1.5, "bare boto3"),
        Figure("transfer, p95", percentile(ours, 0.95) * 1000, "ms", percentile(bare, 0.95) * 1000, None, "bare boto3"),
        Figure("read requests a table and transfer", max(reads.values()), "", limit=1, note=str(dict(reads))),
        Figure("TransactWriteItems a transfer", writes, "", limit=1, note=units),
        Figure("transfer with rules, p50", on * 1000, "ms", off * 1000, 1.15, "no rules"),
    ]


def _pairs(count: int = PAIRS) -> list[Pair]:
    return [(an_account(f"Payer {n}", 10**7), an_account(f"Payee {n}", 10**7)) for n in range(count)]


def _against_bare(engine: Any, mirror: Any) -> tuple[list[float], list[float], list[Call]]:
    client = bare_client(mirror.url)
    use(mirror)
    use(engine)
    with recorded() as calls:
        pairs = _pairs()
    replay(client, calls)
    ours, bare = [], []
    for _ in range(EACH):
        for pair in pairs:
            with recorded() as calls:
                ours.append(_one(pair))
            bare.append(seconds(lambda c=calls: replay(client, c)))  # type: ignore[misc]
    return ours, bare, calls


def _units(engine: Any, calls: list[Call]) -> str:
    """Items and write units of the last transfer, as DynamoDB bills them."""
    request = next(kwargs for name, kwargs in calls if name == "TransactWriteItems")
    items = len(request["TransactItems"])
    answer = tables.connection().dispatch("BatchGetItem", _read_back(calls) | {"ReturnConsumedCapacity": "TOTAL"})
    read = sum(table.get("CapacityUnits", 0) for table in answer.get("ConsumedCapacity", []))
    return f"{items} items; its account read costs {read} units"


def _read_back(calls: list[Call]) -> dict[str, Any]:
    return next(kwargs for name, kwargs in calls if name == "BatchGetItem")


def _rules_on_and_off() -> tuple[float, float]:
    """p50 seconds of a transfer with all rules and with none, turn by turn on one engine."""
    with engine_on_disk() as engine:
        use(engine)
        pairs: dict[str, list[Pair]] = {}
        for path in (SCREENING, QUIET):
            with screened_by(path):
                pairs[path] = _pairs()
        times: dict[str, list[float]] = {path: [] for path in pairs}
        for _ in range(EACH):
            for turn in range(PAIRS):
                for path in pairs:
                    with screened_by(path):
                        times[path].append(_one(pairs[path][turn]))
        return percentile(times[SCREENING], 0.5), percentile(times[QUIET], 0.5)


def _one(pair: Pair) -> float:
    asked = instruct("transfer", 5_000, *pair)
    return seconds(lambda: post(asked, now=utcnow()))
