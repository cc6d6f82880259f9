"""The deposits sheet: every deposit account that is open at the end of the month (accounts.deposit_sheet)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from accounts.deposit_sheet import DepositRow, fold, is_dormant, of_row
from accounts.ledger import CLOSED, DEPOSIT_PRODUCTS
from accounts.models import DepositAccount
from accounts.month_ends import Ended, InMemory, Sheet, of_part, sheet
from accounts.parameters import DORMANT_AFTER
from accounts.queries.accounts_then import open_at_end
from accounts.queries.people import users
from cloudbank import parameters, store
from cloudbank.conf import bank_calendar

CODE = "deposits"


def _policy(day: date, currency: str) -> dict[str, int]:
    return {"dormant_days": _dormant_days(day)}


def _dormant_days(day: date) -> int:
    noon = datetime.combine(day, datetime.min.time().replace(hour=12), bank_calendar().zone)
    return parameters.snapshot(noon.astimezone(UTC)).number(DORMANT_AFTER.code)


def _since(day: date) -> str:
    """Who moved nothing after this day is dormant."""
    return (day - timedelta(days=_dormant_days(day))).isoformat()


def _row(item: DepositAccount, segment: str, balance: int, own_on: str, since: str) -> DepositRow:
    return DepositRow(
        id=item.account_id,
        owner=item.owner_id or "",
        product=item.product,
        branch=item.branch,
        segment=segment,
        opened_on=item.opened_on,
        balance=balance,
        own_on=own_on,
        dormant=is_dormant(item.opened_on, own_on, since),
    )


def live(ended: Ended) -> Iterator[DepositRow]:
    """From the tables: accounts as they were at the end of the day, their owners' segments as they are read."""
    rest, since = open_at_end(ended.day, ended.currency), _since(ended.day)
    while some := list(islice(rest, store.BATCH_GET)):
        owners = users({one.item.owner_id or "" for one in some})
        for one in some:
            owner = owners.get(one.item.owner_id or "")
            yield _row(one.item, owner.segment if owner else "", one.balance, one.own_on, since)


def told(memory: InMemory, ended: Ended) -> Iterator[DepositRow]:
    """From a bulk run's memory."""
    since = _since(ended.day)
    for key, item in memory.accounts.items():
        if item.currency == ended.currency and item.status != CLOSED:
            state = memory.states[key]
            yield _row(item, memory.users[item.owner_id].segment, state.balance, state.last_own_on, since)


def ties(found: Mapping[str, int], end: Mapping[str, int]) -> dict[str, int]:
    """What the sheet says less than the closed day: of deposits (all, by product), overdrafts, and accounts."""
    missing = {name: end.get(name, 0) - found.get(name, 0) for name in ("deposits", "overdrawn", "accounts")}
    for product in DEPOSIT_PRODUCTS:
        said = found.get(of_part("deposits", "product", product), 0)
        missing[f"deposits_{product}"] = end.get(f"deposits_{product}", 0) - said
    return missing


DEPOSITS = sheet(
    Sheet(
        code=CODE,
        title="Deposits",
        row=DepositRow,
        live=live,
        told=told,
        fold=lambda rows, ended: fold(rows),
        ties=ties,
        policy=_policy,
        of_row=lambda row, ended: of_row(row),
        view="account",
    )
)
