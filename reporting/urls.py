"""Addresses of reporting."""

from django.urls import path

from reporting.views.drill import FigureRows
from reporting.views.house import DownloadHouseStatement, HouseStatementPage
from reporting.views.metrics import MetricReference
from reporting.views.packs import DeletePack, SavePack
from reporting.views.postings import ExportPostings
from reporting.views.reports import BuildReport, DownloadReport, ReportPage, ReportsPage
from reporting.views.runs import CancelRun, RetryRun, RunPage, Runs
from reporting.views.schedules import ChangeSchedule, Schedules
from reporting.views.statements import DownloadStatement, StatementPage, Statements
from reporting.views.verify import VerifyReport

urlpatterns = [
    path("reports", ReportsPage.as_view(), name="reports"),
    path("reports/build", BuildReport.as_view(), name="build_report"),
    path("reports/postings", ExportPostings.as_view(), name="export_postings"),
    path("reports/metrics", MetricReference.as_view(), name="metric_reference"),
    path("reports/runs", Runs.as_view(), name="report_runs"),
    path("reports/runs/<slug:run_id>", RunPage.as_view(), name="report_run"),
    path("reports/runs/<slug:run_id>/cancel", CancelRun.as_view(), name="cancel_report_run"),
    path("reports/runs/<slug:run_id>/retry", RetryRun.as_view(), name="retry_report_run"),
    path("reports/verify", VerifyReport.as_view(), name="verify_report"),
    path("reports/schedules", Schedules.as_view(), name="report_schedules"),
    path("reports/schedules/<slug:schedule_id>", ChangeSchedule.as_view(), name="report_schedule"),
    path("reports/packs", SavePack.as_view(), name="save_report_pack"),
    path("reports/packs/<slug:code>/delete", DeletePack.as_view(), name="delete_report_pack"),
    path("reports/<slug:report_id>", ReportPage.as_view(), name="report"),
    path("reports/<slug:report_id>/<slug:code>", DownloadReport.as_view(), name="report_download"),
    path("reports/<str:period>/rows/<path:figure>", FigureRows.as_view(), name="figure_rows"),
    path("house-statements", HouseStatementPage.as_view(), name="house_statement"),
    path("house-statements/<slug:code>", DownloadHouseStatement.as_view(), name="house_statement_download"),
    path("statements", Statements.as_view(), name="statements"),
    path("statements/<slug:account_id>", StatementPage.as_view(), name="statement"),
    path("statements/<slug:account_id>/<slug:code>", DownloadStatement.as_view(), name="statement_download"),
]
