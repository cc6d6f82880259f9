"""Addresses of monitoring."""

from django.urls import path

from monitoring.views.alert import AlertClaim, AlertPage
from monitoring.views.analytics import Analytics
from monitoring.views.case import CasePage
from monitoring.views.cases import CaseExport, CasePaperFile, Cases
from monitoring.views.held import HeldMovementPage, HeldMovements
from monitoring.views.lists import ClearHit, EntryPage, Lists, LoadLists, NewEntry
from monitoring.views.movements import Movements
from monitoring.views.network import NetworkPage
from monitoring.views.notices import Notices
from monitoring.views.performance import Performance
from monitoring.views.queue import AlertQueue, AlertsPulse, AlertsTile, AlertsTiles, NextAlert
from monitoring.views.rules import Rules
from monitoring.views.snoozes import SnoozedFindings, Snoozes
from monitoring.views.tuning import TryRule

urlpatterns = [
    path("alerts", AlertQueue.as_view(), name="alerts"),
    path("alerts/next", NextAlert.as_view(), name="next_alert"),
    path("alerts/pulse", AlertsPulse.as_view(), name="alerts_pulse"),
    path("alerts/tile", AlertsTile.as_view(), name="alerts_tile"),
    path("alerts/tiles", AlertsTiles.as_view(), name="alerts_tiles"),
    path("alerts/<slug:alert_id>", AlertPage.as_view(), name="alert"),
    path("alerts/<slug:alert_id>/claim", AlertClaim.as_view(), name="alert_claim"),
    path("analytics", Analytics.as_view(), name="analytics"),
    path("cases", Cases.as_view(), name="cases"),
    path("cases/<slug:case_id>", CasePage.as_view(), name="case"),
    path("cases/<slug:case_id>.<slug:extension>", CaseExport.as_view(), name="case_export"),
    path("cases/<slug:case_id>/files/<slug:paper>", CasePaperFile.as_view(), name="case_file"),
    path("held-movements", HeldMovements.as_view(), name="held_movements"),
    path("held-movements/<slug:movement_id>", HeldMovementPage.as_view(), name="held_movement"),
    path("lists", Lists.as_view(), name="lists"),
    path("lists/new", NewEntry.as_view(), name="new_list_entry"),
    path("lists/load", LoadLists.as_view(), name="load_lists"),
    path("lists/clear", ClearHit.as_view(), name="clear_hit"),
    path("lists/<slug:entry_id>", EntryPage.as_view(), name="list_entry"),
    path("movements", Movements.as_view(), name="movements"),
    path("network/<slug:customer_id>", NetworkPage.as_view(), name="network"),
    path("notifications", Notices.as_view(), name="notices"),
    path("snoozes", Snoozes.as_view(), name="snoozes"),
    path("snoozes/<slug:customer_id>", SnoozedFindings.as_view(), name="snoozed"),
    path("rules", Rules.as_view(), name="rules"),
    path("rules/performance", Performance.as_view(), name="rule_performance"),
    path("rules/<slug:code>/try", TryRule.as_view(), name="try_rule"),
]
