"""BankingTransactions: postings, alerts, actions, audit records, totals, reports."""

from pynamodb.attributes import DiscriminatorAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, KeysOnlyProjection

from cloudbank.tables.base import Index, Item, TableMeta, table, text_key


class ByAccount(Index):
    """An account's statement lines: order is business date and sequence."""

    class Meta(TableMeta):
        index_name = "by_account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    account_order = UnicodeAttribute(range_key=True)


class ByDay(Index):
    """What happened on a day: `posting#<date>#<shard>`, `alert#<date>`, in order of time."""

    class Meta(TableMeta):
        index_name = "by_day"
        projection = AllProjection()

    day_group = UnicodeAttribute(hash_key=True)
    day_order = UnicodeAttribute(range_key=True)


class Worklist(Index):
    """What needs a person, in the order to do it? Sparse; keys only, so lists read fresh items."""

    class Meta(TableMeta):
        index_name = "worklist"
        projection = KeysOnlyProjection()

    worklist_group = UnicodeAttribute(hash_key=True)
    worklist_order = UnicodeAttribute(range_key=True)


class BySubject(Index):
    """All that happened to a customer, an account, an alert (audit records, alerts, reports)."""

    class Meta(TableMeta):
        index_name = "by_subject"
        projection = AllProjection()

    subject = UnicodeAttribute(hash_key=True)
    subject_order = UnicodeAttribute(range_key=True)


class CellsByDay(Index):
    """Which cube cells has this day? Keys only: written when a cell is born, never again."""

    class Meta(TableMeta):
        index_name = "cells_by_day"
        projection = KeysOnlyProjection()

    cell_day = UnicodeAttribute(hash_key=True)
    transaction_id = UnicodeAttribute(range_key=True)


@table
class TransactionsItem(Item):
    """Any item of BankingTransactions."""

    class Meta(TableMeta):
        table_name = "BankingTransactions"

    kind = DiscriminatorAttribute()
    transaction_id = UnicodeAttribute(hash_key=True)
    account_id = text_key()
    account_order = text_key()
    day_group = text_key()
    day_order = text_key()
    worklist_group = text_key()
    worklist_order = text_key()
    subject = text_key()
    subject_order = text_key()
    cell_day = text_key()
    by_account = ByAccount()
    by_day = ByDay()
    worklist = Worklist()
    by_subject = BySubject()
    cells_by_day = CellsByDay()
