"""Cases: alerts that are investigated together, whom they are about, their files, their decision."""

from typing import Any

from django.urls import reverse

from cloudbank import store
from cloudbank.clock import iso, utcnow
from cloudbank.lists import Column, Page
from cloudbank.tables import TransactionsItem
from cloudbank.templatetags.bank import badge, severity
from cloudbank.wording import grouped
from compliance.records import record, tabs
from compliance.records.screen import Facts, Group, Screen, Tab
from compliance.records.shown import DASH, beside, decided, moment, name_in, named, page_of, record_url
from monitoring.casework import ACCOUNT, KINDS, OUTCOMES, STATUSES, CaseFile, Paper
from monitoring.models import REASON_WORDS, Alert
from monitoring.queries.casework import get_case
from monitoring.views.queue import AlertQueue

_SCREENS = {ACCOUNT: "accounts"}
ABOUT = (
    Column(
        "name",
        "About",
        main=True,
        value=lambda row: row[2],
        link=lambda row: record_url(_SCREENS.get(row[0], "customers"), row[1]),
    ),
    Column("kind", "Kind", value=lambda row: KINDS[row[0]]),
)


def _alerts(item: CaseFile, reader: Any, cursor: Any, limit: int) -> Page:
    found = store.load(TransactionsItem, item.alert_ids)
    return page_of(tabs.alert_rows([one for one in found.values() if isinstance(one, Alert)]), cursor, limit)


def _about(item: CaseFile, reader: Any, cursor: Any, limit: int) -> Page:
    people = named(item.customers)
    names = [(kind, key, grouped(key) if kind == ACCOUNT else name_in(people, key)) for kind, key in item.subjects]
    return page_of(names, cursor, limit)


def _facts(item: CaseFile, reader: Any) -> Facts:
    people = named([item.owner_id, item.opened_by, item.closed_by, item.approved_by])
    return [
        ("Opened", moment(item.opened_at), f"by {name_in(people, item.opened_by)}"),
        ("Investigated by", name_in(people, item.owner_id), ""),
        ("Last change", moment(item.changed_at), item.change),
        ("Alerts", f"{len(item.alert_ids)}", ""),
        ("Reopened", f"{item.reopened} times" if item.reopened else "never", ""),
        ("Decision", OUTCOMES.get(item.outcome, DASH), REASON_WORDS.get(item.reason_code, "")),
        decided(people, item.closed_by, item.approved_by),
        ("Decided", moment(item.closed_at), ""),
        ("Note", item.note or DASH, ""),
    ]


CASES = record(
    Screen[CaseFile](
        code="cases",
        title="Cases",
        one="Case",
        icon="folder2-open",
        intro="Alerts that belong together, investigated and decided as one.",
        group=Group.WORK,
        permission="monitoring.view_case",
        list_url=lambda: reverse("cases"),
        find=get_case,
        key=lambda item: item.case_id,
        name=lambda item: item.title,
        badge=lambda item: beside(severity(item.severity), badge(STATUSES[item.state_at(iso(utcnow()))])),
        facts=_facts,
        subjects=lambda item: (f"case#{item.case_id}",),
        work_url=lambda item: reverse("case", args=[item.case_id]),
        tabs=(
            Tab("alerts", "Alerts", AlertQueue.columns, _alerts, "monitoring.view_alert", "It has no alert."),
            Tab("about", "About", ABOUT, _about, "accounts.view_customer", "It names nobody."),
            tabs.files_tab("Documents", lambda item: [Paper(**one) for one in item.papers], "", "No file was added."),
        ),
        kinds={"case": str},
        prefixes=("cas_", "case_"),
    )
)
