"""From which list of alerts somebody came: its filters travel in the addresses of the alerts that it leads to."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from cloudbank.lists.query import set_filters
from monitoring.forms.alerts import AlertFilterForm
from monitoring.queries.alerts import OPEN, AlertFilter, is_order


@dataclass(frozen=True)
class Came:
    """A list of alerts: what it is narrowed by, and the query of its address ("" for the whole queue)."""

    wanted: AlertFilter
    query: str

    @property
    def list_url(self) -> str:
        """Back to it."""
        return _with(reverse("alerts"), self.query)

    def alert_url(self, alert_id: str) -> str:
        """An alert, seen from this list."""
        return _with(reverse("alert", args=[alert_id]), self.query)

    def next_url(self, alert_id: str) -> str:
        """The row after this one."""
        return f"{reverse('next_alert')}?{urlencode({'after': alert_id})}{self.query and '&'}{self.query}"

    @property
    def to_work_on(self) -> AlertFilter:
        """What of the list is still to be decided."""
        return replace(self.wanted, status=OPEN)


def _with(url: str, query: str) -> str:
    return f"{url}?{query}" if query else url


def list_of(filters: dict[str, Any], now: str, order: str = "") -> Came:
    """The list with these cleaned filters (AlertFilterForm), in this order; `now`: ISO, statuses are told at it."""
    wanted = AlertFilter(
        status=filters.get("status") or OPEN,
        severity=filters.get("severity", ""),
        rule=filters.get("rule", ""),
        assignee_id=filters.get("assignee", ""),
        customer_id=filters.get("customer", ""),
        first=filters.get("first"),
        last=filters.get("last"),
        now=now,
        order=order,
    )
    said = {name: one.isoformat() if isinstance(one, date) else one for name, one in filters.items()}
    said |= {"sort": order} if order else {}
    return Came(wanted, urlencode(said))


def came_from(params: QueryDict, now: str) -> Came:
    """The list that an alert's address names; the whole queue when it names none, or nonsense."""
    whose = params.get("assignee", "")[:64]
    form = AlertFilterForm(params, workers=[(whose, whose)])
    order = params.get("sort", "")
    return list_of(set_filters(form.cleaned_data) if form.is_valid() else {}, now, order if is_order(order) else "")
