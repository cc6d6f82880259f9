"""Addresses of files that move money: statements of other banks, payrolls. Included by accounts/urls.py."""

from django.urls import path

from accounts.views import statement_files

urlpatterns = [
    path("statement-files", statement_files.StatementFiles.as_view(), name="statement_files"),
    path("statement-files/new", statement_files.NewStatementFile.as_view(), name="new_statement_file"),
    path("statement-files/<slug:import_id>", statement_files.StatementFile.as_view(), name="statement_file"),
    path(
        "statement-files/<slug:import_id>/confirm",
        statement_files.ConfirmStatementFile.as_view(),
        name="confirm_statement_file",
    ),
]
