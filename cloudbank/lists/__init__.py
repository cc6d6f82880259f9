"""The house's lists: an app declares columns, filters and a source; the house gives the page, the fragment,
signed cursors, filter chips, bulk actions and the export of the view. Imports no app and no database."""

from cloudbank.lists.bulk import BulkAction, BulkResult
from cloudbank.lists.columns import Column
from cloudbank.lists.query import ListQuery, Page
from cloudbank.lists.rows import Totals
from cloudbank.lists.views import ListView

__all__ = ["BulkAction", "BulkResult", "Column", "ListQuery", "ListView", "Page", "Totals"]
