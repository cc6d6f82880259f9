"""Addresses of files that move money: statements of other banks, payrolls. Included by accounts/urls.py."""

from django.urls import path

from accounts.views import payroll, payroll_new, statement_files

urlpatterns = [
    path("payroll", payroll.Payrolls.as_view(), name="payrolls"),
    path("payroll/new", payroll_new.NewPayroll.as_view(), name="new_payroll"),
    path("payroll/<slug:payroll_id>", payroll.PayrollPage.as_view(), name="payroll"),
    path("payroll/<slug:payroll_id>/confirm", payroll.ConfirmPayroll.as_view(), name="confirm_payroll"),
    path("statement-files", statement_files.StatementFiles.as_view(), name="statement_files"),
    path("statement-files/new", statement_files.NewStatementFile.as_view(), name="new_statement_file"),
    path("statement-files/<slug:import_id>", statement_files.StatementFile.as_view(), name="statement_file"),
    path(
        "statement-files/<slug:import_id>/confirm",
        statement_files.ConfirmStatementFile.as_view(),
        name="confirm_statement_file",
    ),
]
