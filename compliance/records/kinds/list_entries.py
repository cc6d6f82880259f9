"""Entries of the block and watch lists, and cleared sanctions hits."""

from typing import Any

from django.urls import reverse

from cloudbank.clock import utcnow
from cloudbank.conf import business_date
from cloudbank.templatetags.bank import badge
from compliance.records import record
from compliance.records.screen import Facts, Group, Link, Screen
from compliance.records.shown import DASH, code, moment, name_in, named, on
from monitoring.list_items import ListEntry
from monitoring.listing import KIND_WORDS, LISTS
from monitoring.queries.lists import entry
from monitoring.views.list_rows import state_of


def _facts(item: ListEntry, reader: Any) -> Facts:
    return [
        ("List", LISTS[item.list], ""),
        ("Kind", KIND_WORDS[item.entry_kind], ""),
        ("Compared as", code(item.value), ""),
        ("Because", item.reason, ""),
        ("Since", moment(item.added_at), name_in(named([item.added_by]), item.added_by)),
        ("Last day", on(item.expires_on), "" if item.expires_on else "without end"),
        ("From", item.origin or DASH, ""),
        ("Taken off", moment(item.ended_at), ""),
    ]


LIST_ENTRIES = record(
    Screen[ListEntry](
        code="list-entries",
        title="Lists",
        one="List entry",
        icon="shield-lock",
        intro="Who and what is blocked or watched, and hits on the sanctions list that were cleared.",
        group=Group.RULES,
        permission="monitoring.view_list",
        list_url=lambda: reverse("lists"),
        find=entry,
        key=lambda item: item.entry_id,
        name=lambda item: item.shown,
        badge=lambda item: badge(state_of(item, business_date(utcnow()))),
        facts=_facts,
        subjects=lambda item: (f"list_entry#{item.entry_id}",),
        work_url=lambda item: reverse("list_entry", args=[item.entry_id]),
        add=Link("Add an entry", "monitoring.work_list", lambda none: reverse("new_list_entry"), "plus-lg"),
        kinds={"list_entry": str},
        prefixes=("lst_",),
    )
)
