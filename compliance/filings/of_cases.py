"""Tells monitoring, which lies below, which of its cases were reported; only on behalf of who may know."""

from collections.abc import Collection
from datetime import date

from cloudbank import store
from cloudbank.tables import TransactionsItem
from compliance.filings.life import VIEW
from compliance.filings.models import ActivityReport
from compliance.filings.suspicion import first_id
from compliance.filings.terms import SAR, Status
from monitoring.reported import Report, declare


def reports_of_cases(cases: Collection[str]) -> dict[str, Report]:
    """The first report of each case: one batched read for 100 of them. Amendments change nothing."""
    keys = {first_id(one): one for one in cases}
    found = store.load(TransactionsItem, keys)
    return {keys[key]: _report(item) for key, item in found.items() if isinstance(item, ActivityReport)}


def _report(item: ActivityReport) -> Report:
    filed = date.fromisoformat(item.filed_on) if item.status == Status.FILED else None
    return Report(date.fromisoformat(item.determined_on), item.due, filed, item.status != Status.DISMISSED)


declare(VIEW[SAR], reports_of_cases)
