"""Reads of movements between two customers, day by day from their files: never a scan."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from sys import intern

from accounts.ledger import LOAN, PAYROLL, REVERSAL
from accounts.models import Posting
from accounts.models.ledger import posting_group
from accounts.queries.totals import written_files
from cloudbank import store
from cloudbank.clock import from_iso
from monitoring.edges import Edge

READERS = 3
NOT_EDGES = frozenset({PAYROLL, REVERSAL})
"""Wages are no link of a chain, and what was reversed did not happen; fees, interest, cash go to the bank itself."""
FIELDS = (
    *("movement_id", "type", "product", "amount", "owner_id", "account_id"),
    *("counter", "counter_owner", "posted_at", "observed"),
)


def edges_by_day(days: list[date], currency: str) -> Iterator[tuple[date, list[Edge]]]:
    """Each day's edges, oldest first; days without any posting are left out. The next days are read while the caller
    works on this one.
    """
    files = written_files(days, currency)
    written = [day for day in days if day in files]
    with ThreadPoolExecutor(READERS) as pool:
        ahead = [pool.submit(_day, day, currency, files[day]) for day in written[:READERS]]
        for number, day in enumerate(written):
            found = ahead.pop(0).result()
            if number + READERS < len(written):
                after = written[number + READERS]
                ahead.append(pool.submit(_day, after, currency, files[after]))
            yield day, found


def _day(day: date, currency: str, files: list[str]) -> list[Edge]:
    # The payers' lines are enough: each names the other side.
    groups = [posting_group(currency, day.isoformat(), file) for file in files]
    reads = (store.index_rows(Posting, "by_day", group, fields=FIELDS, negative="amount") for group in groups)
    rows = sorted((row for read in reads for row in read), key=_order)
    return [edge for row in rows if (edge := _edge(row, day.toordinal(), currency))]


def _order(row: dict[str, dict[str, str]]) -> tuple[str, str]:
    return row["posted_at"]["S"], row["movement_id"]["S"]


def _edge(row: dict[str, dict[str, str]], day: int, currency: str) -> Edge | None:
    """The edge of a payer's line, or None when it is no payment to another customer."""
    # PynamoDB stores no empty text: what a row lacks is "".
    if "owner_id" not in row or "counter_owner" not in row:
        return None
    payer, payee = row["owner_id"]["S"], row["counter_owner"]["S"]
    if not payer or not payee or payer == payee:
        return None
    if row["type"]["S"] in NOT_EDGES or row["product"]["S"] == LOAN:
        return None
    return Edge(
        movement_id=row["movement_id"]["S"],
        at=int(from_iso(row["posted_at"]["S"]).timestamp()),
        day=day,
        amount=-int(row["amount"]["N"]),
        currency=currency,
        payer=intern(payer),
        payee=intern(payee),
        payer_account=intern(row["account_id"]["S"]),
        payee_account=intern(row["counter"]["S"]),
        observed="observed" in row and bool(row["observed"].get("BOOL")),
    )
