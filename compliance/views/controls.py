"""/compliance/controls/<code>: what a control asks, how it stands, and the rows behind its reading."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.urls import reverse
from django.utils.functional import cached_property

from accounts.queries.people import users
from cloudbank import approvals, parameters
from cloudbank.approvals import Approval
from cloudbank.charts import ChartData, Dataset
from cloudbank.clock import utcnow
from cloudbank.lists import BulkAction, Column, ListQuery, ListView, Page
from cloudbank.parameters import Parameter
from cloudbank.wording import day as day_in_words
from compliance.control import BASIS_POINTS, ICONS, Control, Scope, beyond, scope_of
from compliance.controls import CONTROLS
from compliance.forms import ROLE_WORDS
from compliance.kyc.views.desk import REVIEWED
from compliance.models import ControlDay, ControlNotice
from compliance.outlook import outlook
from compliance.queries import actions, standing
from compliance.queries.notices import notices_of
from compliance.services.waivers import ASKS, CODE, why_no_waiver
from compliance.views.rows import ControlRow

ROW_ACTIONS = {"kyc-reviews": (REVIEWED,)}
"""What can be done with ticked rows of a control's drill-down; the rows carry `user_id`."""


class ControlView(ListView):
    """One control with its drill-down list: the rows' number is the reading's count, read in the same request."""

    name = "offenders"
    permission_required = "compliance.view_control"
    template_name = "compliance/control.html"
    row_id = "user_id"

    @cached_property
    def control(self) -> Control:
        """The control of this address, or 404."""
        code = self.kwargs["code"]
        secret = CONTROLS[code].permission if code in CONTROLS else ""
        if code not in CONTROLS or (secret and not self.request.user.has_perm(secret)):
            raise Http404("There is no such control.")
        return CONTROLS[code]

    @cached_property
    def scope(self) -> Scope:
        """One moment for the reading and its rows."""
        return scope_of(utcnow())

    @property
    def is_secret(self) -> bool:  # type: ignore[override]
        """Whether its rows tell of what not everybody may know."""
        return bool(self.control.permission)

    @property
    def title(self) -> str:  # type: ignore[override]
        """The control's title."""
        return self.control.title

    @property
    def columns(self) -> Sequence[Column]:  # type: ignore[override]
        """The control's own."""
        return self.control.columns

    @property
    def bulk_actions(self) -> Sequence[BulkAction]:  # type: ignore[override]
        """What the control's rows allow."""
        return ROW_ACTIONS.get(self.control.code, ())

    @property
    def icon(self) -> str:  # type: ignore[override]
        """Of an empty drill-down."""
        return "check2-circle"

    empty_title = "Nothing to show"

    @property
    def empty_text(self) -> str:  # type: ignore[override]
        """Why there is nothing."""
        return self.control.empty_text

    def source(self, query: ListQuery, cursor: Any, limit: int) -> Page:
        """The offenders, page by page."""
        return self.control.offenders(self.scope).page(cursor, limit)

    def waiver(self, row: ControlRow) -> dict[str, Any] | None:
        """What the page says of a waiver: one that stands, one that waits, whether one can be asked for; or None."""
        may = self.request.user.has_perm(ASKS) and not why_no_waiver(self.control)
        waits = _waits(self.control, self.scope) if row.notice and row.notice.level else None
        if not (row.waived or waits or (may and row.notice and row.notice.level)):
            return None
        return {"stands": row.waived, "until": row.waived_until, "waits": waits, "may": may}

    def extra_context(self) -> dict[str, Any]:
        """The definition, the reading, the thresholds in force, the history, the actions."""
        reading, code = self.control.read(self.scope), self.control.code
        days = standing.history(self.scope.today)
        told = notices_of([code]).get(code)
        row = ControlRow(reading, outlook(reading, days, self.scope.today), told)
        return {
            "tab": "controls",
            "row": row,
            "control": self.control,
            "framework_icon": ICONS[self.control.framework],
            "owner_word": ROLE_WORDS[str(self.control.owner)],
            "thresholds": thresholds(self.control, self.scope),
            "as_of": self.scope.now,
            "history": history_chart(self.control, days),
            "told": [person.name for person in users(told.told).values()] if told and told.level else [],
            "actions": actions.open_of_control(self.control.code),
            "waiver": self.waiver(row),
            "open_url": f"{reverse('open_action')}?{urlencode({'control': self.control.code})}",
        }


def _waits(control: Control, scope: Scope) -> Approval | None:
    return approvals.open_one(f"{ControlNotice.discriminator()}#{ControlNotice.key(control.code)}", scope.now, CODE)


def thresholds(control: Control, scope: Scope) -> list[dict[str, Any]]:
    """The two parameters of a control: label, value in force, default, source."""
    declared = {one.code: one for one in parameters.declared()}
    return [
        _threshold(control, scope, declared[f"control.{control.code}.{name}"], f"{word} {beyond(control)}")
        for name, word in (("warn", "Approaching"), ("breach", "Breached"))
    ]


def _threshold(control: Control, scope: Scope, parameter: Parameter, label: str) -> dict[str, Any]:
    value = scope.parameters.number(parameter.code)
    return {
        "label": label,
        "parameter": parameter,
        "value": control.in_unit(value),
        "default": control.in_unit(int(parameter.default)),
        "is_default": value == parameter.default,
    }


def history_chart(control: Control, days: Sequence[ControlDay]) -> ChartData | None:
    """Count and gauge of the days with a snapshot; None before the second."""
    kept = [(item.day, item.readings[control.code]) for item in days if control.code in item.readings]
    if len(kept) < 2:
        return None
    labels = [day_in_words(date.fromisoformat(day)) for day, _ in kept]
    links = [f"{reverse('compliance')}?{urlencode({'day': day})}" for day, _ in kept]
    gauges = [one["gauge"] for _, one in kept]
    if control.unit == BASIS_POINTS:
        shares = [Dataset(control.gauge_label, gauges, links)]
        period = f"{labels[0]} to {labels[-1]}"
        return ChartData("Ratio by day", "line", labels, shares, unit="%", decimals=2, period=period)
    series = [Dataset(control.counts[1].capitalize(), [one["count"] for _, one in kept], links)]
    if control.counts[1] != control.unit[1]:
        label = f"{control.gauge_label} ({control.unit[1]})"
        series.append(Dataset(label, [one or 0 for one in gauges], links))
    return ChartData("Reading by day", "line", labels, series, unit="once a day", period=f"{labels[0]} to {labels[-1]}")
