"""Reads of movements between two customers, day by day from their shards: never a scan."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from sys import intern

from accounts.ledger import LOAN, PAYROLL, REVERSAL
from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.totals import shards_of
from cloudbank import store
from cloudbank.clock import from_iso
from monitoring.edges import Edge

READERS = 3
NOT_EDGES = frozenset({PAYROLL, REVERSAL})
"""Wages are no link of a chain, and what was reversed did not happen; fees, interest, cash go to the bank itself."""
_FIELDS = (
    *("movement_id", "type", "product", "amount", "currency", "owner_id", "account_id"),
    *("counter", "counter_owner", "posted_at", "business_date", "observed"),
)
_NOTHING: dict[str, str] = {}


def edges_by_day(days: list[date], currency: str) -> Iterator[tuple[date, list[Edge]]]:
    """Each day's edges, oldest first. The next day is read while the caller works on this one."""
    with ThreadPoolExecutor(READERS) as pool:
        ahead = [pool.submit(_day, day, currency) for day in days[:READERS]]
        for number, day in enumerate(days):
            found = ahead.pop(0).result()
            if number + READERS < len(days):
                ahead.append(pool.submit(_day, days[number + READERS], currency))
            yield day, found


def _day(day: date, currency: str) -> list[Edge]:
    # The payers' lines are enough: each names the other side.
    groups = [posting_group(currency, day.isoformat(), shard) for shard in shards_of(day, currency)]
    reads = (store.index_rows(Posting, "by_day", group, fields=_FIELDS, negative="amount") for group in groups)
    rows = sorted((row for read in reads for row in read), key=_order)
    return [edge for row in rows if (edge := _edge(row, day.toordinal()))]


def _order(row: dict[str, dict[str, str]]) -> tuple[str, str]:
    return row["posted_at"]["S"], row["movement_id"]["S"]


def _edge(row: dict[str, dict[str, str]], day: int) -> Edge | None:
    """The edge of a payer's line, or None when it is no payment to another customer."""
    text = {name: row.get(name, _NOTHING).get("S", "") for name in _FIELDS}
    payer, payee = text["owner_id"], text["counter_owner"]
    if not payer or not payee or payer == payee or text["type"] in NOT_EDGES or text["product"] == LOAN:
        return None
    return Edge(
        movement_id=text["movement_id"],
        at=int(from_iso(text["posted_at"]).timestamp()),
        day=day,
        amount=-int(row["amount"]["N"]),
        currency=text["currency"],
        payer=intern(payer),
        payee=intern(payee),
        payer_account=intern(text["account_id"]),
        payee_account=intern(text["counter"]),
        observed=bool(row.get("observed", {}).get("BOOL")),
    )
