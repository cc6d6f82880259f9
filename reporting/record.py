"""The record screen of reports: what was built, from which data, with which files, and each time it was handed out."""

from typing import Any

from django.urls import reverse

from accounts.queries.people import users
from cloudbank.lists import Column, Page
from cloudbank.templatetags.bank import badge
from compliance.records import record
from compliance.records.screen import Facts, Group, Link, Screen, Tab
from compliance.records.shown import code, moment, name_in, page_of
from reporting.models import Report
from reporting.queries import report

FILES = (
    Column("format", "File", main=True, value=lambda row: row[0].upper()),
    Column("size", "Bytes", "number", value=lambda row: row[1][1]),
    Column("sha256", "SHA-256", value=lambda row: row[1][2][:16], export=lambda row: row[1][2]),
)


def _facts(item: Report, reader: Any) -> Facts:
    return [
        ("Period", item.period, item.currency),
        ("State", badge(item.status), f"its files were deleted on {item.deleted_at[:10]}" if item.deleted_at else ""),
        *((name, value, "") for name, value in dict(item.parameters).items()),
        ("Figures as of", item.as_of, ""),
        ("Built", moment(item.built_at), f"in {item.duration_ms / 1000:.1f} s"),
        ("By", name_in(users([item.built_by]), item.built_by), item.built_by_role),
        ("SHA-256 of its content", code(item.sha256), ""),
    ]


def _files(item: Report, reader: Any, cursor: Any, limit: int) -> Page:
    return page_of(sorted(item.files.items()), cursor, limit)


REPORTS = record(
    Screen[Report](
        code="reports",
        title="Reports",
        one="Report",
        icon="file-earmark-bar-graph",
        intro="What was built, from which data, and each time it was handed out.",
        group=Group.BANK,
        permission="reporting.view_report",
        list_url=lambda: reverse("reports"),
        find=report,
        key=lambda item: str(item.transaction_id),
        name=lambda item: f"{item.title} {item.period}",
        badge=lambda item: badge(item.status),
        facts=_facts,
        subjects=lambda item: (f"report#{item.transaction_id}",),
        work_url=lambda item: reverse("report", args=[item.transaction_id]),
        tabs=(Tab("documents", "Files", FILES, _files, "", "No file was asked for."),),
        add=Link("Build a report", "reporting.build_report", lambda none: reverse("reports"), "plus-lg"),
        kinds={"report": str},
        prefixes=("rep_",),
    )
)
