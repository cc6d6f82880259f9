"""`/reports/metrics`: what every figure of the reports means, with what it was in the last quarter."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.mixins import PermissionRequiredMixin
from django.views.generic import TemplateView

from cloudbank.clock import utcnow
from cloudbank.conf import bank_calendar
from cloudbank.quarters import quarter_of
from reporting import queries
from reporting.metrics import in_order
from reporting.pack import Pack
from reporting.periods import FootingError
from reporting.queries import NothingToReport
from reporting.reference import reference
from reporting.views.reports import VIEW

log = logging.getLogger(__name__)


class MetricReference(PermissionRequiredMixin, TemplateView):
    """Made from the registry of metrics, so it cannot fall behind."""

    permission_required = VIEW
    template_name = "reporting/metrics.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The metrics; examples from the last quarter, where it has sealed days."""
        now, currency = utcnow(), settings.BANK_CURRENCY
        quarter = quarter_of(bank_calendar().business_date(now), settings.FISCAL_YEAR_START_MONTH).previous()
        pack: Pack | None = None
        try:
            pack = queries.quarterly_pack(quarter, in_order(), currency, now)
        except NothingToReport:
            pass  # a bank that is young: definitions without examples
        except FootingError as broken:
            log.error("a report does not foot: %s", broken)
        entries = reference(in_order(), quarter, currency, pack)
        return super().get_context_data(**kwargs) | {"entries": entries, "quarter": quarter.label, "pack": pack}
