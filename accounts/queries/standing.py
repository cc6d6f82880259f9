"""Reads of standing orders."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from accounts.models.standing import ACTIVE, StandingOrder
from cloudbank import store
from cloudbank.tables import TransactionsItem


def standing_order(order_id: str) -> StandingOrder | None:
    """The order, read strongly, or None."""
    return store.get(StandingOrder, order_id)


def orders_of(owner_id: str) -> list[StandingOrder]:
    """A customer's orders, newest first."""
    found = StandingOrder.by_subject.query(StandingOrder.subject_of(owner_id), scan_index_forward=False)
    return [one for one in found if isinstance(one, StandingOrder)]


def due_orders(day: date, currency: str) -> Iterator[StandingOrder]:
    """The active orders that are to be tried by the evening of a business date, read strongly.

    The keys are read first: trying an order moves it in the index.
    """
    group = StandingOrder.worklist_of(currency)
    keys = iter([key for _, key in store.index_keys(TransactionsItem, "worklist", group, upto=f"{day}~")])
    while some := list(islice(keys, store.BATCH_GET)):
        for one in store.load(TransactionsItem, some).values():
            if isinstance(one, StandingOrder) and one.state == ACTIVE and one.run_on <= day.isoformat():
                yield one
