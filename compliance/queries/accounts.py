"""Reads of the bank's deposit accounts as one list: those of a product by the day they were opened, or somebody's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import DepositAccount, User
from accounts.models.ledger import PRODUCTS
from accounts.queries.deposits import account, accounts, accounts_of
from accounts.queries.people import find_customers, people_by_name
from cloudbank import store
from cloudbank.lists import Page
from cloudbank.roles import Role
from cloudbank.tables import AccountsItem
from compliance.queries.merging import Entry, Stream, merged
from compliance.queries.selections import Counted, Listed, Selection

LOOKED_AT = 500
"""So many accounts a page looks through for those in a state; then it says that there are more."""
MOST_COUNTED = 1_000
OWNERS, MOST_LOOKS = 10, 5
"""So many customers are looked at together, so often a page: it may be short, and says that there are more."""


@dataclass(frozen=True)
class Wanted:
    """What the list is narrowed by; empty means all. Closed accounts are found by their number or their owner."""

    number: str = ""
    owner: str = ""
    """The beginning of a name, or an e-mail address."""
    product: str = ""
    state: str = ""
    newest_first: bool = False

    def keeps(self, one: DepositAccount) -> bool:
        """Whether an account belongs in the list."""
        return self.product in ("", one.product) and self.state in ("", one.status)


def counts() -> dict[str, Counted]:
    """How many open accounts each product has, counted by DynamoDB in the keys of the book, up to MOST_COUNTED."""
    found = {one: Selection(AccountsItem, "by_book", one, keys_only=True).count(MOST_COUNTED) for one in PRODUCTS}
    return {one: Counted(min(number, MOST_COUNTED), number > MOST_COUNTED) for one, number in found.items()}


def accounts_page(wanted: Wanted, cursor: Any, limit: int) -> Page:
    """One page, each account read strongly."""
    if wanted.number:
        found = account(wanted.number)
        return Page([found] if found and wanted.keeps(found) else [])
    if wanted.owner:
        return _of_owners(wanted, cursor, limit)
    return _of_books(wanted, cursor, limit)


def _of_owners(wanted: Wanted, cursor: Any, limit: int) -> Page:
    """The accounts of customers by name; the cursor is (name behind which the next ones follow, accounts passed)."""
    if "@" in wanted.owner:
        return Listed(_held(find_customers(wanted.owner), wanted)).page(cursor, limit)
    after, passed = cursor or ["", 0]
    rows = list[DepositAccount]()
    for _ in range(MOST_LOOKS):
        people = people_by_name(Role.CUSTOMER, wanted.owner, after, OWNERS)
        held, room = _held(people.rows, wanted)[passed:], limit - len(rows)
        rows += held[:room]
        if len(held) > room:
            return Page(rows, [after, passed + room])
        if not people.cursor:
            return Page(rows)
        after, passed = people.cursor, 0
        if len(rows) == limit:
            break
    return Page(rows, [after, 0])


def _held(people: Sequence[User], wanted: Wanted) -> list[DepositAccount]:
    return [one for person in people for one in accounts_of(person.user_id) if wanted.keeps(one)]


def _of_books(wanted: Wanted, cursor: Any, limit: int) -> Page:
    """Open accounts by the day of opening, over the books of the products that are asked for."""
    products = [wanted.product] if wanted.product else sorted(PRODUCTS)
    streams = {one: _book(one, wanted.newest_first) for one in products}
    rows, looked_at = list[DepositAccount](), 0
    while len(rows) < limit and looked_at < LOOKED_AT:
        page = merged(streams, cursor, limit - len(rows), highest_first=wanted.newest_first)
        rows += [one for one in _fresh(page.rows) if wanted.keeps(one)]
        looked_at, cursor = looked_at + len(page.rows), page.next_cursor
        if cursor is None:
            break
    return Page(rows, cursor)


def _book(product: str, newest_first: bool) -> Stream:
    def read(place: Any, limit: int) -> Sequence[Entry]:
        keys = store.index_keys(
            AccountsItem, "by_book", product, after=place or "", backwards=newest_first, limit=limit
        )
        return [Entry(order, order, key) for order, key in keys]

    return read


def _fresh(keys: Sequence[str]) -> list[DepositAccount]:
    found = accounts(keys)
    return [found[key] for key in keys if key in found]
