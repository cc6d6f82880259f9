"""Alerts: what rules found about a customer, and how it was decided."""

from typing import Any

from django.urls import reverse

from cloudbank.clock import iso, utcnow
from cloudbank.lists import Column, Page
from cloudbank.money import format_amount
from cloudbank.templatetags.bank import badge, severity
from compliance.queries.selections import Selected, Selection
from compliance.records import record, tabs
from compliance.records.screen import Facts, Group, Screen, Tab
from compliance.records.shown import DASH, at, beside, decided, link, moment, name_in, named, person_in
from monitoring.models import OUTCOMES, REASON_WORDS, STATUSES, Alert, AlertFinding, alert_subject
from monitoring.patternbook import titles_of
from monitoring.queries.alerts import get_alert
from monitoring.views.rows import due_tag, rule_titles


def _receipt(one: AlertFinding) -> str:
    return reverse("receipt", args=[one.movement_id]) if one.movement_id else ""


FINDINGS = (
    Column("sentence", "Finding", main=True, link=_receipt, note=lambda one: ", ".join(titles_of([one.rule]))),
    Column("severity", "Severity", "severity"),
    Column("points", "Points", "number"),
    Column("amount", "Movement", "balance", currency="currency"),
    Column("at", "When", "time", value=lambda one: at(one.at)),
)


def _findings(item: Alert, reader: Any, cursor: Any, limit: int) -> Page:
    group = alert_subject(item.alert_id)
    return Selected([Selection(AlertFinding, "by_subject", group, newest_first=True)]).page(cursor, limit)


def _facts(item: Alert, reader: Any) -> Facts:
    people = named([item.customer_id, item.assignee_id, item.lease_by, item.closed_by, item.approved_by])
    sees_case = item.case_id and reader.has_perm("monitoring.view_case")
    return [
        ("Customer", person_in(people, item.customer_id), ""),
        ("What was found", item.headline, f"{item.finding_count} finding{'' if item.finding_count == 1 else 's'}"),
        ("Flagged", f"{format_amount(item.amount, item.currency)} {item.currency}", f"score {item.score} of 100"),
        ("Opened", moment(item.opened_at), ""),
        ("Last finding", moment(item.last_at), ""),
        ("To be decided", due_tag(item, utcnow()), ""),
        ("Worked on by", name_in(people, item.holder_at(iso(utcnow()))), ""),
        ("Case", link(item.case_id, "record", "cases", item.case_id) if sees_case else DASH, ""),
        ("Decision", OUTCOMES.get(item.outcome, DASH), REASON_WORDS.get(item.reason_code, "")),
        decided(people, item.closed_by, item.approved_by),
        ("Note", item.note or DASH, ""),
    ]


ALERTS = record(
    Screen[Alert](
        code="alerts",
        title="Alerts",
        one="Alert",
        icon="bell",
        intro="What the rules found, the most severe first, and how it was decided.",
        group=Group.WORK,
        permission="monitoring.view_alert",
        list_url=lambda: reverse("alerts"),
        find=get_alert,
        key=lambda item: item.alert_id,
        name=rule_titles,
        badge=lambda item: beside(severity(item.severity), badge(STATUSES[item.state_at(iso(utcnow()))])),
        facts=_facts,
        subjects=lambda item: (alert_subject(item.alert_id),),
        work_url=lambda item: reverse("alert", args=[item.alert_id]),
        tabs=(
            Tab("findings", "Findings", FINDINGS, _findings, "", "No finding is kept."),
            tabs.movements_tab(lambda item: item.customer_id, "Movements of this customer"),
            tabs.alerts_tab(lambda item: item.customer_id, "Alerts of this customer"),
        ),
        kinds={"alert": str},
        prefixes=("alt_",),
    )
)
