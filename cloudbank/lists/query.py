"""What a list asks of its source, and how it is written in the URL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format

from cloudbank.forms import MoneyField
from cloudbank.money import format_amount

CONTROLS = ("cursor", "export")
_EMPTY: tuple[Any, ...] = (None, "", [], ())


@dataclass(frozen=True)
class Page:
    """What a source answers: the rows of one page, and where the next one starts (None = there is no next)."""

    rows: Sequence[Any]
    next_cursor: Any = None


@dataclass(frozen=True)
class ListQuery:
    """A typed question: filters that are set (cleaned values), the sort key, its direction, who asks."""

    filters: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    descending: bool = False
    user: Any = None

    @property
    def order(self) -> str:
        """The sort as the URL has it: "-amount"."""
        return f"-{self.sort}" if self.descending else self.sort

    @property
    def in_words(self) -> str:
        """The sort as a file says it: "amount, descending"."""
        return f"{self.sort}, {'descending' if self.descending else 'ascending'}" if self.sort else ""


@dataclass(frozen=True)
class Chip:
    """A filter that is set: its label, its value in words, and the query string without it."""

    label: str
    text: str
    without: str


def set_filters(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """The filters that say something."""
    return {name: value for name, value in cleaned.items() if value not in _EMPTY and value is not False}


def query_string(params: QueryDict, drop: Iterable[str] = (), **changes: Any) -> str:
    """The URL's query ("?a=1&b=2", or "?") with changes, without empty values and without the cursor."""
    copy = params.copy()
    for name in [*CONTROLS, *drop]:
        copy.pop(name, None)
    for name, value in changes.items():
        copy[name] = str(value)
    for name in [name for name, values in copy.lists() if not any(values)]:
        del copy[name]
    return f"?{copy.urlencode()}"


def in_words(form_field: forms.Field, value: Any) -> str:
    """A filter's value as people say it: the choice's label, the date, the amount."""
    if isinstance(value, list | tuple):
        return ", ".join(in_words(form_field, one) for one in value)
    labels = {
        str(key): str(label) for key, label in getattr(form_field, "choices", ()) if not isinstance(label, list | tuple)
    }
    if str(value) in labels:
        return labels[str(value)]
    if isinstance(form_field, MoneyField):
        return f"{format_amount(value, form_field.currency)} {form_field.currency}"
    if isinstance(value, date | datetime):
        return date_format(value, "j M Y")
    return "yes" if value is True else str(value)


def chips(form: forms.Form | None, filters: Mapping[str, Any], params: QueryDict) -> list[Chip]:
    """The chips of the filters that are set, in the form's order."""
    if form is None:
        return []
    return [
        Chip(str(form[name].label), in_words(form.fields[name], filters[name]), query_string(params, [name]))
        for name in form.fields
        if name in filters
    ]
