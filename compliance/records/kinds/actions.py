"""Corrective actions: what is done about a weakness, by whom, until when, with which evidence."""

from typing import Any

from django.urls import reverse

from compliance.models import PRIORITIES, CorrectiveAction
from compliance.queries.actions import action
from compliance.records import record, tabs
from compliance.records.screen import Facts, Group, Link, Screen
from compliance.records.shown import DASH, by, link, moment, name_in, named, on, person_in
from compliance.views.rows import status_badge


def _facts(item: CorrectiveAction, reader: Any) -> Facts:
    people = named([item.owner_id, item.opened_by, item.ready_by, item.closed_by])
    from_control = link(item.control_code, "control", item.control_code) if item.control_code else DASH
    from_alert = link(item.alert_id, "record", "alerts", item.alert_id) if item.alert_id else DASH
    return [
        ("Root cause", item.root_cause, ""),
        ("Plan", item.plan, ""),
        ("Priority", PRIORITIES.get(item.priority, DASH), ""),
        ("Owner", person_in(people, item.owner_id), ""),
        ("Due", on(item.due_on), ""),
        ("Opened", moment(item.opened_at), f"by {name_in(people, item.opened_by)}"),
        ("From the control", from_control, ""),
        ("From the alert", from_alert, ""),
        ("Ready to be verified", moment(item.ready_at), by(people, item.ready_by)),
        ("Verified and closed", moment(item.closed_at), by(people, item.closed_by)),
        ("Reopened", f"{item.reopened} times" if item.reopened else "never", ""),
    ]


ACTIONS = record(
    Screen[CorrectiveAction](
        code="actions",
        title="Corrective actions",
        one="Corrective action",
        icon="list-check",
        intro="What is done about a weakness, verified by a second person.",
        group=Group.WORK,
        permission="compliance.view_action",
        list_url=lambda: reverse("actions"),
        find=action,
        may=lambda item, reader: not item.secret or reader.has_perm(item.secret),
        key=lambda item: str(item.transaction_id),
        name=lambda item: item.title,
        badge=status_badge,
        facts=_facts,
        subjects=lambda item: (f"corrective_action#{item.transaction_id}",),
        work_url=lambda item: reverse("action", args=[item.transaction_id]),
        tabs=(tabs.files_tab("Documents", lambda item: item.evidence, "", "No evidence was added yet."),),
        add=Link("Open an action", "compliance.work_action", lambda none: reverse("open_action"), "plus-lg"),
        change=Link("Edit", "compliance.work_action", lambda item: reverse("edit_action", args=[item.transaction_id])),
        kinds={"corrective_action": str},
        prefixes=("act_",),
    )
)
