"""Whom a customer moved money with, from the lines of their accounts, and whom those moved it with."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.ledger import HOUSE
from accounts.models import Posting, User
from accounts.queries.deposits import accounts_of
from accounts.queries.ledger import newest_lines
from accounts.queries.people import users
from monitoring.network import MOST_FIRST, MOST_OPENED, Network, Ties, largest, picture, ties_of

DAYS = 90
MOST_LINES = 400
"""Lines of each account that are looked at, the newest; a picture reads at most seven customers' accounts."""


@dataclass(frozen=True)
class Counterparties:
    """The customer's ties and theirs, the picture of both, and the names of all in it."""

    ties: Ties
    second: dict[str, Ties]
    network: Network
    people: dict[str, User]
    first: date
    is_cut: bool


def counterparties_of(customer_id: str, today: date, currency: str) -> Counterparties:
    """The last DAYS days of a customer, and of those with whom most moved. Reads by keys of the index by account."""
    first = today - timedelta(days=DAYS)
    lines = list(_lines(customer_id, first, currency))
    ties = ties_of(((_party(line), line.amount) for line in lines), customer_id)
    opened = [party for party in largest(ties, MOST_FIRST) if party not in HOUSE][:MOST_OPENED]
    second = {
        party: ties_of(((_party(line), line.amount) for line in _lines(party, first, currency) if _known(line)), party)
        for party in opened
    }
    network = picture(customer_id, ties, second)
    named = {node.party for node in network.nodes} | set(ties)
    return Counterparties(ties, second, network, users(sorted(named - set(HOUSE))), first, len(lines) >= MOST_LINES)


def _lines(customer_id: str, first: date, currency: str) -> Iterator[Posting]:
    for account in accounts_of(customer_id):
        if account.currency == currency:
            yield from newest_lines(account.account_id, first, MOST_LINES)


def _known(line: Posting) -> bool:
    """Cash and the world outside join everybody with everybody: behind others they say nothing."""
    return _party(line) not in HOUSE


def _party(line: Posting) -> str:
    return line.counter_owner or line.counter
