"""Postings a second with 1, 4 and 16 clients, on accounts of their own and on a hot one; the close of a large day."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.bulk.events import Event, Move, NewAccount, NewCustomer, Verified
from accounts.bulk.register import Identity
from accounts.bulk.run import run as run_bulk
from accounts.ledger import CASH, CLEARING, Instruction
from accounts.services.closing import close_through
from accounts.services.posting import Busy, post
from benchmarks.stage import (
    TELLER,
    Call,
    Figure,
    an_account,
    bare_client,
    engine_on_disk,
    instruct,
    replay,
    seconds,
    use,
)
from cloudbank import store, tables
from cloudbank.clock import utcnow

CLIENTS = (1, 4, 16)
TRANSFERS = 320
"""Of all clients together."""
DAY = date(2026, 3, 3)
ACCOUNTS, POSTINGS = 20_000, 100_000
PRICE, PRICED = 0.625, "0.625 USD per million write units (us-east-1, since November 2024)"
_me = threading.local()


class Watch:
    """The requests of each client, in order, and why saves had to be tried again."""

    def __init__(self) -> None:
        self.calls: dict[int, list[Call]] = defaultdict(list)
        self.again: Counter[str] = Counter()

    @contextmanager
    def on(self) -> Iterator["Watch"]:
        """Watch what goes through `store`."""
        real_call, real_save = store._call, store.save

        def call(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
            self.calls[getattr(_me, "client", 0)].append((operation, kwargs))
            return real_call(operation, kwargs)

        def save(writes: Sequence[store.Write]) -> None:
            try:
                real_save(writes)
            except store.StoreError as error:
                self.again[type(error).__name__] += 1
                raise

        store._call, store.save = call, save
        try:
            yield self
        finally:
            store._call, store.save = real_call, real_save


def figures() -> Iterator[Figure]:
    """Spread over accounts against bare boto3 with as many threads; on one account; units; the close of a large day."""
    for clients in CLIENTS:
        yield _spread(clients)
    with engine_on_disk() as engine:
        use(engine)
        for clients in CLIENTS:
            yield _hot(clients)
        yield from _units()
    yield _large_day()


def _together(clients: int, act: Callable[[int], None]) -> float:
    """Seconds until all clients have acted, side by side."""

    def one(number: int) -> None:
        _me.client = number
        act(number)

    with ThreadPoolExecutor(clients) as pool:
        return seconds(lambda: list(pool.map(one, range(1, clients + 1))))


def _spread(clients: int) -> Figure:
    """Each client moves money between accounts of its own; bare boto3 repeats each client's requests."""
    each = TRANSFERS // clients
    with engine_on_disk() as engine, engine_on_disk() as mirror:
        bare = bare_client(mirror.url)
        use(mirror)
        use(engine)
        with Watch().on() as making:
            pairs = {n: (an_account(f"From {n}", 10**8), an_account(f"To {n}", 10**6)) for n in range(1, clients + 1)}
        replay(bare, making.calls[0])
        with Watch().on() as watch:
            ours = _together(clients, lambda n: _transfers(*pairs[n], each))
        floor = _together(clients, lambda n: replay(bare, watch.calls[n]))
    done = each * clients
    note = f"{done / ours:,.0f} a second, 8 items each, embedded engine; {_tried_again(watch)}; bare boto3"
    return Figure(f"{done} transfers, {clients} clients", ours, "s", floor, 1.6, note)


def _tried_again(watch: Watch) -> str:
    return ", ".join(f"{number} times {name}" for name, number in watch.again.items()) or "none tried again"


def _hot(clients: int) -> Figure:
    """All clients withdraw from one account: every movement waits for the one before it."""
    account, each = an_account("Hot", 10**9), TRANSFERS // 2 // clients
    busy: Counter[str] = Counter()

    def withdraw(_: int) -> None:
        for _ in range(each):
            try:
                _post("withdrawal", account, CASH)
            except Busy:
                busy["busy"] += 1

    with Watch().on() as watch:
        took = _together(clients, withdraw)
    done = each * clients - busy["busy"]
    note = f"{done / took:,.0f} a second; {_tried_again(watch)}; {busy['busy']} gave up"
    return Figure(f"{done} withdrawals, {clients} clients, hot", took, "s", note=note)


