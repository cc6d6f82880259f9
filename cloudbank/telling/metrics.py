"""Numbers as log lines that CloudWatch makes metrics of: its embedded metric format.

A line is one JSON object and nothing else; the CloudWatch agent ships it with the log, and CloudWatch reads the metrics
named under `_aws` out of it; all other members can be searched. A metric is a number, or at most a hundred.
Specification: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
Each name costs about 0.30 USD a month, and no metric has a dimension: `METRICS` is the bill.
"""

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from cloudbank.telling import tally as counted
from cloudbank.telling.tally import Counts

log = logging.getLogger(__name__)
MOST_VALUES = 100
COUNT, MILLISECONDS, NONE = "Count", "Milliseconds", "None"
OF_COUNTS = {
    "PostingsDone": counted.POSTED,
    "PostingsRefused": counted.REFUSED,
    "PostingsBusy": counted.BUSY,
    "PostingsNotKnown": counted.NOT_KNOWN,
    "OutcomesUnknown": counted.LOST,
    "Conflicts": counted.CONFLICTS,
    "Retries": counted.RETRIES,
    "Throttles": counted.THROTTLES,
}
OF_TIMES = {"PostingMs": counted.POSTING, "EngineMs": counted.ENGINE}
OF_HEALTH = {
    "DaysUnsealed": COUNT,
    "LedgerVerifiedHours": NONE,
    "AuditVerifiedHours": NONE,
    "BackupHours": NONE,
    "AlertsOverdueHours": NONE,
    "HeldHours": NONE,
    "ApprovalHours": NONE,
    "MessageMinutes": NONE,
    "FilingOverdueDays": NONE,
    "PayrollMinutes": NONE,
}
"""What `report_health` measures, with units; "so many hours ago" has no unit of CloudWatch's."""
METRICS = (*OF_COUNTS, *OF_TIMES, *OF_HEALTH)
"""Every metric that the bank's own lines make; deploy/templates/watch.yaml has an alarm or a graph for each."""


def tell(values: Mapping[str, float | list[float]], units: Mapping[str, str], now: datetime, **more: Any) -> None:
    """Write one line with these metrics and, to search by, `more`. Nothing where METRICS_NAMESPACE is not set."""
    if not settings.METRICS_NAMESPACE or not values:
        return
    named = [{"Name": name, "Unit": units[name]} for name in values]
    directive = {"Namespace": settings.METRICS_NAMESPACE, "Dimensions": [[]], "Metrics": named}
    about = {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [directive]}
    log.info(json.dumps({"_aws": about, **more, **values}, separators=(",", ":")))


def tell_counts(counts: Counts, now: datetime, **more: Any) -> None:
    """The line of what a process counted; names that stand at nought are left out."""
    values: dict[str, float | list[float]] = {
        name: counts.numbers[key] for name, key in OF_COUNTS.items() if counts.numbers[key]
    }
    values |= {name: some for name, key in OF_TIMES.items() if (some := counts.samples(key, MOST_VALUES))}
    tell(values, {**dict.fromkeys(OF_COUNTS, COUNT), **dict.fromkeys(OF_TIMES, MILLISECONDS)}, now, **more)
