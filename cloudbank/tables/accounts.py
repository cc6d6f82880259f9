"""BankingAccounts: deposit accounts, loans, house accounts, closed business days, settings."""

from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.indexes import KeysOnlyProjection

from cloudbank.tables.base import Index, Item, TableMeta, table, text_key


class ByOwner(Index):
    """Which accounts and loans has this customer? Keys only: a posting never writes it."""

    class Meta(TableMeta):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute(range_key=True)


class ByBook(Index):
    """What is in this book (loans by state, accounts by state and product)?"""

    class Meta(TableMeta):
        index_name = "by_book"
        projection = KeysOnlyProjection()

    book = UnicodeAttribute(hash_key=True)
    book_order = UnicodeAttribute(range_key=True)


@table
class AccountsItem(Item):
    """Any item of BankingAccounts."""

    class Meta(TableMeta):
        table_name = "BankingAccounts"

    kind = DiscriminatorAttribute()
    account_id = UnicodeAttribute(hash_key=True)
    owner_id = text_key()
    book = text_key()
    book_order = text_key()
    by_owner = ByOwner()
    by_book = ByBook()
