"""The customers sheet: every person who registered, as they stood at the end of the month (accounts.customer_sheet).

Of the bank's own currency: people are not counted once a currency. Who holds accounts in other currencies only is
left out; their sheets have no rows.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from django.conf import settings

from accounts.customer_sheet import CustomerRow, carried, fold, of_row
from accounts.ledger import CLOSED, LOAN
from accounts.loans.rows import months_back
from accounts.models import User
from accounts.models.people import PENDING
from accounts.month_ends import Ended, InMemory, Sheet, sheet
from accounts.queries.customers_then import elsewhere, funded_on, holdings, last_own, registered_by

CODE = "customers"


def _row(person: User, day: date, own_on: str, funded: str, products: int) -> CustomerRow:
    until = day.isoformat()
    activated_on = person.activated_on if "" < person.activated_on <= until else ""
    exited_on = person.exited_on if "" < person.exited_on <= until else ""
    undecided = person.kyc_status == PENDING or person.kyc_decided_on > until
    return CustomerRow(
        id=person.user_id,
        segment=person.segment,
        branch=person.branch,
        channel=person.channel,
        registered_on=person.registered_on,
        waiting=int(undecided and not activated_on and not exited_on and bool(person.registered_on)),
        activated_on=activated_on,
        exited_on=exited_on,
        funded_on=funded,
        own_on=own_on,
        products=products,
    )


def _is_new(person: User, day: date) -> bool:
    """Whether the sheet tells when money first came to them."""
    return person.activated_on[:7] in months_back(day) and person.activated_on <= day.isoformat()


def live(ended: Ended) -> Iterator[CustomerRow]:
    """From the tables: people as they stood at the end of the day, their segments and branches as they are read."""
    day, currency = ended.day, ended.currency
    if currency != settings.BANK_CURRENCY:
        return
    held, foreign = holdings(day, currency), elsewhere(currency, day)
    own_on = last_own((one for one in registered_by(day) if one.user_id not in foreign), day)
    for person in registered_by(day):
        if person.user_id not in foreign:
            funded = funded_on(person.user_id, day) if _is_new(person, day) else ""
            yield _row(person, day, own_on.get(person.user_id, ""), funded, len(held.get(person.user_id, ())))


def told(memory: InMemory, ended: Ended) -> Iterator[CustomerRow]:
    """From a bulk run's memory."""
    if ended.currency != settings.BANK_CURRENCY:
        return
    held, own_on, foreign = _told_of_accounts(memory, ended.currency)
    for person in memory.users.values():
        if person.user_id not in foreign:
            funded = memory.funded.get(person.user_id, "") if _is_new(person, ended.day) else ""
            products = len(held.get(person.user_id, ()))
            yield _row(person, ended.day, own_on.get(person.user_id, ""), funded, products)


def _told_of_accounts(memory: InMemory, currency: str) -> tuple[dict[str, set[str]], dict[str, str], set[str]]:
    """What people hold; when they last moved money; who holds accounts in other currencies only."""
    held: dict[str, set[str]] = {}
    own_on: dict[str, str] = {}
    somewhere: set[str] = set()
    for key, item in memory.accounts.items():
        owner, state = item.owner_id or "", memory.states[key]
        own_on[owner] = max(own_on.get(owner, ""), state.last_own_on)
        if item.status != CLOSED:
            if item.currency == currency:
                held.setdefault(owner, set()).add(item.product)
            else:
                somewhere.add(owner)
    foreign = somewhere - held.keys()
    for item in memory.loans.values():
        if item.currency == currency and item.loan().disbursed and item.loan().is_live:
            held.setdefault(item.owner_id or "", set()).add(LOAN)
    return held, own_on, foreign


def ties(found: Mapping[str, int], end: Mapping[str, int]) -> dict[str, int]:
    """What the sheet says less than the closed day: of customers, and of people who moved money in 90 days.

    A bank of several currencies counts who comes and goes in the currency of the account that brought them.
    """
    if len(settings.BANK_CURRENCIES) > 1:
        return {}
    pairs = {"customers": "customers", "active": "active_90"}
    return {name: end.get(sealed, 0) - found.get(name, 0) for name, sealed in pairs.items()}


CUSTOMERS = sheet(
    Sheet(
        code=CODE,
        title="Customers",
        row=CustomerRow,
        live=live,
        told=told,
        fold=lambda rows, ended: fold(rows, ended.day),
        carried=lambda now, before, ended: carried(now, ended.day),
        ties=ties,
        of_row=lambda row, ended: of_row(row, ended.day),
        view="person",
    )
)
