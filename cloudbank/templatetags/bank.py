"""The house's template tags: money, times, account numbers, badges, icons and the ui components."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BaseForm
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cloudbank import charts, looks, wording
from cloudbank.clock import utcnow
from cloudbank.icons import ICONS
from cloudbank.money import format_amount

register = template.Library()
_KNOWN_ICONS = frozenset(ICONS)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.BANK_TIMEZONE)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """`{% icon "bell" %}`: decorative, so hidden from screen readers; the word stands beside it."""
    if name not in _KNOWN_ICONS:
        raise template.TemplateSyntaxError(
            f"No icon '{name}': add it to cloudbank/icons.py and run manage.py build_icons."
        )
    mark = '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    return format_html(mark, f"icon {css}".strip(), static("cloudbank/icons.svg"), name)


@register.inclusion_tag("ui/_brand_mark.html")
def brand_mark() -> dict[str, Any]:
    """The bank's mark, drawn in the page (it has its own colours)."""
    return {}


@register.filter
def money(minor: int | None, currency: str = "USD") -> str:
    """`{{ minor|money:"USD" }}` -> "1,234.50", with a real minus sign; a dash when there is none."""
    return "\N{EM DASH}" if minor is None else format_amount(int(minor), currency)


@register.simple_tag
def amount(minor: int | None, currency: str = "USD", sign: bool = True) -> SafeString:
    """A signed movement: sign, icon and (for money in) colour; `sign=False` shows a plain balance."""
    if minor is None:
        return format_html('<span class="money">{}</span>', "\N{EM DASH}")
    unit = format_html('<span class="currency">{}</span>', currency)
    if not sign:
        return format_html('<span class="money">{}{}</span>', money(minor, currency), unit)
    if minor < 0:
        return format_html(
            '<span class="money money-out">{}{}{}</span>', icon("arrow-up-right"), money(minor, currency), unit
        )
    return format_html(
        '<span class="money money-in">{}+{}{}</span>', icon("arrow-down-left"), money(minor, currency), unit
    )


@register.filter
def when(moment: datetime | date | None) -> SafeString | str:
    """`{{ posted_at|when }}` -> `<time>` with relative text and the absolute time and zone in its title."""
    if moment is None:
        return "\N{EM DASH}"
    if not isinstance(moment, datetime):
        return format_html('<time datetime="{}">{}</time>', moment.isoformat(), wording.day(moment))
    text, title = wording.relative(moment, utcnow(), _zone()), wording.absolute(moment, _zone())
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), title, text)


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """`{{ posted_at|moment }}` -> `<time>` with the absolute time and zone as its text (receipts, details)."""
    if value is None:
        return "\N{EM DASH}"
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), wording.absolute(value, _zone()))


@register.filter
def account_number(account_id: str) -> SafeString:
    """The number in groups of four."""
    return format_html('<span class="account-number">{}</span>', wording.grouped(account_id))


@register.filter
def masked(account_id: str) -> SafeString:
    """Dots and the last four; read out as "account ending 1234"."""
    dots = format_html('<span aria-hidden="true">{} </span>', "\N{BULLET}" * 4)
    said = format_html('<span class="visually-hidden">ending </span>{}', wording.last_four(account_id))
    return format_html('<span class="account-number">{}{}</span>', dots, said)


@register.filter
def initials(name: str) -> str:
    """The capitals of a name, for an avatar."""
    return wording.initials(name)


def _tag(look: looks.Look, word: str) -> SafeString:
    return format_html('<span class="tag tag-{}">{}{}</span>', look.variant, icon(look.icon), word or look.word)


@register.simple_tag
def badge(status: str, label: str = "") -> SafeString:
    """`{% badge "CRITICAL" %}`: tint, icon and word of a status."""
    return _tag(looks.status_look(str(status)), label)


@register.simple_tag
def severity(level: str, label: str = "") -> SafeString:
    """`{% severity "high" %}`: colour, icon and word, never colour alone."""
    return _tag(looks.severity_look(str(level)), label)


@register.filter
def message_look(tags: str) -> looks.Look:
    """The look of a flash message."""
    return looks.message_look(tags or "")


@register.inclusion_tag("ui/_stat.html")
def stat(
    label: str, value: Any, icon: str = "", note: Any = "", url: str = "", variant: str = "teal", currency: str = ""
) -> dict[str, Any]:
    """A stat tile: `{% stat "Balance" 123450 icon="wallet2" currency="USD" note="3 accounts" %}`."""
    shown = money(value, currency) if currency else value
    return {
        "label": label,
        "value": shown,
        "icon": icon,
        "note": note,
        "url": url,
        "variant": variant,
        "currency": currency,
    }


@register.inclusion_tag("ui/_empty.html")
def empty(title: str, text: str = "", icon: str = "inbox", url: str = "", action: str = "") -> dict[str, Any]:
    """An empty state that says why and what next."""
    return {"title": title, "text": text, "icon": icon, "url": url, "action": action}


@register.inclusion_tag("ui/_meter.html")
def meter(
    label: str,
    value: float,
    maximum: float = 100,
    *,
    status: str = "ok",
    text: str = "",
    note: Any = "",
    warn: float | None = None,
    breach: float | None = None,
) -> dict[str, Any]:
    """A control's gauge: filled to `value` of `maximum`, with marks at the warning and the breach."""
    return charts.meter(label, value, maximum, warn, breach) | {
        "look": looks.status_look(status),
        "text": text,
        "note": note,
    }


@register.inclusion_tag("ui/_chart.html")
def chart(data: charts.ChartData, id: str) -> dict[str, Any]:
    """A Chart.js figure with its table: `{% chart by_type id="by-type" %}`."""
    return {
        "id": id,
        "data_id": f"{id}-data",
        "chart": data,
        "payload": charts.payload(data),
        "rows": charts.rows(data),
    }


@register.inclusion_tag("ui/_error_summary.html")
def error_summary(form: BaseForm) -> dict[str, Any]:
    """The errors on top of a form, linked to their fields."""
    return {"form": form}
