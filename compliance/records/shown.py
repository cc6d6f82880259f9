"""How facts of records are shown: moments, days, links, names. Texts come in as they are stored, "" for none."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.html import format_html, format_html_join

from accounts.models import User
from accounts.queries.people import users
from cloudbank.clock import from_iso, utcnow
from cloudbank.conf import bank_calendar
from cloudbank.lists import Page
from cloudbank.templatetags import bank
from compliance.queries.selections import Listed

DASH = "\N{EM DASH}"


def today() -> date:
    """The calendar day on the bank's clock."""
    return bank_calendar().local(utcnow()).date()


def moment(text: str | None) -> Any:
    """An instant, in words."""
    return bank.when(from_iso(text)) if text else DASH


def on(text: str | None) -> Any:
    """A day, in words."""
    return bank.when(date.fromisoformat(text[:10])) if text else DASH


def at(text: str | None) -> datetime | None:
    """An instant, for a column of kind "time"."""
    return from_iso(text) if text else None


def day(text: str | None) -> date | None:
    """A day, for a column of kind "date"."""
    return date.fromisoformat(text[:10]) if text else None


def link(text: str, name: str, *parts: str) -> Any:
    """A link to a page by its name."""
    return format_html('<a href="{}">{}</a>', reverse(name, args=parts), text)


def record_url(kind: str, key: str) -> str:
    """The page of another record."""
    return reverse("record", args=[kind, key])


def decided(people: dict[str, User], by: str, approved_by: str) -> tuple[str, Any, str]:
    """Who decided, and with whom."""
    return "Decided by", name_in(people, by), f"with {name_in(people, approved_by)}" if approved_by else ""


def code(text: str) -> Any:
    """An identifier."""
    return format_html("<code>{}</code>", text)


def beside(*parts: Any) -> Any:
    """Several badges in one line."""
    return format_html_join(" ", "{}", ((part,) for part in parts))


def named(ids: Iterable[str | None]) -> dict[str, User]:
    """The people with these ids, read together; programs and nobody are left out."""
    return users(sorted({one for one in ids if one and one.startswith("usr_")}))


def name_in(people: dict[str, User], user_id: str | None) -> str:
    """The name, else the id, else a dash."""
    return people[user_id].name if user_id in people else user_id or DASH


def by(people: dict[str, User], user_id: str | None) -> str:
    """The same for a note: nothing is said of nobody."""
    return name_in(people, user_id) if user_id else ""


def person_in(people: dict[str, User], user_id: str | None) -> Any:
    """The name as a link to the person's page; of a program its name."""
    return link(people[user_id].name, "person", user_id) if user_id in people else user_id or DASH


def page_of(rows: Any, cursor: Any, limit: int) -> Page:
    """A page of a small set that is in memory."""
    return Listed(list(rows)).page(cursor, limit)
