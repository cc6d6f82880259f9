"""The bank's page of `/analytics`: any range of days and any slice of the cube, beside the period before."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from accounts.names import branch_name, channel_name, segment_name, type_name
from cloudbank.clock import ONE_DAY, utcnow
from cloudbank.conf import business_date
from cloudbank.lists import Column, ListQuery, ListView, Page
from cloudbank.money import format_amount
from cloudbank.wording import day as day_in_words
from monitoring.bank_charts import bank_charts
from monitoring.charting import period_text
from monitoring.cube import Period, Slice, Unusual, change, unusual_days
from monitoring.forms.analytics import PRESETS, AnalyticsForm, chosen_days
from monitoring.queries.periods import bank_period

CURRENCY = settings.BANK_CURRENCY
VIEW = "monitoring.view_bank_analytics"


def _rows_url(**filters: Any) -> str:
    return f"{reverse('movements')}?{urlencode(filters)}"


_COLUMNS = (
    Column("day", "Business day", "date", main=True, link=lambda one: _rows_url(day=one.day.isoformat())),
    Column("count", "Movements", "number"),
    Column("volume", "Volume", "balance", currency=lambda one: CURRENCY),
    Column("average", "Average", "balance", currency=lambda one: CURRENCY),
    Column("suspicious", "Suspicious", "number"),
)


class BankAnalytics(ListView):
    """The days are the rows; above them figures, charts and what stands out."""

    name, title, icon = "analytics", "Analytics", "graph-up"
    permission_required = VIEW
    form_class = AnalyticsForm
    template_name = "monitoring/analytics.html"
    columns = _COLUMNS
    row_id = "day"
    empty_title, empty_text = "No movements", "In these days nothing was moved that fits the filters."

    @cached_property
    def period(self) -> Period:
        """What is asked for."""
        first, last = chosen_days(self.query.filters, business_date(utcnow()))
        return bank_period(first, last, CURRENCY, self._slice)

    @cached_property
    def before(self) -> Period:
        """As many days, up to the day before."""
        length = self.period.last - self.period.first
        last = self.period.first - ONE_DAY
        return bank_period(last - length, last, CURRENCY, self._slice)

    @property
    def _slice(self) -> Slice:
        chosen = self.query.filters
        return Slice(**{name: chosen.get(name, "") for name in ("type", "channel", "branch", "segment")})

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The days, the newest first; the cursor is how many were shown."""
        start = int(cursor or 0)
        days = list(reversed(self.period.days))
        following = start + limit if start + limit < len(days) else None
        return Page(days[start : start + limit], following)

    def extra_context(self) -> dict[str, Any]:
        """Tiles, charts and unusual days."""
        now, before = self.period, self.before
        wanted = now.slice.filters
        days = {"first": now.first.isoformat(), "last": now.last.isoformat()}
        rows_url, suspicious_url = _rows_url(**days, **wanted), _rows_url(**days, **wanted, badge="suspicious")
        return {
            "period": now,
            "before": before,
            "text": period_text(now.first, now.last),
            "of": _of(now.slice),
            "charts": bank_charts(now, before, _rows_url),
            "tiles": _tiles(now, before, rows_url, suspicious_url),
            "unusual": [_told(one, wanted) for one in unusual_days(now)],
            "presets": [(f"{n} days", self._address(now.last, n), self._is(n)) for n in PRESETS],
            "earlier": self._shifted(-1),
            "later": self._shifted(1) if now.last < business_date(utcnow()) else "",
        }

    def _is(self, days: int) -> bool:
        return (self.period.last - self.period.first).days == days - 1

    def _address(self, last: date, days: int) -> str:
        first = last - timedelta(days=days - 1)
        return f"?{urlencode({'first': first.isoformat(), 'last': last.isoformat(), **self._slice.filters})}"

    def _shifted(self, periods: int) -> str:
        length = (self.period.last - self.period.first).days + 1
        return self._address(self.period.last + timedelta(days=periods * length), length)


def _of(wanted: Slice) -> str:
    """ "Transfers, Online, Main branch", or the whole bank."""
    named = {"type": type_name, "channel": channel_name, "branch": branch_name, "segment": segment_name}
    return ", ".join(named[dimension](code) for dimension, code in wanted.filters.items()) or "The whole bank"


@dataclass(frozen=True)
class Tile:
    """A figure of the period; with a currency, `value` is minor units."""

    label: str
    value: int | str
    icon: str
    note: str
    variant: str = "teal"
    currency: str = ""
    url: str = ""


def _tiles(now: Period, before: Period, rows_url: str, suspicious_url: str) -> list[Tile]:
    """Figures, each with its change against the period before."""
    middle, ninth = (format_amount(now.quantile(q), CURRENCY) for q in (0.5, 0.9))
    usual = f"median {middle}, 9 of 10 below {ninth}, both \N{PLUS-MINUS SIGN}4.4 %" if now.count else ""
    share = f"{now.suspicious / now.count:.2%} of all" if now.count else ""
    many = "red" if now.suspicious else "green"
    return [
        Tile("Movements", f"{now.count:,}", "activity", _grown(now.count, before.count), "blue", url=rows_url),
        Tile("Volume", now.volume, "graph-up", _grown(now.volume, before.volume), currency=CURRENCY),
        Tile("Average value", now.average, "calculator", usual, currency=CURRENCY),
        Tile("Suspicious", f"{now.suspicious:,}", "shield-exclamation", share, many, url=suspicious_url),
    ]


def _grown(value: int, before: int) -> str:
    grown = change(value, before)
    return "nothing in the period before" if grown is None else f"{grown:+.1%} against the period before"


_WHAT = {"count": "movements", "volume": "volume", "suspicious": "suspicious movements"}


def _told(one: Unusual, wanted: dict[str, str]) -> dict[str, str]:
    """A day that stands out, in words, with its rows."""
    badge = {"badge": "suspicious"} if one.what == "suspicious" else {}

    def said(value: int) -> str:
        return f"{format_amount(value, CURRENCY)} {CURRENCY}" if one.what == "volume" else f"{value:,}"

    more = "more" if one.value > one.usual else "less"
    return {
        "day": day_in_words(one.day),
        "text": f"{said(one.value)} {_WHAT[one.what]}, {more} than usual (median {said(one.usual)})",
        "score": f"{one.score:+.1f}",
        "url": _rows_url(day=one.day.isoformat(), **wanted, **badge),
    }
