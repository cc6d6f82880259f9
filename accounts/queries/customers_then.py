"""People as they stood at the end of a business day, however much later that is asked."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice

from django.conf import settings

from accounts.ledger import DEPOSIT_PRODUCTS, LOAN
from accounts.models import CustomerActivity, Posting, User
from accounts.queries.accounts_then import existed_at_end
from accounts.queries.deposits import accounts_of
from accounts.queries.ledger import AFTER_ALL, BEFORE_ALL
from accounts.queries.loans_then import running_at_end
from accounts.queries.people import people_by_name
from cloudbank import store
from cloudbank.clock import ONE_DAY
from cloudbank.roles import Role
from cloudbank.tables import UsersItem


def registered_by(day: date) -> Iterator[User]:
    """The customers who had registered by the end of `day`, as they are stored now."""
    cursor = ""
    while True:
        page = people_by_name(Role.CUSTOMER, cursor=cursor, limit=200)
        yield from (one for one in page.rows if _first_known(one) <= day.isoformat())
        cursor = page.cursor
        if not cursor:
            return


def _first_known(person: User) -> str:
    """The first date that the bank knows of them; "" sorts before all."""
    dates = (person.registered_on, person.first_account_on, person.activated_on)
    return min((one for one in dates if one), default="")


def holdings(day: date, currency: str) -> dict[str, set[str]]:
    """Of everybody who held something at the end of `day`: the kinds of account, loans as one kind."""
    found: dict[str, set[str]] = {}
    for item in existed_at_end(day, currency):
        found.setdefault(item.owner_id or "", set()).add(item.product)
    for one in running_at_end(day, currency):
        found.setdefault(one.item.owner_id or "", set()).add(LOAN)
    return found


def elsewhere(currency: str, day: date) -> set[str]:
    """People who hold accounts, but only in other currencies of the bank: they are customers there."""
    others = [one for one in settings.BANK_CURRENCIES if one != currency]
    if not others:
        return set()
    here = {item.owner_id or "" for item in existed_at_end(day, currency)}
    return {item.owner_id or "" for one in others for item in existed_at_end(day, one)} - here


def last_own(people: Iterable[User], day: date) -> dict[str, str]:
    """The business date of each one's last own movement by the end of `day`, "" for none."""
    rest, found = iter(people), dict[str, str]()
    while some := list(islice(rest, store.BATCH_GET)):
        keys = {CustomerActivity.key(one.user_id): one.user_id for one in some}
        for key, item in store.load(UsersItem, keys).items():
            if isinstance(item, CustomerActivity):
                found[keys[key]] = item.last_movement_on
    return {who: on if on <= day.isoformat() else _own_before(who, day) for who, on in found.items()}


def _own_before(owner_id: str, day: date) -> str:
    """Their first own posting after `day` names the date of the one before it."""
    firsts = []
    for account in accounts_of(owner_id):
        after = Posting.account_order.between(f"{day + ONE_DAY}#", f"{AFTER_ALL}#{AFTER_ALL}")
        lines = Posting.by_account.query(account.account_id, after)
        firsts += list(islice((one for one in lines if one.owner_seen_on is not None), 1))
    first = min(firsts, key=lambda one: str(one.posted_at), default=None)
    return str(first.owner_seen_on) if first else ""


def funded_on(owner_id: str, day: date) -> str:
    """When money first came to one of their deposit accounts, by the end of `day`; "" when none did."""
    found = []
    for account in accounts_of(owner_id):
        if account.product in DEPOSIT_PRODUCTS:
            upto = Posting.account_order.between(BEFORE_ALL, f"{day}#{AFTER_ALL}")
            lines = Posting.by_account.query(account.account_id, upto)
            found += list(islice((str(one.business_date) for one in lines if one.amount > 0), 1))
    return min(found, default="")
