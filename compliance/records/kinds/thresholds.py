"""Rules and thresholds: every number that the bank can set, with its values by the day from which they hold."""

from typing import Any

from django.urls import reverse

from cloudbank import parameters
from cloudbank.lists import Column, Page
from cloudbank.parameters import Setting
from compliance.queries.thresholds import Threshold, threshold
from compliance.records import record
from compliance.records.screen import VIEW, Facts, Group, Screen, Tab
from compliance.records.shown import DASH, page_of, today
from compliance.services.thresholds import bounds, in_words, room_of
from compliance.views.thresholds import DEFAULT_TAG, SET_TAG

VALUES = (
    Column("value", "Value", main=True, value=lambda row: row[1]),
    Column("since", "In force from", "date", value=lambda row: row[0]),
)


def _is_default(item: Threshold) -> bool:
    return item.on(today()) == item.parameter.initial(today())


def _facts(item: Threshold, reader: Any) -> Facts:
    day, parameter = today(), item.parameter
    planned = ", ".join(f"{in_words(parameter, value)} from {since}" for since, value in item.planned(day))
    return [
        ("In force", in_words(parameter, item.on(day)), f"since {item.since(day)}" if item.since(day) else ""),
        ("Default", in_words(parameter, parameter.initial(day)), ""),
        ("Planned", planned or DASH, ""),
        ("Bounds", bounds(parameter), ""),
        ("Belongs to", room_of(parameter.code), ""),
        ("Source", parameter.source, ""),
    ]


def _values(item: Threshold, reader: Any, cursor: Any, limit: int) -> Page:
    rows = [(since, in_words(item.parameter, value)) for since, value in reversed(item.history)]
    return page_of(rows, cursor, limit)


def _typed(text: str) -> str:
    return text if any(one.code == text for one in parameters.declared()) else ""


THRESHOLDS = record(
    Screen[Threshold](
        code="thresholds",
        title="Rules and thresholds",
        one="Threshold",
        icon="sliders",
        intro="Every limit, rule and deadline that the bank can set, with two people.",
        group=Group.RULES,
        permission=VIEW,
        list_url=lambda: reverse("thresholds"),
        find=threshold,
        key=lambda item: item.parameter.code,
        name=lambda item: item.parameter.label,
        badge=lambda item: DEFAULT_TAG if _is_default(item) else SET_TAG,
        facts=_facts,
        subjects=lambda item: (f"setting#{Setting.key(item.parameter.code)}",),
        work_url=lambda item: reverse("threshold", args=[item.parameter.code]),
        tabs=(Tab("values", "Values", VALUES, _values, "", "It was never set: the default holds."),),
        kinds={"setting": lambda key: key.removeprefix(Setting.key(""))},
        typed=_typed,
    )
)
