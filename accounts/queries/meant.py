"""Which customer somebody at the counter means: by an id, an e-mail address, an account's number, or a name."""

from accounts import numbers
from accounts.models import User
from accounts.queries.deposits import account
from accounts.queries.people import find_customers, user
from cloudbank.roles import Role

MOST = 6
SHORTEST = 2


def customers_meant(text: str) -> tuple[list[User], bool]:
    """The customers that the text may mean, by name at most MOST, and whether there are more."""
    text = " ".join(text.split())[:254]
    if len(text) < SHORTEST:
        return [], False
    found = user(text) or _owner(text)
    if found:
        return ([found] if found.role == Role.CUSTOMER else []), False
    named = find_customers(text, MOST + 1)
    return named[:MOST], len(named) > MOST


def _owner(text: str) -> User | None:
    """Whose account the number is; None for what is no number."""
    try:
        held = account(numbers.parse(text))
    except numbers.AccountNumberError:
        return None
    return user(held.owner_id or "") if held else None
