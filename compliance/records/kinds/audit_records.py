"""Audit records themselves: one change in full, and what else was done to the same subject and by the same person."""

import json
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from accounts.audit_words import action_name
from accounts.names import role_name
from accounts.queries.audit_words import told
from cloudbank import store
from cloudbank.audit import AuditRecord
from compliance.filings.secrecy import is_readable
from compliance.records import record
from compliance.records.screen import HISTORY_VIEW, Facts, Group, Screen, Tab
from compliance.records.shown import DASH, code, moment
from compliance.records.trail import DEEDS, about_url, deeds, request_of, subject_url


def _facts(item: AuditRecord, reader: Any) -> Facts:
    one = told([item])[0]
    about = format_html('<a href="{}">{}</a>', about_url(str(item.subject)), one.about)
    return [
        ("Subject", about, str(item.subject)),
        ("When", moment(item.at), ""),
        ("Who", one.who, f"{role_name(item.actor_role)} from {item.source or 'unknown'}"),
        ("Because", item.reason or DASH, ""),
        *((field.capitalize(), f"{before} \N{RIGHTWARDS ARROW} {after}", "") for field, before, after in one.changes),
        ("As it was written", code(json.dumps({"before": item.before, "after": item.after}, ensure_ascii=False)), ""),
        ("Request", request_of(item), ""),
        ("Hash of the one before", code(item.previous_hash), ""),
        ("Hash", code(item.hash), "as it was computed" if item.hash == item.computed_hash() else "IT DOES NOT FIT"),
    ]


AUDIT = record(
    Screen[AuditRecord](
        code="audit",
        title="Audit records",
        one="Audit record",
        icon="journal-check",
        intro="Who did what, when, from where and why, each naming the hash of the one before.",
        group=Group.BANK,
        permission=HISTORY_VIEW,
        list_url=lambda: reverse("audit"),
        find=lambda key: store.get(AuditRecord, key),
        may=lambda item, reader: is_readable(str(item.subject), reader),
        key=lambda item: item.transaction_id,
        name=lambda item: f"{action_name(item.action)}, no. {item.sequence}",
        facts=_facts,
        subjects=lambda item: (str(item.subject),),
        work_url=lambda item: subject_url(str(item.subject)),
        work_label="In the trail",
        tabs=(
            Tab(
                "deeds",
                "By the same person",
                DEEDS,
                lambda item, reader, cursor, limit: deeds(item.actor_id, reader, cursor, limit),
                HISTORY_VIEW,
            ),
        ),
        prefixes=("audit#",),
    )
)
