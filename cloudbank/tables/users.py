"""BankingUsers: people, sessions, throttles, the risk state of customers, privacy requests."""

from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, KeysOnlyProjection

from cloudbank.tables.base import Index, Item, TableMeta, table, text_key


class ByName(Index):
    """Who is called so? Role and normalised name, for prefix search."""

    class Meta(TableMeta):
        index_name = "by_name"
        projection = AllProjection()

    name_role = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class ByOwner(Index):
    """What belongs to this person (sessions, requests)?"""

    class Meta(TableMeta):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owner_id = UnicodeAttribute(hash_key=True)
    owner_order = UnicodeAttribute(range_key=True)


class ByReviewDate(Index):
    """Whose review is due, in order of the date?"""

    class Meta(TableMeta):
        index_name = "by_review_date"
        projection = AllProjection()

    review_group = UnicodeAttribute(hash_key=True)
    review_date = UnicodeAttribute(range_key=True)


@table
class UsersItem(Item):
    """Any item of BankingUsers."""

    class Meta(TableMeta):
        table_name = "BankingUsers"

    kind = DiscriminatorAttribute()
    user_id = UnicodeAttribute(hash_key=True)
    name_role = text_key()
    name_key = text_key()
    owner_id = text_key()
    owner_order = text_key()
    review_group = text_key()
    review_date = text_key()
    by_name = ByName()
    by_owner = ByOwner()
    by_review_date = ByReviewDate()
