"""Reports as a class of the bank's retention: their files go when their own class says so (reporting.retention)."""

from collections.abc import Iterator
from datetime import datetime

from cloudbank.conf import bank_calendar
from compliance.privacy.engine import COMMAND, Due, RetentionClass, declare
from compliance.steps import NotAllowed
from reporting.retention import CLASSES, class_of, keep_until
from reporting.services import Busy
from reporting.services.retention import delete_outlived, outlived


def _due(now: datetime, after: str) -> Iterator[Due]:
    for one in list(outlived(now)):
        over = bank_calendar().local(keep_until(one.built, one.provisional)).date()
        kind = class_of(one.provisional).title.lower()
        yield Due("", str(one.transaction_id), f"the files of a report ({kind}): {one.title} {one.period}", over)


def _let_go(key: str, now: datetime) -> None:
    try:
        delete_outlived(report_id=key, actor=COMMAND, now=now)
    except Busy as busy:
        raise NotAllowed(str(busy)) from busy


declare(
    RetentionClass(
        "reports", "Reports", " ".join(one.about for one in CLASSES), "31 CFR 1010.430",
        "the files are deleted; who built what, when, and the hashes stay", _due, _let_go,
    )
)  # fmt: skip
