"""Which currencies the bank keeps books in."""

from accounts.models import Books
from cloudbank import store
from cloudbank.currencies import CURRENCIES
from cloudbank.tables import AccountsItem


def currencies_with_books() -> list[str]:
    """All of them, by code. Asks for each currency there is: two requests, and no list that could be wrong."""
    keys = {Books.key(code): code for code in CURRENCIES}
    return sorted(keys[key] for key in store.load(AccountsItem, keys))