def _transfers(payer: str, payee: str, number: int) -> None:
    for _ in range(number):
        _post("transfer", payer, payee)


def _post(type_: str, debit: str, credit: str) -> None:
    post(instruct(type_, 100, debit, credit), now=utcnow())


def _units() -> Iterator[Figure]:
    """Write units of a movement of each type, as the engine bills them (indexes included)."""
    mine, theirs = an_account("Units", 10**5), an_account("Other", 10**5)
    for type_, sides in {"deposit": (CASH, mine), "withdrawal": (mine, CASH), "transfer": (mine, theirs)}.items():
        with Watch().on() as watch:
            _post(type_, *sides)
        name, request = next(call for call in watch.calls[0] if call[0] == "TransactWriteItems")
        asked = instruct(type_, 100, *sides)
        units = _billed(asked)
        note = f"{len(request['TransactItems'])} items; {units * PRICE:,.2f} USD a million, writes only, at {PRICED}"
        yield Figure(f"write units of a {type_}", units, "", note=note)


def _billed(asked: Instruction) -> float:
    """What one posting consumes."""
    connection = tables.connection()
    real, units = connection.dispatch, 0.0

    def metered(operation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        nonlocal units
        answer: dict[str, Any] = real(operation, kwargs | {"ReturnConsumedCapacity": "TOTAL"})
        if operation == "TransactWriteItems":
            units += sum(one.get("CapacityUnits", 0) for one in answer.get("ConsumedCapacity") or [])
        return answer

    connection.dispatch = metered  # type: ignore[method-assign,assignment]
    try:
        post(asked, now=utcnow())
    finally:
        del connection.dispatch
    return units


# --- a large day --------------------------------------------------------------------------------------


def _large_day() -> Figure:
    """Close a day of 100,000 postings of 20,000 accounts: fold, prove, seal."""
    with engine_on_disk() as engine:
        use(engine)
        identity = Identity("large-day", {"day": DAY.isoformat()}, {"USD": (DAY, DAY)})
        run_bulk(identity, _busy_day(), actor=TELLER, now=utcnow())
        took = seconds(lambda: close_through(DAY, "USD", now=utcnow()))
    return Figure(
        "close_day of one large day", took, "s", limit=120, note=f"{POSTINGS:,} postings, {ACCOUNTS:,} accounts"
    )


def _busy_day() -> Iterator[Event]:
    """Everybody joins and is paid in the morning; the rest of the day each pays somebody else."""
    at = datetime(DAY.year, DAY.month, DAY.day, 14, tzinfo=UTC)
    for number in range(ACCOUNTS):
        owner = f"usr_{number:06d}"
        yield NewCustomer(owner, f"Customer {number}", at)
        yield Verified(owner, at)
        yield NewAccount(f"acc_{number:06d}", owner, "checking", "USD", "main", at)
    for number in range(ACCOUNTS):
        yield _move(number, "deposit", CLEARING, f"acc_{number:06d}", 10_000, at)
    for number in range((POSTINGS - ACCOUNTS) // 2):
        payer, payee = number % ACCOUNTS, (number * 7 + 1) % ACCOUNTS
        if payer != payee:
            yield _move(ACCOUNTS + number, "transfer", f"acc_{payer:06d}", f"acc_{payee:06d}", 10, at)


def _move(number: int, type_: str, debit: str, credit: str, amount: int, at: datetime) -> Move:
    asked = Instruction(type_, f"large {number}", amount, "USD", debit, credit, "ach", "main", TELLER)
    return Move(asked, at + timedelta(milliseconds=100 * number))
